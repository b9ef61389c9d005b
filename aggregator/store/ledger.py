"""What one commit knows of the articles it touches: found in a few queries, then kept up to date write by write.

So a second write of a document in the same batch finds the first, as it would in the next batch.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from aggregator.models import Article, Plan, Write
from aggregator.store import records, revisions
from aggregator.store.addresses import keys
from aggregator.store.columns import short
from aggregator.store.engine import Lookup
from aggregator.store.records import Record
from aggregator.store.schema import Tables


@dataclass(slots=True)
class Seen:
    """A row of the appearance table."""

    article: int
    stated_hash: str
    first_seen: datetime
    id: int | None = None  #: None: not stored yet


class Ledger:
    """The articles of a batch and everything that identifies them."""

    def __init__(self, tables: Tables, plans: Sequence[Plan], slugs: Mapping[str, int]) -> None:
        self._tables = tables
        self.seen: dict[tuple[int, str], Seen] = {}
        self.docids: dict[str, int] = {}
        self.addresses: dict[str, int] = {}
        self.records: dict[int, Record] = {}
        self.contents: dict[int, Article] = {}
        self._here: set[tuple[int, int]] = set()
        writes = [write for plan in plans for write in plan.writes]
        sightings = [sighting for plan in plans for sighting in plan.sightings]
        self._load_seen([w.article.entry_id for w in writes] + [s.entry_id for s in sightings], set(slugs.values()))
        self._load_addresses([address for write in writes for address in keys(write.article)])
        self._load_docids([write.article.docid for write in writes if write.article.docid])
        named = [w.article_id for w in writes if w.article_id] + [s.article_id for s in sightings]
        tried = [retry.article_id for plan in plans for retry in plan.retries]
        self._load_records(named + tried + [seen.article_id for plan in plans for seen in plan.observations])
        self._load_contents((write, slugs[plan.slug]) for plan in plans for write in plan.writes)

    def target(self, write: Write, subscription: int) -> Record | None:
        """The stored article that a write is about: as the pipeline says, by entry, by docid, by address."""
        article = write.article
        if write.article_id in self.records:
            return self.records[write.article_id]
        if (seen := self.seen.get((subscription, article.entry_id))) and seen.article in self.records:
            record = self.records[seen.article]
            if not record.is_another(article.docid):
                return record
        if article.docid and article.docid in self.docids:
            return self.records.get(self.docids[article.docid])
        for address in keys(article):
            if (owner := self.records.get(self.addresses.get(address, 0))) and not owner.is_another(article.docid):
                return owner
        return None

    def is_edit(self, write: Write, subscription: int, record: Record) -> bool:
        """True when the subscription that carries the article restates it, or the pipeline chose to write over it."""
        return write.article_id == record.id or (subscription, record.id) in self._here

    def see(self, subscription: int, entry_id: str, article: int) -> Seen | None:
        """Note that the article stands in the subscription; returns the appearance it had there under that id."""
        self._here.add((subscription, article))
        return self.seen.get((subscription, entry_id))

    def add(self, record: Record, article: Article) -> None:
        """Take in a new article, or the new state of a known one."""
        self.records[record.id] = record
        self.contents[record.id] = article
        if record.docid:
            self.docids.setdefault(record.docid, record.id)

    def content(self, record: Record) -> Article:
        """The current state of a known article."""
        if record.id not in self.contents:  # reached by an address that this batch brought
            self.contents.update(revisions.current(self._tables, [record.id]))
        return self.contents[record.id]

    def _load_seen(self, entry_ids: Sequence[str], subscriptions: set[int]) -> None:
        asked = set(entry_ids)
        for subscription, entry_id, *rest in self._tables.lookup(_by_entry)(map(short, asked)):
            if subscription in subscriptions and entry_id in asked:
                self.seen[subscription, entry_id] = seen = Seen(*rest)
                self._here.add((subscription, seen.article))

    def _load_addresses(self, addresses: Iterable[str]) -> None:
        self.addresses.update(self._tables.lookup(_by_address)(addresses))

    def _load_docids(self, docids: Iterable[str]) -> None:
        self.docids.update(self._tables.lookup(_by_docid)(docids))

    def _load_records(self, named: Iterable[int]) -> None:
        ids = (*named, *(seen.article for seen in self.seen.values()), *self.docids.values(), *self.addresses.values())
        self.records = {record.id: record for record in records.load(self._tables, ids)}

    def _load_contents(self, writes: Iterable[tuple[Write, int]]) -> None:
        """The current state of the articles that may get a new one."""
        wanted: list[int] = []
        for write, subscription in writes:
            record = self.target(write, subscription)
            if record and (record.content_hash != write.content_hash or write.article.original is not None):
                wanted.append(record.id)
        self.contents = revisions.current(self._tables, wanted)


def _by_entry(tables: Tables) -> Lookup:
    a = tables.appearance
    return Lookup(a.select(a.subscription, a.entry_id, a.article, a.stated_hash, a.first_seen, a.id), a.entry)


def _by_address(tables: Tables) -> Lookup:
    return Lookup(tables.alias.select(tables.alias.url_key, tables.alias.article), tables.alias.url_key)


def _by_docid(tables: Tables) -> Lookup:
    return Lookup(tables.article.select(tables.article.docid, tables.article.id), tables.article.docid)
