"""One picture: asked for as its page's reader would, and taken for what its bytes are.

In: a WantedPicture. Out: Taken (bytes and their shape), or Missed (when it is tried again, and why). Called by
app/pictures.py, which stores what comes of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from urllib.parse import urlsplit, urlunsplit

from aggregator.errors import BadStatus, FetchError, Unreachable
from aggregator.fetch import address
from aggregator.kit import imagefile, urls
from aggregator.models import Document, NotModified, WantedPicture
from aggregator.pipeline.tools import Weather

FIRST_WAIT = timedelta(minutes=5)
LONGEST_WAIT = timedelta(hours=12)
GIVE_UP_AFTER = timedelta(days=3)
LEAST_TRIES = 6

#: Tries of an address that answers 404 or 410: pages sometimes come before their pictures.
GONE_TRIES = 3


class PictureFetches(Protocol):
    """What pictures want of fetch/http.py."""

    async def get(
        self,
        url: str,
        *,
        headers: Sequence[tuple[str, str]] = ...,
        allow_private: bool = ...,
        accept: str = ...,
        max_bytes: int | None = ...,
    ) -> Document | NotModified:
        """One GET; raises FetchError."""
        ...


@dataclass(frozen=True, slots=True)
class Manner:
    """How pictures are fetched."""

    fetcher: PictureFetches
    weather: Weather
    max_bytes: int
    allow_private: bool


@dataclass(frozen=True, slots=True)
class Taken:
    """A picture that came."""

    body: bytes
    shape: imagefile.Shape


@dataclass(frozen=True, slots=True)
class Missed:
    """A picture that did not come; `next_at` None: given up."""

    attempts: int
    next_at: datetime | None
    reason: str


async def take(wanted: WantedPicture, manner: Manner, now: datetime) -> Taken | Missed:
    """Fetch one picture. An outage of the whole network counts against nobody."""
    try:
        sent = referer(wanted)
        document = await manner.fetcher.get(
            wanted.url,
            headers=[("Referer", sent)] if sent else [],
            allow_private=manner.allow_private,
            accept="picture",
            max_bytes=manner.max_bytes,
        )
    except FetchError as error:
        if not isinstance(error, BadStatus) or error.asked:
            manner.weather.report(wanted.url, reached=not isinstance(error, Unreachable))
        return _after(wanted, error, manner, now)
    manner.weather.report(wanted.url, reached=True)
    if isinstance(document, NotModified):
        return _later(wanted, "answered 304 (not modified)", now)
    try:
        shape = imagefile.read(document.body)
    except ValueError as error:
        return _later(wanted, str(error), now)
    # Where the length was stated all of it came: then the origin's own file ends like that.
    if not shape.whole and "content-length" not in document.headers:
        return _later(wanted, "is cut", now)
    return Taken(document.body, shape)


def referer(wanted: WantedPicture) -> str | None:
    """What to send as Referer: the page that shows the picture, as a browser would, without what browsers leave out.

    Sina's picture hosts refuse what comes from other sites, so a page elsewhere is not told to them. Every second try
    is made without: some hosts refuse any.
    """
    if not wanted.page or wanted.attempts % 2:
        return None
    page, picture = urlsplit(wanted.page), urlsplit(wanted.url)
    if page.scheme not in ("http", "https") or (page.scheme == "https" and picture.scheme == "http"):
        return None  # RFC 9110 §10.1.3: nothing of a secure page is told over an insecure line
    host = page.hostname or ""
    if address.is_sina_picture(wanted.url) and not urls.is_sina(host):
        return None
    try:
        own = f"{host.encode('idna').decode()}:{page.port}" if page.port else host.encode("idna").decode()
    except ValueError:  # UnicodeError is one
        return None
    sent = urlunsplit((page.scheme, own, page.path or "/", page.query, ""))
    return sent if sent.isascii() and sent.isprintable() else f"{page.scheme}://{own}/"


def _after(wanted: WantedPicture, error: FetchError, manner: Manner, now: datetime) -> Missed:
    if isinstance(error, Unreachable) and manner.weather.down:
        return Missed(wanted.attempts, now + FIRST_WAIT, error.reason)
    asked_for = error.retry_after or timedelta()
    if isinstance(error, BadStatus):
        if not error.asked:
            return Missed(wanted.attempts, now + max(asked_for, FIRST_WAIT), error.reason)
        if error.status in (404, 410) and wanted.attempts + 1 >= GONE_TRIES:
            return Missed(wanted.attempts + 1, None, error.reason)
    if not error.retryable:
        return Missed(wanted.attempts + 1, None, error.reason)
    return _later(wanted, error.reason, now, asked_for)


def _later(wanted: WantedPicture, reason: str, now: datetime, least: timedelta = timedelta()) -> Missed:
    """A doubled wait of `least` or more; given up when it was tried for three days."""
    attempts = wanted.attempts + 1
    if now - wanted.since >= GIVE_UP_AFTER and attempts >= LEAST_TRIES:
        return Missed(attempts, None, reason)
    wait = max(min(FIRST_WAIT * (1 << min(wanted.attempts, 20)), LONGEST_WAIT), least)
    return Missed(attempts, now + wait, reason)
