"""The differential test: what the strict reader accepts, it reads as the tolerant reader does.

Over invented documents made from parts that are odd in every way, and over the files of tests/data/feeds; the same over
the foreign corpora is in tests/integration/test_parser_corpus.py.
"""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.kit import charset
from aggregator.models import ParsedFeed
from aggregator.parse import feedxml, tolerant
from aggregator.parse.feedtext import FeedText

DATA = Path(__file__).resolve().parents[2] / "data" / "feeds"
SPACES = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:media="http://search.yahoo.com/mrss/" xmlns:a="http://www.w3.org/2005/Atom"'
)


def both(text: str) -> tuple[ParsedFeed | None, ParsedFeed]:
    def fresh() -> FeedText:
        address = "https://feeds.example/a/all.xml"
        return FeedText(text, address, address, "Asia/Shanghai", "zh-CN", datetime(2026, 10, 16, tzinfo=UTC))

    return feedxml.read(fresh()), tolerant.read(fresh())


def assert_agree(text: str) -> bool:
    """True when the strict reader took the document."""
    strict, lenient = both(text)
    if strict is None:
        return False
    assert strict.entries == lenient.entries
    assert strict.feed == lenient.feed
    return True


WORDS = st.one_of(
    st.sampled_from(
        [
            "", " ", "甲乙科技：净利润增长35%", " 前后空格　", "A & B", "a < b > c", "关于<条例>的决定", "<b>粗</b>",
            "&amp;", "&amp;lt;", "<p>段落&nbsp;一</p>", "]]>", "line\nbreak\ttab", "<![CDATA[x]]>", "a\u200bb",
            "https://a.example/1?x=1&y=2", "/relative/1", "javascript:alert(1)", "//b.example/x", "#top", "urn:x:1",
            "https:///c.example/", "Ã©tÃ©", "café", "\x85\x96", "😀𠀀", "x@a.example (甲)", "新华社", "昨天 09:30",
            "Fri, 16 Oct 2026 10:02:11 GMT", "2026-10-16 18:00:00", "someday",
        ]
    ),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cn"]), max_size=20),
)  # fmt: skip
PLAIN = WORDS.map(lambda words: escape(words, quote=False))
CDATA = WORDS.map(lambda words: f"<![CDATA[{words.replace(']]>', ']] >')}]]>")
TEXTS = st.one_of(PLAIN, CDATA, st.tuples(PLAIN, CDATA, PLAIN).map("".join))
ATTRIBUTES = WORDS.map(lambda words: escape(words.replace("\n", " ").replace("\t", " ")))


def element(name: str, attributes: str = "") -> st.SearchStrategy[str]:
    end = name.split(" ")[0]
    return TEXTS.map(lambda text: f"<{name}{attributes}>{text}</{end}>")


RSS_PARTS = st.one_of(
    *map(element, ("title", "link", "description", "pubDate", "author", "category", "guid", "source", "comments")),
    *map(
        element,
        ("content:encoded", "dc:creator", "dc:date", "dc:subject", "guid isPermaLink='false'", "source url='/x'"),
    ),
    ATTRIBUTES.map(lambda value: f'<enclosure url="{value}" type="image/png"/>'),
    ATTRIBUTES.map(lambda value: f'<enclosure url="{value}" type="audio/mpeg" length="3"/>'),
    ATTRIBUTES.map(lambda value: f'<media:content url="{value}" medium="image" width="10"/>'),
    st.sampled_from(["<!-- note -->", "<x/>", "<media:group/>", "<a:link href='/1'/>"]),
)
ATOM_PARTS = st.one_of(
    *map(element, ("title", "summary", "content", "id", "published", "updated", "title type='html'")),
    *map(element, ("summary type='html'", "content type='html'", "content type='text'")),
    ATTRIBUTES.map(lambda value: f'<link href="{value}"/>'),
    ATTRIBUTES.map(lambda value: f'<link rel="alternate" type="text/html" href="{value}"/>'),
    ATTRIBUTES.map(lambda value: f'<link rel="enclosure" type="image/png" href="{value}"/>'),
    ATTRIBUTES.map(lambda value: f'<category term="{value}"/>'),
    TEXTS.map(lambda text: f"<author><name>{text}</name></author>"),
)


def unique(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Parts of one item; mostly each element once, since the strict reader declines what stands twice."""
    names = lambda part: part[1:].partition(">")[0].partition(" ")[0].rstrip("/")  # noqa: E731
    return st.lists(parts, max_size=7, unique_by=names).map("".join)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(items=st.lists(unique(RSS_PARTS), max_size=3), title=TEXTS, link=TEXTS)
def test_rss(items: list[str], title: str, link: str) -> None:
    inside = "".join(f"<item>{item}</item>" for item in items)
    channel = f"<title>{title}</title><link>{link}</link><ttl>5</ttl>"
    assert_agree(f'<rss version="2.0" {SPACES}><channel>{channel}{inside}</channel></rss>')


@settings(max_examples=150, deadline=None, derandomize=True)
@given(entries=st.lists(unique(ATOM_PARTS), max_size=3), head=unique(ATOM_PARTS))
def test_atom(entries: list[str], head: str) -> None:
    inside = "".join(f"<entry>{entry}</entry>" for entry in entries)
    assert_agree(f'<feed xmlns="http://www.w3.org/2005/Atom">{head}{inside}</feed>')


@pytest.mark.parametrize("path", sorted(DATA.glob("*.xml")), ids=lambda path: path.name)
def test_files(path: Path) -> None:
    taken = assert_agree(charset.decode(path.read_bytes()).text)
    assert taken == path.name.startswith("plain"), "plain feeds must take the quick way, others must not"
