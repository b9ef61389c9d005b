"""Moving in from another aggregator: its feeds are followed, its articles stored, the second time nothing happens."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support import place as places
from tests.support.place import Place
from tests.unit.archive.test_foreign import ENTRIES, FRESHRSS, READER, database

RSS = """<rss version="2.0"><channel><title>{title}</title><link>https://example.org/{title}</link>
<item><guid isPermaLink="false">1</guid><title>{title}的一条</title><description>正文在这里。</description></item>
</channel></rss>"""


@pytest.fixture
def here(tmp_path: Path) -> Place:
    made = places.make(tmp_path, "http://127.0.0.1:9")
    made.feeds()
    return made


def files(folder: Path, name: str) -> list[str]:
    folder.mkdir()
    if name == "freshrss":
        return [str(database(folder / "user.sqlite", FRESHRSS))]
    if name == "reader":
        return [str(database(folder / "reader.sqlite", READER))]
    if name == "miniflux":
        (folder / "dump.json").write_text(json.dumps({"total": 2, "entries": ENTRIES}), "utf-8")
    else:
        for title in ("甲", "乙"):
            (folder / f"{title}.xml").write_text(RSS.format(title=title), "utf-8")
        (folder / "list.opml").write_text(
            '<opml version="2.0"><body><outline text="甲" xmlUrl="https://example.org/a.xml"/></body></opml>', "utf-8"
        )
    return [str(folder)]


@pytest.mark.parametrize(
    ("name", "articles", "feeds"), [("freshrss", 3, 2), ("reader", 2, 2), ("miniflux", 2, 1), ("files", 2, 1)]
)
def test_moving_in(here: Place, tmp_path: Path, name: str, articles: int, feeds: int) -> None:
    paths = files(tmp_path / "old", name)
    dry = here.json("import", "--dry-run", *paths)
    assert (dry["new"], len(dry["feeds"]), here.json("feeds", "list")) == (articles, feeds, [])
    first = here.json("import", *paths)
    assert (first["new"], first["failed"]) == (articles, {})
    followed = here.json("feeds", "list")
    assert len(followed) == feeds
    assert here.run("check").returncode == 0
    again = here.json("import", *paths)
    assert (again["new"], again["revised"], again["failed"]) == (0, 0, {})
    assert here.json("feeds", "list") == followed
    assert len(here.json("list")) == articles


def test_the_feed_list_can_be_left_alone(here: Place, tmp_path: Path) -> None:
    done = here.run("import", "--no-feeds", *files(tmp_path / "old", "reader"))
    assert (done.returncode, here.json("feeds", "list")) == (0, [])
    assert "2 feeds named: 0 added" in done.stdout


def test_a_feed_that_cannot_be_followed_is_told(here: Place, tmp_path: Path) -> None:
    path = tmp_path / "x.opml"
    path.write_text('<opml><body>\n<outline text="坏" xmlUrl="gopher://example.org/"/></body></opml>', "utf-8")
    done = here.run("import", str(path))
    assert done.returncode == 1
    assert "x.opml:2: gopher://example.org/: url: " in done.stderr
    assert "1 × feeds that cannot be followed" in done.stdout


def test_the_feed_list_leaves_and_comes_back(here: Place, tmp_path: Path) -> None:
    here.run("import", *files(tmp_path / "old", "freshrss"))
    exported = tmp_path / "mine.opml"
    assert here.run("export", "opml", str(exported)).returncode == 0
    here.feeds()
    assert here.run("import", str(exported)).returncode == 0
    again = tmp_path / "again.opml"
    assert here.run("export", "opml", str(again)).returncode == 0
    assert again.read_bytes() == exported.read_bytes()
    assert b"xmlUrl" in exported.read_bytes()
