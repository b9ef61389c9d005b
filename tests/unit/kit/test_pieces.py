from __future__ import annotations

import random

import pytest

from aggregator.kit import pieces


def found(one: int, other: int) -> bool:
    pairs = zip(pieces.of(one), pieces.of(other), strict=True)
    return any(mine ^ flip == theirs for mine, theirs in pairs for flip in pieces.FLIPS)


def test_pieces_are_the_whole_print() -> None:
    low, second, third, high = pieces.of(0xAAAA_BBBB_CCCC_DDDD)
    assert (low, second, third, high) == (0xDDDD, 0xCCCC, 0xBBBB, 0xAAAA)


@pytest.mark.parametrize("apart", range(pieces.FARTHEST + 1))
def test_prints_that_are_alike_are_found_by_a_piece(apart: int) -> None:
    chance = random.Random(apart)
    for _ in range(200):
        one = chance.getrandbits(64)
        other = one
        for bit in chance.sample(range(64), apart):
            other ^= 1 << bit
        assert pieces.alike(one, other)
        assert found(one, other)


def test_prints_further_apart_are_not_alike_and_may_be_missed() -> None:
    far = 0x0003_0003_0003_0003  # two bits in every piece
    assert not pieces.alike(0, far)
    assert not found(0, far)
