from __future__ import annotations

from datetime import UTC, date, datetime

from aggregator.models import Neighbour, StoryKey
from aggregator.pipeline.arrivals import Arrivals


def neighbour(title: str) -> Neighbour:
    return Neighbour(StoryKey(title, date(2026, 11, 23)), title, datetime(2026, 11, 23, tzinfo=UTC), None, 0)


def test_groups_on_their_way_see_each_other_and_not_themselves() -> None:
    arrivals, one, two = Arrivals(), [neighbour("one")], [neighbour("two")]
    with arrivals.announce(one) as others_of_one:
        assert others_of_one() == []
        with arrivals.announce(two) as others_of_two:
            assert (others_of_one(), others_of_two()) == (two, one)
        assert others_of_one() == []
    with arrivals.announce(two) as others_of_two:
        assert others_of_two() == []


def test_a_group_that_was_on_its_way_at_the_begin_stays_in_sight() -> None:
    arrivals, one, two = Arrivals(), [neighbour("same")], [neighbour("same")]
    first = arrivals.announce(one)
    first.__enter__()
    with arrivals.announce(two) as others_of_two:
        first.__exit__(None, None, None)  # committed after the second group read the store, perhaps
        assert others_of_two() == one
