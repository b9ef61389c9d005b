from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from aggregator.models import Retry
from aggregator.pipeline import upgrade

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


def row(attempts: int, age: timedelta) -> Retry:
    return Retry(1, "https://news.example/1", attempts, since=NOW - age, next_at=NOW, reason="answered 500")


@pytest.mark.parametrize(("attempts", "minutes"), [(0, 5), (1, 10), (3, 40), (7, 360), (60, 360)])
def test_the_wait_doubles_up_to_six_hours(attempts: int, minutes: int) -> None:
    later = upgrade.postponed(row(attempts, timedelta()), "answered 500", NOW)
    assert (later.attempts, later.next_at) == (attempts + 1, NOW + timedelta(minutes=minutes))


def test_the_origins_own_wait_binds() -> None:
    later = upgrade.postponed(row(0, timedelta()), "answered 503", NOW, least=timedelta(hours=9))
    assert later.next_at == NOW + timedelta(hours=9)


def test_a_page_is_given_up_after_three_days_of_trying_but_not_for_days_off() -> None:
    tried, off = row(12, timedelta(days=4)), row(1, timedelta(days=4))
    assert upgrade.postponed(tried, "answered 500", NOW).next_at is None
    assert upgrade.postponed(off, "answered 500", NOW).next_at is not None
    assert upgrade.postponed(row(12, timedelta(days=2)), "answered 500", NOW).next_at is not None


def test_every_reason_is_noted_with_how_often_and_when() -> None:
    item = row(0, timedelta())
    reasons = ["answered 500", "answered 500", "timed out", "answered 500"]
    for minute, reason in enumerate(reasons):
        item = upgrade.postponed(item, reason, NOW + timedelta(minutes=minute))
    assert [(one.reason, one.count) for one in item.history] == [
        ("answered 500", 2),
        ("timed out", 1),
        ("answered 500", 1),
    ]
    assert item.history[0].last - item.history[0].first == timedelta(minutes=1)
    assert (item.attempts, item.reason) == (4, "answered 500")


def test_of_very_many_reasons_the_first_and_the_last_stay() -> None:
    item = row(0, timedelta())
    for number in range(40):
        item = upgrade.postponed(item, f"reason {number}", NOW)
    assert [one.reason for one in item.history] == ["reason 0", *(f"reason {n}" for n in range(29, 40))]
