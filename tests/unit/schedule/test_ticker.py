from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

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
