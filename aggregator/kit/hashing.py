"""Hashes that tell whether something changed: bodies, what a feed stated, what an article says.

Every hash starts with the version of its recipe, so that a new recipe never takes an old hash for its own. Called by
pipeline (unchanged bodies and entries), parse (ids of entries that have none), store (revisions).
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from aggregator.kit import text, urls
from aggregator.models import Article, Entry

#: Facts of `Entry.extra` that move although the entry did not change: counters, list membership, row times.
VOLATILE = frozenset(
    {"intime", "lids", "mlids", "hot", "rank", "views", "likes", "check_time", "sym_party_status", "comments",
     "comment", "commentid", "comment_count", "comment_total", "comment_show", "comment_reply"}
)  # fmt: skip
_STATED_VERSION = 1
_CONTENT_VERSION = 1
_BLANKS = re.compile(r"\s+")


def digest(*parts: str | bytes | None, version: int = 1) -> str:
    """Hex BLAKE2b of the parts: two digits of version, then 160 bits. `("ab", "c")` and `("a", "bc")` differ.

    None differs from ''. Text and the bytes of its UTF-8 form count as the same.
    """
    state = hashlib.blake2b(digest_size=20)
    for part in parts:
        if part is None:
            state.update(b"n;")
            continue
        raw = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        state.update(b"%d:" % len(raw))
        state.update(raw)
    return f"{version:02x}{state.hexdigest()}"


def body(raw: bytes) -> str:
    """Hash of a response body, byte for byte."""
    return digest(raw)


def stated(entry: Entry) -> str:
    """Hash of everything the feed stated about an entry, but for facts that move on their own (`VOLATILE`).

    Empty fields do not count, so a field added to Entry later changes no hash until a feed fills it.
    """
    facts = {f.name: _value(getattr(entry, f.name)) for f in _ENTRY_FIELDS}
    filled = {name: value for name, value in facts.items() if value not in (None, "", False, [], {})}
    whole = json.dumps(filled, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return digest(whole, version=_STATED_VERSION)


def content(article: Article) -> str:
    """Hash of what a cleaned article says: a new one means a new revision.

    Counts: title, text without regard to blanks and mark-up, outlet, editor, byline, publish time, pictures, videos,
    completeness, withdrawal. Does not count: HTML structure, symbols, keywords, links, how it was extracted.
    """
    words = article.text or text.plain(article.html)
    published = article.published.astimezone(UTC).isoformat() if article.published else None
    parts = [
        text.line(article.title),
        _BLANKS.sub("", words),
        article.outlet,
        article.editor,
        article.byline,
        published,
        article.completeness.value,
        "deleted" if article.deleted else None,
    ]
    for image in article.images:
        parts += ["image", urls.key(image.url), image.caption or None]
    for video in article.videos:
        parts += ["video", video.video_id]
    return digest(*(part or None for part in parts), version=_CONTENT_VERSION)


#: No statement of the feed: what depends on the entries beside this one, and this hash itself.
_NOT_STATED = ("shares_link", "stated_hash")
_ENTRY_FIELDS = tuple(f for f in dataclasses.fields(Entry) if f.name not in _NOT_STATED)


def _value(value: Any) -> Any:
    """`value` as JSON can hold it, the same for equal values."""
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, Mapping):
        return {str(k): _value(v) for k, v in value.items() if str(k) not in VOLATILE}
    if isinstance(value, list | tuple):
        return [_value(v) for v in value]
    if isinstance(value, set | frozenset):
        return sorted((_value(v) for v in value), key=str)
    if dataclasses.is_dataclass(value):
        return {f.name: _value(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    return str(value)
