"""Hashes that tell whether something changed: bodies, what a feed stated, what an article says.

Every hash starts with the version of its recipe, so that a new recipe never takes an old hash for its own. Called by
pipeline (unchanged bodies and entries), parse (ids of entries that have none), store (revisions).
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from hashlib import blake2b
from json.encoder import encode_basestring
from typing import Any

from aggregator.kit import lines, pictures, text, urls
from aggregator.models import Article, Entry

#: Facts of `Entry.extra` that move although the entry did not change: counters, list membership, row times.
VOLATILE = frozenset(
    {"intime", "lids", "mlids", "hot", "rank", "views", "likes", "check_time", "sym_party_status", "comments",
     "comment", "commentid", "comment_count", "comment_total", "comment_show", "comment_reply"}
)  # fmt: skip
_STATED_VERSION = 1
_CONTENT_VERSION = 2
_EMPTY: tuple[Any, ...] = (None, "", False, [], {})
_LONG = 256
_ESCAPED = ((b"\\", b"\\\\"), (b'"', b'\\"'), (b"\n", b"\\n"), (b"\r", b"\\r"), (b"\t", b"\\t"))  # the backslash first
_RARE_CONTROLS = bytes(c for c in range(32) if c not in b"\n\r\t")
#: JSON as `stated` has it: equal values give equal text.
_json = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


def digest(*parts: str | bytes | None, version: int = 1) -> str:
    """Hex BLAKE2b of the parts: two digits of version, then 160 bits. `("ab", "c")` and `("a", "bc")` differ.

    None differs from ''. Text and the bytes of its UTF-8 form count as the same.
    """
    pieces: list[bytes] = []
    for part in parts:
        if part is None:
            pieces.append(b"n;")
            continue
        raw = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        pieces += (b"%d:" % len(raw), raw)
    return f"{version:02x}{blake2b(b''.join(pieces), digest_size=20).hexdigest()}"


def body(raw: bytes) -> str:
    """Hash of a response body, byte for byte: the `digest` of it, without a second copy in memory."""
    state = blake2b(b"%d:" % len(raw), digest_size=20)
    state.update(raw)
    return f"01{state.hexdigest()}"


def stated(entry: Entry) -> str:
    """Hash of everything the feed stated about an entry, but for facts that move on their own (`VOLATILE`).

    Empty fields do not count, so a field added to Entry later changes no hash until a feed fills it.
    """
    facts: list[bytes] = []
    for name, label in _ENTRY_FIELDS:
        value = getattr(entry, name)
        if not value:
            continue
        kind = type(value)
        if kind is str:
            facts.append(label + _quoted(value))
        elif kind is datetime:
            facts.append(label + b'"%b"' % value.astimezone(UTC).isoformat().encode())
        elif kind is tuple and type(value[0]) is str:
            facts.append(label + b"[%b]" % b",".join(map(_quoted, value)))
        elif (plain := _value(value)) not in _EMPTY:
            facts.append(label + _json(plain).encode("utf-8", "surrogatepass"))
    return digest(b"{%b}" % b",".join(facts), version=_STATED_VERSION)


def content(article: Article, version: int = _CONTENT_VERSION) -> str:
    """Hash of what a cleaned article says: a new one means a new revision.

    Counts: title, text without regard to blanks and mark-up, outlet, editor, byline, publish time, pictures (not their
    size or host), videos, completeness, withdrawal. Does not count: HTML structure, symbols, keywords, links, how
    it was extracted. `version`: of the recipe, to compare with a stored hash; 1 knew pictures by their whole address.
    """
    words = article.text or text.plain(article.html)
    published = article.published.astimezone(UTC).isoformat() if article.published else None
    picture = urls.key if version == 1 else pictures.key
    parts = [
        lines.line(article.title),
        "".join(words.split()),
        article.outlet,
        article.editor,
        article.byline,
        published,
        article.completeness.value,
        "deleted" if article.deleted else None,
    ]
    for image in article.images:
        parts += ["image", picture(image.url), image.caption or None]
    for video in article.videos:
        parts += ["video", video.video_id]
    return digest(*(part or None for part in parts), version=version)


def recipe(stored: str) -> int:
    """The version of the recipe of a stored `content` hash; the newest for a hash that none made."""
    return 1 if stored[:2] == "01" else _CONTENT_VERSION


#: No statement of the feed: what depends on the entries beside this one, and what was worked out of it.
_NOT_STATED = ("shares_link", "stated_hash", "thin")
#: The other fields in the order of their JSON text, each with what stands before its value.
_ENTRY_FIELDS = tuple((name, f'"{name}":'.encode()) for name in sorted(f.name for f in dataclasses.fields(Entry))
                      if name not in _NOT_STATED)  # fmt: skip


def _quoted(words: str) -> bytes:
    """`words` as a JSON string in UTF-8; json escapes long texts at a third of the speed."""
    raw = words.encode("utf-8", "surrogatepass")
    if len(raw) > _LONG and len(raw.translate(None, _RARE_CONTROLS)) == len(raw):
        for sign, escaped in _ESCAPED:
            raw = raw.replace(sign, escaped)
        return b'"%b"' % raw
    return encode_basestring(words).encode("utf-8", "surrogatepass")


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
