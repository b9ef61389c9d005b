from __future__ import annotations

import random
from datetime import UTC, date, datetime

import pytest

from aggregator.dedup import fingerprint
from aggregator.dedup.neighbourhood import Neighbourhood
from aggregator.kit import text
from aggregator.models import Neighbour, StoryKey


def neighbour(title: str, print_: int | None = None) -> Neighbour:
    return Neighbour(StoryKey(title, date(2026, 11, 23)), title, datetime(2026, 11, 23, tzinfo=UTC), print_, 100)


def test_by_title_also_of_stories_that_were_split() -> None:
    one, split, other = neighbour("a"), neighbour(f"a{text.SPLIT_MARK}00ff"), neighbour("b")
    assert Neighbourhood([one, split, other]).around("a", None) == [one, split]


def test_every_near_print_is_found() -> None:
    chance = random.Random(7)
    for _ in range(300):
        base = chance.getrandbits(64)
        near = base
        for bit in chance.sample(range(64), fingerprint.NEAR):
            near ^= 1 << bit
        far = neighbour("far", base ^ (1 << 64) - 1)
        met = Neighbourhood([neighbour("near", near), far]).around("x", base)
        assert {one.title for one in met} == {"near"}


def test_what_is_taken_out_is_gone_and_its_equal_stays() -> None:
    one, twin = neighbour("a", 5), neighbour("a", 5)
    near_by = Neighbourhood([one, twin])
    near_by.remove([one])
    assert all(found is twin for found in near_by.around("a", 5))
    near_by.remove([twin])
    assert near_by.around("a", 5) == []
    with pytest.raises(KeyError):
        near_by.remove([twin])
