"""Silent death, in simulated time: what is found and how soon, and that nothing healthy is ever told."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from aggregator.errors import NotAFeed, Unreachable
from aggregator.kit.dates import BEIJING
from aggregator.pipeline.poll import Attempt, Poll
from aggregator.schedule import habit, vitality
from aggregator.schedule.vitality import Fault
from tests.support.rhythms import DAY, HOUR, START, URL, Life, answer, arrivals, trades

ALL, OFFICE, WAKING = range(24), range(9, 18), range(7, 23)

#: Hours of the Beijing day, and how many entries a day brings.
RHYTHMS: dict[str, tuple[range, Callable[[random.Random, datetime], float]]] = {
    "a wire": (WAKING, lambda chance, day: chance.uniform(30, 70) if trades(day) else chance.uniform(4, 12)),
    "round the clock": (ALL, lambda _chance, _day: 60),
    "office hours": (OFFICE, lambda _, day: 12 if trades(day) else 0),
    "three a trading day": (OFFICE, lambda _, day: 3 if trades(day) else 0),
    "a daily close": (range(16, 17), lambda _, day: 1 if trades(day) else 0),
    "every morning": (range(8, 9), lambda _chance, _day: 1),
    "now and then": (ALL, lambda chance, _: chance.expovariate(1 / 1.5)),
    "on Wednesdays": (range(10, 11), lambda _, day: float(day.astimezone(BEIJING).weekday() == 2)),
    "once a month": (range(10, 11), lambda _, day: float(day.astimezone(BEIJING).day == 15)),
    "in bursts": (ALL, lambda chance, _: chance.choice([0, 0, 0, 0, 0, 40])),
}
SLOW = {"on Wednesdays": 200, "once a month": 700}


def entries(name: str, days: int, seed: int = 1) -> list[datetime]:
    hours, of_day = RHYTHMS[name]
    return arrivals(days, hours, of_day, seed)


def nothing(_life: Life, _now: datetime) -> None:
    return None


@pytest.mark.parametrize("name", RHYTHMS)
@pytest.mark.parametrize(("seed", "dated"), [(1, True), (2, True), (3, False)])
def test_no_healthy_rhythm_is_told_in_months_with_golden_week(name: str, seed: int, dated: bool) -> None:
    came = entries(name, SLOW.get(name, 140), seed)
    life = Life(came, dated=dated).live(max(came[0], START + 60 * DAY) + HOUR, came[-1], nothing)
    assert life.told == []


def working_hours(name: str, since: datetime, until: datetime) -> int:
    """Hours between two instants in which the rhythm may bring something."""
    hours, _ = RHYTHMS[name]
    rests = name in ("office hours", "three a trading day", "a daily close")
    allowed = hours if name in ("a wire", "round the clock", "office hours") else ALL
    at, count = since + HOUR, 0
    while at <= until:
        day = at.astimezone(BEIJING)
        count += day.hour in allowed and (trades(at) or not rests)
        at += HOUR
    return count


@pytest.mark.parametrize("name", [name for name in RHYTHMS if name != "in bursts"])
def test_a_frozen_feed_is_found_within_three_expected_intervals(name: str) -> None:
    days = 3 * SLOW.get(name, 120) // 4
    frozen = START + days * DAY + 11 * HOUR + timedelta(minutes=30)
    came = [at for at in entries(name, SLOW.get(name, 150)) if at < frozen]
    lately = [at for at in came if at > START + DAY]
    expected = max(working_hours(name, a, b) for a, b in pairwise(lately))
    life = Life(came, interval=timedelta(minutes=10)).live(lately[0], frozen + 120 * DAY, nothing)
    (at, fault), *more = life.told
    assert fault is Fault.FROZEN
    assert more == []
    spacing = timedelta() if life.state.spacing is None else life.state.spacing
    # A feed is polled as often as it brings news; its last poll may lie one such step before the hour.
    assert working_hours(name, came[-1], at) <= max(3 * expected, 3) + spacing // HOUR
    found = vitality.diagnose(life.state)
    assert found is not None
    assert found.since is not None
    assert timedelta() <= found.since - came[-1] <= timedelta(hours=2) + spacing


def death(broken: datetime, of: Callable[[Life, datetime], Poll | Attempt | None]) -> Life:
    """Three entries a trading day, and from `broken` on the polls that `of` makes."""
    came = entries("three a trading day", 120)
    return Life(came).live(came[60], broken + 14 * DAY, lambda life, now: of(life, now) if now >= broken else None)


BROKEN = START + 63 * DAY + 4 * HOUR  # a Monday morning


def old(_life: Life, now: datetime) -> Poll:
    days = int((now - START) / DAY)
    long_ago = tuple(habit.hour(START - (400 - days) * DAY) + number for number in range(3))
    return Poll(now, (answer(now, f"{now}"),), new=1, entries=20, hours=long_ago)


MATRIX: dict[Fault, Callable[[Life, datetime], Poll]] = {
    Fault.FROZEN: lambda life, now: Poll(now, (answer(now, life.state.endpoints[URL].body_hash or ""),)),
    Fault.SILENT: lambda _, now: Poll(now, (answer(now, f"{now}"),), entries=20),
    Fault.STALE: old,
    Fault.EMPTY: lambda _, now: Poll(now, (answer(now, "empty"),), entries=0),
    Fault.SHRUNKEN: lambda _, now: Poll(now, (answer(now, f"{now}"),), entries=7, new=1),
    Fault.NOT_A_FEED: lambda _, now: Poll(now, (Attempt(URL, error=NotAFeed("an HTML page")),)),
}


@pytest.mark.parametrize("fault", MATRIX)
def test_every_fault_is_found_in_time_and_told_once(fault: Fault) -> None:
    life = death(BROKEN, MATRIX[fault])
    (at, told), *more = life.told
    assert (told, more) == (fault, [])
    pause = vitality.diagnose(life.state).pause or DAY  # type: ignore[union-attr]
    assert pause <= 36 * HOUR
    # In its working time, which begins at the last entry; a quiet feed is looked at once a day.
    assert (
        working_hours("three a trading day", max(one for one in life.entries if one < BROKEN), at) * HOUR
        <= 3 * pause + DAY
    )


def test_an_empty_answer_that_is_never_sent_again_counts_too() -> None:
    def change(life: Life, now: datetime) -> Poll:
        first = life.state.empty_polls == 0
        return Poll(now, (answer(now, "empty"),), entries=0 if first else None)

    assert [fault for _, fault in death(BROKEN, change).told] == [Fault.EMPTY]


def test_a_feed_that_comes_back_is_well_again() -> None:
    came = [at for at in entries("every morning", 120) if not BROKEN < at < BROKEN + 10 * DAY]
    life = Life(came).live(came[0], START + 110 * DAY, nothing)
    assert [fault for _, fault in life.told] == [Fault.FROZEN]
    assert vitality.diagnose(life.state) is None
    assert life.state.pause == DAY  # one silence is no habit


def test_a_smaller_document_becomes_the_usual_one_in_time() -> None:
    came = entries("every morning", 150)

    def change(life: Life, now: datetime) -> None:
        life.shown = 20 if now < BROKEN else 5

    life = Life(came).live(came[30], START + 140 * DAY, change)
    assert [fault for _, fault in life.told] == [Fault.SHRUNKEN]
    assert vitality.diagnose(life.state) is None


def test_a_list_that_begins_anew_every_day_is_not_shrunken() -> None:
    came = entries("office hours", 60)

    def change(life: Life, now: datetime) -> None:
        midnight = now.astimezone(BEIJING).replace(hour=0, minute=0)
        life.shown = max(1, sum(midnight <= at <= now for at in came))

    assert Life(came, interval=timedelta(minutes=10)).live(came[0], START + 55 * DAY, change).told == []


def test_a_feed_that_was_dead_before_it_was_followed_is_found_at_once() -> None:
    came = entries("every morning", 40)
    life = Life(came).live(START + 400 * DAY, START + 401 * DAY, nothing)
    assert [fault for _, fault in life.told] == [Fault.STALE]


def test_dates_to_come_and_dates_without_a_time_mislead_nobody() -> None:
    midnight = [at.astimezone(BEIJING).replace(hour=0, minute=0) for at in entries("three a trading day", 120)]
    life = Life(midnight, lag=10 * HOUR).live(START + 5 * DAY, START + 115 * DAY, nothing)
    assert life.told == []

    def ahead(life: Life, now: datetime) -> Poll:
        return Poll(now, (answer(now, f"{now}"),), new=1, entries=20, hours=(habit.hour(now) + 5000,))

    came = entries("every morning", 120)
    life = Life(came).live(came[0], BROKEN, nothing).live(BROKEN, BROKEN + 20 * DAY, ahead)
    assert life.told == []


def test_a_network_that_is_down_is_no_fault_of_a_feed() -> None:
    def change(life: Life, now: datetime) -> Poll:
        return Poll(now, (Attempt(URL, error=Unreachable(URL, "no route")),), outage=True)

    assert death(BROKEN, change).told == []


def test_a_sina_channel_is_granted_a_working_day_before_its_habit_is_known() -> None:
    came = [BROKEN - 30 * timedelta(minutes=number) for number in range(5, 0, -1)]
    life = Life(came, url="sina:roll/384/2519").live(BROKEN, BROKEN + 5 * DAY, nothing)
    (at, fault), *_ = life.told
    assert fault is Fault.FROZEN
    assert DAY <= at - BROKEN <= DAY + 2 * HOUR
    web = Life(came).live(BROKEN, BROKEN + 5 * DAY, nothing)
    assert web.told == []


def test_a_history_is_small_and_comes_back_whole() -> None:
    days = habit.marked((), range(0, 24 * 365 * 40, 5))
    assert len(days) == habit.MOST_DAYS
    assert habit.unpack(habit.pack(days)) == days
    assert len(habit.pack(days)) <= 256
    assert habit.unpack(habit.pack([habit.Day(20_000, 1 << 23, items=0)])) == (habit.Day(20_000, 1 << 23, items=0),)
    assert habit.unpack(None) == ()
