"""Months as tables of weeks, with how many articles each day has. Pure; called by site.py."""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby

from aggregator.archive.catalogue import Tag


@dataclass(frozen=True, slots=True)
class Cell:
    """A day of a month."""

    name: str  #: 2026-11-16
    number: int  #: 16
    count: int
    much: int  #: 0 for none, 1 to 4 by how its count compares with the fullest day of all


@dataclass(frozen=True, slots=True)
class Month:
    """A month: weeks from Monday on, None for the days of its neighbours."""

    name: str
    count: int
    weeks: list[list[Cell | None]]


def years(days: Iterable[Tag]) -> list[Tag]:
    """The years that have articles, oldest first."""
    found = groupby(days, key=lambda day: day.name[:4])
    return [Tag(name, sum(day.count for day in some)) for name, some in found]


def of(days: Sequence[Tag], year: int) -> list[Month]:
    """The months of a year that have articles."""
    most = max((day.count for day in days), default=1)
    here = (day for day in days if day.name.startswith(f"{year:04d}-"))
    return [
        _month(year, int(name[5:]), {day.name: day.count for day in some}, most)
        for name, some in groupby(here, key=lambda day: day.name[:7])
    ]


def newest(days: Sequence[Tag]) -> Month | None:
    """The last month that has articles, under its name with the year."""
    if not days:
        return None
    last = of(days, int(days[-1].name[:4]))[-1]
    return replace(last, name=f"{int(days[-1].name[:4])}年{last.name}")


def _month(year: int, month: int, counts: dict[str, int], most: int) -> Month:
    weeks = [
        [_cell(date(year, month, day), counts, most) if day else None for day in week]
        for week in calendar.Calendar().monthdayscalendar(year, month)
    ]
    return Month(f"{month}月", sum(counts.values()), weeks)


def _cell(on: date, counts: dict[str, int], most: int) -> Cell:
    count = counts.get(on.isoformat(), 0)
    return Cell(on.isoformat(), on.day, count, -(-4 * count // most))
