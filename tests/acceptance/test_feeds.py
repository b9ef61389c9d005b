"""`aggregator feeds list|add|remove` by subprocess: the file changes where it was asked to, and nowhere else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.acceptance.test_check import run
from tests.support import mistakes

FEEDS = """# 我的订阅 my feeds

# first
[[feed]]
name =   "甲"   # kept as it is
slug = 'a'
url = "https://example.org/a.xml"
headers = { Authorization = "secret" }

# second
[[feed]]
name = "乙"
slug = "b"
url = "sina:live/152"
enabled = false
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    outputs = mistakes.output('feeds = ["b"]')
    mistakes.Broken("x", "", "", "", "", feeds=FEEDS, outputs=outputs).write(tmp_path / "config")
    return tmp_path


def text(folder: Path) -> str:
    return (folder / "config" / "feeds.toml").read_bytes().decode()


def test_list(folder: Path) -> None:
    done = run("feeds", "list", cwd=folder)
    assert done.stdout.splitlines()[1:] == [
        "a\t甲\thttps://example.org/a.xml\t1 h\t\t",
        "b\t乙\tsina:live/152\t20 s\t\tpaused",
    ]
    shown = json.loads(run("feeds", "list", "--json", cwd=folder).stdout)
    assert [(one["slug"], one["enabled"], one["interval"]) for one in shown] == [
        ("a", True, 3600.0),
        ("b", False, 20.0),
    ]
    assert "secret" not in json.dumps(shown)


def test_add_then_remove_leaves_the_file_byte_for_byte(folder: Path) -> None:
    words = ("--name", "股市", "--slug", "stock", "--interval", "5m", "--category", "宏观", "--category", "股市")
    done = run("feeds", "add", "sina:roll/384/2671", *words, cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("added stock to config/feeds.toml")
    assert text(folder) == FEEDS + (
        '\n[[feed]]\nname = "股市"\nslug = "stock"\nurl = "sina:roll/384/2671"\ninterval = "5m"\n'
        'categories = ["宏观", "股市"]\n'
    )
    assert run("check", cwd=folder).returncode == 0
    assert run("feeds", "remove", "stock", cwd=folder).stdout.startswith("removed stock from config/feeds.toml")
    assert text(folder) == FEEDS


def test_remove_takes_only_the_feed_and_its_comment(folder: Path) -> None:
    assert run("feeds", "remove", "a", cwd=folder).returncode == 0
    assert text(folder) == FEEDS.partition("# first")[0] + "# second" + FEEDS.partition("# second")[2]


@pytest.mark.parametrize(
    ("url", "name"),
    [("https://news.example.com/feed?x=1", "news.example.com"), ("sina:roll/384/2671", "sina:roll/384/2671")],
)
def test_a_feed_without_a_name_is_called_by_its_address(folder: Path, url: str, name: str) -> None:
    assert run("feeds", "add", url, cwd=folder).returncode == 0
    (added,) = [one for one in json.loads(run("feeds", "list", "--json", cwd=folder).stdout) if one["url"] == url]
    assert added["name"] == name


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("add", "https://example.org/a.xml", "--name", "丙"), "feed[3].url: is the same as in"),
        (("add", "https://example.org/c.xml", "--slug", "b"), "feed[3].slug: is the same as in"),
        (("add", "ftp://example.org/"), "feed[3].url: "),
        (("add", "http://192.168.0.9/x"), "repeat the command with --allow-private"),
        (("remove", "nobody"), "it has: a, b"),
        (("remove", "b"), 'the output "all" shows this feed; take b out'),
    ],
)
def test_what_would_be_wrong_is_refused(folder: Path, words: tuple[str, ...], told: str) -> None:
    done = run("feeds", *words, cwd=folder)
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert text(folder) == FEEDS


def test_a_private_host_can_be_allowed(folder: Path) -> None:
    assert run("feeds", "add", "http://192.168.0.9/x", "--allow-private", cwd=folder).returncode == 0
    assert text(folder).endswith("allow_private = true\n")


OPML = """<opml version="1.0"><body><outline text="财经">
<outline text="丙" xmlUrl="https://example.org/c.xml"/>
<outline text="甲" xmlUrl="https://example.org/a.xml"/>
<outline text="坏" xmlUrl="gopher://example.org/"/>
</outline></body></opml>"""


def test_import_takes_what_is_right_and_tells_the_rest(folder: Path) -> None:
    (folder / "list.opml").write_text(OPML, "utf-8")
    dry = run("feeds", "import", "--dry-run", "list.opml", cwd=folder)
    assert (dry.returncode, text(folder)) == (1, FEEDS)
    assert dry.stdout == "would add 1 feed; 1 already there\n"
    done = run("feeds", "import", "list.opml", cwd=folder)
    assert (done.returncode, done.stdout) == (1, "added 1 feed; 1 already there\n")
    assert done.stderr.startswith("list.opml:4: gopher://example.org/: url: ")
    assert text(folder).startswith(FEEDS)
    assert text(folder).endswith('url = "https://example.org/c.xml"\ncategories = ["财经"]\n')
    again = json.loads(run("feeds", "import", "list.opml", "--json", cwd=folder).stdout)
    assert (again["added"], again["known"]) == ([], 2)


def test_export_then_import_gives_the_same_list(folder: Path) -> None:
    (folder / "config" / "feeds.toml").write_text(
        FEEDS + '\n[[feed]]\nname = "丙"\nslug = "c"\nurl = "https://example.org/c"\ninterval = "20m"\n'
        'categories = ["财经", "宏观"]\nfull_text = true\ntimezone = "UTC"\nlanguage = "en"\n',
        "utf-8",
    )
    exported = run("feeds", "export", cwd=folder).stdout
    assert "secret" not in exported
    assert run("feeds", "export", "mine.opml", cwd=folder).stdout == "wrote mine.opml\n"
    assert (folder / "mine.opml").read_text("utf-8") == exported
    (folder / "config" / "outputs.toml").write_text("")
    (folder / "config" / "feeds.toml").write_text("")
    done = run("feeds", "import", "mine.opml", cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert run("feeds", "export", cwd=folder).stdout == exported


@pytest.mark.parametrize(
    ("words", "told", "code"),
    [
        (("import", "missing.opml"), "missing.opml: No such file or directory", 1),
        (("import", "config/feeds.toml"), "config/feeds.toml: is no OPML; it should begin with <opml", 1),
        (("export", "no/such/folder.opml"), "no/such/folder.opml: No such file or directory", 1),
    ],
)
def test_lists_that_cannot_be_had(folder: Path, words: tuple[str, ...], told: str, code: int) -> None:
    done = run("feeds", *words, cwd=folder)
    assert (done.returncode, text(folder)) == (code, FEEDS)
    assert told in done.stderr
    assert "Traceback" not in done.stderr
