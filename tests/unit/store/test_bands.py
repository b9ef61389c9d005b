from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from aggregator.dedup import fingerprint
from aggregator.store import bands
from tests.support.writes import NOW

PRINTS = st.integers(0, (1 << 64) - 1)


@given(PRINTS, st.sets(st.integers(0, 63), max_size=7), st.integers(-48 * 3600, 48 * 3600), st.integers(0, 8 * 86400))
def test_close_prints_always_meet(one: int, flipped: set[int], apart: int, start: int) -> None:
    other = one
    for bit in flipped:
        other ^= 1 << bit
    at = NOW + timedelta(seconds=start)
    then = at + timedelta(seconds=apart)
    assert bands.close(one, at, other, then)
    assert not set(bands.stored(one, at)).isdisjoint(bands.wanted(other, then))


@given(PRINTS)
def test_far_times_never_meet(one: int) -> None:
    assert set(bands.stored(one, NOW)).isdisjoint(bands.wanted(one, NOW + timedelta(days=6)))


def test_what_is_looked_for_covers_what_counts_as_near() -> None:
    assert fingerprint.NEAR <= bands.FARTHEST
    assert not bands.close(0, NOW, 0xFF, NOW)
    assert not bands.close(0, NOW, 0, NOW + timedelta(hours=48, seconds=1))


def test_keys_of_different_pieces_differ() -> None:
    assert len(set(bands.stored(0, NOW))) == 4
    assert len(set(bands.wanted(0, NOW))) == 2 * 4 * 17
