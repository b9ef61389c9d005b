"""What a query asks of articles beside words: where they were seen, their outlet, symbols, categories and time.

In: models.Query, ids. Out: Spots, which say where an article stands. Called by search.py, within a transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from aggregator.kit.simplified import simplified
from aggregator.models import Output, Query, Without
from aggregator.store import filters
from aggregator.store.engine import Lookup, rows
from aggregator.store.schema import Tables

#: A story is as old as its oldest article, and no article of it comes later than this.
_SPREAD = timedelta(days=30)


#: Articles that are looked at in one go.
AT_ONCE = 500


class Spot(NamedTuple):
    """A live article that has its text."""

    revision: int  #: id of its newest state
    article: int
    at: datetime  #: published, never later than first seen
    story: int
    story_at: datetime


class Asked:
    """The filters of a query."""

    def __init__(self, tables: Tables, query: Query) -> None:
        self._tables = tables
        self._query = query
        needs = filters.needs(tables, _output(query))
        #: The only articles that pass one of the filters; None: they are many.
        self.few = filters.few(needs)
        passes = [need.passes for need in needs]
        for one in query.without:
            passes += [~need.passes for need in filters.needs(tables, _output(_only(one)))]
        a = tables.article
        self._passes = Lookup.filled(a.select(a.id).where(*passes), a.id) if passes else None

    def passing(self, spots: Iterable[Spot]) -> list[Spot]:
        """Those that pass all filters, in their order."""
        since, until = self._query.since, self._query.until
        left = [
            spot
            for spot in spots
            if (since is None or spot.at >= since)
            and (until is None or spot.at < until)
            and (self.few is None or spot.article in self.few)
        ]
        if not self._passes:
            return left
        passed = {number for (number,) in self._passes(spot.article for spot in left)}
        return [spot for spot in left if spot.article in passed]


def of_revisions(tables: Tables, ids: Iterable[int]) -> list[Spot]:
    """Where the articles stand whose newest states these are, as they were stored; other states are left out."""
    return sorted(_spots(tables.lookup(_by_revision)(ids)))


def of_articles(tables: Tables, ids: Iterable[int]) -> list[Spot]:
    """Where the articles stand, as they were stored."""
    return sorted(_spots(tables.lookup(_by_article)(ids)))


def of_stories(tables: Tables, ids: Sequence[int]) -> list[Spot]:
    """Where the articles of some stories stand, in the order of the stories."""
    order = {number: place for place, number in enumerate(ids)}
    spots = _spots(tables.lookup(_by_story)(ids))
    return sorted(spots, key=lambda spot: (order[spot.story], -spot.revision))


def onward(tables: Tables, last: int, limit: int) -> list[int]:
    """The next articles by id."""
    a = tables.article
    return [number for (number,) in rows(a.select(a.id).where(a.id > last).order_by(a.id).limit(limit))]


def newest(
    tables: Tables, limit: int, after: tuple[datetime, int] | None, now: datetime | None, *, ahead: bool, query: Query
) -> list[tuple[int, datetime]]:
    """Visible stories, newest first, from behind a place: those up to `now`, or those that lie `ahead` of it."""
    s = tables.story
    asked = _seen(tables, now, ahead=ahead, query=query)
    if after is not None:
        at, number = after
        asked = asked.where(s.at <= at, (s.at < at) | (s.id < number))
    return rows(asked.order_by(s.at.desc(), s.id.desc()).limit(limit))


def oldest(
    tables: Tables, limit: int, before: tuple[datetime, int], now: datetime | None, *, ahead: bool, query: Query
) -> list[tuple[int, datetime]]:
    """The same the other way: from a place on, the nearest first."""
    s = tables.story
    at, number = before
    asked = _seen(tables, now, ahead=ahead, query=query).where(s.at >= at, (s.at > at) | (s.id > number))
    return rows(asked.order_by(s.at, s.id).limit(limit))


def _seen(tables: Tables, now: datetime | None, *, ahead: bool, query: Query) -> Any:
    s = tables.story
    asked = s.select(s.id, s.at).where(s.visible == 1)
    if now is not None:
        asked = asked.where(s.at > now if ahead else s.at <= now)
    if query.until is not None:
        asked = asked.where(s.at < query.until)
    if query.since is not None:
        asked = asked.where(s.at >= query.since - _SPREAD)
    return asked


def _output(query: Query) -> Output:
    """The filters as those of an output. A traditional name is looked for in simplified characters too."""
    outlets, categories = (
        tuple(dict.fromkeys((*values, *map(simplified, values)))) for values in (query.outlets, query.categories)
    )
    return Output("", "", outlets=outlets, categories=categories, symbols=query.symbols, feeds=query.feeds)


def _only(one: Without) -> Query:
    value = (one.value,)
    return Query(
        outlets=value if one.field == "outlet" else (),
        symbols=value if one.field == "symbol" else (),
        categories=value if one.field == "category" else (),
        feeds=value if one.field == "feed" else (),
    )


def _spots(found: Iterable[Sequence[Any]]) -> list[Spot]:
    return [
        Spot(revision, article, min(published or first_seen, first_seen), story, story_at)
        for revision, article, published, first_seen, deleted, pruned, story, story_at, visible in found
        if visible and not deleted and pruned is None
    ]


def _query(tables: Tables) -> Any:
    a, r, s = tables.article, tables.revision, tables.story
    return (
        r.select(r.id, a.id, a.published, a.first_seen, a.deleted, a.pruned, s.id, s.at, s.visible)
        .join(a, on=(a.id == r.article) & (a.number == r.number))
        .join(s, on=(s.id == a.story))
    )


def _by_revision(tables: Tables) -> Lookup:
    return Lookup(_query(tables), tables.revision.id)


def _by_article(tables: Tables) -> Lookup:
    return Lookup(_query(tables), tables.article.id)


def _by_story(tables: Tables) -> Lookup:
    return Lookup(_query(tables), tables.article.story)
