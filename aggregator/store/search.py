"""Searching: articles and stories that meet a query, best first or newest first.

In: models.Query, or what a person typed. Out: hits, stories. Called by stories.py, app/ and cli/. Words are looked up
in the index beside the database (wordindex.py), all else in the database itself (asked.py). An article counts by its
newest state only, while it is live and has its text. See docs/decisions/0802.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

from aggregator.kit import querying, searchwords
from aggregator.models import Query, Results, Story, StoryHit, StoryPage
from aggregator.store import asked, loading, revisions
from aggregator.store.asked import Asked, Spot
from aggregator.store.engine import Engine, chunked
from aggregator.store.schema import Tables
from aggregator.store.seam import guard
from aggregator.store.wordindex import BATCH, WordIndex, Words

__all__ = ["BATCH", "CANDIDATES", "Hit", "Search"]

#: So many articles are ranked: those that hold the words best, or the newest where more than _RANKED hold them.
CANDIDATES = 1_000
_RANKED = 20_000

#: Words that so few states hold are looked up in the index, and the stories sorted; for others one walks down from
#: the newest story. So many states at most.
_FEW = 5_000

#: What an article is worth halves in so long, down to this much of it: yesterday's news comes first, a good hit from
#: last year before a poor one of today.
_HALF_LIFE = timedelta(days=30)
_FLOOR = 0.4

#: What a hit in the title is worth where words are too frequent to say more.
_TITLED = 2.0

#: Before everything.
_BEGINNING = (datetime(1970, 1, 1, tzinfo=UTC), 0)

#: Stories that are looked at in one go, walking down: at first, and in the end.
_FIRST, _MOST = 64, 512


@dataclass(frozen=True, slots=True)
class Hit:
    """An article that meets a query."""

    revision: int  #: id of its newest state
    score: float  #: higher is better; only to compare hits of one query


class Search(WordIndex):
    """The index beside a database, and what is found with it. Every method may be called from any thread."""

    def __init__(self, path: Path, engine: Engine, tables: Tables, *, timeout: float = 30.0) -> None:
        super().__init__(path, self._behind, timeout=timeout)
        self._engine = engine
        self._tables = tables

    @guard("searching")
    def find(self, query: Query | str, limit: int = 100, now: datetime | None = None) -> list[Hit]:
        """The articles that meet a query, best first, CANDIDATES at most; none for an empty one.

        Relevance counts (BM25; a hit in the title as much as five in the text), and that it is new, from `now` on
        (None: it does not). Knows what was indexed so far. Raises QueryError for a text that is no search.
        """
        return [Hit(spot.revision, score) for score, spot in self._ranked(_query(query, now), now)[:limit]]

    @guard("searching")
    def stories(self, query: Query | str, now: datetime, *, limit: int = 20, offset: int = 0) -> list[StoryHit]:
        """The stories of which an article meets a query, best first, as `find` ranks their best ones.

        What lies beyond the CANDIDATES best articles is not there: that is for `newest`.
        """
        return list(self.results(query, now, limit=limit, offset=offset).hits)

    @guard("searching")
    def results(self, query: Query | str, now: datetime, *, limit: int = 20, offset: int = 0) -> Results:
        """The same, with how many stories were found."""
        best: dict[int, tuple[float, Spot]] = {}
        ranked = self._ranked(_query(query, now), now)
        for score, spot in ranked:
            best.setdefault(spot.story, (score, spot))
        page = dict(list(best.items())[offset : offset + limit])
        with self._engine.atomic("DEFERRED"):
            found = loading.stories(self._tables, list(page))
        hits = tuple(
            StoryHit(story, next((one for one in story.articles if one.id == spot.article), story.head), score)
            for story in found
            for score, spot in [page[story.id]]
        )
        return Results(hits, len(best), len(ranked) >= CANDIDATES)

    @guard("searching")
    def newest(self, query: Query | str, limit: int, before: tuple[datetime, int] | None, now: datetime) -> list[Story]:
        """The stories of which an article meets a query, newest first, from behind the place `before` (Story.at, .id).

        Those ahead of a clock set back come last. An empty query is met by all.
        """
        wanted = _query(query, now)
        with self._engine.atomic("DEFERRED"), self.reading() as words:
            looking = _Looking(self._tables, wanted, words, now)
            return loading.stories(self._tables, list(islice(looking.newest(before), limit)))

    @guard("searching")
    def page(
        self,
        query: Query | str,
        limit: int,
        now: datetime,
        *,
        older: tuple[datetime, int] | None = None,
        newer: tuple[datetime, int] | None = None,
    ) -> StoryPage:
        """A page of what `newest` tells: from its beginning, from behind the place `older`, or up to the place `newer`.

        Where less than a page is newer than that place, the first page is given.
        """
        wanted = _query(query, now)
        with self._engine.atomic("DEFERRED"), self.reading() as words:
            looking = _Looking(self._tables, wanted, words, now)
            if newer is not None:
                before = list(islice(looking.newer(newer), limit + 1))
                if len(before) >= limit:
                    found = loading.stories(self._tables, before[limit - 1 :: -1])
                    return StoryPage(tuple(found), newer=len(before) > limit, older=True)
            ids = list(islice(looking.newest(older), limit + 1))
            return StoryPage(
                tuple(loading.stories(self._tables, ids[:limit])), newer=older is not None, older=len(ids) > limit
            )

    def articles(self, query: Query | str, now: datetime, *, batch: int = 5_000) -> Iterator[list[int]]:
        """Ids of all articles that meet a query, in groups, in no order; holds no lock between them."""
        wanted = _query(query, now)
        last: int | None = 0
        while last is not None:
            with guard("searching"), self._engine.atomic("DEFERRED"), self.reading() as words:
                found, last = _Looking(self._tables, wanted, words, now).onward(last, batch)
            yield [spot.article for spot in found]

    def _behind(self, mark: int, limit: int) -> list[revisions.Changed]:
        with self._engine.atomic("DEFERRED"):
            return revisions.changed(self._tables, mark, limit)

    def _ranked(self, query: Query, now: datetime | None) -> list[tuple[float, Spot]]:
        if not query:
            return []
        with self._engine.atomic("DEFERRED"), self.reading() as words:
            looking = _Looking(self._tables, query, words, now)
            found = [(score * _worth(spot, now), spot) for score, spot in islice(looking.best(), CANDIDATES)]
        return sorted(found, key=lambda one: (one[0], one[1].at, one[1].revision), reverse=True)


class _Looking:
    """One query while it is answered, in a transaction."""

    def __init__(self, tables: Tables, query: Query, words: Words | None, now: datetime | None) -> None:
        self._tables = tables
        self._query = query
        self._words = words
        self._now = now
        self._asked = Asked(tables, query)
        self._wanted = _expression(query)
        self._unwanted = "" if self._wanted else searchwords.unwanted(query)

    def onward(self, last: int, limit: int) -> tuple[list[Spot], int | None]:
        """Articles that meet the query among the next few behind an id, and the id to go on from."""
        if self._wanted:
            ids = self._words.onward(self._wanted, last, limit) if self._words else []
            return self._asked.passing(asked.of_revisions(self._tables, ids)), ids[-1] if ids else None
        ids = asked.onward(self._tables, last, limit)
        return self._holding(self._asked.passing(asked.of_articles(self._tables, ids))), ids[-1] if ids else None

    def best(self) -> Iterator[tuple[float, Spot]]:
        """Articles with how well they hold the words: the best of them first, where few hold them, else the newest."""
        if self._wanted and self._words is None:
            return
        if self._wanted and self._words and len(self._words.newest(self._wanted, _RANKED + 1)) <= _RANKED:
            scores = dict(self._words.scored(self._wanted))
            for some in chunked(scores, asked.AT_ONCE):
                spots = self._asked.passing(asked.of_revisions(self._tables, some))
                yield from sorted(((scores[spot.revision], spot) for spot in spots), reverse=True)
            return
        titles = searchwords.in_title(self._query)
        few = self._few()
        for spots in self._walk(None) if few is None else [sorted(few, key=lambda one: one.at, reverse=True)]:
            titled = self._words.among(titles, [spot.revision for spot in spots]) if titles and self._words else set()
            yield from ((_TITLED if spot.revision in titled else 1.0, spot) for spot in spots)

    def newest(self, before: tuple[datetime, int] | None) -> Iterator[int]:
        """Ids of stories from behind a place, newest first."""
        if (spots := self._few()) is None:
            for page in self._walk(before):
                yield from dict.fromkeys(spot.story for spot in page)
            return
        limit = self._order(before) if before else None
        places = sorted({self._order((spot.story_at, spot.story)) for spot in spots}, reverse=True)
        yield from (place[-1] for place in places if limit is None or place < limit)

    def newer(self, than: tuple[datetime, int]) -> Iterator[int]:
        """Ids of stories that come before a place, the nearest first: `newest` the other way."""
        if (spots := self._few()) is not None:
            limit = self._order(than)
            places = sorted({self._order((spot.story_at, spot.story)) for spot in spots})
            yield from (place[-1] for place in places if place > limit)
            return
        for page in self._climb(than):
            yield from dict.fromkeys(spot.story for spot in page)

    def _order(self, place: tuple[datetime, int]) -> tuple[bool, datetime, int]:
        """Where a story stands among others; those ahead of a clock set back come last."""
        return (self._in_time(place[0]), *place)

    def _few(self) -> list[Spot] | None:
        """All articles that meet the query, None where they may be many."""
        if self._wanted and self._words is None:
            return []
        if self._wanted and self._words:
            found = self._words.newest(self._wanted, _FEW + 1)
            if len(found) <= _FEW:
                return self._asked.passing(asked.of_revisions(self._tables, found))
        if self._asked.few is None:
            return None
        return self._holding(self._asked.passing(asked.of_articles(self._tables, self._asked.few)))

    def _walk(self, before: tuple[datetime, int] | None) -> Iterator[list[Spot]]:
        """Articles that meet the query, story by story, newest first; those ahead of a clock set back come last."""
        size = _FIRST
        for ahead in (False, True) if self._now else (False,):
            place = before if before and self._in_time(before[0]) != ahead else None
            if before and not self._in_time(before[0]) and not ahead:
                continue
            while page := asked.newest(self._tables, size, place, self._now, ahead=ahead, query=self._query):
                yield self._holding(self._asked.passing(asked.of_stories(self._tables, [story for story, _ in page])))
                place, size = (page[-1][1], page[-1][0]), min(2 * size, _MOST)

    def _climb(self, than: tuple[datetime, int]) -> Iterator[list[Spot]]:
        """Articles that meet the query, story by story, from a place up to the newest."""
        size, place = _FIRST, than
        for ahead in (True, False) if self._now and not self._in_time(than[0]) else (False,):
            while page := asked.oldest(self._tables, size, place, self._now, ahead=ahead, query=self._query):
                yield self._holding(self._asked.passing(asked.of_stories(self._tables, [story for story, _ in page])))
                place, size = (page[-1][1], page[-1][0]), min(2 * size, _MOST)
            place = _BEGINNING

    def _holding(self, spots: Sequence[Spot]) -> list[Spot]:
        """Those of which the newest state holds what is wanted, and nothing that is not."""
        ids = [spot.revision for spot in spots]
        if self._words is None or not ids:
            return list(spots)
        if self._wanted:
            held = self._words.among(self._wanted, ids)
            return [spot for spot in spots if spot.revision in held]
        bad = self._words.among(self._unwanted, ids) if self._unwanted else set()
        return [spot for spot in spots if spot.revision not in bad]

    def _in_time(self, at: datetime) -> bool:
        return self._now is None or at <= self._now


def _query(query: Query | str, now: datetime | None) -> Query:
    return querying.parse(query, now) if isinstance(query, str) else query


def _expression(query: Query) -> str:
    """What is wanted, without what is not; '' where nothing is wanted: FTS5 finds nothing by what is absent alone."""
    wanted, unwanted = searchwords.wanted(query), searchwords.unwanted(query)
    return f"({wanted}) NOT ({unwanted})" if wanted and unwanted else wanted


def _worth(spot: Spot, now: datetime | None) -> float:
    age = max(now - spot.at, timedelta()) if now else timedelta()
    worth: float = _FLOOR + (1 - _FLOOR) * 0.5 ** (age / _HALF_LIFE)
    return worth
