from __future__ import annotations

import asyncio

from aggregator.work.room import Room


async def fetch(room: Room, done: list[str], name: str, holds: asyncio.Event | None = None) -> None:
    async with room.fetching():
        done.append(name)
        if holds:
            await holds.wait()


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_fetching_waits_while_much_waits_for_work_and_goes_on_in_its_order() -> None:
    room, done = Room(100, usual=10), list[str]()
    room.take(250)
    tasks = [asyncio.create_task(fetch(room, done, name)) for name in "abc"]
    await settle()
    room.free(150)
    await settle()
    assert not done
    room.free(1)
    await asyncio.gather(*tasks)
    assert done == ["a", "b", "c"]


async def test_what_is_on_its_way_takes_room_too() -> None:
    room, done, holds = Room(100, usual=50), list[str](), asyncio.Event()
    tasks = [asyncio.create_task(fetch(room, done, name, holds)) for name in "abc"]
    await settle()
    assert done == ["a", "b"]
    holds.set()
    await asyncio.gather(*tasks)
    assert done == ["a", "b", "c"]


async def test_one_that_is_heavier_than_all_room_does_not_stop_it() -> None:
    room, done = Room(100, usual=10), list[str]()
    room.take(1000)
    room.free(1000)
    await asyncio.wait_for(fetch(room, done, "a"), 5)


async def test_who_is_cancelled_keeps_no_room() -> None:
    room, done = Room(10, usual=10), list[str]()
    room.take(10)
    waiting = [asyncio.create_task(fetch(room, done, name)) for name in "ab"]
    await settle()
    waiting[0].cancel()
    room.free(10)  # for b: a waits no longer, and does not know yet
    waiting[1].cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    await asyncio.wait_for(fetch(room, done, "c"), 5)
    assert done == ["c"]
