from __future__ import annotations

import asyncio

from aggregator.pipeline.claims import Claims


async def test_a_document_is_held_by_one_at_a_time_and_the_second_knows_that_it_waited() -> None:
    claims, inside, seen = Claims(), 0, []

    async def work(*names: str) -> None:
        nonlocal inside
        async with claims.hold(names) as waited:
            inside += 1
            seen.append((waited, inside))
            await asyncio.sleep(0.01)
            inside -= 1

    await asyncio.gather(work("a", "b"), work("b", "c"), work("c", "a"))
    assert [alone for _, alone in seen] == [1, 1, 1]
    assert [waited for waited, _ in seen] == [False, True, True]


async def test_different_documents_do_not_wait() -> None:
    claims = Claims()
    async with claims.hold(["a"]), asyncio.timeout(1):
        async with claims.hold(["b"]) as waited:
            assert not waited
        async with claims.hold([]) as waited:
            assert not waited


async def test_a_failure_gives_the_document_free() -> None:
    claims = Claims()
    try:
        async with claims.hold(["a"]):
            raise ValueError
    except ValueError:
        pass
    async with asyncio.timeout(1), claims.hold(["a"]) as waited:
        assert not waited
