from __future__ import annotations

from dataclasses import replace

import pytest

from aggregator.archive import opml
from aggregator.archive.items import Broken, Followed
from aggregator.errors import ArchiveError


def document(body: str, head: str = "") -> bytes:
    opml_ = f'<opml version="2.0"><head>{head}</head><body>{body}</body></opml>'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{opml_}'.encode()


def read(body: str) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(one.url, one.name, one.categories) for one in followed(document(body))]


def followed(body: bytes) -> list[Followed]:
    return [one for one in opml.parse(body, "list.opml") if isinstance(one, Followed)]


def broken(body: bytes) -> list[tuple[str, str]]:
    return [(one.where, one.reason) for one in opml.parse(body, "list.opml") if isinstance(one, Broken)]


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
    body = document(
        '\n<outline type="rss" text="无"/>\n<outline type="include" url="https://example.org/more.opml"/>\n' + FEED
    )
    assert [one.where for one in followed(body)] == ["list.opml:5"]
    assert broken(body) == [
        ("list.opml:3", "无 has no address (xmlUrl)"),
        ("list.opml:4", "leads to another list, https://example.org/more.opml; import that one too"),
    ]


def test_mistakes_in_the_markup_are_mended() -> None:
    body = document('<outline text="A & B" xmlUrl="https://example.org/?a=1&b=2"/>' + FEED)
    assert [one.url for one in followed(body)][-1] == A
    ((where, reason),) = broken(body)
    assert (where, reason.partition(" (")[0]) == ("list.opml", "is not well-formed")


def test_encodings() -> None:
    text = document(FEED).decode().replace("UTF-8", "gb2312")
    assert followed(text.encode("gb18030"))[0].name == "甲"
    assert followed(text.encode("utf-16"))[0].name == "甲"


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
        opml.parse(body, "list.opml")


def test_a_hostile_list_costs_nothing() -> None:
    assert followed(document('<outline text="x">' * 100_000)) == []
    outside = document(f'<outline text="&x;" xmlUrl="{A}"/>').replace(
        b"<opml", b'<!DOCTYPE opml SYSTEM "file:///etc/passwd"><opml'
    )
    assert "root:" not in repr(opml.parse(outside, "x"))


LISTED = (
    Followed("", "https://example.org/a?x=1&y=2", '甲 "A&B" 〈丙〉', ("财经", "宏观"), {"slug": "a", "interval": "5m"}),
    Followed("", "sina:live/152", "7x24", ("财经",), {"slug": "live", "enabled": "false", "full_text": "never"}),
    Followed("", "https://example.org/c", "\x0b控\ufffe制", (), {"slug": "c"}),
    Followed("", "https://example.org/d", "丁", ("财经", "宏观"), {}),
)


def test_round_trip() -> None:
    written = opml.compose(LISTED, "我的\x00订阅")
    assert broken(written) == []
    back = followed(written)
    # Folders stand together, in the order in which they first came; nothing else moves.
    expected = [replace(LISTED[0]), LISTED[3], LISTED[1], replace(LISTED[2], name="控制")]
    assert [replace(one, where="") for one in back] == expected
    assert opml.compose(back, "我的订阅") == written
