"""Finding near-duplicates by index: a fingerprint is cut into pieces, and close prints share at least one piece.

A key holds the span of time (two days each), the number of the piece and its 16 bits. Prints with up to three differing
bits always share a piece; looking in three spans finds everything within 48 hours. So the cost of a lookup does
not depend on how much is stored.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from aggregator.store.columns import EPOCH

PIECES = 4
BITS = 16

#: Prints further apart in time than this are never compared.
REACH = timedelta(hours=48)


def stored(fingerprint: int, at: datetime) -> Iterator[int]:
    """The keys under which an article is kept."""
    return _keys(fingerprint, (at - EPOCH) // REACH)


def wanted(fingerprint: int, at: datetime) -> Iterator[int]:
    """The keys under which every article that shares a piece and lies within REACH of `at` is kept."""
    span = (at - EPOCH) // REACH
    for near in (span - 1, span, span + 1):
        yield from _keys(fingerprint, near)


def close(one: int, at: datetime, other: int, then: datetime) -> bool:
    """True for two prints that the index is sure to bring together."""
    return (one ^ other).bit_count() < PIECES and abs(at - then) <= REACH


def _keys(fingerprint: int, span: int) -> Iterator[int]:
    for piece in range(PIECES):
        bits = fingerprint >> (piece * BITS) & 0xFFFF
        yield (span * PIECES + piece) << BITS | bits
