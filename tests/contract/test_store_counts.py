"""Counts for pages: stories per Beijing day, mentions of an instrument, what to filter by."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from aggregator.models import Found, Mentions, Symbol
from aggregator.store import Store, counts, tags
from tests.support.writes import MINUTE, NOW, article, plan

DAY = timedelta(days=1)
MOBILE = Symbol("600941.SH", Found.MARKUP, "sh600941", "中国移动")
OTHER = Symbol("600000.SH", Found.MARKUP, "sh600000", "样例银行")
THIRD = Symbol("AAPL.US", Found.PROSE, "AAPL")


def fill(store: Store) -> None:
    """Four stories of three days, one of them from two outlets."""
    told = plan(
        article("a", symbols=(MOBILE, OTHER), categories=("公司",)),
        article("b", symbols=(MOBILE, OTHER, THIRD), published=NOW - DAY, categories=("公司", "海外")),
        article("b", entry_id="b2", url="https://b.example/", symbols=(MOBILE,), published=NOW - DAY, outlet="乙报"),
        article("c", symbols=(OTHER,), published=NOW - 13 * 60 * MINUTE),
        article("d", published=NOW - 400 * DAY, symbols=(MOBILE,)),
    )
    store.articles.commit([told], NOW)


def test_stories_are_counted_by_beijing_day(store: Store) -> None:
    fill(store)
    # Noon in Beijing less thirteen hours is the evening before.
    assert store.counts.per_day(NOW - 2 * DAY, NOW) == {date(2026, 8, 1): 1, date(2026, 7, 31): 2}
    assert store.counts.per_day(NOW, NOW + DAY) == {}


def test_mentions_of_an_instrument(store: Store) -> None:
    fill(store)
    assert store.counts.mentions("600941.SH", NOW - 365 * DAY, 5) == Mentions(
        "中国移动",
        {date(2026, 8, 1): 1, date(2026, 7, 31): 1},  # two articles, one story
        (("600000.SH", "样例银行", 2), ("AAPL.US", None, 1)),
        4,
    )
    assert store.counts.mentions("600941.SH", NOW - 365 * DAY, 1).beside == (("600000.SH", "样例银行", 2),)
    assert store.counts.mentions("000000.SH", NOW - 365 * DAY, 5) == Mentions()


def test_no_more_is_read_than_stated(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counts, "MENTIONS", 1)
    monkeypatch.setattr(counts, "COMPANY", 1)
    fill(store)
    found = store.counts.mentions("600941.SH", NOW - 500 * DAY, 5)
    assert (found.articles, sum(found.days.values())) == (1, 1)


def test_what_to_filter_by(store: Store) -> None:
    assert store.counts.recent(tags.OUTLET, 5) == []
    fill(store)
    assert store.counts.recent(tags.OUTLET, 5) == ["示例日报", "乙报"]
    assert store.counts.recent(tags.OUTLET, 1) == ["示例日报"]
    assert store.counts.recent(tags.CATEGORY, 5) == ["公司", "海外"]
