"""Items as they stand in the bytes: found by construction, or not at all."""

from __future__ import annotations

import codecs

import pytest

from aggregator.kit import charset
from aggregator.parse import chunks

HEAD = b'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>t</title>'
TAIL = b"</channel></rss>"
A = "<item><title>样本</title></item>".encode()


def split(*parts: bytes, kind: str | None = "application/xml") -> chunks.Chunks | None:
    return chunks.split(b"".join((HEAD, *parts, TAIL)), kind)


@pytest.mark.parametrize(
    "item",
    [
        A,
        b"<item>\n<description><![CDATA[<item> </item> ]]></description></item >",
        b'<item xmlns:x="y" >&lt;item></item>',
        b"<item><!-- </item> <item> --><?pi </item> ?><items/><itemised></itemised></item>",
        b"<item><![CDATA[]]]]><![CDATA[></item>]]></item>",
        b"<entry><title>]]&gt;</title></entry>",
    ],
)
def test_what_a_body_quotes_ends_no_item(item: bytes) -> None:
    assert split(A, b" \n", item, A) == chunks.Chunks(HEAD, (A, item, A), TAIL)


@pytest.mark.parametrize(
    "parts",
    [
        (),
        (b"<item/>",),
        (A, b"<ttl>5</ttl>", A),
        (A, b"<!-- between -->", A),
        (b"<item><item></item></item>",),
        (b"<item></entry>",),
        (A, b"<item>"),
        (A, b"</item>"),
        (A, b"<!-- <item>"),
        (b"<item><![CDATA[</item>",),
    ],
    ids=repr,
)
def test_where_items_do_not_simply_follow_each_other_there_are_none(parts: tuple[bytes, ...]) -> None:
    assert split(*parts) is None


@pytest.mark.parametrize(
    ("head", "kind", "sure"),
    [
        (b"<rss>", None, True),
        (codecs.BOM_UTF8 + b"<rss>", "text/xml; charset=utf-8", True),
        (b"<?xml version='1.0' encoding='utf-8'?><rss>", "text/xml; charset=iso-8859-1", True),
        (b"<?xml version='1.0' encoding='gb2312'?><rss>", None, False),
        (b"<rss>", "text/xml; charset=gbk", False),
        (b"<rss>", "text/xml; charset=iso-2022-jp", False),
        (b"<rss><!-- <html> --><meta charset=gbk>", None, False),
        ("<rss>".encode("utf-16-le"), None, False),
    ],
)
def test_only_where_the_encoding_is_sure_to_stay(head: bytes, kind: str | None, sure: bool) -> None:
    assert charset.surely_utf8(head, kind) is sure
    assert (chunks.split(head + A, kind) is not None) is sure
    if sure:
        assert charset.decode(head + A, header=kind).encoding == "utf-8"


def test_a_huge_body_is_left_alone() -> None:
    assert split(A, b" " * chunks.LARGEST) is None
