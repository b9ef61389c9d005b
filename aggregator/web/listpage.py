"""`/`: the latest stories. Backend and Looks in, HTML out; put together by server."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from aggregator.models import SubscriptionStatus
from aggregator.web import looks, timeline, words
from aggregator.web.backend import Backend
from aggregator.web.language import Language
from aggregator.web.listing import FILTERS, LATEST, SEARCH, Listing
from aggregator.web.looks import Looks

#: Stories on a page.
SIZE = 40


class ListPage:
    """The pages of lists."""

    def __init__(self, backend: Backend, frame: Looks) -> None:
        self._backend = backend
        self._looks = frame

    async def serve(self, request: Request) -> Response:
        """The latest stories."""
        wanted = Listing()
        now, t = self._looks.clock(), looks.chosen(request.scope).language
        stories = await self._backend.latest(SIZE)
        statuses = await self._backend.statuses()
        return self._looks.page(
            request.scope,
            "list.html",
            **shown(wanted, t, statuses),
            days=timeline.days(stories, now, t),
            pages={"older": None, "newer": None, "first": None},
            canonical=self._looks.base + wanted.start().address(),
            notices=words.notices(self._backend.health(), t),
            pulse=_pulse(statuses, now, t) if wanted.kind == LATEST and not wanted.filtered else None,
            subscriptions=[_row(one, now, t) for one in sorted(statuses, key=lambda one: not one.configured)],
        )


def shown(wanted: Listing, t: Language, statuses: Sequence[SubscriptionStatus]) -> dict[str, Any]:
    """What every page of a list shows of the list itself: its name, its filters, the form for more."""
    return {
        "listing": wanted,
        "heading": wanted.title(t),
        "chips": _chips(wanted, t, statuses),
        "cleared": Listing(wanted.kind, wanted.name, words=wanted.words if wanted.kind == SEARCH else "").address(),
        "form": _form(wanted, t, statuses),
    }


def _chips(wanted: Listing, t: Language, statuses: Sequence[SubscriptionStatus]) -> list[dict[str, str]]:
    """The filters that are set, each with the address of the list without it."""
    names = {one.slug: one.name for one in statuses}
    found = [
        {"label": t(f"filter.{key}"), "value": names.get(value, value) if key == "feed" else value}
        | {"without": wanted.without(field, value).address()}
        for key, field in FILTERS.items()
        for value in getattr(wanted, field)
    ]
    if wanted.words and wanted.kind != SEARCH:
        found.append({"label": t("filter.words"), "value": wanted.words, "without": wanted.without("words").address()})
    for name, day in (("after", wanted.after), ("before", wanted.before)):
        if day:
            label, value = t(f"filter.{name}"), day.isoformat()
            found.append({"label": label, "value": value, "without": wanted.without(name).address()})
    return found


def _form(wanted: Listing, t: Language, statuses: Sequence[SubscriptionStatus]) -> dict[str, Any]:
    """The form that adds filters: what is set already goes along, out of sight."""
    address = Listing(wanted.kind, wanted.name).address()
    kept = [(key, value) for key, field in FILTERS.items() for value in getattr(wanted, field)]
    if wanted.kind == SEARCH and wanted.words:
        kept.append(("q", wanted.words))
    feeds = [(one.slug, one.name) for one in statuses if one.configured]
    fields = [
        {"name": key, "label": t(f"filter.{key}"), "choices": feeds if key == "feed" else (), "example": example}
        for key, example in (("symbol", "600941.SH"), ("category", ""), ("outlet", ""), ("feed", ""))
        if key != wanted.kind and (key != "feed" or feeds)
    ]
    dates = [
        (name, t(f"filter.{name}"), day.isoformat() if day else "")
        for name, day in (("after", wanted.after), ("before", wanted.before))
    ]
    return {
        "action": address,
        "hidden": kept,
        "words": None if wanted.kind == SEARCH else wanted.words,
        "fields": fields,
        "dates": dates if wanted.day is None else (),
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


def _row(status: SubscriptionStatus, now: datetime, t: Language) -> dict[str, Any]:
    state = status.state
    polls = status.configured and status.enabled and not words.gone(status)
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
