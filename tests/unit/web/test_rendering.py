"""Documents made when asked for: how often they are made, what is kept, who is told to wait."""

from __future__ import annotations

import asyncio

import pytest
from starlette.exceptions import HTTPException

from aggregator.web import browsing
from aggregator.web.rendering import Made, Renderings


class Kitchen:
    """Makes documents; counts them, and waits where told to."""

    def __init__(self) -> None:
        self.made = 0
        self.at_once = self.most_at_once = 0
        self.goes = asyncio.Event()
        self.goes.set()
        self.body = b"x" * 1_000
        self.fresh: float | None = None

    async def __call__(self) -> Made | None:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await self.goes.wait()
        self.at_once -= 1
        self.made += 1
        return Made(self.body, "text/plain", "no-cache", fresh=self.fresh)


class Versions:
    """What the store stands at."""

    now = 0

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def versions() -> Versions:
    return Versions()


def _renderings(versions: Versions, **bounds: int) -> Renderings:
    return Renderings(versions, lambda: "https://news.example.org", **bounds)


async def test_one_that_stands_is_made_once(versions: Versions) -> None:
    renderings, make = _renderings(versions), Kitchen()
    first = await renderings.get("a", make)
    assert await renderings.get("a", make) is first
    assert make.made == 1
    versions.now = 1
    second = await renderings.get("a", make)
    assert (make.made, second.tag, second.modified) == (2, first.tag, first.modified)


async def test_another_state_never_has_the_date_of_the_one_before(versions: Versions) -> None:
    renderings, make = _renderings(versions), Kitchen()
    dates = []
    for number in range(3):
        versions.now, make.body = number, b"%d" % number
        dates.append(int((await renderings.get("a", make)).modified.timestamp()))
    assert dates == sorted(set(dates))


async def test_one_that_does_not_stay_fresh_is_made_again(versions: Versions) -> None:
    renderings, make = _renderings(versions), Kitchen()
    make.fresh = 0.0
    await renderings.get("a", make)
    await renderings.get("a", make)
    assert make.made == 2
    make.fresh = 3_600.0
    await renderings.get("a", make)
    await renderings.get("a", make)
    assert make.made == 3


async def test_many_that_ask_the_same_get_it_once_also_when_the_first_gives_up(versions: Versions) -> None:
    renderings, make = _renderings(versions), Kitchen()
    make.goes.clear()
    asking = [asyncio.create_task(renderings.get("a", make)) for _ in range(200)]
    while not make.at_once:
        await asyncio.sleep(0)
    asking[0].cancel()
    make.goes.set()
    found = await asyncio.gather(*asking[1:])
    assert len({id(one) for one in found}) == make.made == 1


async def test_a_flood_of_questions_is_told_to_wait(versions: Versions) -> None:
    renderings, make = _renderings(versions, at_once=2, waiting=3), Kitchen()
    make.goes.clear()
    asking = [asyncio.create_task(renderings.get(str(number), make)) for number in range(5)]
    while make.at_once < 2:
        await asyncio.sleep(0)
    with pytest.raises(HTTPException) as refused:
        await renderings.get("one more", make)
    assert (refused.value.status_code, refused.value.headers) == (503, {"Retry-After": "5"})
    make.goes.set()
    await asyncio.gather(*asking)
    assert (make.made, make.most_at_once) == (5, 2)
    await renderings.get("one more", make)


async def test_what_is_kept_is_bounded_and_the_oldest_goes(versions: Versions) -> None:
    make = Kitchen()
    renderings = _renderings(versions)
    size = (await renderings.get("a", make)).size
    renderings = _renderings(versions, most_bytes=3 * size)
    for key in ("a", "b", "c", "a", "d"):
        await renderings.get(key, make)
    before = make.made
    await renderings.get("a", make)
    assert make.made == before
    await renderings.get("b", make)
    assert make.made == before + 1


async def test_a_failure_is_told_and_not_kept(versions: Versions) -> None:
    renderings, make = _renderings(versions), Kitchen()

    async def fails() -> Made | None:
        raise OSError("disk")

    async def none() -> Made | None:
        return None

    with pytest.raises(OSError, match="disk"):
        await renderings.get("a", fails)
    with pytest.raises(HTTPException) as missing:
        await renderings.get("a", none)
    assert missing.value.status_code == 404
    assert isinstance(await renderings.get("a", make), browsing.Document)
