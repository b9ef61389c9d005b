"""Reading: bytes of one response become a ParsedFeed.

In: a Document, the zone of its zone-less dates, the language its subscription states. Out: a ParsedFeed, or NotAFeed
with the reason in words. Called by pipeline (step 2 of the walk) and by imports. Pure: no file, no network.

How: decode (kit.charset), look at the content (sniff), then the readers of PARSERS that can take it, in order; a
reader that returns None declines, the next one tries. A reader gets a FeedText and returns a ParsedFeed; adding a
format is one module, one line in PARSERS and one rule in sniff. Posts (`parse.post`) are read one by one, not through
this door.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from importlib import import_module

from aggregator.errors import NotAFeed
from aggregator.kit import charset
from aggregator.models import Document, ParsedFeed
from aggregator.parse import sniff
from aggregator.parse.feedtext import FeedText, counted

Reader = Callable[[FeedText], ParsedFeed | None]

#: Name -> "module:function". Imported on first use: feedparser alone would cost a third of the start-up budget.
PARSERS: dict[str, str] = {
    "feedxml": "aggregator.parse.feedxml:read",
    "tolerant": "aggregator.parse.tolerant:read",
    "jsonfeed": "aggregator.parse.jsonfeed:read",
    "sina-roll": "aggregator.parse.sina_roll:read",
    "sina-live": "aggregator.parse.sina_live:read",
    "sina-news": "aggregator.parse.sina_news:read",
}


def parse(document: Document, *, zone: str = "Asia/Shanghai", language: str | None = None) -> ParsedFeed:
    """Read a feed document of any format in PARSERS.

    `zone` is the IANA name for dates that state none, `language` the one given to entries that state none. A feed
    without entries is valid and comes back empty. What was lost or mended stands in `problems`, in words.
    Raises NotAFeed for everything else: an HTML or challenge page, an empty body, an error object, unknown XML.
    """
    if not document.body.strip(b"\x00\t\r\n\f \xef\xbb\xbf"):
        raise NotAFeed("the body is empty")
    kind = sniff.kind(document.body, document.media_type)
    decoded = charset.decode(document.body, header=document.headers.get("content-type"), kind=kind)
    found = sniff.look(decoded.text)
    feed = FeedText(
        text=found.text,
        url=document.url,
        base=document.final_url or document.url,
        zone=zone,
        language=language,
        now=document.fetched_at,
        value=found.value,
        data=_as_it_came(document.body, decoded, found.text),
    )
    if found.problem:
        feed.problems.append(found.problem)
    if decoded.replaced:
        feed.problems.append(f"{counted(decoded.replaced, 'character')} lost: the bytes are no {decoded.encoding}")
    for name in found.parsers:
        parsed = _reader(name)(feed)
        if parsed is not None:
            problems = tuple(dict.fromkeys((*feed.problems, *parsed.problems)))
            plain = name == "feedxml" and feed.data is not None and not (problems or feed.moving_dates)
            return replace(parsed, problems=problems, plain=plain)
    raise NotAFeed("no parser could read it")


def _as_it_came(body: bytes, decoded: charset.Decoded, text: str) -> bytes | None:
    """The bytes of `text`, where the whole body is just these."""
    if decoded.encoding != "utf-8" or decoded.replaced or len(text) != len(decoded.text):
        return None
    return body.removeprefix(codecs.BOM_UTF8)


@cache
def _reader(name: str) -> Reader:
    module, _, function = PARSERS[name].partition(":")
    reader: Reader = getattr(import_module(module), function)
    return reader
