"""What a commit decided, table by table, and the writing of it: one statement a table, many rows each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aggregator.models import Article, Completeness, Retry
from aggregator.store import bands, tags
from aggregator.store.codec import encode
from aggregator.store.engine import Engine, chunked, rows
from aggregator.store.ledger import Seen
from aggregator.store.records import Record, as_row, columns
from aggregator.store.schema import Tables


@dataclass(slots=True)
class State:
    """A new state of an article: a revision row to be."""

    article_id: int
    number: int
    at: datetime
    cause: str
    content_hash: str
    article: Article


@dataclass(slots=True)
class Changes:
    """Rows to be written. Records are the ledger's own, so each is written as it stands in the end."""

    states: list[State] = field(default_factory=list)
    created: dict[int, Record] = field(default_factory=dict)
    revised: dict[int, Record] = field(default_factory=dict)  #: stored before
    identified: dict[int, Record] = field(default_factory=dict)  #: their docid became known
    prints: dict[int, tuple[int | None, datetime]] = field(default_factory=dict)  #: of the revised ones, as stored
    appearances: dict[tuple[int, str], Seen] = field(default_factory=dict)
    addresses: dict[str, int] = field(default_factory=dict)
    queued: dict[int, Retry] = field(default_factory=dict)  #: first retries; a stored one stands, unless given up
    retried: dict[int, Retry] = field(default_factory=dict)  #: outcomes of retries; they replace the stored one
    whole: set[int] = field(default_factory=set)  #: articles with nothing left to retry

    def write(self, tables: Tables, engine: Engine) -> None:
        """Write everything. Stories must be stored before."""
        records = {**self.created, **self.revised, **self.identified}
        latest = {state.article_id: state.article for state in self.states}
        article = tables.article
        engine.put(columns(tables), [as_row(record) for record in records.values()], key=[article.id])
        self._write_revisions(tables, engine)
        self._write_appearances(tables, engine)
        alias = tables.alias
        engine.put([alias.url_key, alias.article], list(self.addresses.items()))
        _delete(tables.tag, tables.tag.article, self.revised)
        tag = tables.tag
        engine.put(
            [tag.article, tag.kind, tag.value],
            [(number, *pair) for number, content in latest.items() for pair in sorted(tags.of(content))],
        )
        self._write_bands(tables, engine)
        self._write_retries(tables, engine)

    def _write_revisions(self, tables: Tables, engine: Engine) -> None:
        r = tables.revision
        engine.put(
            [r.article, r.number, r.at, r.cause, r.content_hash, r.title, r.html, r.text, r.facts, r.original],
            [
                (state.article_id, state.number, state.at, state.cause, state.content_hash, *encode(state.article))
                for state in self.states
            ],
        )

    def _write_appearances(self, tables: Tables, engine: Engine) -> None:
        a = tables.appearance
        engine.put(
            [a.subscription, a.entry_id, a.article, a.stated_hash, a.first_seen],
            [
                (subscription, entry_id, seen.article, seen.stated_hash, seen.first_seen)
                for (subscription, entry_id), seen in self.appearances.items()
            ],
            key=[a.entry_id, a.subscription],
        )

    def _write_bands(self, tables: Tables, engine: Engine) -> None:
        moved = [number for number, record in self.revised.items() if self.prints[number] != print_of(record)]
        _delete(tables.band, tables.band.article, moved)
        pieces = [
            (key, record.id)
            for record in (*self.created.values(), *(self.revised[number] for number in moved))
            if record.fingerprint is not None
            for key in bands.stored(record.fingerprint, record.at)
        ]
        engine.put([tables.band.key, tables.band.article], pieces)

    def _write_retries(self, tables: Tables, engine: Engine) -> None:
        r = tables.retry
        _delete(r, r.article, self.whole)
        _delete(r, r.article, self.queued, r.next_at.is_null())
        names: list[Any] = [r.article, r.url, r.attempts, r.since, r.next_at, r.reason]
        engine.put(names, [_retry_row(retry) for retry in self.queued.values()], ignore=True)
        # Without a row the article became whole in the meantime.
        waiting = {
            number
            for some in chunked(self.retried)
            for (number,) in rows(r.select(r.article).where(r.article.in_(some)))
        }
        again = [_retry_row(retry) for number, retry in self.retried.items() if number in waiting]
        engine.put(names, again, key=[r.article])


def is_whole(record: Record) -> bool:
    """True when no page has to be read any more for the article."""
    return record.completeness is not Completeness.SUMMARY or record.deleted


def print_of(record: Record) -> tuple[int | None, datetime]:
    """What the bands of an article are made of."""
    return record.fingerprint, record.at


def _retry_row(retry: Retry) -> tuple[object, ...]:
    return retry.article_id, retry.url, retry.attempts, retry.since, retry.next_at, retry.reason


def _delete(table: Any, column: Any, articles: Iterable[int], *only: Any) -> None:
    for some in chunked(articles):
        table.delete().where(column.in_(some), *only).execute()
