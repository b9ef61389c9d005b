from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from aggregator.fetch.polite import Pace

START = datetime(2026, 8, 1, 9, 30, tzinfo=UTC)


class Clock:
    """A clock that tests set."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **span: float) -> None:
        self.now += timedelta(**span)


async def crowd(pace: Pace, host: str, count: int, *, spacing: float | None = None) -> list[float]:
    """Start times of `count` short requests that were wanted at once."""
    starts: list[float] = []

    async def one() -> None:
        async with pace.turn(host, None if spacing is None else timedelta(seconds=spacing)):
            starts.append(asyncio.get_running_loop().time())

    await asyncio.gather(*(one() for _ in range(count)))
    return starts


@pytest.mark.parametrize(("hosts", "most"), [(1, 2), (2, 4), (5, 5)])
async def test_how_many_at_once(hosts: int, most: int) -> None:
    pace, under_way, peak = Pace(per_host=2, total=5), 0, 0

    async def one(host: str) -> None:
        nonlocal under_way, peak
        async with pace.turn(host):
            under_way += 1
            peak = max(peak, under_way)
            await asyncio.sleep(0.01)
            under_way -= 1

    await asyncio.gather(*(one(f"host{number % hosts}") for number in range(20)))
    assert peak == most


async def test_spacing_between_starts() -> None:
    starts = await crowd(Pace(per_host=4), "a", 4, spacing=0.03)
    assert all(after - before > 0.028 for before, after in pairwise(starts))


async def test_spacing_holds_although_all_waited_for_the_overall_slot() -> None:
    pace = Pace(per_host=4, total=1)

    async def hog() -> None:
        async with pace.turn("other"):
            await asyncio.sleep(0.1)

    busy = asyncio.create_task(hog())
    await asyncio.sleep(0)
    starts = await crowd(pace, "a", 3, spacing=0.03)
    await busy
    assert all(after - before > 0.028 for before, after in pairwise(starts))


async def test_hosts_do_not_wait_for_each_other() -> None:
    pace = Pace(per_host=1)
    loop = asyncio.get_running_loop()
    started = loop.time()
    await asyncio.gather(*(crowd(pace, host, 2, spacing=0.05) for host in "abcdef"))
    assert loop.time() - started < 0.25  # one after the other: 0.3


async def test_turns_come_back_after_errors_and_cancellation() -> None:
    pace = Pace(per_host=1, total=1)
    with pytest.raises(RuntimeError):
        async with pace.turn("a"):
            raise RuntimeError
    async with pace.turn("a"):
        waiting = [asyncio.create_task(crowd(pace, host, 1)) for host in ("a", "b")]
        await asyncio.sleep(0.01)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
    async with asyncio.timeout(1):
        for host in ("a", "b"):
            await crowd(pace, host, 1)


async def test_pause() -> None:
    clock = Clock()
    pace = Pace(clock=clock)
    assert pace.paused_until("a") is None
    pace.pause("a", START + timedelta(seconds=60))
    pace.pause("a", START + timedelta(seconds=30))  # the longer one holds
    assert pace.paused_until("a") == START + timedelta(seconds=60)
    assert pace.paused_until("b") is None
    clock.forward(seconds=60)
    assert pace.paused_until("a") is None


async def test_refusals_without_a_time_double_up_to_half_an_hour() -> None:
    clock = Clock()
    pace = Pace(clock=clock)
    waits = []
    for _ in range(9):
        until = pace.penalise("a")
        waits.append((until - clock.now).total_seconds())
        clock.now = until
    assert waits == [30, 60, 120, 240, 480, 960, 1800, 1800, 1800]


async def test_a_stated_time_is_taken_at_its_word() -> None:
    clock = Clock()
    pace = Pace(clock=clock)
    assert pace.penalise("a", timedelta(days=2)) == START + timedelta(days=2)
    clock.forward(days=2)
    assert pace.penalise("a", timedelta(seconds=5)) == clock.now + timedelta(seconds=5)


async def test_several_answers_under_way_are_one_refusal() -> None:
    clock = Clock()
    pace = Pace(clock=clock)
    assert pace.penalise("a") == pace.penalise("a") == START + timedelta(seconds=30)
    clock.forward(seconds=31)
    assert pace.penalise("a") == clock.now + timedelta(seconds=60)


async def test_a_good_answer_forgives_but_ends_no_pause() -> None:
    clock = Clock()
    pace = Pace(clock=clock)
    pace.penalise("a")
    pace.forgive("a")  # came from a request that was under way
    assert pace.paused_until("a") is not None
    clock.forward(seconds=31)
    pace.forgive("a")
    assert pace.penalise("a") == clock.now + timedelta(seconds=30)


async def test_refusals_that_look_like_good_answers_double_too() -> None:
    clock = Clock()
    pace = Pace(clock=clock)
    waits = []
    for _ in range(3):
        pace.forgive("a")  # its status was good
        until = pace.penalise("a", disguised=True)
        waits.append((until - clock.now).total_seconds())
        clock.now = until
    assert waits == [30, 60, 120]
    for _ in range(2):  # these were good indeed
        pace.forgive("a")
    assert pace.penalise("a", disguised=True) == clock.now + timedelta(seconds=30)


async def test_a_paused_host_is_let_through_at_once_so_that_the_caller_can_give_up() -> None:
    pace = Pace(spacing=timedelta(seconds=10))
    async with pace.turn("a"):
        pass
    pace.pause("a", datetime.now(UTC) + timedelta(seconds=60))
    async with asyncio.timeout(1), pace.turn("a"):
        assert pace.paused_until("a")


async def test_idle_hosts_are_forgotten_and_punished_ones_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    pace = Pace()
    pace.penalise("punished", timedelta(days=1))
    for number in range(2500):
        pace.pause(f"host{number}", START)
    assert len(pace._hosts) <= 1001
    assert pace.paused_until("punished")
