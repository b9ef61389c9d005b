"""`/calendar?year=2026`: how much the archive holds of each day. Backend and Looks in, HTML out; made by server.

A year is twelve small months, a day a link to its list, darker the more was told on it. Also called by listpage, which
shows the month of a day.
"""

from __future__ import annotations

from calendar import Calendar
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from aggregator.errors import RequestError
from aggregator.kit import dates
from aggregator.web import listing, looks, words
from aggregator.web.backend import Backend
from aggregator.web.language import Language
from aggregator.web.looks import Looks

#: Shares of the fullest day at which the next darker colour begins: news are uneven, even steps would leave most pale.
_STEPS = (0.0, 0.15, 0.4, 0.7)

_MONDAY_FIRST = Calendar(0)


class CalendarPage:
    """The calendar of the archive."""

    def __init__(self, backend: Backend, frame: Looks) -> None:
        self._backend = backend
        self._looks = frame

    async def serve(self, request: Request) -> Response:
        """One year, this one where none is asked for."""
        t, today = looks.chosen(request.scope).language, dates.beijing_day(self._looks.clock())
        year = _year(request.query_params.get("year") or str(today.year))
        since, until = (dates.beijing_midnight(date(one, 1, 1)) for one in (year, year + 1))
        counts = await self._backend.per_day(since, until)
        return self._looks.page(
            request.scope,
            "calendar.html",
            heading=t("calendar", year=str(year)),
            about=t("calendar.about", n=sum(counts.values())),
            months=[month(one, counts, today, t) for one in _months(year, today)],
            levels=range(len(_STEPS) + 1),
            previous={"name": t("calendar.previous", year=str(year - 1)), "page": f"/calendar?year={year - 1}"},
            next={"name": t("calendar.previous", year=str(year + 1)), "page": f"/calendar?year={year + 1}"}
            if year < today.year
            else None,
            notices=words.notices(self._backend.health(), t),
        )

    async def jump(self, request: Request) -> Response:
        """`/day?on=2026-11-23`, as the form of a day sends it, leads to that day; without a day, to the calendar."""
        on = request.query_params.get("on", "").strip()
        if not on:
            return self._looks.redirect(request.scope, "/calendar", 303)
        wanted, _ = listing.read(f"/day/{on}", ())
        return self._looks.redirect(request.scope, wanted.address(), 303)


def span_of_month(day: date) -> tuple[datetime, datetime]:
    """The instants between which a day's month lies, in Beijing."""
    first = day.replace(day=1)
    return dates.beijing_midnight(first), dates.beijing_midnight((first + timedelta(days=32)).replace(day=1))


def month(
    of: date, counts: Mapping[date, int], today: date, t: Language, *, chosen: date | None = None
) -> dict[str, Any]:
    """A month for the macro `small`: its name, the days of the week, and its weeks.

    A week has None where its days are another month's. A day that has no stories is no link.
    """
    most = max(counts.values(), default=0)

    def cell(day: date) -> dict[str, Any] | None:
        if day.month != of.month:
            return None
        told = counts.get(day, 0)
        return {
            "number": day.day,
            "level": sum(told > most * step for step in _STEPS) if told else 0,
            "page": listing.of(listing.DAY, day.isoformat()).address() if told else None,
            "label": f"{words.month_day(day, today, t)} {t('day.count', n=told) if told else t('day.none')}",
            "here": day == chosen,
        }

    weeks = [[cell(day) for day in week] for week in _MONDAY_FIRST.monthdatescalendar(of.year, of.month)]
    name = words.month(of, t) if chosen is None else words.month_of_year(of, t)
    return {"name": name, "weekdays": words.weekdays(t), "weeks": weeks}


def _months(year: int, today: date) -> list[date]:
    """The first days of its months, the newest first as in all lists; those that have not come yet are left out."""
    months = [date(year, number, 1) for number in range(12, 0, -1)]
    return [one for one in months if one <= today] or months


def _year(stated: str) -> int:
    # The years of which a date, and the days beside it, can be told.
    if len(stated) == 4 and stated.isascii() and stated.isdigit() and "1970" <= stated <= "9990":
        return int(stated)
    raise RequestError(400, "wrong.year", value=stated[:20])
