from __future__ import annotations

from datetime import MAXYEAR, UTC, datetime

from aggregator.pipeline import update


def test_times_in_the_log_are_local_and_end_at_the_second() -> None:
    at = datetime(2026, 11, 23, 2, 0, 7, 123456, tzinfo=UTC)
    told = update._told(at)
    assert told is not None
    assert datetime.fromisoformat(told) == at.replace(microsecond=0)
    assert told == at.astimezone().isoformat(timespec="seconds")
    assert [update._told(none) for none in (None, datetime(MAXYEAR, 1, 1, tzinfo=UTC))] == [None, None]
