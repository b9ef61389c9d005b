"""Finding near-duplicates by index: a fingerprint is cut into pieces, and close prints have nearly the same piece.

An article is kept under four keys, each the span of time it lies in, the number of a piece and the 16 bits of it.
Two prints with at most seven differing bits have a piece with at most one of them, so looking under every piece as it
is and with each bit flipped finds all of them. The cost of a look-up does not depend on how much is stored.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from aggregator.store.columns import EPOCH

PIECES = 4
BITS = 16

#: Prints with more differing bits are not found.
FARTHEST = 2 * PIECES - 1

#: Prints further apart in time than this are never compared.
REACH = timedelta(hours=48)

#: Wide enough that everything within REACH of an instant lies in two spans.
_SPAN = 2 * REACH

_VARIANTS = (0, *(1 << bit for bit in range(BITS)))


def stored(fingerprint: int, at: datetime) -> Iterator[int]:
    """The keys under which an article is kept."""
    span = (at - EPOCH) // _SPAN
    for piece, bits in enumerate(_pieces(fingerprint)):
        yield _key(span, piece, bits)


def wanted(fingerprint: int, at: datetime) -> Iterator[int]:
    """The keys under which every article within REACH of `at` and FARTHEST of the print is kept, among others."""
    spans = {(at - REACH - EPOCH) // _SPAN, (at + REACH - EPOCH) // _SPAN}
    for span in spans:
        for piece, bits in enumerate(_pieces(fingerprint)):
            exact = _key(span, piece, bits)
            yield from [exact ^ variant for variant in _VARIANTS]


def alike(one: int, other: int) -> bool:
    """True for two prints with few enough differing bits."""
    return (one ^ other).bit_count() <= FARTHEST


def close(one: int, at: datetime, other: int, then: datetime) -> bool:
    """True for two prints that the index is sure to bring together."""
    return alike(one, other) and abs(at - then) <= REACH


def _pieces(fingerprint: int) -> Iterator[int]:
    return (fingerprint >> (piece * BITS) & 0xFFFF for piece in range(PIECES))


def _key(span: int, piece: int, bits: int) -> int:
    return (span * PIECES + piece) << BITS | bits
