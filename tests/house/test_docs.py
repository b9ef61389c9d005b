"""The documents say what is so: links lead somewhere, commands and settings exist, examples run."""

from __future__ import annotations

import re
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from aggregator import clean, cli
from aggregator.clean import tree
from aggregator.clean.draft import Draft
from aggregator.config import tables
from aggregator.config.environment import overrides
from aggregator.models import SiteRules
from aggregator.parse.feedtext import FeedText
from aggregator.publish.item import Head, Item
from tests.house.source import REPO

DOCS = sorted([*REPO.glob("*.md"), *REPO.glob("docs/**/*.md")])
READMES = [REPO / "README.md", REPO / "README.zh-CN.md"]

_LINK = re.compile(r"\]\((?!https?:|mailto:)([^)\s]+)\)")
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def _anchor(heading: str) -> str:
    kept = re.sub(r"[^\w\- ]", "", heading.strip().lower())
    return kept.replace(" ", "-")


@pytest.mark.parametrize("path", DOCS, ids=lambda one: one.name)
def test_links_lead_somewhere(path: Path) -> None:
    for target in _LINK.findall(path.read_text("utf-8")):
        name, _, anchor = target.partition("#")
        file = path.parent / name if name else path
        assert file.exists(), f"{path.name} links to {target}"
        if anchor:
            headings = re.findall(r"^#+ (.+)$", file.read_text("utf-8"), re.MULTILINE)
            assert anchor in {_anchor(one) for one in headings}, f"{path.name} links to {target}"


@pytest.mark.parametrize("path", DOCS, ids=lambda one: one.name)
def test_paths_named_in_code_exist(path: Path) -> None:
    if path.name == "CHANGELOG.md":
        return
    inline = re.findall(r"`((?:\./)?(?:aggregator|scripts|tests|docs|config)/[\w./-]+)`", path.read_text("utf-8"))
    assert [name for name in inline if not (REPO / name).exists()] == []


@pytest.mark.parametrize("path", DOCS, ids=lambda one: one.name)
def test_variables_exist(path: Path) -> None:
    named = set(re.findall(r"AGGREGATOR_[A-Z_]*[A-Z]", path.read_text("utf-8")))
    _, unknown = overrides(dict.fromkeys(named, "1"))
    assert [str(one) for one in unknown] == []


@pytest.mark.parametrize(("name", "most"), [("README.md", 160), ("README.zh-CN.md", 160), ("docs/operating.md", 260)])
def test_a_page_can_be_read_in_one_go(name: str, most: int) -> None:
    assert (REPO / name).read_text("utf-8").count("\n") <= most


def test_both_readmes_tell_the_same() -> None:
    """Same sections, same commands and files shown, same links, so that neither language lags behind."""
    english, chinese = (path.read_text("utf-8") for path in READMES)
    for pattern in (
        r"^(#+) ",
        r"^```(\w*)$",
        r"\]\(([^)#]*docs/[^)]*|config/[^)]*|scripts/[^)]*)\)",
        r"^\./scripts/\w+",
    ):
        assert re.findall(pattern, english, re.M) == re.findall(pattern, chinese, re.M), pattern


def _example(name: str) -> dict[str, Any]:
    """What the block that starts with `# <name>` defines."""
    blocks = _BLOCK.findall((REPO / "docs" / "extending.md").read_text("utf-8"))
    code = next(body for _, body in blocks if body.startswith(f"# {name}\n"))
    space: dict[str, Any] = {}
    exec(compile(code, name, "exec"), space)  # noqa: S102 (our own document)
    return space


def test_the_example_site_is_right() -> None:
    blocks = _BLOCK.findall((REPO / "docs" / "extending.md").read_text("utf-8"))
    site = tables.SiteTable.model_validate(tomllib.loads(next(body for kind, body in blocks if kind == "toml")))
    assert ".example.org" in dict(site)["hosts"]


def test_the_example_rule_runs() -> None:
    read = _example("aggregator/clean/stars.py")["read"]
    draft = Draft(tree.parse("<p>正文。</p><p>评级：★★★</p>"), "标题", None, SiteRules("none"))
    read(draft)
    read(draft)
    assert draft.extra == {"stars": 3}
    assert "评级" not in tree.write(draft.root)
    assert "正文。" in tree.write(draft.root)
    assert "structure" in clean.RULES


def test_the_example_parser_runs() -> None:
    read = _example("aggregator/parse/headlines.py")["read"]
    value = {"headlines": [{"id": 1, "title": " 甲 &amp; 乙", "url": "/a", "time": "2026-10-16 17:45"}, {"id": 2}]}
    now = datetime(2026, 10, 16, 12, tzinfo=UTC)
    feed = FeedText("", "https://example.org/", "https://example.org/", "Asia/Shanghai", None, now, value)
    parsed = read(feed)
    assert [(one.title, one.link, one.published) for one in parsed.entries] == [
        ("甲 & 乙", "https://example.org/a", datetime(2026, 10, 16, 9, 45, tzinfo=UTC))
    ]
    assert feed.problems
    assert read(FeedText("", "", "", "UTC", None, now, [])) is None


def test_the_example_format_writes() -> None:
    writer = _example("aggregator/publish/textlist.py")["WRITER"]
    fields: Any = dict.fromkeys(Item.__dataclass_fields__) | {"title": "标题", "link": "https://example.org/a"}
    head: Any = dict.fromkeys(Head.__dataclass_fields__) | {"title": "全部"}
    text = writer.document(Head(**head), [writer.entry(Item(**fields))]).decode()
    assert text == "# 全部\n标题\thttps://example.org/a\n"


def test_the_example_archive_reads_and_writes(tmp_path: Path) -> None:
    space = _example("aggregator/archive/headlines.py")
    path = tmp_path / "in.txt"
    path.write_text("2026-10-16 17:45\t甲\thttps://example.org/a\n\n2026-10-16\t乙\n", "utf-8")
    first, broken, second = space["read"](path)
    assert first.entry.published == datetime(2026, 10, 16, 9, 45, tzinfo=UTC)
    assert (broken.where, second.entry.title, second.done) == (f"{path}:2", "乙", 3)
    assert list(space["read"](path, 2)) == [second]

    class Nothing:
        def articles(self) -> list[Any]:
            return []

    assert list(space["write"](Nothing(), tmp_path / "out.txt")) == []
    assert (tmp_path / "out.txt").read_bytes() == b""


def test_the_words_of_troubleshooting_are_ours() -> None:
    """Phrases in the table of docs/operating.md are looked for in the program, so renamed errors are noticed."""
    text = (REPO / "docs" / "operating.md").read_text("utf-8")
    table = text[text.index("| what you read") :]
    source = "\n".join(path.read_text("utf-8") for path in REPO.glob("aggregator/**/*.py"))
    source += (REPO / "scripts" / "setup").read_text("utf-8")
    quoted = re.findall("“(.+?)”", table)
    assert len(quoted) > 15
    assert [one for one in quoted if one not in source] == []


def _commands() -> set[str]:
    """Every command and subcommand that exists, as `aggregator` words."""
    import typer

    root = typer.main.get_command(cli.app)
    names = set()
    for name, command in root.commands.items():  # type: ignore[attr-defined]
        names.add(name)
        names.update(f"{name} {below}" for below in getattr(command, "commands", ()))
    return names


@pytest.mark.parametrize("path", DOCS, ids=lambda one: one.name)
def test_commands_exist(path: Path) -> None:
    known = _commands()
    groups = {one.split()[0] for one in known if " " in one}
    named = re.findall(
        r"(?:^|[`/ ])aggregator ((?!\w+ \()[a-z]+)(?: ([a-z]+))?(?=[ `\n|])", path.read_text("utf-8"), re.M
    )
    wrong = [
        f"{first} {second}".strip()
        for first, second in named
        if first in groups and second and f"{first} {second}" not in known
    ]
    assert wrong == []


@pytest.mark.parametrize("path", [one for one in READMES if one.exists()], ids=lambda one: one.name)
def test_readme_names_every_command(path: Path) -> None:
    text = path.read_text("utf-8")
    single = {one for one in _commands() if not one.startswith("feeds ")} - {"feeds"}
    assert [one for one in sorted(single) if not re.search(rf"aggregator {one}\b", text)] == []
