"""What a commit decided, table by table, and the writing of it: one statement a table, many rows each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aggregator.models import Article, Completeness, Observation, PageCheck, RawDocument, Retry
from aggregator.store import bodies, codec, hits, presence, prints, queue, raw, tags
from aggregator.store.columns import short
from aggregator.store.engine import Engine, Ids, chunked, rows
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
    tags: dict[int, set[tuple[str, str]]] = field(default_factory=dict)  #: of the revised ones, as stored
    appearances: dict[tuple[int, str], Seen] = field(default_factory=dict)
    addresses: dict[str, int] = field(default_factory=dict)
    queued: dict[int, Retry] = field(default_factory=dict)  #: first retries; a stored one stands, unless given up
    retried: dict[int, Retry] = field(default_factory=dict)  #: outcomes of retries; they replace the stored one
    observed: list[Observation] = field(default_factory=list)  #: looks at pages, in the order in which they were made
    whole: set[int] = field(default_factory=set)  #: articles with nothing left to retry
    raw: dict[RawDocument, dict[int, Record]] = field(default_factory=dict)  #: kept documents, and what they made
    checked: list[PageCheck] = field(default_factory=list)  #: pages that only another archive knows of
    past: set[int] = field(default_factory=set)  #: articles whose new states are older than what they say

    def write(self, tables: Tables, engine: Engine, ids: Ids) -> None:
        """Write everything. Stories must be stored before."""
        records = {**self.created, **self.revised, **self.identified}
        article = tables.article
        engine.put(columns(tables), [as_row(record) for record in records.values()], key=[article.id])
        self._write_revisions(tables, engine, ids)
        self._write_appearances(tables, engine)
        alias = tables.alias
        engine.put([alias.url_key, alias.article], list(self.addresses.items()))
        self._write_tags(tables, engine, ids)
        self._write_prints(tables, engine)
        latest = {one.article_id: one.article for one in self.states if one.article_id not in self.past}
        times = {number: at for number, (_, at) in self.prints.items()}
        hits.write(tables, engine, latest, records, times)
        self._write_retries(tables, engine)
        raw.write(tables, engine, ids, self.raw)
        presence.write(tables, engine, self.observed)
        engine.put(presence.columns(tables), [presence.as_row(one) for one in self.checked])

    def _write_revisions(self, tables: Tables, engine: Engine, ids: Ids) -> None:
        if not self.states:
            return
        b, r = tables.body, tables.revision
        articles = [state.article for state in self.states]
        packed = bodies.pack(bodies.pair(article.html, article.text, article.original) for article in articles)
        numbers = ids.take(b, len(packed.frames))
        now = max(state.at for state in self.states)
        engine.put(
            [b.id, b.at, b.encoding, b.data],
            [(number, now, *frame) for number, frame in zip(numbers, packed.frames, strict=True)],
        )
        places: list[Any] = [r.body, r.start, r.html_length, r.text_length]
        engine.put(
            [r.article, r.number, r.at, r.cause, r.content_hash, r.title, r.facts, r.original, *places],
            [
                (
                    *(state.article_id, state.number, state.at, state.cause, state.content_hash, state.article.title),
                    *(codec.facts(state.article), state.article.original),
                    *(None if spot.frame is None else numbers[spot.frame], *spot[1:]),
                )
                for state, spot in zip(self.states, packed.spots, strict=True)
            ],
        )

    def _write_appearances(self, tables: Tables, engine: Engine) -> None:
        a = tables.appearance
        engine.put(
            [a.subscription, a.entry_id, a.article, a.stated_hash, a.first_seen, a.entry],
            [
                (subscription, entry_id, seen.article, seen.stated_hash, seen.first_seen, short(entry_id))
                for (subscription, entry_id), seen in self.appearances.items()
                if seen.id is None
            ],
        )
        engine.update(
            [a.article, a.stated_hash, a.first_seen],
            a.id,
            [
                (seen.article, seen.stated_hash, seen.first_seen, seen.id)
                for seen in self.appearances.values()
                if seen.id
            ],
        )

    def _write_tags(self, tables: Tables, engine: Engine, ids: Ids) -> None:
        latest = {one.article_id: tags.of(one.article) for one in self.states if one.article_id not in self.past}
        labels = tags.labels(tables, engine, ids, set().union(*latest.values(), *self.tags.values()))
        columns = [tables.tag.label, tables.tag.article]
        nothing: set[tuple[str, str]] = set()
        gone = [(labels[pair], number) for number, own in self.tags.items() for pair in own - latest[number]]
        engine.delete(columns, gone)
        fresh = ((number, own - self.tags.get(number, nothing)) for number, own in latest.items())
        engine.put(columns, [(labels[pair], number) for number, own in fresh for pair in own])

    def _write_prints(self, tables: Tables, engine: Engine) -> None:
        p = tables.print
        moved = [number for number, record in self.revised.items() if self.prints[number] != print_of(record)]
        engine.delete(
            [p.span, p.article],
            [
                (prints.span(at), number)
                for number in moved
                for print_, at in [self.prints[number]]
                if print_ is not None
            ],
        )
        engine.put(
            [p.span, p.article, p.fingerprint],
            [
                (prints.span(record.at), record.id, record.fingerprint)
                for record in (*self.created.values(), *(self.revised[number] for number in moved))
                if record.fingerprint is not None
            ],
        )

    def _write_retries(self, tables: Tables, engine: Engine) -> None:
        r = tables.retry
        _delete(r, r.article, self.whole - self.created.keys())
        _delete(r, r.article, self.queued, r.next_at.is_null())
        names = queue.columns(tables)
        engine.put(names, [queue.as_row(retry) for retry in self.queued.values()], ignore=True)
        # Without a row the article became whole in the meantime.
        waiting = {
            number
            for some in chunked(self.retried)
            for (number,) in rows(r.select(r.article).where(r.article.in_(some)))
        }
        again = [queue.as_row(retry) for number, retry in self.retried.items() if number in waiting]
        engine.put(names, again, key=[r.article])


def is_whole(record: Record) -> bool:
    """True when no page has to be read any more for the article."""
    return record.completeness is not Completeness.SUMMARY or not record.is_shown


def print_of(record: Record) -> tuple[int | None, datetime]:
    """What the row in the print table is made of."""
    return record.fingerprint, record.at


def _delete(table: Any, column: Any, articles: Iterable[int], *only: Any) -> None:
    for some in chunked(articles):
        table.delete().where(column.in_(some), *only).execute()
