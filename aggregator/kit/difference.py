"""What differs between two texts, down to the word or the Chinese character.

In: two texts, a line a paragraph. Out: Rows of Pieces, every paragraph of both texts in reading order. Pure. Called by
comparison. Paragraphs are matched first, then the sentences of those that changed, then their words: a sentence
changed in a long paragraph shows only what changed in it, and long texts cost no more than many short ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import NamedTuple

#: Units that change as a whole: a number with its points and its per cent sign, a Latin word, any other character.
_UNIT = re.compile(r"[+-]?\d+(?:[.,]\d+)*[%‰]?|[^\W\d_\u2e80-\U000323af]+|\s+|.", re.DOTALL)
_SENTENCE = re.compile(r"[^。！？!?；;\n]*[。！？!?；;\n]+[”’」』）)]*|[^。！？!?；;\n]+")
#: Comparisons of units that one passage may cost; beyond it the whole passage counts as changed.
_MOST_WORK = 1_000_000
#: Paragraphs on a side among which partners are looked for one with each other.
_MOST_PARTNERS = 60
_SHORT = 12
#: Share of pairs of characters that a changed paragraph still has in common with what it was.
_ALIKE = 0.35


class Kind(StrEnum):
    """What became of a piece of text."""

    SAME = "same"
    GONE = "gone"
    NEW = "new"


class Piece(NamedTuple):
    """A run of characters that stayed, went or came."""

    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class Row:
    """A paragraph: its number in the old and in the new text (from 1; None: it is not there), and its pieces."""

    old: int | None
    new: int | None
    pieces: tuple[Piece, ...]

    @property
    def changed(self) -> bool:
        """False for a paragraph that stands in both texts as it is."""
        return any(piece.kind is not Kind.SAME for piece in self.pieces)


def rows(old: Sequence[str], new: Sequence[str]) -> list[Row]:
    """Every paragraph of both texts. Blanks do not count as a change of a paragraph."""
    found: list[Row] = []
    bare = ["".join(line.split()) for line in old], ["".join(line.split()) for line in new]
    for tag, i, i_end, j, j_end in SequenceMatcher(None, *bare, autojunk=False).get_opcodes():
        if tag == "equal":
            found += [Row(i + step + 1, j + step + 1, (Piece(Kind.SAME, new[j + step]),)) for step in range(i_end - i)]
        else:
            for one, other in _partners(old[i:i_end], new[j:j_end]):
                found.append(_row(old, new, None if one is None else i + one, None if other is None else j + other))
    return found


def pieces(old: str, new: str) -> tuple[Piece, ...]:
    """What became of one paragraph. Joined, SAME and GONE pieces give `old`, SAME and NEW ones `new`."""
    made: list[Piece] = []
    one, other = _SENTENCE.findall(old), _SENTENCE.findall(new)
    for tag, i, i_end, j, j_end in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        before, after = "".join(one[i:i_end]), "".join(other[j:j_end])
        made += [Piece(Kind.SAME, before)] if tag == "equal" else _of_units(before, after)
    return _joined(made)


def _row(old: Sequence[str], new: Sequence[str], one: int | None, other: int | None) -> Row:
    before, after = "" if one is None else old[one], "" if other is None else new[other]
    return Row(None if one is None else one + 1, None if other is None else other + 1, pieces(before, after))


def _of_units(old: str, new: str) -> list[Piece]:
    one, other = _UNIT.findall(old), _UNIT.findall(new)
    if len(one) * len(other) > _MOST_WORK:
        return [Piece(Kind.GONE, old), Piece(Kind.NEW, new)]
    made: list[Piece] = []
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    for tag, i, i_end, j, j_end in _without_specks(matcher.get_opcodes()):
        if tag == "equal":
            made.append(Piece(Kind.SAME, "".join(one[i:i_end])))
        else:
            made += [Piece(Kind.GONE, "".join(one[i:i_end])), Piece(Kind.NEW, "".join(other[j:j_end]))]
    return made


def _without_specks(codes: Iterable[tuple[str, int, int, int, int]]) -> Iterator[tuple[str, int, int, int, int]]:
    """Take a unit or two that two rewritten passages share by chance for rewritten, too: else nobody can read it."""
    listed = list(codes)
    for place, (tag, i, i_end, j, j_end) in enumerate(listed):
        inside = 0 < place < len(listed) - 1
        if tag == "equal" and inside and i_end - i < min(_size(listed[place - 1]), _size(listed[place + 1]), 3):
            yield "replace", i, i_end, j, j_end
        else:
            yield tag, i, i_end, j, j_end


def _size(code: tuple[str, int, int, int, int]) -> int:
    _, i, i_end, j, j_end = code
    return max(i_end - i, j_end - j)


def _joined(made: Iterable[Piece]) -> tuple[Piece, ...]:
    """Neighbouring changes as one: all that went, then all that came."""
    out: list[Piece] = []
    gone = new = ""
    for kind, text in (*made, Piece(Kind.SAME, "")):
        if kind is Kind.GONE:
            gone += text
        elif kind is Kind.NEW:
            new += text
        elif text or gone or new:
            out += [piece for piece in (Piece(Kind.GONE, gone), Piece(Kind.NEW, new)) if piece.text]
            gone = new = ""
            if text and out and out[-1].kind is Kind.SAME:
                out[-1] = Piece(Kind.SAME, out[-1].text + text)
            elif text:
                out.append(Piece(Kind.SAME, text))
    return tuple(out)


def _partners(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[int | None, int | None]]:
    """Which paragraph became which, in reading order; None: it has no partner on that side."""
    if max(len(old), len(new)) > _MOST_PARTNERS:
        yield from ((place, None) for place in range(len(old)))
        yield from ((None, place) for place in range(len(new)))
        return
    likeness = [[_alike(one, other) for other in map(_pairs, new)] for one in map(_pairs, old)]
    # best[i][j]: the most likeness that the paragraphs from i and j on can have, kept in order.
    best = [[0.0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for i in reversed(range(len(old))):
        for j in reversed(range(len(new))):
            best[i][j] = max(best[i + 1][j], best[i][j + 1], best[i + 1][j + 1] + likeness[i][j])
    i = j = 0
    while i < len(old) or j < len(new):
        if i < len(old) and best[i][j] == best[i + 1][j]:
            yield i, None
            i += 1
        elif j < len(new) and best[i][j] == best[i][j + 1]:
            yield None, j
            j += 1
        else:
            yield i, j
            i, j = i + 1, j + 1


def _pairs(line: str) -> frozenset[str]:
    """Pairs of neighbouring characters; of a short line, which has few, also each character."""
    bare = "".join(line.split())
    singly = bare if len(bare) < _SHORT else ""
    return frozenset((*singly, *(bare[place : place + 2] for place in range(max(1, len(bare) - 1)))))


def _alike(one: frozenset[str], other: frozenset[str]) -> float:
    """Dice's share of common pairs; 0 below what makes two paragraphs versions of one."""
    share = 2 * len(one & other) / (len(one) + len(other))
    return share if share >= _ALIKE else 0.0
