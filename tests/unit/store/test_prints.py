from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.dedup import fingerprint
from aggregator.kit import pieces
from aggregator.store import Store, prints
from tests.support.stores import statements
from tests.support.writes import NOW, article, plan, write

PRINTS = st.integers(0, (1 << 64) - 1)
DAY = timedelta(days=1)


@given(PRINTS, st.sets(st.integers(0, 63), max_size=7), st.lists(PRINTS, max_size=20))
def test_close_prints_always_meet(one: int, flipped: set[int], others: list[int]) -> None:
    other = one
    for bit in flipped:
        other ^= 1 << bit
    index = prints.Index()
    index.add([(7, other), *enumerate(others, 100)])
    found = set(index.near(one))
    assert 7 in found
    assert found - {7} == {number for number, its in enumerate(others, 100) if pieces.alike(one, its)}


@given(PRINTS, st.sets(st.integers(0, 63), min_size=8, max_size=64))
def test_other_prints_never_meet(one: int, flipped: set[int]) -> None:
    other = one
    for bit in flipped:
        other ^= 1 << bit
    index = prints.Index()
    index.add([(1, other)])
    assert index.near(one) == []


@given(st.integers(-48 * 3600, 48 * 3600), st.integers(0, 8 * 86400))
def test_everything_within_reach_lies_in_two_spans(apart: int, start: int) -> None:
    at = NOW + timedelta(seconds=start)
    assert prints.span(at + timedelta(seconds=apart)) in prints.spans(at)
    assert prints.span(at + 6 * DAY) not in prints.spans(at)
    assert len(prints.spans(at)) == 2


def test_what_is_looked_for_covers_what_counts_as_near() -> None:
    assert fingerprint.NEAR <= pieces.FARTHEST
    assert not prints.close(0, NOW, 0xFF, NOW)
    assert not prints.close(0, NOW, 0, NOW + timedelta(hours=48, seconds=1))


def _near(store: Store, print_: int) -> list[str]:
    return [found.title for found in store.articles.neighbours([], [(print_, NOW)])]


def test_what_others_store_later_is_found_and_what_changed_is_not(store: Store) -> None:
    assert _near(store, 1) == []
    with type(store)(type(store._engine)(store.path), store.url) as other:
        other.articles.commit([plan(write(article("x"), fingerprint=1))], NOW)
        assert _near(store, 1) == ["x的标题"]
        other.articles.commit([plan(write(article("x", text="新"), fingerprint=1 << 63 | 0xFFFF))], NOW)
    assert _near(store, 1) == []
    assert _near(store, 1 << 63 | 0xFFFF) == ["x的标题"]


def test_old_days_are_read_when_they_are_asked_for_and_memory_is_bounded(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    then = NOW - 100 * DAY
    old = article("old", published=then)
    store.articles.commit([plan(write(old, fingerprint=1)), plan(write(article("x"), fingerprint=1))], NOW)
    assert _near(store, 1) == ["x的标题"]
    monkeypatch.setattr(prints, "MOST", 0)
    for _ in range(3):
        assert [found.title for found in store.articles.neighbours([], [(1, then)])] == ["old的标题"]
        assert _near(store, 1) == ["x的标题"]
    assert len(store.articles._prints._index) <= 2  # twice what the days that are asked for hold


def test_days_with_more_prints_than_the_bound_are_not_read_anew_each_time(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prints, "MOST", 10)
    store.articles.commit([plan(*(write(article(f"n{n}"), fingerprint=n << 8) for n in range(40)))], NOW)
    for _ in range(3):
        store.articles.neighbours([], [(0, NOW)])
    with statements(store) as told:
        for number in range(20):
            assert store.articles.neighbours([], [(number << 8, NOW)])
    assert not [sql for sql in told if '"print"' in sql]
