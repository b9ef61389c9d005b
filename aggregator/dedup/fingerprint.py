"""Fingerprints of texts: 64 bits that differ in few places when two texts differ in few places (simhash).

In: the plain text of an article. Out: an int, and its distance to another. Called by pipeline (new articles),
place and neighbourhood (distance).

Each run of three characters of the folded text is hashed to 64 bits; a bit of the print is set where most hashes have
it set (Charikar 2002). Runs of characters, not words: Chinese has no blanks, and a word-based print sees a headline as
one word. Numbers are counted several times over, because template news differ in little else.

The work is done on all runs at once: characters lie in 64-bit lanes of large integers, every step of the hash is a
multiplication, shift or mask of a whole integer, and the bits are counted by adders made of `^`, `&` and `|`. The
arithmetic is explained in docs/decisions/0602-one-print-for-many-lanes.md.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from aggregator.kit import text

LEAST = 80  #: characters of folded text below which a print says nothing
NEAR = 6  #: greatest distance of near-duplicates; measured, see docs/decisions/0101-near-duplicates.md
REWRITTEN = 2  #: the same, where their titles have little in common
DIFFERENT = 24  #: distance above which two texts clearly have little in common (unrelated ones: 32 on average)
_NUMBER_WEIGHT = 3
_LONGEST = 20_000  # characters looked at; no article is longer, and cost stays bounded
_NUMBER = re.compile(r"\d+(?:\.\d+)?%?")

# Most Chinese news hold nothing but these characters. Folding them is lower case alone, and what text.dense keeps of
# them can be named; a test holds the two side by side.
_UNUSUAL = "[^\\t\\n\\r -~\xa0·‘’“”—…‰　、。〇《》【】一-\u9fff（），：；？！]"
_DENSE = r"[0-9a-z%‰〇一-\u9fff]+|(?<=[0-9])\.(?=[0-9])|[+-](?=[0-9])"
# `[0-9][0-9]*`, not `[0-9]+`: only for a class in front does re skip ahead to where a match can begin.
_PLAIN_NUMBER = re.compile(r"[0-9][0-9]*(?:\.[0-9]+)?%?")

# Odd 40-bit multipliers keep a lane of three 21-bit characters below 64 bits; odd 32-bit ones mix the halves of a lane.
_SPREAD = (0x9E3779B97F, 0xC2B2AE3D27, 0x8D51F3B1A5)
_ROUNDS = ((0x85EBCA6B, 0xC2B2AE35), (0x9E3779B1, 0x27D4EB2F))
_OUTER = _SPREAD[0] << 64 | _SPREAD[2]  # the last character of a run lies one lane above the first
_INNER = _SPREAD[1]
_WORD = (1 << 64) - 1


def fingerprint(words: str) -> int | None:
    """The 64-bit print of a text, None where the text is too short for one."""
    words = words[:_LONGEST]
    unusual, common = _patterns()
    if unusual.search(words):
        dense, number = text.dense(words), _NUMBER
    else:
        dense, number = "".join(common.findall(words.lower())), _PLAIN_NUMBER
    if len(dense) < LEAST:
        return None
    numbers = "|".join(number.findall(dense))
    if numbers:
        dense = "|".join((dense, *([numbers] * (_NUMBER_WEIGHT - 1))))
    runs = len(dense) - 2
    sums = _sums(*_hashes(dense), lanes=runs // 2 + 4)
    turned = _above(sums, runs // 2)
    return (turned >> 32 | turned << 32) & _WORD


def distance(a: int, b: int) -> int:
    """In how many of 64 bits two prints differ."""
    return (a ^ b).bit_count()


def _hashes(dense: str) -> tuple[int, int]:
    """The hashes of the runs that begin at even, and at odd places: 64-bit lanes that begin at bit 32, some of them 0.

    A lane holds the character at an even place in its lower and the next one in its upper half, so that each half
    alone is one character a lane.
    """
    runs = len(dense) - 2
    lower, upper = _halves(1 << (runs // 2 + 4).bit_length())
    chars = int.from_bytes(dense.encode("utf-32-le", "replace"), "little")
    even, odd = chars & lower, chars & upper  # the odd ones are 32 bits up, and so is all that is made of them
    begun_even = (even * _OUTER + odd * (_INNER << 32)) << 32
    begun_odd = odd * _OUTER + even * (_INNER << 32)
    return (
        _mixed(begun_even & _lanes(1, (runs + 1) // 2), lower, upper),
        _mixed(begun_odd & _lanes(1, runs // 2), lower, upper),
    )


def _mixed(lanes: int, lower: int, upper: int) -> int:
    """Mix lanes that begin at bit 32; they come out one lane further up. A lane of 0 stays 0.

    With h and l for the halves of a lane, a round makes it `((h ^ l) * a) ^ (h * b % 2**32 << 32) ^ h`. The lane moves
    up by 32 bits with it: then h lies where it is wanted, and what `h * b` has too much falls where the mask takes it.
    """
    (a, b), (c, d) = _ROUNDS
    moved = lanes << 32
    lanes = ((moved ^ lanes) & lower) * a ^ lanes & lower ^ (moved & upper) * b & upper
    moved = lanes << 32
    return ((moved ^ lanes) & upper) * c ^ lanes & upper ^ (moved & lower) * d & lower


def _sums(one: int, other: int, lanes: int) -> list[int]:
    """How many of the lanes have each of the 64 bits set, as binary digits, lowest first: each digit is a 64-bit int.

    The lanes are added in halves: all of the upper half to those of the lower half, in one go for all columns.
    """
    digits = [one ^ other, one & other]
    while lanes > 1:
        lanes = (lanes + 1) // 2
        width = 64 * lanes
        mask = (1 << width) - 1
        first, *rest = digits
        a, b = first & mask, first >> width
        carry = a & b
        added = [a ^ b]
        for digit in rest:
            a, b = digit & mask, digit >> width
            either = a ^ b
            added.append(either ^ carry)
            carry = a & b | either & carry
        added.append(carry)
        digits = added
    return digits


def _above(digits: list[int], limit: int) -> int:
    """The columns whose sum is greater than `limit`."""
    above, equal = 0, _WORD
    for place in range(len(digits) - 1, -1, -1):
        if limit >> place & 1:
            equal &= digits[place]
        else:
            above |= equal & digits[place]
            equal &= ~digits[place]
    return above


def _lanes(first: int, last: int) -> int:
    """A mask of whole lanes, the first one that there can be at bit 32."""
    return (1 << 64 * last + 96) - (1 << 64 * first + 32)


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """`_UNUSUAL` and `_DENSE`, compiled when first needed: classes with wide characters take milliseconds."""
    return re.compile(_UNUSUAL), re.compile(_DENSE)


@lru_cache(maxsize=4)
def _halves(lanes: int) -> tuple[int, int]:
    """Masks of the lower and of the upper halves of so many lanes; shorter integers are masked at no extra cost."""
    lower = int.from_bytes(b"\xff\xff\xff\xff\0\0\0\0" * lanes, "little")
    return lower, lower << 32
