"""Conditional requests and content coding (RFC 9110 §8.8, §12.5.3, §13): request headers and a Resource in, status out.

Pure. Called by outputs (feeds) and assets (style sheet) for bytes that are held in memory in two codings. Range is not
offered, which a server may do (§14.2).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
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
        wanted: dict[bytes, bytes] = {}
        for name, value in headers:
            if name in _INTERESTING:
                wanted[name] = wanted[name] + b"," + value if name in wanted else value
        gzipped = accepts_gzip(wanted.get(b"accept-encoding", b""))
        chosen = self.gzip if gzipped else self.plain
        status = _precondition(wanted, chosen.etag, self.modified)
        if status == 412:
            return 412, [(b"content-length", b"0")], b""
        sent, body = (chosen.unchanged, b"") if status == 304 else (chosen.ok, chosen.body)
        # A date that is still to come may not be stated (RFC 9110 §8.8.2.1).
        return status, sent if self.modified <= now else sent[1:], body


_INTERESTING = frozenset(
    (b"accept-encoding", b"if-match", b"if-none-match", b"if-modified-since", b"if-unmodified-since")
)


def resource(
    body: bytes, gzipped: bytes, *, etag: str, gzip_etag: str, modified: datetime, media_type: str, cache_control: str
) -> Resource:
    """A Resource with its headers made once. `etag`s carry their quotes."""

    def representation(content: bytes, tag: str, coding: Headers) -> Representation:
        shared: Headers = [
            (b"last-modified", format_datetime(modified.astimezone(UTC), usegmt=True).encode()),
            (b"etag", tag.encode()),
            (b"cache-control", cache_control.encode()),
            (b"vary", b"Accept-Encoding"),
            (b"x-content-type-options", b"nosniff"),
        ]
        described = [(b"content-type", media_type.encode()), (b"content-length", str(len(content)).encode())]
        return Representation(content, tag.encode(), [*shared, *described, *coding], shared)

    return Resource(
        representation(body, etag, []),
        representation(gzipped, gzip_etag, [(b"content-encoding", b"gzip")]),
        int(modified.timestamp()),
    )


@lru_cache(maxsize=256)
def accepts_gzip(value: bytes) -> bool:
    """Whether Accept-Encoding `value` takes gzip, and likes it no less than no coding at all (RFC 9110 §12.5.3)."""
    weights: dict[bytes, float] = {}
    for part in value.lower().split(b","):
        coding, *parameters = (piece.strip() for piece in part.split(b";"))
        weight = 1.0
        for parameter in parameters:
            name, _, number = parameter.partition(b"=")
            if name.strip() == b"q":
                weight = _weight(number.strip())
        weights[b"gzip" if coding == b"x-gzip" else coding] = weight
    liking = weights.get(b"gzip", weights.get(b"*", 0.0))
    return liking > 0 and liking >= weights.get(b"identity", 0.0)


def _weight(number: bytes) -> float:
    """A qvalue; what is none counts as a refusal, so that a sender's mistake costs bytes and not the answer."""
    return float(number) if re.fullmatch(rb"0(\.[0-9]{0,3})?|1(\.0{0,3})?", number) else 0.0


def _precondition(wanted: dict[bytes, bytes], etag: bytes, modified: int) -> int:
    """200, 304 or 412, in the order of RFC 9110 §13.2.2: an entity tag, when stated, decides over the date."""
    if (tags := wanted.get(b"if-match")) is not None:
        if not _lists(tags, etag, weak=False):
            return 412
    elif (limit := _date(wanted.get(b"if-unmodified-since"))) is not None and modified > limit:
        return 412
    if (tags := wanted.get(b"if-none-match")) is not None:
        return 304 if _lists(tags, etag, weak=True) else 200
    if (since := _date(wanted.get(b"if-modified-since"))) is not None and modified <= since:
        return 304
    return 200


def _lists(tags: bytes, etag: bytes, *, weak: bool) -> bool:
    """Whether `*` or a list of entity tags names `etag`, which is strong, by weak or strong comparison (§8.8.3.2)."""
    if tags.strip() == b"*":
        return True
    return any(found[2] == etag and (weak or not found[1]) for found in _ENTITY_TAG.finditer(tags))


def _date(value: bytes | None) -> float | None:
    """An HTTP-date in any of its three forms (§5.6.7), in seconds since 1970; None for anything else."""
    if value is None:
        return None
    try:
        at = parsedate_to_datetime(value.decode("ascii"))
    except (ValueError, TypeError):
        return None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
