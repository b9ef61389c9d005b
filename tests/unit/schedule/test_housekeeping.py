from __future__ import annotations

from collections.abc import Sequence

from aggregator.schedule import housekeeping


async def test_what_may_go_goes_piece_by_piece() -> None:
    asked: list[Sequence[int]] = []

    async def doomed() -> list[list[int]]:
        return [[1, 2], [3]]

    async def let_go(some: Sequence[int]) -> int:
        asked.append(some)
        return len(some)

    assert await housekeeping.prune(doomed, let_go) == 3
    assert asked == [[1, 2], [3]]
