"""`/subscriptions`: how every subscription fares, with its rhythm as a small chart, and a button that polls it now.

Backend and Looks in, HTML out. Put together by server. The button posts to `/subscriptions/<slug>/poll`, which answers
303 back to the page. No other site can press it: a browser states in Sec-Fetch-Site or Origin (Fetch Standard, Fetch
Metadata) which page a form was sent from, and what states neither is refused. Browsers name no origin under
`Referrer-Policy: no-referrer`, so this page alone says `same-origin`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit

from starlette.requests import Request
from starlette.responses import Response

from aggregator.kit import dates
from aggregator.models import SubscriptionState, SubscriptionStatus
from aggregator.schedule import habit
from aggregator.web import listpage, looks, words
from aggregator.web.backend import Backend
from aggregator.web.language import Language
from aggregator.web.looks import Looks

PATH = "/subscriptions"

#: Days that the chart of a rhythm shows, and how high it is: an hour with new entries is one unit, a day is one wide.
_DAYS, _HEIGHT = 42, 24


class SubscriptionsPage:
    """The page, and its button."""

    def __init__(self, backend: Backend, frame: Looks) -> None:
        self._backend = backend
        self._looks = frame

    async def serve(self, request: Request) -> Response:
        """All subscriptions; those that need somebody first."""
        now, t = self._looks.clock(), looks.chosen(request.scope).language
        statuses = sorted(await self._backend.statuses(), key=lambda one: _URGENT.index(words.state(one, t).level))
        notices = words.notices(self._backend.health(), t)
        if asked := next((one for one in statuses if one.slug == request.query_params.get("asked")), None):
            notices.append(words.Notice("new", t("sources.asked", name=asked.name)))
        return self._looks.page(
            request.scope,
            "subscriptions.html",
            headers={"Referrer-Policy": "same-origin"},
            subscriptions=[row(one, now, t) for one in statuses],
            polling=True,
            notices=notices,
        )

    async def poll(self, request: Request) -> Response:
        """Let one subscription be polled at once; one that was polled a moment ago is left alone."""
        if not self._ours(request):
            return self._looks.error(request.scope, 403, {}, looks.chosen(request.scope).language("error.403.hint"))
        slug = request.path_params["slug"]
        if not await self._backend.poll_now(slug):
            return self._looks.error(request.scope, 404, {})
        return self._looks.redirect(request.scope, f"{PATH}?asked={quote(slug, safe='')}", 303)

    def _ours(self, request: Request) -> bool:
        """Whether the form stood on a page of this server."""
        if site := request.headers.get("sec-fetch-site"):
            return site == "same-origin"
        origin = urlsplit(request.headers.get("origin", ""))
        here = (request.headers.get("host"), urlsplit(self._looks.base).netloc)
        return origin.scheme in ("http", "https") and origin.netloc in here


def row(status: SubscriptionStatus, now: datetime, t: Language) -> dict[str, Any]:
    """One subscription, for sources.html."""
    shown = listpage.row(status, now, t)
    polls = status.configured and status.enabled
    action = f"{PATH}/{quote(status.slug, safe='')}/poll" if polls else None
    return shown | {"rhythm": rhythm(status.state, now, t), "action": action}


def rhythm(state: SubscriptionState, now: datetime, t: Language) -> dict[str, Any] | None:
    """Bars for the hours with new entries of each of the last days; None where nothing is known."""
    first = (dates.beijing_day(now) - _EPOCH).days - _DAYS + 1
    days = [day for day in habit.unpack(state.history) if 0 <= day.number - first < _DAYS]
    if not days:
        return None
    usual = t("sources.rhythm.pause", usual=words.span(state.pause, t)) if state.pause else ""
    return {
        "width": _DAYS,
        "height": _HEIGHT,
        # A day with a single hour beside a full one is still seen.
        "bars": [
            {"x": day.number - first, "y": _HEIGHT - tall, "height": tall}
            for day in days
            for tall in [max(3, day.hours.bit_count())]
        ],
        "about": t("sources.rhythm.about", n=len(days), days=_DAYS) + usual,
    }


_EPOCH = dates.beijing_day(habit.instant(0))
#: Levels of State, in the order of the page.
_URGENT: Sequence[str] = ("fail", "warn", "new", "ok", "off")
