"""Every list as a feed: `/latest.atom`, `/symbol/600941.SH.rss`, `/search.json?q=…`; addresses in listing.py.

In: a Listing and an extension. Out: the document, by the same writers as outputs, newest first. Put together by server;
the pages of lists hand over what has an extension, and link what `links` gives. See docs/decisions/0804.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from aggregator.errors import RequestError
from aggregator.models import Output
from aggregator.publish import FORMATS, Spot
from aggregator.web.backend import Backend
from aggregator.web.language import CHINESE
from aggregator.web.listing import SEARCH, SYMBOL, Listing
from aggregator.web.looks import LABELS, FeedLink, Looks
from aggregator.web.rendering import Made, Renderings

#: Stories of a feed.
LIMIT = 50

_CACHE_CONTROL = "public, max-age=60"

#: Seconds after which it is made again though nothing was told of: the search index follows the store, and searches
#: as `after:7d` move on with the day.
_FRESH = 60.0

#: Feeds are in the language of what they carry, whoever asks: one address, one document.
_LANGUAGE = CHINESE


class Feeds:
    """The feeds of all lists."""

    def __init__(self, backend: Backend, frame: Looks, renderings: Renderings) -> None:
        self._backend = backend
        self._looks = frame
        self._renderings = renderings

    async def serve(self, request: Request, wanted: Listing, extension: str) -> Response:
        """A list as a feed; one that no story meets is an empty feed, for it may be told of tomorrow.

        Raises QueryError for words that are no search, RequestError for a search of nothing.
        """
        form = next(one for one in FORMATS.values() if one.extension == extension)
        wanted = wanted.start()
        query = wanted.query(self._looks.clock())
        if wanted.kind == SEARCH and not query:
            raise RequestError(400, "wrong.nothing")
        path = urlsplit(wanted.address(extension))
        spot = Spot(path.path.removesuffix(f".{extension}"), path.query, wanted.address())

        async def make() -> Made:
            title = f"{self._backend.site.title} · {await self._title(wanted)}"
            output = Output("list", title, formats=(form.name,), limit=LIMIT)
            body = await self._backend.feed(output, query, spot)
            return Made(body, form.media_type, _CACHE_CONTROL, fresh=_FRESH)

        return await self._renderings.answer(request, f"feed {wanted.address(extension)}", make)

    def links(self, wanted: Listing, title: str) -> tuple[FeedLink, ...]:
        """A list's feeds as its page links them: by their full addresses, from the beginning of the list."""
        return tuple(
            FeedLink(
                LABELS.get(one.name, one.name),
                self._looks.base + wanted.address(one.extension),
                one.media_type.partition(";")[0],
                f"{title} ({LABELS.get(one.name, one.name)})",
            )
            for one in FORMATS.values()
        )

    async def _title(self, wanted: Listing) -> str:
        """The list in words; an instrument and feeds by their names, where they are known."""
        named, names = None, {}
        if wanted.kind == SYMBOL and (told := (await self._backend.mentions(wanted.name)).name):
            named = f"{told} {wanted.name}"
        if wanted.feeds:
            names = {one.slug: one.name for one in await self._backend.statuses()}
        return wanted.title(_LANGUAGE, named, names)
