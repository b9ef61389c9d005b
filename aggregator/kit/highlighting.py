"""Where a text holds what was searched for, for people to see.

In: plain text, models.Query. Out: pieces of the text, each with whether it is a hit. Called by cli and web. Hits are
found as the index finds them: width, case and traditional characters folded, Latin words and numbers whole. What a
reader sees as one character, with its accents, variation marks or joined emoji, is never divided.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache

from aggregator.kit import searchwords, text
from aggregator.models import Query

#: A piece of a text, and whether it is a hit.
Piece = tuple[str, bool]

#: Where a hit begins and ends, and the number of its word.
_Span = tuple[int, int, int]

#: Characters of a text that are looked through; a book is not read for one line of it.
LONGEST = 50_000

_CUT = "…"
_LETTER = rf"[^\W\d_{text.CJK}]"
#: What may not stand around a number, or around a Latin word, and between the parts of a phrase.
_AROUND = {"digit": (r"(?<!\d)(?<!\d\.)", r"(?!\d)(?!\.\d)"), "letter": (rf"(?<!{_LETTER})", rf"(?!{_LETTER})")}
_BETWEEN, _DIVIDED = r"[\W_]{0,20}", r"[\W_]{1,20}"
_SENTENCE = re.compile(r"[。！？!?；;\n]\s*")


def title(words: str, query: Query) -> list[Piece]:
    """A whole title in pieces."""
    return _pieces(words, _found(words, query.wanted), 0, len(words))


def snippet(words: str, query: Query, most: int = 120) -> list[Piece]:
    """At most `most` characters of a text in pieces, from where it holds most of what is wanted; else its beginning.

    `…` stands where something was cut; line ends are blanks.
    """
    words = words[:LONGEST]
    spans = _found(words, query.words + query.phrases)
    start, end = _window(words, spans, most)
    return [(piece.replace("\n", " "), hit) for piece, hit in _pieces(words, spans, start, end)]


def objects(pieces: Iterable[Piece]) -> list[dict[str, str | bool]]:
    """Pieces for JSON: `{"text": …, "hit": true}`."""
    return [{"text": words, "hit": hit} for words, hit in pieces]


def _found(words: str, wanted: Sequence[str]) -> list[_Span]:
    """Begin, end and number of the word, of each hit, by place; ends lie between whole characters."""
    patterns = _patterns(tuple(wanted))
    if not patterns or not words:
        return []
    folded, begins = _folded(words)
    found = [(*hit.span(), number) for number, pattern in enumerate(patterns) for hit in pattern.finditer(folded)]
    if begins is not None:
        # The last character of a hit ends where the next whole character begins.
        found = [(begins[start], _after(begins, end), number) for start, end, number in found]
    return sorted(found)


def _after(begins: Sequence[int], end: int) -> int:
    """Where the whole character ends that the folded one before `end` is a part of."""
    return begins[bisect_right(begins, begins[end - 1])]


def _folded(words: str) -> tuple[str, list[int] | None]:
    """The text folded, and for each character of that where its whole character begins; None: at the same place."""
    if searchwords.plain(words):
        return searchwords.folded(words), None
    pieces: list[str] = []
    begins: list[int] = []
    for one in _whole().finditer(words):
        piece = searchwords.folded(one[0])
        pieces.append(piece)
        begins += [one.start()] * len(piece)
    return "".join(pieces), [*begins, len(words)]


@lru_cache(maxsize=64)
def _patterns(wanted: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(made) for made in map(_pattern, wanted) if made)


def _pattern(words: str) -> str:
    """An expression for a phrase as the index understands it; '' where it holds nothing to look for."""
    made = ""
    before = ""
    for run, word in searchwords.runs(words):
        if made:
            made += _DIVIDED if run and before else _BETWEEN
        if run:
            made += re.escape(run)
        else:
            left, right = _AROUND["digit" if word[0].isdecimal() else "letter"]
            made += f"{left}{re.escape(word)}{right}"
        before = run
    return made


def _window(words: str, spans: Sequence[_Span], most: int) -> tuple[int, int]:
    """The part of a text to show: where most different words lie together, then most hits; the first such part."""
    if len(words) <= most:
        return 0, len(words)
    room = max(most - 2 * len(_CUT), 1)
    best, anchor, reach = (0, 0), 0, 0
    last = 0
    for first, (start, end, _) in enumerate(spans):
        last = max(last, first)
        while last < len(spans) and spans[last][1] <= start + room:
            last += 1
        inside = spans[first:last] if last - first < 200 else spans[first : first + 200]
        worth = (len({number for *_, number in inside}), len(inside))
        if worth > best:
            best, anchor, reach = worth, start, max((span[1] for span in inside), default=end)
    return _around(words, anchor, reach, room)


def _around(words: str, anchor: int, reach: int, room: int) -> tuple[int, int]:
    """A part of `room` whole characters around hits, from the beginning of their sentence where that fits."""
    spare = max(room - (reach - anchor), 0)
    earliest = max(anchor - spare // 2, 0)
    begin = max((end.end() for end in _SENTENCE.finditer(words, earliest, anchor)), default=earliest)
    begin = max(min(begin, len(words) - room), 0) if begin == earliest else begin
    edges = [begin, min(begin + room, len(words))]
    return _edge(words, edges[0], up=True), _edge(words, edges[1], up=False)


def _edge(words: str, place: int, *, up: bool) -> int:
    """The nearest place, upwards or downwards, that divides no character."""
    if searchwords.plain(words):
        return place
    ends = [0, *(one.end() for one in _whole().finditer(words))]
    at = bisect_right(ends, place) - 1
    return ends[at + 1] if up and ends[at] != place else ends[at]


def _pieces(words: str, spans: Iterable[_Span], start: int, end: int) -> list[Piece]:
    """The part of a text from `start` to `end`, divided at its hits; hits that touch are one."""
    pieces: list[Piece] = [(_CUT, False)] if start > 0 else []
    place = start
    for first, last in _joined(spans):
        first, last = max(first, place), min(last, end)
        if first >= last:
            continue
        pieces += [(words[place:first], False), (words[first:last], True)]
        place = last
    pieces.append((words[place:end] + (_CUT if end < len(words) else ""), False))
    return [piece for piece in pieces if piece[0]]


def _joined(spans: Iterable[_Span]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end, _ in spans:
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


@cache
def _whole() -> re.Pattern[str]:
    """What a reader sees as one character: a close kin of the extended grapheme clusters of Unicode (UAX #29)."""
    marks = "".join(
        chr(code) for code in range(0x300, 0x10000) if unicodedata.category(chr(code)) in ("Mn", "Mc", "Me")
    )
    # Vowels and ends of Korean syllables, colours of skin, tags, variation marks
    more = "\u1160-\u11ff\ud7b0-\ud7fb\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f\U000e0100-\U000e01ef"
    extend = f"[{re.escape(marks)}{more}]"
    return re.compile(rf"\r\n|[\U0001f1e6-\U0001f1ff]{{2}}|.(?:{extend}|\u200d(?:(?!\s).)?)*", re.DOTALL)
