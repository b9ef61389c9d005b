"""The index of kept documents: where each lies, and which articles it made.

In: RawDocument values of commits, article ids, digests, names of files. Out: RawDocument and RawSource. Called by
changes.py within a commit, and through Store.raw by who writes, reads and checks the WARC files.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import peewee

from aggregator.models import RawDocument, RawKind, RawSource
from aggregator.store.engine import Engine, Ids, Lookup, chunked, rows
from aggregator.store.records import Record
from aggregator.store.schema import Tables
from aggregator.store.seam import guard

_NAMES = ("url", "fetched_at", "file", "offset", "length", "kind", "status", "digest", "revisit")


#: How long after a document came its article is stored, at most.
_WALK = timedelta(minutes=15)


class Raw:
    """The tables of kept documents."""

    def __init__(self, engine: Engine, tables: Tables) -> None:
        self._engine = engine
        self._tables = tables

    @guard("reading which documents are kept")
    def sources(self, articles: Iterable[int]) -> dict[int, list[RawSource]]:
        """What each article was made from, by article id, newest first."""
        found: dict[int, list[RawSource]] = {}
        with self._engine.atomic("DEFERRED"):
            told = self._tables.lookup(_by_article)(articles)
        for article, revision, number, *row in told:
            found.setdefault(article, []).append(RawSource(number, _document(row), article, revision))
        for sources in found.values():
            sources.sort(key=lambda one: (one.document.fetched_at, one.id), reverse=True)
        return found

    @guard("reading which documents are kept")
    def originals(self, digests: Iterable[str]) -> dict[str, RawDocument]:
        """For each digest the oldest document that holds such a payload itself."""
        with self._engine.atomic("DEFERRED"):
            told = sorted(self._tables.lookup(_by_digest)(digests), reverse=True)
        return {document.digest: document for _, *row in told if not (document := _document(row)).revisit}

    @guard("reading how far a file is known")
    def end(self, file: str) -> int:
        """Where the last record of a file ends that is in the index; 0 for an unknown file."""
        r = self._tables.raw
        query = r.select(r.offset, r.length).where(r.file == file).order_by(r.offset.desc()).limit(1)
        return sum(next(iter(rows(query)), (0, 0)))

    @guard("forgetting documents that were lost")
    def forget(self, file: str, end: int = 0) -> int:
        """Forget the documents of a file that lie, or end, behind `end`; returns how many."""
        r = self._tables.raw
        with self._engine.atomic("IMMEDIATE"):
            gone: int = r.delete().where((r.file == file) & (r.offset + r.length > end)).execute()
        return gone

    @guard("reading which files hold documents")
    def files(self) -> list[str]:
        """The names of all files that the index knows, sorted."""
        r = self._tables.raw
        return [name for (name,) in rows(r.select(r.file).distinct().order_by(r.file))]

    def documents(self, file: str, until: int, batch: int = 1_000) -> Iterator[RawDocument]:
        """The documents of a file that begin before `until`, in the order in which they lie there.

        Holds no lock between the reads.
        """
        r, last = self._tables.raw, -1
        while True:
            with guard("reading which documents are kept"), self._engine.atomic("DEFERRED"):
                query = r.select(*_columns(self._tables)).where(
                    (r.file == file) & (r.offset > last) & (r.offset < until)
                )
                found = [_document(row) for row in rows(query.order_by(r.offset).limit(batch))]
            if not found:
                return
            yield from found
            last = found[-1].offset

    @guard("entering documents in the index")
    def enter(self, found: Sequence[tuple[RawDocument, str | None, Sequence[str]]]) -> int:
        """Enter documents that the index lost, by the docid and folded addresses of their articles; returns how many.

        A document counts as the source of the newest state stored until shortly after it was fetched. One of which no
        article is stored is left out.
        """
        t = self._tables
        with self._engine.atomic("IMMEDIATE"):
            by_docid = dict(t.lookup(_article_by_docid)({docid for _, docid, _ in found if docid}))
            by_address = dict(t.lookup(_article_by_address)({one for *_, addresses in found for one in addresses}))
            owners = {
                document: owner
                for document, docid, addresses in found
                if (owner := by_docid.get(docid) or next(filter(None, map(by_address.get, addresses)), None))
            }
            states: dict[int, list[tuple[int, datetime]]] = {}
            for article, number, at in sorted(t.lookup(_times)(owners.values())):
                states.setdefault(article, []).append((number, at))
            made = {
                document: {owner: max([number for number, at in states[owner] if at <= until], default=1)}
                for document, owner in owners.items()
                for until in [document.fetched_at + _WALK]
            }
            _enter(t, self._engine, self._engine.ids(), made)
        return len(made)

    @guard("counting kept documents")
    def counts(self) -> tuple[int, int]:
        """How many documents are kept, and the bytes of their records."""
        raw = self._tables.raw
        ((number, size),) = rows(raw.select(peewee.fn.COUNT(raw.id), peewee.fn.SUM(raw.length)))
        return number, size or 0


def write(tables: Tables, engine: Engine, ids: Ids, made: Mapping[RawDocument, Mapping[int, Record]]) -> None:
    """Store which documents made which articles; a document that is known by its place is not stored again."""
    if made:
        numbered = {one: {record.id: record.number for record in records.values()} for one, records in made.items()}
        _enter(tables, engine, ids, numbered)


def _enter(tables: Tables, engine: Engine, ids: Ids, made: Mapping[RawDocument, Mapping[int, int]]) -> None:
    """Rows for documents, and for the article ids each made, with the number of the state."""
    r, of = tables.raw, tables.raw_article
    known: dict[tuple[str, int], int] = {}
    for file in {document.file for document in made}:
        offsets = [document.offset for document in made if document.file == file]
        for some in chunked(offsets):
            query = r.select(r.offset, r.id).where((r.file == file) & r.offset.in_(some))
            known.update({(file, offset): number for offset, number in rows(query)})
    fresh = [document for document in made if (document.file, document.offset) not in known]
    numbers = ids.take(r, len(fresh))
    known.update({(one.file, one.offset): number for one, number in zip(fresh, numbers, strict=True)})
    names: list[Any] = [r.id, *_columns(tables)]
    engine.put(names, [(number, *_row(one)) for one, number in zip(fresh, numbers, strict=True)])
    engine.put(
        [of.article, of.document, of.revision],
        [
            (article, known[document.file, document.offset], number)
            for document, articles in made.items()
            for article, number in articles.items()
        ],
        key=[of.article, of.document],
    )


def _columns(tables: Tables) -> list[Any]:
    return [getattr(tables.raw, name) for name in _NAMES]


def _row(document: RawDocument) -> tuple[object, ...]:
    return tuple(getattr(document, name) for name in _NAMES)


def _document(row: Sequence[Any]) -> RawDocument:
    facts = dict(zip(_NAMES, row, strict=True))
    return RawDocument(**{**facts, "kind": RawKind(facts["kind"]), "revisit": bool(facts["revisit"])})


def _by_article(tables: Tables) -> Lookup:
    r, of = tables.raw, tables.raw_article
    query = of.select(of.article, of.revision, r.id, *_columns(tables)).join(r, on=(r.id == of.document))
    return Lookup(query, of.article)


def _article_by_docid(tables: Tables) -> Lookup:
    return Lookup(tables.article.select(tables.article.docid, tables.article.id), tables.article.docid)


def _article_by_address(tables: Tables) -> Lookup:
    return Lookup(tables.alias.select(tables.alias.url_key, tables.alias.article), tables.alias.url_key)


def _times(tables: Tables) -> Lookup:
    r = tables.revision
    return Lookup(r.select(r.article, r.number, r.at), r.article)


def _by_digest(tables: Tables) -> Lookup:
    return Lookup(tables.raw.select(tables.raw.id, *_columns(tables)), tables.raw.digest)
