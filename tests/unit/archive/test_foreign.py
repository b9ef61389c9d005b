"""Archives of other aggregators, made by the tests in the shape those programs give them."""

from __future__ import annotations

import gzip
import json
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from aggregator import archive
from aggregator.archive.items import Broken, Followed, Stated
from aggregator.errors import ArchiveError
from aggregator.models import Entry

AT = datetime(2026, 9, 1, 1, 30, tzinfo=UTC)

FRESHRSS = """
CREATE TABLE category (id INTEGER PRIMARY KEY, name VARCHAR(191) NOT NULL, kind SMALLINT);
CREATE TABLE feed (id INTEGER PRIMARY KEY, url TEXT NOT NULL, kind SMALLINT, category INTEGER, name TEXT NOT NULL,
    website TEXT, ttl INT);
CREATE TABLE entry (id BIGINT NOT NULL PRIMARY KEY, guid TEXT NOT NULL, title TEXT NOT NULL, author TEXT, content TEXT,
    link TEXT NOT NULL, date INT, hash BLOB, is_read INT, id_feed INTEGER, tags TEXT, attributes TEXT);
INSERT INTO category VALUES (1, 'Uncategorized', 0), (2, '宏观', 0);
INSERT INTO feed VALUES (1, 'https://example.org/a.xml', 0, 2, '甲', '', 0), (2, 'https://example.org/b.xml', 0, 1, '乙', '', 0);
INSERT INTO entry VALUES
    (1788225000000000, '17', '央行 &lt;条例&gt;', 'one;two', '<p>全文</p>', 'https://example.org/1.html', 1788226200, x'00', 1, 1, '#快讯 #A股', '{}'),
    (1788225000000001, '17', '另一条', '', '', 'https://example.org/2.html', 0, x'00', 0, 2, '', NULL),
    (1788225000000002, 'https://example.org/3', '三', NULL, 'x', 'javascript:x', 1788226200, x'00', 0, 2, NULL, NULL);
"""  # noqa: E501 (rows)

READER = """
CREATE TABLE feeds (url TEXT PRIMARY KEY NOT NULL, title TEXT, link TEXT, user_title TEXT, updates_enabled INTEGER,
    added TIMESTAMP NOT NULL);
CREATE TABLE feed_tags (feed TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL);
CREATE TABLE entries (id TEXT NOT NULL, feed TEXT NOT NULL, title TEXT, link TEXT, updated TIMESTAMP, author TEXT,
    published TIMESTAMP, summary TEXT, content TEXT, enclosures TEXT, first_updated_epoch TIMESTAMP);
INSERT INTO feeds VALUES ('https://example.org/a.xml', '甲', NULL, '我的甲', 1, '2026-01-01'), ('https://example.org/b.xml', NULL, NULL, NULL, 0, '2026-01-02');
INSERT INTO feed_tags VALUES ('https://example.org/a.xml', '宏观', 'null'), ('https://example.org/a.xml', '.reader.own', 'null');
INSERT INTO entries VALUES
    ('17', 'https://example.org/a.xml', '题', 'https://example.org/1.html', '2026-09-01 02:00:00', '[{"name": "one", "href": null}]', '2026-09-01 01:30:00', '摘要', '[{"value": "plain", "type": "text/plain"}, {"value": "<p>全文</p>", "type": "text/html"}]', '[{"href": "https://example.org/p.jpg", "type": "image/jpeg"}, {"href": "https://example.org/s.mp3", "type": "audio/mpeg"}]', '2026-09-01'),
    ('17', 'https://example.org/b.xml', NULL, NULL, NULL, 'old form', NULL, '只有摘要', 'no json', NULL, '2026-09-02');
"""  # noqa: E501 (rows)

FEED = {
    "id": 1,
    "feed_url": "https://example.org/a.xml",
    "title": "甲",
    "category": {"id": 2, "title": "宏观"},
}
ENTRIES: list[dict[str, Any]] = [
    {
        "id": 11,
        "user_id": 1,
        "feed_id": 1,
        "title": "题 &amp; 目",
        "url": "https://example.org/1.html",
        "author": "one",
        "content": "<p>全文 }]</p>",
        "hash": "ab",
        "published_at": "2026-09-01T09:30:00+08:00",
        "tags": ["快讯"],
        "enclosures": [{"url": "https://example.org/p.jpg", "mime_type": "image/jpeg"}],
        "feed": FEED,
    },
    {
        "id": 12,
        "user_id": 1,
        "title": "二",
        "url": "",
        "hash": "cd",
        "published_at": "",
        "enclosures": None,
        "feed": FEED,
    },
]


def database(path: Path, script: str) -> Path:
    connection = sqlite3.connect(path)
    connection.executescript(script)
    connection.close()
    return path


def read(path: Path, form: str, skip: int = 0) -> list[Any]:
    found = archive.recognise(path, named=True)
    assert found is not None
    assert found.name == form
    return list(found.reader.read(path, skip))


def entries(items: list[Any]) -> list[Entry]:
    return [item.entry for item in items if isinstance(item, Stated)]


def feeds(items: list[Any]) -> list[tuple[str, str, tuple[str, ...], dict[str, str]]]:
    return [(one.url, one.name, one.categories, dict(one.settings)) for one in items if isinstance(one, Followed)]


def test_freshrss(tmp_path: Path) -> None:
    path = database(tmp_path / "user.sqlite", FRESHRSS)
    items = read(path, "freshrss")
    assert feeds(items) == [
        ("https://example.org/a.xml", "甲", ("宏观",), {}),
        ("https://example.org/b.xml", "乙", (), {}),
    ]
    first, second, third = entries(items)
    assert (first.title, first.author, first.content) == ("央行 <条例>", "one, two", "<p>全文</p>")
    assert (first.link, first.published, first.categories) == (
        "https://example.org/1.html",
        AT,
        ("宏观", "快讯", "A股"),
    )
    assert first.id != second.id  # the same guid in another feed is another entry
    assert (second.published, second.content) == (None, None)
    assert (third.id, third.link) == ("https://example.org/3", None)
    assert items[2].where.endswith("user.sqlite#entry 1")
    assert [one.done for one in read(path, "freshrss", skip=2) if isinstance(one, Stated)] == [3]


def test_reader(tmp_path: Path) -> None:
    path = database(tmp_path / "reader.db", READER)
    items = read(path, "reader")
    assert feeds(items) == [
        ("https://example.org/a.xml", "我的甲", ("宏观",), {}),
        ("https://example.org/b.xml", "", (), {"enabled": "false"}),
    ]
    first, second = entries(items)
    assert (first.content, first.content_is_text, first.author) == ("<p>全文</p>", False, "one")
    assert (first.published, first.updated) == (AT, datetime(2026, 9, 1, 2, tzinfo=UTC))
    assert [image.url for image in first.images] == ["https://example.org/p.jpg"]
    assert first.categories == ("宏观",)
    assert (second.title, second.content, second.author) == ("", "只有摘要", "old form")
    assert first.id != second.id
    assert len(entries(read(path, "reader", skip=1))) == 1


@pytest.fixture(params=["answer", "answer without total", "list", "lines of entries", "lines of answers", "gzip"])
def miniflux(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    texts = {
        "answer": json.dumps({"total": 2, "entries": ENTRIES}, ensure_ascii=False),
        "answer without total": json.dumps({"entries": ENTRIES}, indent=4),
        "list": json.dumps(ENTRIES),
        "lines of entries": "\n".join(json.dumps(one) for one in ENTRIES) + "\n",
        "lines of answers": "\n".join(json.dumps({"total": 2, "entries": [one]}) for one in ENTRIES),
    }
    path = tmp_path / "dump.json"
    path.write_text(texts.get(request.param, texts["answer"]), "utf-8")
    if request.param == "gzip":
        body = gzip.compress(path.read_bytes())
        path = tmp_path / "dump.json.gz"
        path.write_bytes(body)
    return path


def test_miniflux(miniflux: Path) -> None:
    items = read(miniflux, "miniflux")
    assert feeds(items) == [("https://example.org/a.xml", "甲", ("宏观",), {})]
    first, second = entries(items)
    assert (first.title, first.content, first.published) == ("题 & 目", "<p>全文 }]</p>", AT)
    assert (first.categories, first.author) == (("宏观", "快讯"), "one")
    assert [image.url for image in first.images] == ["https://example.org/p.jpg"]
    assert (second.title, second.link, second.published) == ("二", None, None)
    assert [one.done for one in read(miniflux, "miniflux", skip=1) if isinstance(one, Stated)] == [2]


def test_miniflux_larger_than_what_is_read_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from aggregator.archive import miniflux as module

    path = tmp_path / "dump.json"
    many = [{**ENTRIES[0], "id": n, "url": f"https://example.org/{n}"} for n in range(50)]
    path.write_text(json.dumps({"total": 50, "entries": many}, ensure_ascii=False), "utf-8")
    whole = entries(read(path, "miniflux"))
    for piece in (1, 7, 1000):
        monkeypatch.setattr(module, "_PIECE", piece)
        assert entries(read(path, "miniflux")) == whole
    assert len(whole) == 50


@pytest.mark.parametrize(
    ("text", "taken", "told"),
    [
        (json.dumps({"total": 2, "entries": ENTRIES})[:-200], 1, "the file is cut off"),
        ('{"total": 1, "entries": [{"id": 1, "name": "x"}, 5]}', 0, "no list of entries"),
        ('{"total": 1, "entries": ' + "[" * 100_000, 0, "cut off"),
    ],
)
def test_miniflux_that_is_damaged(tmp_path: Path, text: str, taken: int, told: str) -> None:
    path = tmp_path / "dump.json"
    path.write_text(text, "utf-8")
    items = []
    form = archive.chosen("miniflux")
    with pytest.raises(ArchiveError, match=told):
        items.extend(form.reader.read(path))  # what came before the error counts
    assert len(entries(items)) == taken


def test_an_object_that_is_no_entry_is_told(tmp_path: Path) -> None:
    path = tmp_path / "dump.json"
    path.write_text(json.dumps({"entries": [{"id": 1}, *ENTRIES]}), "utf-8")
    items = read(path, "miniflux")
    assert [one.where for one in items if isinstance(one, Broken)] == [f"{path}#1"]
    assert len(entries(items)) == 2


@pytest.mark.parametrize("name", ["freshrss", "reader"])
def test_a_database_that_is_damaged(tmp_path: Path, name: str) -> None:
    path = database(tmp_path / "x.sqlite", FRESHRSS if name == "freshrss" else READER)
    body = bytearray(path.read_bytes())
    body[100:4000] = b"\xff" * 3900
    path.write_bytes(body)
    assert archive.recognise(path, named=True) is None
    with pytest.raises(ArchiveError, match="cannot be read"):
        list(archive.chosen(name).reader.read(path))


def test_databases_of_other_programs_are_left_alone(tmp_path: Path) -> None:
    path = database(tmp_path / "x.sqlite", "CREATE TABLE feed (id)")
    assert archive.recognise(path, named=True) is None
    assert path.stat().st_size > 0
    assert sorted(one.name for one in tmp_path.iterdir()) == ["x.sqlite"]  # nothing was written beside it


@pytest.mark.parametrize(
    ("name", "body", "form"),
    [
        ("a.xml", '<?xml version="1.0"?><rss version="2.0"/>', "feeds"),
        ("a.xml", '\ufeff<?xml version="1.0"?>\n<!-- x -->\n<feed xmlns="http://www.w3.org/2005/Atom"/>', "feeds"),
        ("a.json", '{"version": "https://jsonfeed.org/version/1.1", "items": []}', "feeds"),
        ("a.json", '{"title": "x", "version": "https:\\/\\/jsonfeed.org\\/version\\/1"}', "feeds"),
        ("a.rss", "anything", "feeds"),
        ("a.xml", "<?xml version='1.0'?><opml version='2.0'/>", "opml"),
        ("a.OPML", "", "opml"),
        ("a.xml", "<html><rss></html>", None),
        ("a.json", '{"items": []}', None),
    ],
)
def test_recognised(tmp_path: Path, name: str, body: str, form: str | None) -> None:
    path = tmp_path / name
    path.write_text(body, "utf-8")
    found = archive.recognise(path, named=False)
    assert (found.name if found else None) == form
