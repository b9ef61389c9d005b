"""Articles: what is known of a batch, what is near it, the commit, and reading back.

In: entries and plans from the pipeline. Out: Known, Neighbour, Outcome, StoredArticle, Revision, Retry.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from aggregator.kit import urls
from aggregator.models import (
    Entry,
    Known,
    Neighbour,
    Outcome,
    Plan,
    Retry,
    Revision,
    StoredArticle,
    StoryKey,
    Wanted,
)
from aggregator.store import familiar, loading, queue, revisions, selecting
from aggregator.store.commit import Commit
from aggregator.store.engine import Engine, chunked, rows
from aggregator.store.prints import Prints
from aggregator.store.revisions import Changed
from aggregator.store.schema import Tables
from aggregator.store.seam import guard
from aggregator.store.stories import Stories
from aggregator.store.subscriptions import Subscriptions


class _Undone(Exception):  # noqa: N818 - it is no error
    """Ends a transaction that was only to tell what it would do."""


class Articles:
    """The article, revision, appearance and retry tables."""

    def __init__(self, engine: Engine, tables: Tables, subscriptions: Subscriptions, stories: Stories) -> None:
        self._engine = engine
        self._tables = tables
        self._subscriptions = subscriptions
        self._stories = stories
        self._prints = Prints(tables)

    @guard("reading what is known of a feed's entries")
    def known(self, slug: str, entries: Sequence[Entry]) -> dict[str, Known]:
        """What is stored of each entry, by entry id: as an entry of this subscription, else as a document.

        A document is recognised by its docid, else by link or aliases, unless the entry shares its link with others.
        The number of queries does not depend on the number of entries.
        """
        with self._engine.atomic("DEFERRED"):
            return familiar.known(self._tables, slug, entries)

    @guard("reading similar articles")
    def neighbours(self, keys: Sequence[StoryKey], prints: Sequence[tuple[int, datetime]]) -> list[Neighbour]:
        """Stored articles that may tell the same story: same title key within a day, or near print within 48 hours."""
        with self._engine.atomic("DEFERRED"):
            return familiar.neighbours(self._tables, self._prints, keys, prints)

    @guard("storing articles")
    def commit(self, plans: Sequence[Plan], now: datetime, *, dry: bool = False) -> list[Outcome]:
        """Store plans in one transaction: all of them or, when an error is raised, nothing; with `dry` nothing either.

        Returns one Outcome a plan, in their order. Raises LookupError for the slug of a subscription never synced.
        """
        self._engine.widen()
        with suppress(_Undone), self._engine.atomic("IMMEDIATE"):
            slugs = self._subscriptions.ids(plan.slug for plan in plans)
            outcomes = Commit(self._tables, self._engine, plans, slugs, now).run()
            self._subscriptions.save(plans, slugs)
            if dry:
                raise _Undone
        return outcomes

    @guard("reading an article")
    def get(self, ref: int | str) -> StoredArticle | None:
        """One article by id, docid, address, or the uid of its story (then the head of the story)."""
        if isinstance(ref, str) and (uid := _uid(ref)):
            story = self._stories.get(uid)
            return story.head if story else None
        if isinstance(ref, int) and not 0 < ref < 2**63:
            return None
        with self._engine.atomic("DEFERRED"):
            for condition in self._conditions(ref):
                if found := loading.articles(self._tables, condition):
                    return found[0]
        return None

    @guard("reading articles")
    def of(self, revision_ids: Sequence[int]) -> list[StoredArticle]:
        """The live articles whose newest states these are, in their order; others are left out."""
        order = {number: place for place, number in enumerate(revision_ids)}
        r, a = self._tables.revision, self._tables.article
        with self._engine.atomic("DEFERRED"):
            query = r.select(r.article, r.id).join(a, on=(a.id == r.article) & (a.number == r.number))
            newest = dict(rows(query.where((r.id << list(order)) & (a.deleted == 0) & a.pruned.is_null())))
            found = loading.articles(self._tables, a.id << list(newest))
        return sorted(found, key=lambda stored: order[newest[stored.id]])

    @guard("reading the revisions of an article")
    def revisions(self, article_id: int) -> list[Revision]:
        """Every state of an article, oldest first."""
        return revisions.history(self._tables, article_id)

    @guard("reading which pages to try again")
    def retries(self, now: datetime, limit: int) -> list[Retry]:
        """Articles whose page is due to be tried again, longest due first."""
        return queue.due(self._tables, now, limit)

    @guard("making pages due that a wrong clock has put off")
    def recall_retries(self, now: datetime, latest: datetime) -> int:
        """Make due what is to be tried after `latest`, or waits since a time after `now`; returns how many pages."""
        r = self._tables.retry
        with self._engine.atomic():
            ahead = r.next_at.is_null(False) & ((r.next_at > latest) | (r.since > now))
            ids = [number for (number,) in rows(r.select(r.article).where(ahead))]
            for some in chunked(ids):
                r.update(since=now).where(r.article.in_(some) & (r.since > now)).execute()
                r.update(next_at=now).where(r.article.in_(some)).execute()
        return len(ids)

    def iterate(
        self, batch: int = 200, *, wanted: Wanted | None = None, among: Sequence[int] | None = None
    ) -> Iterator[StoredArticle]:
        """Every article in id order, withdrawn ones too, read `batch` at a time; holds no lock between the reads.

        `wanted`: only those that pass its filters, but for its words, which are for who has the search index: `among`
        are the only ids that count then, ascending.
        """
        for ids in self.ids(batch, wanted=wanted, among=among):
            with guard("reading the archive"), self._engine.atomic("DEFERRED"):
                found = loading.articles(self._tables, self._tables.article.id << ids)
            yield from found

    def ids(
        self, batch: int = 200, *, wanted: Wanted | None = None, among: Sequence[int] | None = None
    ) -> Iterator[list[int]]:
        """The ids that `iterate` walks over, in groups."""
        a, last, start = self._tables.article, 0, 0
        while True:
            with guard("reading the archive"), self._engine.atomic("DEFERRED"):
                query = a.select(a.id).where(*selecting.conditions(self._tables, wanted or Wanted()))
                if among is not None:
                    some = list(among[start : start + batch])
                    start += batch
                    ids = [number for (number,) in rows(query.where(a.id << some).order_by(a.id))]
                    ended = not some
                else:
                    ids = [number for (number,) in rows(query.where(a.id > last).order_by(a.id).limit(batch))]
                    ended = not ids
            if ended:
                return
            if ids:
                yield ids
                last = ids[-1]

    @guard("reading what is new in the archive")
    def changed(self, mark: int, limit: int) -> list[Changed]:
        """New states of articles behind a mark (0: all), in the order in which they were stored, `limit` at most.

        For what is written behind the archive, as a search index: keep the last mark with what was made of it.
        """
        with self._engine.atomic("DEFERRED"):
            return revisions.changed(self._tables, mark, limit)

    @guard("counting")
    def counts(self) -> dict[str, int]:
        """How many of each thing are stored. `stories` leaves out those that were merged away."""
        t = self._tables
        with self._engine.atomic("DEFERRED"):
            return {
                "subscriptions": t.subscription.select().count(),
                "articles": t.article.select().count(),
                "withdrawn": t.article.select().where(t.article.deleted == 1).count(),
                "revisions": t.revision.select().count(),
                "stories": t.story.select().where(t.story.merged_into.is_null()).count(),
                "appearances": t.appearance.select().count(),
                "retries": t.retry.select().where(t.retry.next_at.is_null(False)).count(),
            }

    def _conditions(self, ref: int | str) -> Iterator[Any]:
        a, alias = self._tables.article, self._tables.alias
        if isinstance(ref, int) or (ref.isascii() and ref.isdigit() and len(ref) < 18):
            yield a.id == int(ref)
        if isinstance(ref, str):
            yield a.docid == ref
            if "//" in ref:
                yield a.id << alias.select(alias.article).where(alias.url_key == urls.key(ref))


def _uid(ref: str) -> str | None:
    """The story uid in `ref`, None when it is something else."""
    if len(ref.removeprefix("urn:uuid:")) != 36:
        return None
    try:
        return uuid.UUID(ref.removeprefix("urn:uuid:")).urn
    except ValueError:
        return None
