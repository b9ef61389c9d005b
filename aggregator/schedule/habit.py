"""How a feed usually behaves: learnt from the hours in which it had new entries. Pure; used by vitality.py only.

In: a history, one record for each day with new entries, in bytes as the store keeps it. Out: a Habit, which says how
long a pause is usual and from when on it is not. Time is counted in working hours: those of the day in which a busy
feed stirs, without weekends and exchange holidays where it rests then. So nights and Golden Weeks need no rule.

Hours and days are numbers counted from 1970-01-01 in Beijing time.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import median

from aggregator.kit import exchange

HOUR = timedelta(hours=1)
_BEIJING = 8
_ALL = (1 << 24) - 1
_RECORD = struct.Struct(">HI")

#: Days with new entries that are remembered, and how far back.
MOST_DAYS, LONGEST = 42, 1500

#: Fewer days with new entries than this say nothing; so many say a good deal.
FEWEST, MANY = 6, 12

#: Share of the trading days on which a young feed must have stirred to be judged at all.
STEADY = 0.75

#: A silence is no habit where it is told from so many days.
LONG_KNOWN = 24

#: Days that must have been seen until nights and weekends are known; before, a feed is granted whole working days.
YOUNG = 14

#: A feed that stirs in so many hours of its days has a night.
BUSY = 4

#: Of the days on which it stirs: an hour that is met less often, beside the busiest one, is no working hour.
RARE = 0.15

#: Fewest working hours of silence that are worth a word: an hour is the finest that is learnt.
LEAST = 3


@dataclass(frozen=True, slots=True)
class Day:
    """A day with new entries."""

    number: int
    hours: int  #: bit h: some in the hour h
    items: int | None = None  #: the smallest document seen on it, in entries; at most 253


@dataclass(frozen=True, slots=True)
class Habit:
    """What is usual. `pause` and `patience` are in working hours."""

    pause: int  #: the longest that is usual between two new entries
    patience: int  #: silence beyond this is not usual; at most three pauses
    hours: int  #: mask of the working hours of a day
    weekdays: bool  #: it rests at weekends and on exchange holidays

    def works(self, day: int) -> bool:
        """Whether the feed stirs on this day."""
        return not (self.weekdays and exchange.closed_on(day))

    def until(self, since: datetime, hours: int) -> datetime:
        """When so many whole working hours have gone by since the hour of `since`."""
        day, first = divmod(hour(since) + 1, 24)
        each, left = self.hours.bit_count(), hours
        while True:
            mask = (self.hours >> first << first) if self.works(day) else 0
            if mask.bit_count() >= left:
                break
            left -= mask.bit_count()
            day, first = day + 1, 0
            if each == 0:  # cannot be: some hour was met
                break
        last = next(at for at in range(24) if (mask & ((2 << at) - 1)).bit_count() >= left)
        return instant(day * 24 + last + 1)


#: What is granted to a feed of which too little is known.
NEW = Habit(pause=24, patience=72, hours=_ALL, weekdays=True)


def hour(at: datetime) -> int:
    """The number of the hour that holds an instant."""
    return int(at.timestamp()) // 3600 + _BEIJING


def instant(number: int) -> datetime:
    """The beginning of an hour."""
    return datetime.fromtimestamp((number - _BEIJING) * 3600, UTC)


def pack(days: Sequence[Day]) -> bytes:
    """As the store keeps it: six bytes a day."""
    packed = (
        _RECORD.pack(day.number, day.hours | (min(day.items + 1, 255) << 24 if day.items is not None else 0))
        for day in days[-MOST_DAYS:]
        if 0 <= day.number <= 0xFFFF
    )
    return b"".join(packed)


def unpack(history: bytes | None) -> tuple[Day, ...]:
    """The days, oldest first; () for none."""
    found = _RECORD.iter_unpack(history or b"")
    return tuple(Day(number, rest & _ALL, (rest >> 24) - 1 if rest >> 24 else None) for number, rest in found)


def marked(days: Sequence[Day], hours: Iterable[int]) -> tuple[Day, ...]:
    """The days, with new entries in these hours too."""
    known = {day.number: day for day in days}
    for number in hours:
        day = number // 24
        before = known.get(day) or Day(day, 0)
        known[day] = replace(before, hours=before.hours | 1 << number % 24)
    return tuple(known[number] for number in sorted(known)[-MOST_DAYS:])


def newest(days: Sequence[Day]) -> int | None:
    """The last hour with new entries."""
    return days[-1].number * 24 + days[-1].hours.bit_length() - 1 if days else None


def fewest_items(days: Sequence[Day]) -> int | None:
    """How many entries the feed holds at least, usually; None while that is not known.

    One day that had fewer is an accident.
    """
    counts = sorted(day.items for day in days if day.items is not None)
    return counts[1] if len(counts) >= FEWEST else None


def learn(days: Sequence[Day]) -> Habit | None:
    """The habit behind a history; None while it says too little."""
    days = [day for day in days if day.number > days[-1].number - LONGEST]
    seen = list(_hours(days))
    if len(days) < FEWEST:
        return None
    if days[-1].number - days[0].number < YOUNG:
        trading = sum(not exchange.closed_on(number) for number in range(days[0].number, days[-1].number + 1))
        if sum(not exchange.closed_on(day.number) for day in days) < STEADY * trading:
            return None
        longest = max(NEW.pause, *_pauses(NEW, days, seen))
        return replace(NEW, pause=longest, patience=3 * longest)
    habit = Habit(0, 0, _ALL, _rests(days))
    working = [day for day in days if habit.works(day.number)] or days
    if median(day.hours.bit_count() for day in working) >= BUSY:
        habit = replace(habit, hours=_working_hours(working))
    pauses = _usual(_pauses(habit, days, seen), len(days))
    longest, middle = max(1, pauses[-1]), median(pauses)
    alike = sum(3 * pause >= longest for pause in pauses)
    if len(days) < MANY and alike < MANY and longest > 1.5 * middle:  # it may come in bursts
        return None
    # Few pauses do not show the longest one; where they differ much, a much longer one may come.
    least = 2.0 if alike >= MANY else 2.5
    patience = min(max(longest + 4 * (longest - middle), least * longest), (2.75 if alike >= MANY else 3) * longest)
    return replace(habit, pause=longest, patience=max(LEAST, round(patience)))


def _hours(days: Iterable[Day]) -> Iterator[int]:
    for day in days:
        for at in range(24):
            if day.hours >> at & 1:
                yield day.number * 24 + at


def _rests(days: Sequence[Day]) -> bool:
    """Whether the feed stirs at most half as often on days without trading. Where none was seen, it is granted."""
    first, last = days[0].number, days[-1].number
    off = sum(exchange.closed_on(number) for number in range(first, last + 1))
    on = last + 1 - first - off
    stirred = sum(day.hours.bit_count() for day in days)
    idle = sum(day.hours.bit_count() for day in days if exchange.closed_on(day.number))
    return on == 0 or off == 0 or idle / off <= (stirred - idle) / on / 2


def _working_hours(days: Sequence[Day]) -> int:
    counts = [sum(day.hours >> at & 1 for day in days) for at in range(24)]
    return sum(1 << at for at, count in enumerate(counts) if count > RARE * max(counts))


def _pauses(habit: Habit, days: Sequence[Day], seen: Sequence[int]) -> list[int]:
    """Working hours from each hour with new entries to the next."""
    before, each, first = {}, habit.hours.bit_count(), days[0].number
    total = 0
    for number in range(first, days[-1].number + 1):
        before[number] = total
        total += each if habit.works(number) else 0
    at = []
    for one in seen:
        day, within = divmod(one, 24)
        passed = (habit.hours & ((1 << within) - 1)).bit_count() if habit.works(day) else 0
        at.append(before[day] + passed)
    return [after - earlier for earlier, after in pairwise(at)]


def _usual(pauses: list[int], days: int) -> list[int]:
    """In order of length, without those that were silences themselves: few, and thrice as long as any other."""
    pauses = sorted(pauses)
    for at in range(len(pauses) - days // LONG_KNOWN, len(pauses)):
        if at and pauses[at] > 3 * max(1, pauses[at - 1]):
            return pauses[:at]
    return pauses
