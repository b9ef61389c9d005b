"""Fingerprints of texts: 64 bits that differ in few places when two texts differ in few places (simhash).

In: the plain text of an article. Out: an int, its distance to another, its bands for look-up. Called by pipeline
(new articles), place (distance) and store (bands of stored prints).

Each run of three characters of the folded text is hashed to 64 bits; a bit of the print is set where most hashes have
it set (Charikar 2002). Runs of characters, not words: Chinese has no blanks, and a word-based print sees a headline as
one word. Numbers are counted several times over, because template news differ in little else.

The work is done on all runs at once: the text is one large integer with a 64-bit lane for each character, and every
step of the hash is a multiplication, shift or mask of the whole integer.
"""

from __future__ import annotations

import re

from aggregator.kit import text

LEAST = 80  #: characters of folded text below which a print says nothing
NEAR = 6  #: greatest distance of near-duplicates; measured, see docs/decisions/0101-near-duplicates.md
REWRITTEN = 2  #: the same, where their titles have little in common
DIFFERENT = 24  #: distance above which two texts clearly have little in common (unrelated ones: 32 on average)
_WIDTH = 3  # characters a run
_NUMBER_WEIGHT = 3
_LONGEST = 20_000  # characters looked at; no article is longer, and cost stays bounded
_NUMBER = re.compile(r"\d+(?:\.\d+)?%?")

# Odd 40-bit multipliers keep a lane of three 21-bit characters below 64 bits; odd 32-bit ones mix the halves of a lane.
_SPREAD = (0x9E3779B97F, 0xC2B2AE3D27, 0x8D51F3B1A5)
_ROUNDS = ((0x85EBCA6B, 0xC2B2AE35), (0x9E3779B1, 0x27D4EB2F))


def fingerprint(words: str) -> int | None:
    """The 64-bit print of a text, None where the text is too short for one."""
    dense = text.dense(words[:_LONGEST])
    if len(dense) < LEAST:
        return None
    numbers = "|".join(_NUMBER.findall(dense))
    if numbers:
        dense = "|".join((dense, *([numbers] * (_NUMBER_WEIGHT - 1))))
    return _majority(_hashes(dense))


def distance(a: int, b: int) -> int:
    """In how many of 64 bits two prints differ."""
    return (a ^ b).bit_count()


def _hashes(dense: str) -> bytes:
    """Eight bytes a run of three characters."""
    points = dense.encode("utf-32-le", "replace")
    size = len(dense)
    lanes = bytearray(8 * size)
    for byte in range(3):  # code points have 21 bits
        lanes[byte::8] = points[byte::4]
    chars = int.from_bytes(lanes, "little")
    mixed = sum((chars >> 64 * i) * factor for i, factor in enumerate(_SPREAD))
    low = int.from_bytes(b"\xff\xff\xff\xff\0\0\0\0" * size, "little")
    for a, b in _ROUNDS:
        upper, lower = (mixed >> 32) & low, mixed & low
        mixed = ((upper ^ lower) * a) ^ (((upper * b) & low) << 32) ^ upper
    return mixed.to_bytes(8 * size + 16, "little")[: 8 * (size - _WIDTH + 1)]


def _majority(hashes: bytes) -> int:
    """The bits that more than half of the hashes have set."""
    half = len(hashes) // 16
    ones = int.from_bytes(b"\x01" * (len(hashes) // 8), "little")
    masks = [ones << bit for bit in range(8)]
    result = 0
    for byte in range(8):
        column = int.from_bytes(hashes[byte::8], "little")
        for bit, mask in enumerate(masks):
            if (column & mask).bit_count() > half:
                result |= 1 << (8 * byte + bit)
    return result
