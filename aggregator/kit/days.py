"""Days and times as pages name them in Chinese, in Beijing time.

In: dates and instants. Out: strings. Called by web and archive.
"""

from __future__ import annotations

from datetime import date, datetime

from aggregator.kit import dates

WEEKDAYS = "一二三四五六日"


def day(on: date, today: date | None = None) -> str:
    """A day as a heading, 2022年6月14日 星期二; seen from `today`, 今天 · 6月14日 星期二."""
    named = {0: "今天 · ", -1: "昨天 · "}.get((on - today).days, "") if today else ""
    return f"{named}{month_day(on, today)} 星期{WEEKDAYS[on.weekday()]}"


def month_day(on: date, today: date | None = None) -> str:
    """A day without its weekday, 2022年6月14日; without its year where `today` is of the same."""
    year = "" if today and on.year == today.year else f"{on.year}年"
    return f"{year}{on.month}月{on.day}日"


def stamp(at: datetime) -> str:
    """The full time: 2022-06-14 19:54:04."""
    return f"{at.astimezone(dates.BEIJING):%Y-%m-%d %H:%M:%S}"
