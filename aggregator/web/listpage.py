"""The pages of lists: `/`, `/symbol/…`, `/category/…`, `/outlet/…`, `/day/…`. Backend and Looks in, HTML out.

Put together by server. With `count` among its parameters a list answers with how many stories are newer than its place
`newer`, as JSON: `{"new": 3, "more": false}`; static/live.js asks for that. A symbol, category or outlet that no story
has is a 404, told on a page of the same form.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from aggregator.errors import QueryError
from aggregator.kit import dates
from aggregator.models import StoryPage, SubscriptionStatus
from aggregator.web import calendarpage, chart, filters, listing, looks, timeline, words
from aggregator.web.backend import Backend
from aggregator.web.feeds import Feeds
from aggregator.web.language import Language
from aggregator.web.listing import DAY, SYMBOL, Listing, Place
from aggregator.web.looks import Looks

#: Stories on a page.
SIZE = 40


class ListPage:
    """The pages of lists."""

    def __init__(self, backend: Backend, frame: Looks, feeds: Feeds) -> None:
        self._backend = backend
        self._looks = frame
        self._feeds = feeds

    async def serve(self, request: Request) -> Response:
        """The list that the address names, as a page or as a feed."""
        wanted, extension = asked(request)
        now, t = self._looks.clock(), looks.chosen(request.scope).language
        try:
            if extension:
                return await self._feeds.serve(request, wanted, extension)
            query = wanted.query(now)
        except QueryError as error:
            return await self._wrong(request, wanted, error)
        page = await self._backend.listed(query, SIZE, wanted.older, wanted.newer)
        if "count" in request.query_params:
            return _count(page, wanted.newer)
        statuses, offers = await self._backend.statuses(), await self._backend.offers()
        template, heading, more = await self._own(wanted, now, t)
        more["pulse"] = None
        unknown = bool(wanted.name) and wanted.kind != DAY and not (page.stories or wanted.filtered or wanted.older)
        if wanted == Listing():
            more["pulse"] = _pulse(statuses, now, t)
            more["subscriptions"] = [row(one, now, t) for one in sorted(statuses, key=lambda one: not one.configured)]
        shown = filters.shown(wanted, t, statuses, offers, heading)
        return self._looks.page(
            request.scope,
            template,
            404 if unknown else 200,
            feeds=() if unknown else self._feeds.links(wanted, shown["heading"]),
            **shown,
            days=timeline.days(page.stories, now, t),
            pages=pages(wanted, page),
            canonical=self._looks.base + wanted.address(),
            notices=words.notices(self._backend.health(), t),
            news=self._news(wanted, page, t),
            **more,
        )

    async def _own(self, wanted: Listing, now: datetime, t: Language) -> tuple[str, str | None, dict[str, Any]]:
        """Template, heading and further values of one kind of list."""
        today = dates.beijing_day(now)
        if wanted.kind == SYMBOL:
            told = await self._backend.mentions(wanted.name)
            heading = f"{told.name} {wanted.name}" if told.name else None
            beside = [
                {"code": code, "name": name, "times": times, "page": listing.of(SYMBOL, code).address()}
                for code, name, times in told.beside
            ]
            return "symbol.html", heading, {"chart": chart.mentions(told.days, today, t), "beside": beside}
        if wanted.day:
            counts = await self._backend.per_day(*calendarpage.span_of_month(wanted.day))
            return "day.html", words.day(wanted.day, today, t), _around(wanted, counts, today, t)
        return "list.html", None, {}

    async def _wrong(self, request: Request, wanted: Listing, error: QueryError) -> Response:
        """The list without stories, with what is wrong in its words."""
        t = looks.chosen(request.scope).language
        return self._looks.page(
            request.scope,
            "list.html",
            400,
            **filters.shown(wanted, t, await self._backend.statuses(), await self._backend.offers()),
            days=[],
            pages={"older": None, "newer": None, "first": None},
            canonical=self._looks.base + wanted.address(),
            notices=[words.Notice("fail", t("search.wrong"), " ".join(words.misread(error, t)))],
            pulse=None,
        )

    def _news(self, wanted: Listing, page: StoryPage, t: Language) -> dict[str, str] | None:
        """Where a first page asks whether there is more by now."""
        if wanted.older or wanted.newer or not page.stories:
            return None
        newest = page.stories[0]
        url = self._looks.path(wanted.ahead((newest.at, newest.id)).address() + "&count=1")
        return {"url": url, "one": t("news", n="{n}"), "many": t("news.many", n="{n}")}


def asked(request: Request) -> tuple[Listing, str | None]:
    """The list that a request is about, and the extension of a feed. Raises RequestError."""
    return listing.read(request.scope["path"], parse_qsl(request.scope["query_string"].decode("latin-1")))


def pages(wanted: Listing, page: StoryPage) -> dict[str, str | None]:
    """Addresses of the pages before and behind this one, and of the first."""
    older = newer = None
    if page.stories and page.older:
        older = wanted.behind((page.stories[-1].at, page.stories[-1].id)).address()
    if page.newer:
        place = (page.stories[0].at, page.stories[0].id) if page.stories else wanted.older
        newer = wanted.ahead(place).address() if place else None
    return {"older": older, "newer": newer, "first": wanted.start().address() if page.newer else None}


def _count(page: StoryPage, place: Place | None) -> Response:
    new = sum((one.at, one.id) > place for one in page.stories) if place else 0
    return JSONResponse({"new": new, "more": page.newer}, headers={"Cache-Control": "no-store", **looks.SECURITY})


def _around(wanted: Listing, counts: Mapping[date, int], today: date, t: Language) -> dict[str, Any]:
    """What the page of a day shows beside its stories: the days next to it, and its month."""
    day = date.fromisoformat(wanted.name)
    before, after = day - timedelta(days=1), day + timedelta(days=1)
    return {
        "previous": {"name": words.month_day(before, today, t), "page": listing.of(DAY, before.isoformat()).address()},
        "next": {"name": words.month_day(after, today, t), "page": listing.of(DAY, after.isoformat()).address()}
        if after <= today
        else None,
        "month": calendarpage.month(day, counts, today, t, chosen=day),
        "told": counts.get(day, 0),
        "year": {"name": t("calendar", year=str(day.year)), "page": f"/calendar?year={day.year}"},
    }


def _pulse(statuses: Sequence[SubscriptionStatus], now: datetime, t: Language) -> list[dict[str, str | None]]:
    """One line over all subscriptions that are followed."""
    followed = [one for one in statuses if one.configured and one.enabled]
    levels = [words.state(one, t).level for one in followed]
    polls = [one.state.last_polled for one in followed if one.state.last_polled]
    told: list[dict[str, str | None]] = [{"level": None, "text": t("pulse", n=len(followed))}]
    told += [
        {"level": level, "text": t(f"pulse.{level}", n=levels.count(level))}
        for level in ("ok", "warn", "fail", "new")
        if level in levels
    ]
    if polls:
        told.append({"level": None, "text": t("pulse.polled", at=words.relative(max(polls), now, t))})
    return told


def row(status: SubscriptionStatus, now: datetime, t: Language) -> dict[str, Any]:
    """One subscription, for sources.html."""
    state = status.state
    polls = status.configured and status.enabled and not status.state.gone
    return {
        "name": status.name,
        "slug": status.slug,
        "url": status.url,
        "articles": status.articles,
        "state": words.state(status, t),
        "success": words.moment(state.last_success, now, t),
        "new": words.moment(state.last_new, now, t),
        "next": words.moment(state.next_poll, now, t) if polls else None,
        "due": words.due(state.next_poll, now, t) if polls else None,
        "since": words.moment(state.problem_since, now, t),
    }
