from __future__ import annotations

import asyncio
import time
from datetime import datetime, timedelta, tzinfo
from typing import Self

import pytest
from apscheduler.schedulers import base

from aggregator.errors import StoreError
from aggregator.schedule import ticker as ticking
from aggregator.schedule.ticker import Look, Ticker

OFTEN = timedelta(milliseconds=20)


async def test_a_look_is_taken_at_once_and_again_but_never_twice_at_a_time() -> None:
    running, most, count = 0, 0, 0

    async def look() -> None:
        nonlocal running, most, count
        running, count = running + 1, count + 1
        most = max(most, running)
        await asyncio.sleep(0.05)
        running -= 1

    ticker = Ticker([Look("look", OFTEN, look)])
    ticker.start()
    await asyncio.sleep(0.3)
    await ticker.stop()
    assert count >= 2
    assert most == 1


async def test_a_failing_look_is_taken_again(capsys: pytest.CaptureFixture[str]) -> None:
    count = 0

    async def look() -> None:
        nonlocal count
        count += 1
        raise ValueError("broken look")

    ticker = Ticker([Look("look", OFTEN, look)])
    ticker.start()
    await asyncio.sleep(0.2)
    await ticker.stop()
    assert count >= 2


async def test_a_failure_that_goes_on_is_told_once_a_minute_and_another_one_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[str] = []
    monkeypatch.setattr(ticking.log, "error", lambda _event, **facts: told.append(facts["problem"]))
    now = 1_000.0
    monkeypatch.setattr(ticking.time, "monotonic", lambda: now)
    problem = ""

    async def look() -> None:
        raise StoreError(problem)

    ticker = Ticker([failing := Look("look", OFTEN, look)])
    for now, problem in ((1_000, "away"), (1_001, "away"), (1_059, "away"), (1_060, "away"), (1_061, "full")):  # noqa: B007
        await ticker._take(failing)
    assert told == ["away", "away", "full"]


async def test_a_stop_lets_looks_end() -> None:
    ended = False

    async def look() -> None:
        nonlocal ended
        await asyncio.sleep(0.1)
        ended = True

    ticker = Ticker([Look("look", timedelta(hours=1), look)])
    ticker.start()
    await asyncio.sleep(0.03)
    await ticker.stop()
    assert ended


async def test_looks_go_on_when_the_clock_is_set_back(monkeypatch: pytest.MonkeyPatch) -> None:
    count, behind, true_time = 0, timedelta(), time.time

    class Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            return super().now(tz) - behind

    async def look() -> None:
        nonlocal count
        count += 1

    monkeypatch.setattr(base, "datetime", Clock)
    monkeypatch.setattr(ticking, "datetime", Clock)
    monkeypatch.setattr(ticking, "WATCH", 0.05)
    monkeypatch.setattr(ticking.time, "time", lambda: true_time() - behind.total_seconds())
    ticker = Ticker([Look("look", OFTEN, look)])
    ticker.start()
    await asyncio.sleep(0.2)
    behind, before = timedelta(hours=1), count
    await asyncio.sleep(0.5)
    await ticker.stop()
    assert count > before + 3
