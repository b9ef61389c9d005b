"""Small charts as SVG, made here so that pages need no script. Pure: counts in, plain values for the templates out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from aggregator.web import words
from aggregator.web.language import Language

#: Days a chart of mentions reaches back, a year in whole weeks, and how high it is; a day is one unit wide.
_DAYS, _HEIGHT = 364, 60


def mentions(days: Mapping[date, int], today: date, t: Language) -> dict[str, Any] | None:
    """Bars for the stories of each day of the last year; None where there are none."""
    first = today - timedelta(days=_DAYS - 1)
    within = {day: count for day, count in sorted(days.items()) if first <= day <= today}
    if not within:
        return None
    fullest = max(within, key=lambda day: within[day])
    most = within[fullest]
    bars = [
        {"x": (day - first).days, "y": round(_HEIGHT - tall, 1), "height": round(tall, 1)}
        # A day with a single story beside one with hundreds is still seen.
        for day, count in within.items()
        for tall in [max(2.0, _HEIGHT * count / most)]
    ]
    return {
        "width": _DAYS,
        "height": _HEIGHT,
        "bars": bars,
        "about": t("symbol.chart.about", n=sum(within.values()), day=words.month_day(fullest, today, t), most=most),
        "from": words.month_of_year(first, t),
        "to": words.month_of_year(today, t),
        "months": [(day - first).days for day in _firsts(first, today)],
    }


def _firsts(since: date, until: date) -> list[date]:
    """The first days of the months between two days."""
    found, day = [], since.replace(day=1)
    while day <= until:
        if day >= since:
            found.append(day)
        day = (day + timedelta(days=32)).replace(day=1)
    return found
