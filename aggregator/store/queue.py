"""The rows of the full-text queue: what waits, and what was given up.

In and out: models.Retry. Called by articles.py, changes.py and pages.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from aggregator.models import Retry, Tried
from aggregator.store.columns import instant, micros
from aggregator.store.engine import Lookup, rows
from aggregator.store.schema import Tables


def columns(tables: Tables) -> list[Any]:
    """The columns, in the order of `as_row`."""
    r = tables.retry
    return [r.article, r.url, r.attempts, r.since, r.next_at, r.reason, r.history]


def as_row(retry: Retry) -> tuple[object, ...]:
    """The row of a Retry."""
    history = [[one.reason, micros(one.first), micros(one.last), one.count] for one in retry.history]
    return retry.article_id, retry.url, retry.attempts, retry.since, retry.next_at, retry.reason, history


def from_row(row: Sequence[Any]) -> Retry:
    """The Retry of a row; one that an older version queued has no history but its last reason."""
    article, url, attempts, since, next_at, reason, history = row
    tried = (Tried(why, instant(first), instant(last), count) for why, first, last, count in history or ())
    return Retry(article, url, attempts, since, next_at, reason, tuple(tried))


def due(tables: Tables, now: datetime, limit: int) -> list[Retry]:
    """What is to be tried now, longest due first."""
    r = tables.retry
    query = r.select(*columns(tables)).where(r.next_at <= now).order_by(r.next_at, r.article).limit(limit)
    return [from_row(row) for row in rows(query)]


def of(tables: Tables, articles: Iterable[int]) -> dict[int, Retry]:
    """The rows of some articles, by article."""
    return {row[0]: from_row(row) for row in tables.lookup(_by_article)(articles)}


def _by_article(tables: Tables) -> Lookup:
    return Lookup(tables.retry.select(*columns(tables)), tables.retry.article)
