"""Pieces of prints, by which near ones are found without comparing each with all.

In: a 64-bit print (dedup/fingerprint.py makes them). Out: its pieces, and what a piece of a near print may look like.
Used by dedup/neighbourhood.py for what is on its way, and by store/prints.py for what is stored.

A print is cut into four pieces of 16 bits. Two prints with at most seven differing bits have a piece with at most one
of them, so looking under every piece as it is and with each bit flipped finds all of them.
"""

from __future__ import annotations

COUNT = 4
BITS = 16
MASK = (1 << BITS) - 1

#: Prints with more differing bits may not be found.
FARTHEST = 2 * COUNT - 1

#: What a piece of a near print may differ in: nothing, or one bit.
FLIPS = (0, *(1 << bit for bit in range(BITS)))


def of(print_: int) -> tuple[int, int, int, int]:
    """The pieces of a print, the lowest bits first."""
    return print_ & MASK, print_ >> BITS & MASK, print_ >> 2 * BITS & MASK, print_ >> 3 * BITS


def alike(one: int, other: int) -> bool:
    """True for two prints with few enough differing bits that they are sure to be found."""
    return (one ^ other).bit_count() <= FARTHEST
