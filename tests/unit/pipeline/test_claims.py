from __future__ import annotations

import asyncio

import pytest

from aggregator.pipeline import claims as module
from aggregator.pipeline.claims import Claims


async def test_a_document_is_held_by_one_at_a_time_and_the_second_knows() -> None:
    claims, inside, seen = Claims(), 0, []
    since = claims.moment()

    async def work(*names: str) -> None:
        nonlocal inside
        async with claims.hold(names, since) as late:
            inside += 1
            seen.append((late, inside))
            await asyncio.sleep(0.01)
            inside -= 1

    await asyncio.gather(work("a", "b"), work("b", "c"), work("c", "a"))
    assert [alone for _, alone in seen] == [1, 1, 1]
    assert [late for late, _ in seen] == [False, True, True]


async def test_work_that_ended_before_the_claim_but_after_the_look_is_known_too() -> None:
    claims = Claims()
    look = claims.moment()
    async with claims.hold(["a"], look):
        pass
    async with claims.hold(["a"], look) as late:
        assert late
    async with claims.hold(["a"], claims.moment()) as late:
        assert not late


async def test_different_documents_do_not_wait() -> None:
    claims = Claims()
    async with claims.hold(["a"], 0), asyncio.timeout(1):
        async with claims.hold(["b"], 0) as late:
            assert not late
        async with claims.hold([], 0) as late:
            assert not late


async def test_a_failure_gives_the_document_free() -> None:
    claims = Claims()
    with pytest.raises(ValueError, match="bug"):
        async with claims.hold(["a"], 0):
            raise ValueError("bug")
    async with asyncio.timeout(1), claims.hold(["a"], 0) as late:
        assert late


async def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "REMEMBERED", 3)
    claims = Claims()
    for name in "abcde":
        async with claims.hold([name], 0):
            pass
    async with claims.hold(["e"], 0) as late:
        assert late
    async with claims.hold(["a"], 0) as late:
        assert not late
