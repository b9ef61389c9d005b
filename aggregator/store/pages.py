"""Pages: which are to be asked again, and what asking them came to.

In: ids of articles, instants. Out: Retry and PageCheck values, ids that are due. Called by app (retry, recheck, show,
status). What a look found is stored by a commit (Plan.retries, Plan.observations).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from peewee import JOIN, Value

from aggregator.models import Completeness, PageCheck, Retry
from aggregator.store import presence, queue
from aggregator.store.columns import MICROSECOND
from aggregator.store.engine import Engine, chunked, rows
from aggregator.store.schema import Tables
from aggregator.store.seam import guard


class Pages:
    """The retry and page_check tables."""

    def __init__(self, engine: Engine, tables: Tables) -> None:
        self._engine = engine
        self._tables = tables

    @guard("reading the full-text queue")
    def retries(self, articles: Iterable[int]) -> dict[int, Retry]:
        """What waits for its full text or was given up, of these articles."""
        return queue.of(self._tables, articles)

    @guard("reading what is known of pages")
    def checks(self, articles: Iterable[int]) -> dict[int, PageCheck]:
        """What looks at the pages of these articles came to."""
        return presence.of(self._tables, articles)

    @guard("reading the full-text queue")
    def queued(self, given_up: bool | None = None) -> list[int]:
        """The articles in the queue: all, or only those that were given up, or only those that were not."""
        r = self._tables.retry
        query = r.select(r.article).order_by(r.article)
        if given_up is not None:
            query = query.where(r.next_at.is_null(given_up))
        return [number for (number,) in rows(query)]

    @guard("asking for full texts")
    def try_now(self, articles: Sequence[int], now: datetime) -> list[int]:
        """Make their full text due now, as if it had never failed before: also what was given up, or never queued.

        Returns those for which there is something to try: live summaries with an address. Their history stays.
        """
        a, r, v = self._tables.article, self._tables.retry, self._tables.revision
        with self._engine.atomic("IMMEDIATE"):
            found: dict[int, Any] = {}
            for some in chunked(articles):
                lacking = (a.completeness == Completeness.SUMMARY) & (a.deleted == 0)
                query = a.select(a.id, v.facts).join(v, on=(v.article == a.id) & (v.number == a.number))
                found |= dict(rows(query.where(a.id.in_(some) & (lacking | a.id.in_(r.select(r.article))))))
            waiting = queue.of(self._tables, found)
            urls = {number: waiting[number].url if number in waiting else _url(found[number]) for number in found}
            fresh = [
                Retry(number, url, 0, now, now, "asked for", waiting[number].history if number in waiting else ())
                for number, url in urls.items()
                if url
            ]
            self._engine.put(queue.columns(self._tables), [queue.as_row(one) for one in fresh], key=[r.article])
        return [one.article_id for one in fresh]

    @guard("asking for another look at pages")
    def check_now(self, articles: Iterable[int], now: datetime) -> None:
        """Make another look at their pages due now."""
        c = self._tables.page_check
        with self._engine.atomic("IMMEDIATE"):
            known = presence.of(self._tables, articles := list(articles))
            new = [(number, now, 0, 0) for number in articles if number not in known]
            self._engine.put([c.article, c.next_at, c.absent, c.failures], new)
            self._engine.update([c.next_at], c.article, [(now, number) for number in known])

    @guard("reading which pages to look at")
    def due_checks(self, now: datetime, limit: int) -> list[int]:
        """Articles whose page is due for another look, longest due first."""
        c = self._tables.page_check
        query = c.select(c.article).where(c.next_at <= now).order_by(c.next_at, c.article).limit(limit)
        return [number for (number,) in rows(query)]

    @guard("reading which pages to look at")
    def of_age(self, age: timedelta, now: datetime, limit: int) -> list[int]:
        """Whole articles of stories that passed an age (by half of it at most), not looked at since; oldest first."""
        s, a, c = self._tables.story, self._tables.article, self._tables.page_check
        come = now - age
        query = (
            s.select(a.id)
            .join(a, on=(a.story == s.id))
            .join(c, JOIN.LEFT_OUTER, on=(c.article == a.id))
            .where((s.visible == 1) & (s.at <= come) & (s.at > come - age / 2))
            .where((a.completeness == Completeness.FULL) & (a.deleted == 0))
            .where(
                c.checked_at.is_null()
                | (c.checked_at < s.at + Value(age // MICROSECOND, converter=False)) & c.next_at.is_null()
            )
        )
        return [number for (number,) in rows(query.order_by(s.at, a.id).limit(limit))]

    @guard("reading what is stored since a time")
    def since(self, instant: datetime) -> list[int]:
        """Live articles of stories of that time and later, oldest first: those whose pages a person wants looked at."""
        s, a = self._tables.story, self._tables.article
        query = s.select(a.id).join(a, on=(a.story == s.id)).where((s.visible == 1) & (s.at >= instant))
        return [number for (number,) in rows(query.where(a.deleted == 0).order_by(s.at, a.id))]

    @guard("counting removed articles")
    def removed(self) -> int:
        """How many articles were removed at source."""
        c = self._tables.page_check
        return int(c.select().where(c.removed_at.is_null(False)).count())


def _url(facts: dict[str, Any]) -> str | None:
    """The address in the facts of a revision; see codec.py."""
    url = facts.get("url")
    return facts["entry_id"] if url is True else url
