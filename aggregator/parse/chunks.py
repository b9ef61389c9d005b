"""The items of an XML feed as they stand in its bytes, without reading them.

In: the body of a response and its Content-Type. Out: Chunks, or None where the bytes alone do not tell for sure.
Called by pipeline/skipping.py, which hands a body without the items it knows to the ordinary readers.

In a well-formed document without DOCTYPE a `<` outside of comments, CDATA sections and processing instructions begins
a tag and nothing else: attribute values and text must not hold one (XML 1.0 §2.4, §3.1). So whatever a body quotes,
the items are where this scan says; that a document is well-formed is for its reader to find out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from aggregator.kit import charset

#: Bodies above this are left to the readers, which may refuse them.
LARGEST = 8 * 2**20

_SIGN = re.compile(rb"<(?:(item|entry)(?=[\s/>])|/(item|entry)\s*>|!\[CDATA\[|!--|\?)")
_ENDS = {b"<![CDATA[": b"]]>", b"<!--": b"-->", b"<?": b"?>"}


@dataclass(frozen=True, slots=True)
class Chunks:
    """A body in pieces."""

    head: bytes  #: up to the first item
    items: tuple[bytes, ...]  #: each from `<item` to `</item>`, or the same with `entry`
    tail: bytes  #: behind the last item


def split(body: bytes, content_type: str | None) -> Chunks | None:
    """The pieces of a body; None where items do not follow each other with nothing but blanks between them, or the
    encoding may be another one when items are taken out. Says nothing of whether the body is a feed."""
    if len(body) > LARGEST or not charset.surely_utf8(body, content_type):
        return None
    spans = _spans(body)
    if not spans:
        return None
    ends = [end for _, end in spans]
    if any(body[end:start].strip() for end, (start, _) in zip(ends, spans[1:], strict=False)):
        return None
    return Chunks(body[: spans[0][0]], tuple(body[start:end] for start, end in spans), body[ends[-1] :])


def _spans(body: bytes) -> list[tuple[int, int]]:
    """Where each item begins and ends; none where they are nested, cut off, or have no end tag."""
    spans: list[tuple[int, int]] = []
    start, opened, at = 0, None, 0
    while sign := _SIGN.search(body, at):
        opens, closes = sign.groups()
        at = sign.end()
        if opens:
            if opened:
                return []
            start, opened = sign.start(), opens
        elif closes:
            if closes != opened:
                return []
            spans.append((start, at))
            opened = None
        else:
            end = _ENDS[sign[0]]
            if (found := body.find(end, at)) < 0:
                return []
            at = found + len(end)
    return [] if opened else spans
