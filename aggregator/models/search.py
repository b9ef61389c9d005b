"""What a reader looks for: a search, taken apart.

Frozen dataclasses without behaviour beyond small derived values; aware datetimes only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import NamedTuple

from aggregator.models.outgoing import StoredArticle, Story

_QUOTES = '"“”„‟＂「」『』'
_BEIJING = timezone(timedelta(hours=8))


class Without(NamedTuple):
    """What an article must not have."""

    field: str  #: title, outlet, symbol, category or feed; '' for words, wherever they stand
    value: str


@dataclass(frozen=True, slots=True)
class Query:
    """One article must meet all of it. Values of outlets, symbols, categories and feeds are alternatives."""

    words: tuple[str, ...] = ()  #: all held by title or text
    phrases: tuple[str, ...] = ()  #: likewise; they stood in quotes
    title: tuple[str, ...] = ()  #: words and phrases, all held by the title
    without: tuple[Without, ...] = ()
    outlets: tuple[str, ...] = ()
    symbols: tuple[str, ...] = ()  #: as 600941.SH
    categories: tuple[str, ...] = ()  #: of the article, or of a feed it was seen in
    feeds: tuple[str, ...] = ()  #: by slug
    since: datetime | None = None  #: published, else first seen, at this instant or later
    until: datetime | None = None  #: before this instant
    text: str = field(default="", compare=False)  #: as it was typed

    @property
    def wanted(self) -> tuple[str, ...]:
        """All words and phrases that an article must hold."""
        return self.words + self.phrases + self.title

    def __bool__(self) -> bool:
        """Whether anything is asked for."""
        return self != Query()

    def __str__(self) -> str:
        """The canonical form: equal queries have one, and reading it gives the query again."""
        return " ".join(self._clauses())

    def _clauses(self) -> Iterator[str]:
        yield from map(_bare, self.words)
        yield from map(_quoted, self.phrases)
        named = (("title", self.title), ("outlet", self.outlets), ("symbol", self.symbols))
        for name, values in (*named, ("category", self.categories), ("feed", self.feeds)):
            yield from (f"{name}:{_bare(value)}" for value in values)
        for name, instant in (("after", self.since), ("before", self.until)):
            if instant is not None:
                yield f"{name}:{_instant(instant)}"
        for name, value in self.without:
            yield f"-{name}:{_bare(value)}" if name else f"-{_bare(value, _QUOTES + ':：')}"


@dataclass(frozen=True, slots=True)
class StoryHit:
    """A story that a search found."""

    story: Story
    article: StoredArticle  #: the one of its articles that meets the search best
    score: float  #: higher is better; only to compare hits of one search


@dataclass(frozen=True, slots=True)
class Results:
    """One page of what a search found, best first."""

    hits: tuple[StoryHit, ...] = ()
    total: int = 0  #: stories found
    more: bool = False  #: there are more than `total`: only so many articles are ranked


def _bare(value: str, stops: str = _QUOTES) -> str:
    """A value without quotes, where it is read the same without."""
    plain = value[:1] not in ("", *"-－−﹣") and not any(sign in stops or sign.isspace() for sign in value)
    return value if plain else _quoted(value)


def _quoted(value: str) -> str:
    return '"' + value.translate(dict.fromkeys(map(ord, _QUOTES), " ")) + '"'


def _instant(instant: datetime) -> str:
    here = instant.astimezone(_BEIJING)
    if here.time() == here.min.time():
        return f"{here:%Y-%m-%d}"
    return here.replace(tzinfo=None).isoformat()
