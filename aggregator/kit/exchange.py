"""The days on which the exchanges of mainland China do not trade. Pure: a Beijing day in, yes or no out.

Weekends never trade, also those that are worked to make up for a holiday. Holidays that the Shanghai and Shenzhen
exchanges have announced stand in ANNOUNCED; those of other years are estimated from the statutory holidays (State
Council, since 2025) and the dates of the lunar calendar; beyond that table only weekends are known. Used by
schedule/vitality.py to excuse feeds that keep to working days.
"""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum
from functools import cache

DAY = timedelta(days=1)

#: First and last day (month * 100 + day) on which the exchanges were, or will be, closed.
ANNOUNCED: dict[int, tuple[tuple[int, int], ...]] = {
    2024: ((101, 101), (209, 217), (404, 406), (501, 505), (608, 610), (915, 917), (1001, 1007)),
    2025: ((101, 101), (128, 204), (404, 406), (501, 505), (531, 602), (1001, 1008)),
    2026: ((101, 103), (215, 223), (404, 406), (501, 505), (619, 621), (925, 927), (1001, 1007)),
}

#: 春节 1/1, 端午 5/5 and 中秋 8/15 of the lunar calendar, and 清明, as month * 100 + day.
_LUNAR: dict[int, tuple[int, int, int, int]] = {
    2015: (219, 620, 927, 405),
    2016: (208, 609, 915, 404),
    2017: (128, 530, 1004, 404),
    2018: (216, 618, 924, 405),
    2019: (205, 607, 913, 405),
    2020: (125, 625, 1001, 404),
    2021: (212, 614, 921, 404),
    2022: (201, 603, 910, 405),
    2023: (122, 622, 929, 405),
    2027: (206, 609, 915, 405),
    2028: (126, 528, 1003, 404),
    2029: (213, 616, 922, 404),
    2030: (203, 605, 912, 405),
    2031: (123, 624, 1001, 405),
    2032: (211, 612, 919, 404),
    2033: (131, 601, 908, 404),
    2034: (219, 620, 927, 405),
    2035: (208, 610, 916, 405),
}

#: An estimated 春节 is closed from its eve on for this many days, as in 2025; 国庆 for seven, 劳动节 for five.
_SPRING = 8


class Source(StrEnum):
    """Where the holidays of a year are known from."""

    ANNOUNCED = "announced"
    ESTIMATED = "estimated"
    UNKNOWN = "unknown"


def source(year: int) -> Source:
    """How much is known of a year."""
    if year in ANNOUNCED:
        return Source.ANNOUNCED
    return Source.ESTIMATED if year in _LUNAR else Source.UNKNOWN


def closed(day: date) -> bool:
    """True when nothing trades on this Beijing day, as far as is known."""
    return day.weekday() >= 5 or day in _holidays(day.year)


def closed_on(number: int) -> bool:
    """The same for the number of a day, counted from 1970-01-01."""
    return (number + 3) % 7 >= 5 or number in _numbers()


@cache
def _numbers() -> frozenset[int]:
    first = date(1970, 1, 1)
    return frozenset((day - first).days for year in (*ANNOUNCED, *_LUNAR) for day in _holidays(year))


@cache
def _holidays(year: int) -> frozenset[date]:
    spans = ANNOUNCED.get(year)
    if spans is not None:
        return frozenset(day for first, last in spans for day in _from(_day(year, first), _day(year, last)))
    if year not in _LUNAR:
        return frozenset()
    spring, dragon_boat, moon, tomb = (_day(year, number) for number in _LUNAR[year])
    eve = spring - DAY
    found = {_day(year, 101), tomb, dragon_boat, moon}
    found.update(_from(eve, eve + (_SPRING - 1) * DAY))
    found.update(_from(_day(year, 501), _day(year, 505)))
    found.update(_from(_day(year, 1001), _day(year, 1007)))
    # A holiday that touches a weekend is lengthened by it: on Sunday it is kept on Monday.
    found.update(day + DAY for day in tuple(found) if day.weekday() == 6)
    return frozenset(found)


def _day(year: int, number: int) -> date:
    return date(year, number // 100, number % 100)


def _from(first: date, last: date) -> list[date]:
    return [first + timedelta(days=step) for step in range((last - first).days + 1)]
