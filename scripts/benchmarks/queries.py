"""Searches over the articles of corpus, and the plain scan that says what each of them has to find.

In: a corpus and a number. Out: `Asked`: what a person types, the same for plain FTS5 and LIKE, and `held`. Called by
searching. `held` looks at the strings themselves and knows nothing of the program: it is what that is measured by.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from benchmarks import words

#: Words of the corpus as they are written in Taiwan and Hong Kong.
TRADITIONAL = {"证监会": "證監會", "国务院": "國務院", "业绩": "業績", "减持": "減持", "债券": "債券", "资金": "資金"}

_BEIJING = timezone(timedelta(hours=8))
_WIDE = {ord("0") + place: ord("０") + place for place in range(10)}
_SEED = 2026


@dataclass(frozen=True, slots=True)
class Text:
    """What is looked for in an article."""

    title: str
    text: str
    outlet: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Asked:
    """One search. Strings are as the articles have them, `typed` is as somebody types it."""

    kind: str
    typed: str
    wanted: tuple[str, ...] = ()
    in_title: tuple[str, ...] = ()
    unwanted: tuple[str, ...] = ()
    outlet: str = ""
    since: datetime | None = None

    def held(self, one: Text) -> bool:
        """Whether an article meets it, by looking at all of it."""
        return (
            (not self.outlet or one.outlet == self.outlet)
            and (self.since is None or one.at >= self.since)
            and all(stands(word, one.title) or stands(word, one.text) for word in self.wanted)
            and all(stands(word, one.title) for word in self.in_title)
            and not any(stands(word, one.title) or stands(word, one.text) for word in self.unwanted)
        )


def stands(word: str, text: str) -> bool:
    """Whether a word stands in a text; a number only as a whole, 12 is not in 3.12 or 123."""
    if word not in text:
        return False
    return not word.isdigit() or bool(re.search(rf"(?<!\d)(?<!\d\.){word}(?!\.?\d)", text))


def generate(known: list[Text], vocabulary: list[str], count: int, now: datetime) -> list[Asked]:
    """`count` searches of all kinds in turn, different ones. `known`: some articles, of which headlines are typed."""
    making = _Making(known, vocabulary, now)
    kinds = (making.character, making.common, making.rare, making.both, making.headline, making.without,
             making.titled, making.outlet, making.recent, making.number, making.traditional)  # fmt: skip
    found: dict[str, Asked] = {}
    for turn in range(100 * count):
        one = kinds[turn % len(kinds)]()
        found.setdefault(one.typed, one)
        if len(found) == count:
            break
    return list(found.values())


class _Making:
    """One search of a kind at a time. The commonest words of the vocabulary come first."""

    def __init__(self, known: list[Text], vocabulary: list[str], now: datetime) -> None:
        self._known, self._vocabulary, self._now = known, vocabulary, now
        self._pairs = [one for one in vocabulary if len(one) == 2]
        self._chance = random.Random(_SEED)  # noqa: S311 (not a secret)

    def character(self) -> Asked:
        sign = self._chance.choice(self._word())
        return Asked("one character", sign, (sign,))

    def common(self) -> Asked:
        word = self._chance.choice(self._pairs[:100])
        return Asked("two characters, frequent", word, (word,))

    def rare(self) -> Asked:
        word = self._word(1000)
        return Asked("a rare word", word, (word,))

    def both(self) -> Asked:
        one, other = self._word(0, 200), self._word(0, 2000)
        return Asked("two words", f"{one} {other}", (one, other))

    def headline(self) -> Asked:
        part = self._title().partition(" ")[0]
        return Asked("part of a headline", f'"{part}"', (part,))

    def without(self) -> Asked:
        one, other = self._word(0, 2000), self._chance.choice(words.COMMON)
        return Asked("a word, not another", f"{one} -{other}", (one,), unwanted=(other,))

    def titled(self) -> Asked:
        word = self._word(0, 500)
        return Asked("in the title", f"title:{word}", in_title=(word,))

    def outlet(self) -> Asked:
        word, outlet = self._word(0, 3000), self._chance.choice(words.OUTLETS)
        return Asked("a word, one outlet", f"{word} outlet:{outlet}", (word,), outlet=outlet)

    def recent(self) -> Asked:
        midnight = self._now.astimezone(_BEIJING).replace(hour=0, minute=0, second=0, microsecond=0)
        word, since = self._word(0, 1000), midnight - timedelta(days=self._chance.randint(1, 30))
        return Asked("a word, since a day", f"{word} after:{since:%Y-%m-%d}", (word,), since=since)

    def number(self) -> Asked:
        number = re.findall(r"\d+", self._title())[-1]
        return Asked("a number, full width", number.translate(_WIDE), (number,))

    def traditional(self) -> Asked:
        simple, other = self._chance.choice([*TRADITIONAL]), self._word(100, 2000)
        return Asked("traditional characters", f"{TRADITIONAL[simple]} {other}", (simple, other))

    def _word(self, least: int = 0, most: int | None = None) -> str:
        return self._chance.choice(self._vocabulary[least:most])

    def _title(self) -> str:
        return self._chance.choice(self._known).title
