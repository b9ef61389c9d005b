"""`aggregator search` on the command line: what is a word, and how a hit is shown."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from aggregator.cli import reading, views
from aggregator.kit import querying
from aggregator.models import Query, StoredArticle
from tests.unit.cli.test_views import STORED


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Query]:
    """The searches that reach the program, which finds one article."""
    searches: list[Query] = []

    class Program:
        def search(self, query: Query, limit: int, on_done: object = None) -> list[StoredArticle]:
            searches.append(query)
            return [STORED] if query else []

        def __enter__(self) -> Program:
            return self

        def __exit__(self, *_: object) -> None: ...

    monkeypatch.setattr(reading.frame, "app", lambda _: Program())
    return searches


def run(*words: str) -> tuple[int, str]:
    program = typer.Typer()
    reading.register(program)
    done = CliRunner().invoke(program, ["search", *words])
    return done.exit_code, done.output


@pytest.mark.parametrize(
    "words",
    [
        ("第一段", "-退市"),
        ("-退市", "第一段"),
        ("第一段 -退市",),
        ("第一段", "--limit", "3", "-退市"),
        ("第一段", "--", "-退市"),
        ("第一段", '-"退市"'),
        ("第一段", "-title:退市"),
    ],
)
def test_an_excluded_word_is_no_option(asked: list[Query], words: tuple[str, ...]) -> None:
    code, told = run(*words)
    assert (code, [one.value for one in asked[0].without]) == (0, ["退市"]), told
    assert asked[0].words == ("第一段",)


@pytest.mark.parametrize(
    "words", [("-x", "第一段"), ("--jsn", "第一段"), ("第一段", "-etf"), ("第一段", "--limit", "x"), ()]
)
def test_a_wrong_option_is_told(asked: list[Query], words: tuple[str, ...]) -> None:
    code, told = run(*words)
    assert (code, asked) == (2, []), told


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("titel:央行", "titel: is no field"),
        ("after:never", "never"),
        ("长" * 10_000, "10,000 characters"),
        ("title:", "title:"),
    ],
)
def test_what_is_no_search_is_told(asked: list[Query], words: str, told: str) -> None:
    code, said = run(words)
    assert (code, asked) == (2, [])
    assert told in said


def test_nothing_to_look_for_is_told(asked: list[Query]) -> None:
    assert run("。。") == (0, "a search needs at least one letter or digit\n")


def test_json_tells_where_the_hits_are(asked: list[Query]) -> None:
    shown = views.hit(STORED, querying.parse("第一 公告"))
    assert shown["pieces"] == {
        "title": [
            {"text": "样本公司[red]", "hit": False},
            {"text": "公告", "hit": True},
            {"text": "[/red]", "hit": False},
        ],
        "snippet": [{"text": "第一", "hit": True}, {"text": "段。 第二段。", "hit": False}],
    }
    assert '"pieces"' in run("公告", "--json")[1]


def test_a_hit_on_a_terminal_is_marked_and_commands_nothing() -> None:
    query = querying.parse("公告 第二")
    hostile = replace(STORED, article=replace(STORED.article, title="\x1b[2J公告", text="第一段。\n\x9b第二段。"))
    assert list(views.found(hostile, query, coloured=False)) == [
        "2022-06-14 19:54  12  样本报  \ufffd[2J公告",
        "    第一段。 \ufffd第二段。",
    ]
    title, text = views.found(hostile, query, coloured=True)
    assert typer.style("公告", bold=True, fg="yellow") in title
    assert typer.style("第二", bold=True, fg="yellow") in text
    assert "\x1b[2J" not in title


def test_a_whole_command_needs_a_word(tmp_path: Path) -> None:
    assert run("--limit", "3")[0] == 2
