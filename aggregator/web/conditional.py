"""Conditional requests and content coding (RFC 9110 §8.8, §12.5.3, §13): request headers and a Resource in, status out.

Pure. Called by outputs (feeds) and assets (style sheet) for bytes that are held in memory in two codings. Range is not
offered, which a server may do (§14.2).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import lru_cache

Headers = list[tuple[bytes, bytes]]

_ENTITY_TAG = re.compile(rb'(W/)?("[\x21\x23-\x7e\x80-\xff]*")')


@dataclass(frozen=True, slots=True)
class Representation:
    """The bytes in one content coding, with the headers of a 200 and of a 304. Last-Modified stands first in both."""

    body: bytes
    etag: bytes
    ok: Headers
    unchanged: Headers


@dataclass(frozen=True, slots=True)
class Resource:
    """One document in memory, ready to be served."""

    plain: Representation
    gzip: Representation
    modified: int  #: seconds since 1970

    def answer(self, headers: Iterable[tuple[bytes, bytes]], now: float) -> tuple[int, Headers, bytes]:
        """Status, headers and body of a GET at time `now`; a HEAD has the same headers and sends no body."""
        stated = tuple(one for one in headers if one[0] in _INTERESTING)
        asked = _kept(stated) if sum(len(one[1]) for one in stated) <= _LONGEST else _read(stated)
        chosen = self.gzip if asked.gzip else self.plain
        status = asked.status(chosen.etag, self.modified)
        if status == 412:
            return 412, [(b"content-length", b"0")], b""
        sent, body = (chosen.unchanged, b"") if status == 304 else (chosen.ok, chosen.body)
        # A date that is still to come may not be stated (RFC 9110 §8.8.2.1).
        return status, sent if self.modified <= now else sent[1:], body


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the headers of one request come down to. None: not stated, or not in a form that counts."""

    gzip: bool
    match: frozenset[bytes] | None  #: strong entity tags, or `*`
    none_match: frozenset[bytes] | None  #: entity tags, or `*`; that they were weak does not matter here
    since: float | None
    unmodified_since: float | None

    def status(self, etag: bytes, modified: int) -> int:
        """200, 304 or 412, in the order of RFC 9110 §13.2.2: an entity tag, when stated, decides over the date."""
        if self.match is not None:
            if not (etag in self.match or _ANY in self.match):
                return 412
        elif self.unmodified_since is not None and modified > self.unmodified_since:
            return 412
        if self.none_match is not None:
            return 304 if etag in self.none_match or _ANY in self.none_match else 200
        return 304 if self.since is not None and modified <= self.since else 200


_INTERESTING = frozenset(
    (b"accept-encoding", b"if-match", b"if-none-match", b"if-modified-since", b"if-unmodified-since")
)
_ANY = b"*"  # no entity tag: those have quotes

#: Bytes of header values that are worth remembering: readers send the same few again and again.
_LONGEST = 400


def _read(headers: tuple[tuple[bytes, bytes], ...]) -> _Asked:
    """Pure, and by far the dearest step of a 304: `_kept` remembers it."""
    wanted: dict[bytes, bytes] = {}
    for name, value in headers:
        wanted[name] = wanted[name] + b"," + value if name in wanted else value
    return _Asked(
        accepts_gzip(wanted.get(b"accept-encoding", b"")),
        _tags(wanted.get(b"if-match"), weak=False),
        _tags(wanted.get(b"if-none-match"), weak=True),
        _date(wanted.get(b"if-modified-since")),
        _date(wanted.get(b"if-unmodified-since")),
    )


_kept = lru_cache(maxsize=1024)(_read)


def resource(
    body: bytes,
    gzipped: bytes,
    *,
    etag: str,
    gzip_etag: str,
    modified: datetime,
    media_type: str,
    cache_control: str,
    more: Sequence[tuple[bytes, bytes]] = (),
    vary: str = "Accept-Encoding",
) -> Resource:
    """A Resource with its headers made once. `etag`s carry their quotes; `more`: headers of a 200 beside the usual."""

    def representation(content: bytes, tag: str, coding: Headers) -> Representation:
        shared: Headers = [
            (b"last-modified", format_datetime(modified.astimezone(UTC), usegmt=True).encode()),
            (b"etag", tag.encode()),
            (b"cache-control", cache_control.encode()),
            (b"vary", vary.encode()),
            (b"x-content-type-options", b"nosniff"),
        ]
        described = [(b"content-type", media_type.encode()), (b"content-length", str(len(content)).encode())]
        return Representation(content, tag.encode(), [*shared, *described, *coding, *more], shared)

    return Resource(
        representation(body, etag, []),
        representation(gzipped, gzip_etag, [(b"content-encoding", b"gzip")]),
        int(modified.timestamp()),
    )


def matches(value: bytes, etag: bytes) -> bool:
    """Whether If-None-Match `value` names `etag`, or anything (RFC 9110 §13.1.2)."""
    tags = _tags(value, weak=True) or frozenset()
    return etag in tags or _ANY in tags


def accepts_gzip(value: bytes) -> bool:
    """Whether Accept-Encoding `value` takes gzip, and likes it no less than no coding at all (RFC 9110 §12.5.3)."""
    stated = {b"gzip" if coding == b"x-gzip" else coding: liking for coding, liking in weights(value).items()}
    liking = stated.get(b"gzip", stated.get(b"*", 0.0))
    return liking > 0 and liking >= stated.get(b"identity", 0.0)


def weights(value: bytes) -> dict[bytes, float]:
    """What a list of preferences names, in small letters, and how much each is liked: 0 to 1 (RFC 9110 §12.4.2)."""
    found: dict[bytes, float] = {}
    for part in value.lower().split(b","):
        named, *parameters = (piece.strip() for piece in part.split(b";"))
        weight = 1.0
        for parameter in parameters:
            name, _, number = parameter.partition(b"=")
            if name.strip() == b"q":
                weight = _weight(number.strip())
        found[named] = weight
    return found


def _weight(number: bytes) -> float:
    """A qvalue; what is none counts as a refusal, so that a sender's mistake costs bytes and not the answer."""
    return float(number) if re.fullmatch(rb"0(\.[0-9]{0,3})?|1(\.0{0,3})?", number) else 0.0


def _tags(value: bytes | None, *, weak: bool) -> frozenset[bytes] | None:
    """The entity tags of a list (RFC 9110 §8.8.3), without the weak ones unless `weak`; `*` stands for all."""
    if value is None:
        return None
    if value.strip() == _ANY:
        return frozenset((_ANY,))
    return frozenset(found[2] for found in _ENTITY_TAG.finditer(value) if weak or not found[1])


def _date(value: bytes | None) -> float | None:
    """An HTTP-date in any of its three forms (§5.6.7), in seconds since 1970; None for anything else."""
    if value is None:
        return None
    try:
        at = parsedate_to_datetime(value.decode("ascii"))
    except (ValueError, TypeError):
        return None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
