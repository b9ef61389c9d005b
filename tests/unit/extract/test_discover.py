from __future__ import annotations

from datetime import UTC, datetime

import pytest

from aggregator.extract import discover
from aggregator.models import Document


def hints(html: str, url: str = "https://news.example.org/a/b.html") -> list[tuple[str, str]]:
    document = Document(url, url, 200, html.encode(), datetime(2026, 9, 1, tzinfo=UTC), {"content-type": "text/html"})
    return [(hint.url, hint.title) for hint in discover.hints(document) if hint.stated]


@pytest.mark.parametrize(
    ("html", "found"),
    [
        (
            '<link rel="alternate" type="application/rss+xml" title="要闻 &amp; 更多" href="/rss">',
            [("https://news.example.org/rss", "要闻 & 更多")],
        ),
        (
            '<LINK REL="Alternate feed" TYPE="application/atom+xml; charset=utf-8" HREF="atom.xml">',
            [("https://news.example.org/a/atom.xml", "")],
        ),
        ('<link rel="feed" href="//feeds.example.net/x">', [("https://feeds.example.net/x", "")]),
        ('<base href="https://other.example.org/"><link rel="feed" href="x">', [("https://other.example.org/x", "")]),
        # links that look like feeds, or say that they are; those of <head> come first, and each address once
        (
            '<a href="/feed/">全部</a><a href="/list?format=rss">列表</a><a href="/s">RSS 订阅</a>'
            '<link rel="alternate" type="application/feed+json" href="/feed/">',
            [
                ("https://news.example.org/feed/", ""),
                ("https://news.example.org/list?format=rss", "列表"),
                ("https://news.example.org/s", "RSS 订阅"),
            ],
        ),
        # other alternates, other words, other schemes
        ('<link rel="alternate" hreflang="en" href="/en"><link rel="stylesheet" type="text/xml" href="/x">', []),
        ('<a href="/feedback">意见</a><a href="/atomic">核电</a><a href="javascript:rss()">RSS</a>', []),
        ('<a href="feed://[broken/rss">x</a>', []),
    ],
)
def test_what_a_page_names(html: str, found: list[tuple[str, str]]) -> None:
    assert hints(html) == found


@pytest.mark.parametrize(
    ("url", "html", "found"),
    [
        ("https://finance.sina.com.cn/roll/index.d.html?pageid=384&lid=2519", "", ["sina:roll/384/2519"]),
        ("https://news.sina.com.cn/roll/", "var u='x?pageid=153&amp;lid=2516&num=50'", ["sina:roll/153/2516"]),
        ("https://finance.sina.com.cn/7x24/", "", ["sina:live/152"]),
        ("https://finance.sina.com.cn/x", '{"zhibo_id": "155"}', ["sina:live/155"]),
        ("https://example.org/roll?pageid=384&lid=2519", "", []),
    ],
)
def test_lists_of_sina_lead_to_their_api(url: str, html: str, found: list[str]) -> None:
    assert [one for one, _ in hints(f"<html><script>{html}</script></html>", url)] == found


def test_well_known_places_come_last() -> None:
    url = "https://example.org/blog/"
    document = Document(url, url, 200, b'<a href="/rss">x</a>', datetime(2026, 9, 1, tzinfo=UTC))
    found = discover.hints(document)
    assert (found[0].url, found[0].stated) == ("https://example.org/rss", True)
    guessed = [hint.url for hint in found if not hint.stated]
    assert guessed[0] == "https://example.org/blog/feed"
    assert "https://example.org/atom.xml" in guessed
    assert "https://example.org/rss" not in guessed  # named already
    assert len(set(guessed)) == len(guessed)
