"""Miniflux: what its API answers to GET /v1/entries or /v1/feeds/ID/entries, or lines of such answers or entries.

In: a path. Out: the feeds that the entries name, each once, and the articles. A list of feeds (GET /v1/feeds) brings in
the feeds alone. Fields are those of Miniflux 2.2 (https://miniflux.app/docs/api.html). Objects are read one by one, so
a file may be larger than the memory.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from aggregator.archive import files, foreign, packed
from aggregator.archive.items import Broken, Followed, Item, Stated
from aggregator.errors import ArchiveError

#: Characters read at once, and the longest object that is taken for an article.
_PIECE = 1 << 18
_LONGEST = 16 * 2**20

#: What stands around the objects: lists, and the beginning of an answer.
_AROUND = re.compile(r"(?:[\s,\[\]}]|\{(?:\s*\"total\"\s*:\s*\d+\s*,)?\s*\"entries\"\s*:)*")
_decoder = json.JSONDecoder()


def read(path: Path, skip: int = 0) -> Iterator[Item]:
    """Feeds and articles in the order of the file. Raises ArchiveError."""
    where = files.shown(path)
    named: set[str] = set()
    with packed.errors(where), packed.opened(path) as stream:
        for done, one in enumerate(_objects(stream, where), 1):
            feed = one.get("feed") if isinstance(one.get("feed"), dict) else one if "feed_url" in one else None
            if feed and (url := str(feed.get("feed_url") or "")) and url not in named:
                named.add(url)
                yield Followed(f"{where}#{done}", url, str(feed.get("title") or ""), _category(feed))
            if done <= skip or "feed_url" in one:
                continue
            if "title" not in one or not ("url" in one or "hash" in one):
                yield Broken(f"{where}#{done}", "is no entry of Miniflux", done)
                continue
            yield Stated(f"{where}#{done}", foreign.entry(_row(one, feed or {})), done)


def _row(one: dict[str, Any], feed: dict[str, Any]) -> foreign.Row:
    enclosures = [inner for inner in one.get("enclosures") or () if isinstance(inner, dict)]
    return foreign.Row(
        feed=str(feed.get("feed_url") or one.get("feed_id") or ""),
        guid=str(one.get("url") or one.get("hash") or ""),  # the API does not tell the guid
        title=str(one.get("title") or ""),
        link=str(one.get("url") or ""),
        content=str(one.get("content") or ""),
        published=foreign.instant(one.get("published_at")),
        author=str(one.get("author") or ""),
        category=next(iter(_category(feed)), None),
        tags=[str(tag) for tag in one.get("tags") or ()],
        images=[
            str(inner.get("url") or "") for inner in enclosures if str(inner.get("mime_type")).startswith("image/")
        ],
    )


def _category(feed: dict[str, Any]) -> tuple[str, ...]:
    category = feed.get("category")
    title = str(category.get("title") or "") if isinstance(category, dict) else ""
    return (title,) if title and title != "All" else ()  # "All": Miniflux's own, where nothing was chosen


def _objects(stream: BinaryIO, where: str) -> Iterator[dict[str, Any]]:
    """Every object of the lists, one by one. Raises ArchiveError where the file is cut or is no JSON."""
    decode = codecs.getincrementaldecoder("utf-8-sig")("replace").decode
    text = ""
    ended = False
    open_ = 0  # lists and answers that are not closed yet
    while True:
        around = _AROUND.match(text)
        if around:
            open_ += sum(map(around[0].count, "[{")) - sum(map(around[0].count, "]}"))
            text = text[around.end() :]
        try:
            value, end = _decoder.raw_decode(text)
        except (ValueError, RecursionError) as error:
            if ended and not text and not open_:
                return
            if ended or len(text) > _LONGEST:
                reason = "the file is cut off, or is no JSON" if ended else f"an object above {_LONGEST >> 20} MB"
                raise ArchiveError(where, f"{reason}, at {text[:40]!r}") from error
            piece = stream.read(_PIECE)
            ended = not piece
            text += decode(piece, ended)
            continue
        text = text[end:]
        if not isinstance(value, dict):
            raise ArchiveError(where, f"no list of entries: {str(value)[:40]!r} stands in it")
        yield value
