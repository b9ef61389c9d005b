"""Stories as outputs and pages show them: newest first, filtered, each with all its articles.

In: an Output, a limit or a uid. Out: models.Story. Called by app (rendering), web and cli.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from aggregator.models import Output, Query, Story
from aggregator.store import filters, hits, loading, tags
from aggregator.store.engine import Engine, rows
from aggregator.store.schema import Tables
from aggregator.store.seam import guard
from aggregator.store.search import Search
from aggregator.store.words import Words

#: How many stories are looked at in one go when some may have an excluded word in a title.
PAGE = 200

#: How many stories that pass all else such an output looks at before it stops, however few it found.
SCAN = 50_000


class Stories:
    """The story table."""

    def __init__(self, engine: Engine, tables: Tables, words: Words, search: Search) -> None:
        self._engine = engine
        self._tables = tables
        self._words = words
        self._search = search

    @guard("reading the latest stories")
    def latest(self, limit: int, before: Story | datetime | None = None) -> list[Story]:
        """The newest stories, or those that come after the story `before` (or are older than an instant)."""
        s = self._tables.story
        with self._engine.atomic("DEFERRED"):
            place = (before.at, before.id) if isinstance(before, Story) else None
            query = self._newest(limit, place)
            if isinstance(before, datetime):
                query = query.where(s.at < before)
            return loading.stories(self._tables, [number for number, _ in rows(query)])

    @guard("reading the stories of an output")
    def select(self, output: Output, now: datetime) -> list[Story]:
        """The stories of an output, newest first, `output.limit` at most.

        A story belongs to it when one live article of it passes all filters for feeds, categories, outlets, symbols and
        included words, and no title of it holds an excluded word. Included words that are new are learnt (words.py).
        """
        numbers = self._words.numbers(output.include, now)
        with self._engine.atomic("DEFERRED"):
            return loading.stories(self._tables, self._chosen(output, numbers, now))

    def newest_matching(
        self, query: Query | str, limit: int, before: tuple[datetime, int] | None, now: datetime
    ) -> list[Story]:
        """The stories that meet a query, newest first, from behind the place `before`; see Search.newest."""
        return self._search.newest(query, limit, before, now)

    @guard("reading which stories an output has")
    def select_ids(self, output: Output, now: datetime) -> list[int]:
        """The ids of those that select() reads."""
        numbers = self._words.numbers(output.include, now)
        with self._engine.atomic("DEFERRED"):
            return self._chosen(output, numbers, now)

    def _chosen(self, output: Output, numbers: Sequence[int], now: datetime) -> list[int]:
        exclude = tags.folded(output.exclude)
        chosen: list[int] = []
        looked = 0
        for page in self._candidates(output, numbers, now) if output.limit > 0 else ():
            chosen += filters.without(self._tables, exclude, page) if exclude else page
            looked += len(page)
            if len(chosen) >= output.limit or looked >= SCAN:
                break
        return chosen[: output.limit]

    @guard("reading a story")
    def get(self, uid: str) -> Story | None:
        """The story with this uid ('urn:uuid:…' or bare); a uid that was merged away leads to the survivor."""
        s = self._tables.story
        with self._engine.atomic("DEFERRED"):
            found = rows(s.select(s.id, s.merged_into).where(s.uid == urn(uid)))
            if not found:
                return None
            number, survivor = found[0]
            return next(iter(loading.stories(self._tables, [survivor or number], withdrawn=True)), None)

    def _candidates(self, output: Output, words: Sequence[int], now: datetime) -> Iterator[list[int]]:
        """Ids of visible stories that pass all but the excluded words, newest first."""
        needs = filters.needs(self._tables, output)
        passes = [each.passes for each in needs]
        few = filters.few(needs)
        if words and few is None:
            return hits.stories(self._tables, words, passes, now)
        if words:
            passes.append(hits.condition(self._tables, words))
        condition = filters.condition(self._tables, passes, few)
        return self._pages(PAGE if output.exclude else output.limit, now, condition)

    def _pages(self, size: int, now: datetime, condition: Any) -> Iterator[list[int]]:
        """Ids of visible stories in pages, newest first; those ahead of a clock set back come last."""
        s = self._tables.story
        for time in (s.at <= now, s.at > now):
            place: tuple[datetime, int] | None = None
            while page := rows(self._newest(size, place, time if condition is None else time & condition)):
                yield [number for number, _ in page]
                place = page[-1][1], page[-1][0]
                if len(page) < size:
                    break

    def _newest(self, limit: int, after: tuple[datetime, int] | None, condition: Any = None) -> Any:
        """Ids and times of visible stories, newest first, from behind the place `after`."""
        s = self._tables.story
        query = s.select(s.id, s.at).where(s.visible == 1)
        if after is not None:
            at, number = after
            query = query.where((s.at < at) | ((s.at == at) & (s.id < number)))
        if condition is not None:
            query = query.where(condition)
        return query.order_by(s.at.desc(), s.id.desc()).limit(limit)


def urn(uid: str) -> str:
    """A story uid in its full form."""
    return uid if uid.startswith("urn:uuid:") else f"urn:uuid:{uid.lower()}"
