"""JSON Feed 1.0 and 1.1, and what people make of them."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from aggregator.models import Image

VERSION = "https://jsonfeed.org/version/1.1"


def feed(*items: object, **top: object) -> str:
    return json.dumps({"version": VERSION, "title": "示例", "items": items, **top}, ensure_ascii=False)


def test_a_full_item(read) -> None:
    parsed = read(
        feed(
            {
                "id": "1",
                "url": "https://a.example/1",
                "external_url": "https://b.example/1",
                "title": "甲 &amp; 乙",
                "content_html": "<p>全文比摘要要长</p>",
                "summary": "摘要 < 全文",
                "date_published": "2026-10-16T18:00:00+08:00",
                "date_modified": "2026-10-16T11:00:00Z",
                "authors": [{"name": "样本记者"}, {"name": "样本编辑"}],
                "tags": ["宏观", "央行", 3],
                "image": "https://a.example/1.jpg",
                "language": "zh-CN",
                "attachments": [
                    {"url": "https://a.example/1.mp3", "mime_type": "audio/mpeg", "size_in_bytes": 7},
                    {"url": "https://a.example/2.jpg", "mime_type": "image/jpeg"},
                ],
            },
            home_page_url="https://a.example/",
            language="zh",
            hubs=[{"type": "WebSub", "url": "https://hub.example/"}],
            next_url="https://feeds.example/all.json?page=2",
        ),
    )
    assert (parsed.format, parsed.problems) == ("jsonfeed", ())
    assert (parsed.feed.title, parsed.feed.link, parsed.feed.language) == ("示例", "https://a.example/", "zh")
    assert (parsed.feed.hub, parsed.next_page) == ("https://hub.example/", "https://feeds.example/all.json?page=2")
    [entry] = parsed.entries
    assert (entry.id, entry.link, entry.aliases) == ("1", "https://a.example/1", ("https://b.example/1",))
    assert (entry.title, entry.author, entry.categories) == ("甲 & 乙", "样本记者, 样本编辑", ("宏观", "央行"))
    assert (entry.summary, entry.content, entry.content_is_text) == ("摘要 &lt; 全文", "<p>全文比摘要要长</p>", False)
    assert entry.published == datetime(2026, 10, 16, 10, tzinfo=UTC)
    assert entry.updated == datetime(2026, 10, 16, 11, tzinfo=UTC)
    assert entry.images == (Image("https://a.example/1.jpg"), Image("https://a.example/2.jpg"))
    assert entry.extra == {"enclosures": [{"href": "https://a.example/1.mp3", "type": "audio/mpeg", "length": 7}]}
    assert entry.language == "zh-CN"


def test_plain_text_content(read) -> None:
    [entry] = read(feed({"id": "1", "content_text": "a < b", "summary": "c"})).entries
    assert (entry.content, entry.summary, entry.content_is_text) == ("a < b", "c", True)


@pytest.mark.parametrize(
    ("item", "entry_id"),
    [
        ({"id": 7, "title": "a"}, "7"),
        ({"id": 3.5, "title": "a"}, "3.5"),
        ({"id": True, "url": "https://a.example/1"}, "a.example/1"),
        ({"id": None, "url": "https://a.example/1"}, "a.example/1"),
    ],
)
def test_sloppy_ids(read, item: dict[str, object], entry_id: str) -> None:
    assert read(feed(item)).entries[0].id == entry_id


@pytest.mark.parametrize(
    ("stated", "author"),
    [
        ({"author": {"name": "甲"}}, "甲"),
        ({"author": "甲"}, "甲"),
        ({"authors": []}, None),
        ({"authors": [{}, {"url": "https://a.example"}, {"name": " 乙 "}]}, "乙"),
        ({"authors": "x"}, None),
        ({"author": []}, None),
    ],
)
def test_sloppy_authors(read, stated: dict[str, object], author: str | None) -> None:
    assert read(feed({"id": "1", **stated})).entries[0].author == author


def test_items_that_are_no_objects_are_reported(read) -> None:
    parsed = read(feed({"id": "1"}, "x", None))
    assert len(parsed.entries) == 1
    assert parsed.problems == ("only 1 of 3 items could be read",)


@pytest.mark.parametrize("next_url", ["https://other.example/2", "javascript:x", 3, ""])
def test_the_next_page_is_on_the_same_host(read, next_url: object) -> None:
    assert read(feed(next_url=next_url)).next_page is None


def test_wrong_types_everywhere(read) -> None:
    names = ("url", "title", "content_html", "summary", "image", "date_published", "tags", "attachments")
    item = {name: {"x": [1]} for name in names}
    assert read(feed({"id": "1", **item}, hubs={"x": 1}, title=[])).entries[0].title == ""


def test_lone_surrogates_are_dropped(read) -> None:
    assert read(feed({"id": "1", "title": "a@b"}).replace("@", "\\ud83d")).entries[0].title == "ab"


@pytest.mark.parametrize("top", [{"title": "a", "items": []}, {"items": [{"id": "1", "content_text": "x"}]}])
def test_a_forgotten_version(read, top: dict[str, object]) -> None:
    assert read(json.dumps(top)).format == "jsonfeed"
