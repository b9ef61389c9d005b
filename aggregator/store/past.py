"""The past of outputs, in pages whose members stay: what the archive documents of RFC 5005 §4 show.

In: an Output. Out: its stories by the order in which they were founded, oldest page first, and the places before and
behind each page. A page is a range of story ids; where a full one ends is stored, so a page never gets other members
because of others that came or went. What is not in a full page yet, and not among the newest that the subscription
document shows, is read as one or more open pages. Called by app/daemon.py (in pieces, what pages are full) and
app/past.py (reading). See docs/decisions/0804.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import peewee

from aggregator.kit import hashing
from aggregator.models import Output, PastPage, PastPlace, Story
from aggregator.store import filters, hits, loading, tags
from aggregator.store.engine import Engine, rows
from aggregator.store.schema import Tables
from aggregator.store.seam import guard
from aggregator.store.stories import Stories
from aggregator.store.words import Words

#: Stories of a page.
SIZE = 100

#: Story ids that are looked at in one go for pages that are full.
LOOK = 20_000


#: Fewer than these are not worth noting that they were looked at.
FEW = 1_000


@dataclass(frozen=True, slots=True)
class Filled:
    """What was found of an output, as rows of its pages to be."""

    output: str  #: as filters_of says
    mark: tuple[int, int, int]  #: where it was begun
    pages: tuple[tuple[int, int, int, bool], ...]  #: number, last story looked at, stories, whether it is full


class Past:
    """The past_page table."""

    def __init__(self, engine: Engine, tables: Tables, stories: Stories, words: Words, *, size: int = SIZE) -> None:
        self._engine = engine
        self._tables = tables
        self._stories = stories
        self._words = words
        self.size = size

    @guard("reading where the past of an output begins")
    def place(self, output: Output, shown: Sequence[Story], now: datetime) -> PastPlace | None:
        """The page behind the stories that a subscription document shows, newest first; None: it shows all there are.

        Good for ever: stories that come or go later do not change what is behind those that were shown.
        """
        told = [story for story in shown if story.at <= now]
        if not told or len(shown) < output.limit:
            return None
        p, name = self._tables.past_page, filters_of(output)
        oldest = min(story.id for story in shown)
        below = p.select(p.number).where((p.output == name) & (p.full == 1) & (p.last < oldest))
        number = next((number for (number,) in rows(below.order_by(p.number.desc()).limit(1))), 0)
        return PastPlace(name, number, (told[-1].at, told[-1].id))

    @guard("reading the past of an output")
    def read(self, output: Output, place: PastPlace, now: datetime) -> PastPage | None:
        """The page at a place, its newest story first; None where there is none, or no more under these filters."""
        if place.filters != filters_of(output):
            return None
        numbers = self._words.numbers(output.include, now)
        with self._engine.atomic("DEFERRED"):
            ends = self._ends(place)
            if ends is None:
                return None
            passes = self._passes(output, numbers)
            return self._full(place, passes, *ends) if place.edge is None else self._open(place, passes, ends[0], now)

    @guard("looking for full pages of an output")
    def fill(self, output: Output, now: datetime) -> Filled | None:
        """What is found among the next stories, for seal(); None: too few are left to look at.

        A story that the subscription document shows is left for later, and with it all that came after it.
        """
        numbers, name = self._words.numbers(output.include, now), filters_of(output)
        shown = self._stories.select_ids(output, now)
        with self._engine.atomic("DEFERRED"):
            s, mark = self._tables.story, self._mark(name)
            newest = rows(s.select(s.id).order_by(s.id.desc()).limit(1))
            number, last, count = mark
            end = min([last + LOOK, *(story for (story,) in newest), *([min(shown) - 1] if shown else [])])
            if not newest or end <= last:
                return None
            members = self._passes(output, numbers).of(last, end)
        found: list[tuple[int, int, int, bool]] = []
        for story in members:
            count += 1
            if count == self.size:
                found.append((number, story, count, True))
                number, count = number + 1, 0
        return Filled(name, mark, (*found, (number, end, count, False))) if found or end - last >= FEW else None

    @guard("noting full pages of an output")
    def seal(self, found: Filled) -> None:
        """Store what fill() found, unless somebody else did so meanwhile."""
        p = self._tables.past_page
        with self._engine.atomic("IMMEDIATE"):
            if self._mark(found.output) == found.mark:
                rows_ = [(found.output, *one) for one in found.pages]
                self._engine.put([p.output, p.number, p.last, p.stories, p.full], rows_, key=[p.output, p.number])

    def _mark(self, name: str) -> tuple[int, int, int]:
        """The page that is not full yet: its number, the id up to which stories were looked at, how many it has."""
        p = self._tables.past_page
        query = p.select(p.number, p.last, p.stories, p.full).where(p.output == name)
        for number, last, count, full in rows(query.order_by(p.number.desc()).limit(1)):
            return (number + 1, last, 0) if full else (number, last, count)
        return 1, 0, 0

    def _ends(self, place: PastPlace) -> tuple[int, int, bool] | None:
        """Where the full page at a place ends, where the one before it did, and whether one follows; None: no such."""
        if place.number == 0:
            return (0, 0, False) if place.edge else None
        p = self._tables.past_page
        about = p.number.between(place.number - 1, place.number + 1)
        query = p.select(p.number, p.last).where((p.output == place.filters) & (p.full == 1) & about)
        found = dict(rows(query))
        if place.number not in found:
            return None
        return found[place.number], found.get(place.number - 1, 0), place.number + 1 in found

    def _full(self, place: PastPlace, passes: _Passes, end: int, start: int, follows: bool) -> PastPage:
        ids = passes.of(start, end)
        return PastPage(
            stories=self._newest_first(ids),
            previous=PastPlace(place.filters, place.number - 1) if place.number > 1 else None,
            following=PastPlace(place.filters, place.number + 1) if follows else None,
            full=True,
        )

    def _open(self, place: PastPlace, passes: _Passes, start: int, now: datetime) -> PastPage:
        assert place.edge is not None  # noqa: S101 - who calls it looked
        s, (at, number) = self._tables.story, place.edge
        # What is dated ahead of now is shown last by a subscription document, so mostly not at all.
        unseen = (s.at < at) | ((s.at == at) & (s.id < number)) | (s.at > now)
        ids = passes.down(place.below, start, unseen, self.size + 1)
        rest = len(ids) > self.size
        ids = ids[: self.size]
        if rest:
            previous: PastPlace | None = PastPlace(place.filters, place.number, place.edge, ids[-1])
        else:
            previous = PastPlace(place.filters, place.number) if place.number else None
        return PastPage(self._newest_first(ids), previous, None, full=False)

    def _newest_first(self, ids: Sequence[int]) -> tuple[Story, ...]:
        return tuple(sorted(loading.stories(self._tables, ids), key=lambda story: (story.at, story.id), reverse=True))

    def _passes(self, output: Output, words: Sequence[int]) -> _Passes:
        return _Passes(self._tables, output, words)


class _Passes:
    """What an output lets pass, of ranges of story ids. Lives within one transaction."""

    def __init__(self, tables: Tables, output: Output, words: Sequence[int]) -> None:
        needs = filters.needs(tables, output)
        passes = [each.passes for each in needs]
        if words:
            passes.append(hits.condition(tables, words))
        self._tables = tables
        self._condition = filters.condition(tables, passes, filters.few(needs))
        self._exclude = tags.folded(output.exclude)

    def of(self, start: int, end: int) -> list[int]:
        """Those behind `start`, up to `end`, oldest first."""
        s = self._tables.story
        return self._kept([n for (n,) in rows(self._query((s.id > start) & (s.id <= end)).order_by(s.id))])

    def down(self, below: int | None, start: int, unseen: Any, most: int) -> list[int]:
        """`most` of those below an id (None: of all) and behind `start` that meet `unseen`, newest first."""
        s, found = self._tables.story, list[int]()
        while len(found) < most:
            here = (s.id > start) if below is None else (s.id > start) & (s.id < below)
            some = [n for (n,) in rows(self._query(here & unseen).order_by(s.id.desc()).limit(most))]
            found += self._kept(some)
            if len(some) < most:
                break
            below = some[-1]
        return found[:most]

    def _query(self, where: Any) -> Any:
        s = self._tables.story
        # In other words than those of the index, or SQLite begins with all visible stories: a range of ids is few.
        visible = peewee.Case(None, [(s.visible == 1, 1)], 0)
        query = s.select(s.id).where(where, visible == 1)
        return query if self._condition is None else query.where(self._condition)

    def _kept(self, ids: list[int]) -> list[int]:
        return filters.without(self._tables, self._exclude, ids) if self._exclude and ids else ids


def filters_of(output: Output) -> str:
    """Stands for all that decides which stories belong to an output, in addresses too: other filters, other pages."""
    words = (output.feeds, output.categories, output.outlets, output.symbols, output.include, output.exclude)
    return hashing.digest(*(repr(tags.folded(one)) for one in words))[2:10]
