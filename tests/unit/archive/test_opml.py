from __future__ import annotations

import pytest

from aggregator.archive import opml
from aggregator.archive.opml import Outline
from aggregator.errors import ArchiveError


def document(body: str, head: str = "") -> bytes:
    opml_ = f'<opml version="2.0"><head>{head}</head><body>{body}</body></opml>'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{opml_}'.encode()


def read(body: str) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(one.url, one.name, one.categories) for one in opml.read(document(body), "list.opml").subscriptions]


A, B = "https://example.org/a", "https://example.org/b"
FEED = '<outline type="rss" text="甲" xmlUrl="https://example.org/a"/>'


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (FEED, [(A, "甲", ())]),
        (f'<outline text="财经"><outline text="宏观">{FEED}</outline></outline>', [(A, "甲", ("财经", "宏观"))]),
        # names: text, then title; entities and blanks as a reader would show them
        ('<outline xmlUrl="https://example.org/b" title="乙 &amp; 丙"/>', [(B, "乙 & 丙", ())]),
        ('<outline xmlUrl=" https://example.org/b " text=" 乙&#10;丙 "/>', [(B, "乙 丙", ())]),
        # some programs write attributes in lower case, and no type
        ('<outline text="丁" xmlurl="https://example.org/d"/>', [("https://example.org/d", "丁", ())]),
        # without folders, the words of category; a path is a path
        (f'{FEED[:-2]} category="宏观,股市"/>', [(A, "甲", ("宏观", "股市"))]),
        (f'{FEED[:-2]} category="/财经/宏观,/别处"/>', [(A, "甲", ("财经", "宏观"))]),
        (f'<outline text="财经">{FEED[:-2]} category="/其他"/></outline>', [(A, "甲", ("财经",))]),
        # a feed is no folder of what lies below it
        (f'<outline text="乙" xmlUrl="https://example.org/b">{FEED}</outline>', [(B, "乙", ()), (A, "甲", ())]),
        ('<outline text="an empty folder"/><outline/>', []),
    ],
)
def test_read(body: str, found: list[tuple[str, str, tuple[str, ...]]]) -> None:
    assert read(body) == found


def test_places_and_problems() -> None:
    body = '\n<outline type="rss" text="无"/>\n<outline type="include" url="https://example.org/more.opml"/>\n' + FEED
    told = opml.read(document(body), "list.opml")
    assert [one.place for one in told.subscriptions] == ["list.opml:5"]
    assert told.problems == (
        "list.opml:3: 无 has no address (xmlUrl)",
        "list.opml:4: leads to another list, https://example.org/more.opml; import that one too",
    )


def test_mistakes_in_the_markup_are_mended() -> None:
    told = opml.read(document('<outline text="A & B" xmlUrl="https://example.org/?a=1&b=2"/>' + FEED), "x.opml")
    assert [one.url for one in told.subscriptions][-1] == "https://example.org/a"
    assert len(told.problems) == 1
    assert told.problems[0].startswith("x.opml: is not well-formed (")


def test_encodings() -> None:
    text = document(FEED).decode().replace("UTF-8", "gb2312")
    assert opml.read(text.encode("gb18030"), "x").subscriptions[0].name == "甲"
    assert opml.read(text.encode("utf-16"), "x").subscriptions[0].name == "甲"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"<html><body>404</body></html>", "is no OPML"),
        (b"", "is no OPML"),
        (b"\x00\x01\x02", "is no OPML"),
        (b'<!DOCTYPE o [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><opml><body/></opml>', "declares entities"),
        (b" " * (opml.LARGEST + 1), "is larger than"),
    ],
)
def test_what_is_no_list(body: bytes, told: str) -> None:
    with pytest.raises(ArchiveError, match=told):
        opml.read(body, "list.opml")


def test_a_hostile_list_costs_nothing() -> None:
    deep = '<outline text="x">' * 100_000
    assert opml.read(document(deep), "x").subscriptions == ()
    outside = document('<outline text="&x;" xmlUrl="https://example.org/"/>').replace(
        b"<opml", b'<!DOCTYPE opml SYSTEM "file:///etc/passwd"><opml'
    )
    assert "root:" not in repr(opml.read(outside, "x"))


LISTED = (
    Outline("https://example.org/a?x=1&y=2", '甲 "A&B" 〈丙〉', ("财经", "宏观"), {"slug": "a", "interval": "5m"}),
    Outline("sina:live/152", "7x24", ("财经",), {"slug": "live", "enabled": "false", "full_text": "never"}),
    Outline("https://example.org/c", "\x0b控\ufffe制", (), {"slug": "c"}),
    Outline("https://example.org/d", "丁", ("财经", "宏观"), {}),
)


def test_round_trip() -> None:
    written = opml.write("我的\x00订阅", LISTED)
    told = opml.read(written, "x")
    assert told.problems == ()
    back = [(one.url, one.name, one.categories, one.settings) for one in told.subscriptions]
    # Folders stand together, in the order in which they first came; nothing else moves.
    expected = [LISTED[0], LISTED[3], LISTED[1], LISTED[2]]
    assert back == [
        (one.url, one.name.strip("\x0b").replace("\ufffe", ""), one.categories, one.settings) for one in expected
    ]
    assert opml.write("我的订阅", told.subscriptions) == written
