"""A feed for readers, and a page made of it for people who open its address in a browser. Used by outputs, rendering.

Browsers show feeds as bare text, or save them; and they are giving up XSLT, by which a document could bring its own
looks. So a browser that opens a page gets HTML (publish/preview.py), everybody else the feed. See docs/decisions/0804.
"""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from urllib.parse import urlsplit

from aggregator.publish import preview
from aggregator.web import conditional

#: Nothing may run on the page, nor be loaded but our own style.
_SECURITY: conditional.Headers = [
    (b"content-security-policy", b"default-src 'none'; style-src 'self'; img-src 'self'; form-action 'none'"),
    (b"referrer-policy", b"no-referrer"),
]

#: What decides between the two, beside the coding.
_VARY = "Accept, Accept-Encoding, Sec-Fetch-Dest, Upgrade-Insecure-Requests"

_FEEDS = ("application/atom+xml", "application/rss+xml", "application/feed+json")


class Document:
    """One document in memory: as it is, and as a page where it is a feed. Used on the event loop only."""

    def __init__(
        self,
        body: bytes,
        gzipped: bytes,
        *,
        tag: str,
        modified: datetime,
        media_type: str,
        cache_control: str,
        more: Sequence[tuple[bytes, bytes]] = (),
        base: str = "",
    ) -> None:
        """`tag` stands for the bytes; `base`: the site's own address, for a feed."""
        self._feed = media_type.startswith(_FEEDS)
        self._cache_control = cache_control
        self._files = f"{urlsplit(base).path.rstrip('/')}/static/"
        self._page: conditional.Resource | None = None
        self._making = asyncio.Lock()
        self.tag = tag
        self.modified = modified
        #: As readers get it.
        self.own = conditional.resource(
            body,
            gzipped,
            etag=f'"{tag}"',
            gzip_etag=f'"{tag}-gz"',
            modified=modified,
            media_type=media_type,
            cache_control=cache_control,
            more=more,
            vary=_VARY if self._feed else "Accept-Encoding",
        )

    async def answer(
        self, headers: Sequence[tuple[bytes, bytes]], now: float
    ) -> tuple[int, conditional.Headers, bytes]:
        """As conditional.Resource.answer(), of the form that the client is to get."""
        if not (self._feed and opens_a_page(headers)):
            return self.own.answer(headers, now)
        async with self._making:
            if self._page is None:
                self._page = await asyncio.to_thread(self._made)
        return self._page.answer(headers, now)

    @property
    def size(self) -> int:
        """Bytes that it holds; the page, small beside a feed, is not counted."""
        return len(self.own.plain.body) + len(self.own.gzip.body)

    def _made(self) -> conditional.Resource:
        body = preview.page(self.own.plain.body, _style(), self._files)
        return conditional.resource(
            body,
            gzip.compress(body, 5, mtime=0),
            etag=f'"{self.tag}-page"',
            gzip_etag=f'"{self.tag}-page-gz"',
            modified=self.modified.astimezone(UTC),
            media_type="text/html; charset=utf-8",
            cache_control=self._cache_control,
            more=_SECURITY,
            vary=_VARY,
        )


def opens_a_page(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether a browser asks, to show what it gets as a page.

    It likes HTML better than any feed, and says so; and it says that it goes to a page (Fetch Metadata, where the
    connection is trusted; Upgrade-Insecure-Requests elsewhere), which feed readers do not that only name HTML too.
    """
    accept, goes = b"", False
    for name, value in headers:
        if name == b"accept":
            accept += b"," + value
        elif name == b"sec-fetch-dest":
            goes = goes or value == b"document"
        elif name == b"upgrade-insecure-requests":
            goes = goes or value == b"1"
    if not goes or b"text/html" not in accept:
        return False
    liking = conditional.weights(accept)
    best = max(liking.get(b"application/" + one, 0.0) for one in (b"atom+xml", b"rss+xml", b"feed+json", b"xml"))
    return liking.get(b"text/html", 0.0) > best


@cache
def _style() -> bytes:
    return resources.files("aggregator.web").joinpath("static/feed.xsl").read_bytes()
