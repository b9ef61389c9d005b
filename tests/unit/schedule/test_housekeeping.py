from __future__ import annotations

from datetime import UTC, datetime, timedelta

from aggregator.schedule import housekeeping

NOW = datetime(2026, 11, 23, tzinfo=UTC)


class Shrinking:
    """Holds a number of old revisions."""

    def __init__(self, old: int) -> None:
        self.old = old
        self.asked: list[datetime] = []

    async def prune(self, before: datetime, limit: int = 500) -> int:
        self.asked.append(before)
        gone = min(self.old, limit)
        self.old -= gone
        return gone


async def test_all_old_text_goes_in_pieces() -> None:
    store = Shrinking(1200)
    assert await housekeeping.prune(store.prune, timedelta(days=365), NOW) == 1200
    assert set(store.asked) == {NOW - timedelta(days=365)}
    assert len(store.asked) == 4


async def test_without_a_bound_nothing_is_touched() -> None:
    store = Shrinking(5)
    assert await housekeeping.prune(store.prune, None, NOW) == 0
    assert store.asked == []
