"""`/search?q=…`: the form, what was found, and how to search. Backend and Looks in, HTML out; put together by server.

What is found is told best first, in pages counted by `page=`; with `order=newest`, or where nothing but filters is
given, newest first as other lists are, in pages by cursors. A search that cannot be read is a 400 that says what and
where.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from aggregator.errors import QueryError, RequestError
from aggregator.models import Query
from aggregator.web import filters, looks, timeline, words
from aggregator.web.backend import Backend
from aggregator.web.feeds import Feeds
from aggregator.web.language import Language
from aggregator.web.listing import Listing
from aggregator.web.listpage import SIZE, asked, pages
from aggregator.web.looks import Looks

#: Results on a page, and the last page there can be: only so many articles are ranked.
RESULTS, LAST = 20, 50

#: What the syntax can do: example, key of its explanation.
_HELP = (
    ("降准 银行", "words"),
    ('"存款准备金率"', "phrase"),
    ("-退市", "not"),
    ("title:减持", "title"),
    ("symbol:600941", "symbol"),
    ("outlet:财联社", "outlet"),
    ("category:港股", "category"),
    ("feed:yaowen", "feed"),
    ("after:2026-11-01 before:2026-11-08", "dates"),
)


class SearchPage:
    """The page of searches."""

    def __init__(self, backend: Backend, frame: Looks, feeds: Feeds) -> None:
        self._backend = backend
        self._looks = frame
        self._feeds = feeds

    async def serve(self, request: Request) -> Response:
        """The form, and what the address searches for."""
        wanted, extension = asked(request)
        now, t = self._looks.clock(), looks.chosen(request.scope).language
        newest = request.query_params.get("order") == "newest" or not wanted.words
        number = _number(request.query_params.get("page"))
        status, found = 200, _nothing(newest)
        try:
            if extension:
                return await self._feeds.serve(request, wanted, extension)
            query = wanted.query(now)
            if newest and query:
                found |= await self._newest(wanted, query, now, t)
            elif query:
                found |= await self._best(wanted, query, number, now, t)
        except QueryError as error:
            what, mend = words.misread(error, t)
            status, found["wrong"] = 400, {"what": what, "mend": mend}
        shown = filters.shown(wanted, t, await self._backend.statuses(), await self._backend.offers())
        return self._looks.page(
            request.scope,
            "search.html",
            status,
            feeds=self._feeds.links(wanted, shown["heading"]) if status == 200 and wanted.filtered else (),
            **shown,
            canonical=self._looks.base + wanted.address(),
            notices=words.notices(self._backend.health(), t),
            typed=wanted.words,
            help=[{"example": example, "means": t(f"search.help.{key}")} for example, key in _HELP],
            orders=_orders(wanted, t, newest=newest) if wanted.words else (),
            **found,
        )

    async def _best(self, wanted: Listing, query: Query, number: int, now: datetime, t: Language) -> dict[str, Any]:
        found = await self._backend.found(query, RESULTS, (number - 1) * RESULTS)
        here = wanted.start().address()
        last = min(LAST, -(-found.total // RESULTS))
        # Marking long texts takes a while; meanwhile others are served.
        hits = await run_in_threadpool(lambda: [timeline.entry(hit.story, now, t, query) for hit in found.hits])
        return {
            "hits": [one for one in hits if one],
            "count": t("search.found.more" if found.more else "search.found", n=found.total),
            "pages": {
                "older": f"{here}&page={number + 1}" if number < last else None,
                "newer": f"{here}&page={min(number - 1, last)}" if number > 1 and last else None,
                "first": here if number > 1 else None,
            },
        }

    async def _newest(self, wanted: Listing, query: Query, now: datetime, t: Language) -> dict[str, Any]:
        page = await self._backend.listed(query, SIZE, wanted.older, wanted.newer)
        turned = pages(wanted, page)
        if wanted.words:
            turned = {name: f"{one}&order=newest" if one else None for name, one in turned.items()}
        days = await run_in_threadpool(timeline.days, page.stories, now, t, query)
        return {"days": days, "pages": turned, "searched": True}


def _nothing(newest: bool) -> dict[str, Any]:
    return {
        "wrong": None,
        "hits": [],
        "days": [],
        "count": None,
        "searched": False,
        "pages": {"older": None, "newer": None, "first": None},
        "ranked": not newest,
    }


def _orders(wanted: Listing, t: Language, *, newest: bool) -> list[dict[str, Any]]:
    """The ways to sort what was found."""
    here = wanted.start().address()
    return [
        {"name": t("search.order.best"), "page": here, "here": not newest},
        {"name": t("search.order.newest"), "page": f"{here}&order=newest", "here": newest},
    ]


def _number(stated: str | None) -> int:
    """The page that is asked for; what is no number, or beyond the last there can be, is refused."""
    if not stated:
        return 1
    if stated.isascii() and stated.isdigit() and len(stated) < 4 and 1 <= int(stated) <= LAST:
        return int(stated)
    raise RequestError(400, "wrong.number", value=stated[:20], n=LAST)
