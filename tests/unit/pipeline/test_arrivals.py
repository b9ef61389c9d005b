from __future__ import annotations

from datetime import UTC, date, datetime

from aggregator.models import Neighbour, StoryKey
from aggregator.pipeline.arrivals import Arrivals


def neighbour(title: str, fingerprint: int | None = None) -> Neighbour:
    at = datetime(2026, 11, 23, tzinfo=UTC)
    return Neighbour(StoryKey(title, date(2026, 11, 23)), title, at, fingerprint, 0)


def test_groups_on_their_way_see_each_other_and_not_themselves() -> None:
    arrivals, one, two = Arrivals(), [neighbour("same")], [neighbour("same")]
    with arrivals.announce(one) as around_one:
        assert around_one("same", None) == []
        with arrivals.announce(two) as around_two:
            assert (around_one("same", None), around_two("same", None)) == (two, one)
            assert around_one("other", None) == []
    with arrivals.announce(two) as around_two:
        assert around_two("same", None) == []


def test_prints_that_differ_in_few_bits_meet() -> None:
    arrivals = Arrivals()
    with arrivals.announce([neighbour("one", 0)]) as _, arrivals.announce([neighbour("two", 0b111 << 30)]) as around:
        assert {one.title for one in around("two", 0b111 << 30)} == {"one"}


def test_a_group_that_was_on_its_way_at_the_begin_stays_in_sight() -> None:
    arrivals, one, two = Arrivals(), [neighbour("same")], [neighbour("same")]
    first = arrivals.announce(one)
    first.__enter__()
    with arrivals.announce(two) as around_two:
        first.__exit__(None, None, None)  # committed after the second group read the store, perhaps
        assert around_two("same", None) == one
    with arrivals.announce([]) as around:
        assert around("same", None) == []


def test_a_group_that_came_and_went_stays_in_sight_of_an_older_one() -> None:
    arrivals, two = Arrivals(), [neighbour("same")]
    with arrivals.announce([neighbour("same")]) as around_one, arrivals.announce([neighbour("same")]) as around_three:
        with arrivals.announce(two):
            pass
        assert any(one is two[0] for one in around_one("same", None))  # it may have read the store before
        assert any(one is two[0] for one in around_three("same", None))
    with arrivals.announce([]) as around:
        assert around("same", None) == []
