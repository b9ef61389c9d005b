"""What the store knows of a batch before anything is decided: entries met before, and articles near new ones.

Reads only. The number of queries does not depend on the size of the batch or of the archive. Called by articles.py.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import peewee

from aggregator.models import Entry, Known, Neighbour, StoryKey
from aggregator.store import bands, records
from aggregator.store.addresses import keys
from aggregator.store.engine import chunked, rows
from aggregator.store.records import Record, base
from aggregator.store.schema import Tables

#: Titles are compared with those of the day before and after: midnight splits nothing.
DAY = timedelta(days=1)


def known(tables: Tables, slug: str, entries: Sequence[Entry]) -> dict[str, Known]:
    """See Articles.known."""
    seen = _seen(tables, slug, [entry.id for entry in entries])
    docids = _owners(tables.article, "docid", "id", [entry.docid for entry in entries if entry.docid])
    addresses = _owners(tables.alias, "url_key", "article", [key for entry in entries for key in keys(entry)])
    ids = {article for article, _ in seen.values()} | {*docids.values(), *addresses.values()}
    found = {record.id: record for record in records.load(tables, ids)}
    here = _here(tables, slug, ids)
    facts: dict[str, Known] = {}
    for entry in entries:
        record, stated_hash, by_address = _match(entry, found, seen, docids, addresses)
        if record is not None:
            facts[entry.id] = Known(
                article_id=record.id,
                stated_hash=stated_hash,
                updated=record.updated,
                completeness=record.completeness,
                by_address=by_address,
                here=record.id in here,
                title=record.title,
                published=record.published,
            )
    return facts


def neighbours(tables: Tables, titles: Sequence[StoryKey], prints: Sequence[tuple[int, datetime]]) -> list[Neighbour]:
    """See Articles.neighbours."""
    found = _same_title(tables, titles) if titles else {}
    found |= _near(tables, prints, found.keys())
    return [
        Neighbour(record.key, record.title, record.at, record.fingerprint, record.length)
        for _, record in sorted(found.items())
    ]


def _same_title(tables: Tables, titles: Sequence[StoryKey]) -> dict[int, Record]:
    """Articles with one of the folded titles on its day, the day before or the day after."""
    a = tables.article
    wanted = {(base(key), key.day + step) for key in titles for step in (-DAY, 0 * DAY, DAY)}
    first, last = min(key.day for key in titles) - DAY, max(key.day for key in titles) + DAY
    found: dict[int, Record] = {}
    for some in chunked(map(base, titles)):
        query = a.select(*records.columns(tables)).where((a.title_key << some) & a.day.between(first, last))
        same = (records.from_row(row) for row in rows(query))
        found.update((record.id, record) for record in same if (record.title_key, record.day) in wanted)
    return found


def _near(tables: Tables, prints: Sequence[tuple[int, datetime]], known: Collection[int]) -> dict[int, Record]:
    """Articles whose print is close to one of the prints, in bits and in time."""
    a, b = tables.article, tables.band
    wanted = {one: list(bands.wanted(*one)) for one in prints}
    kept: dict[int, list[tuple[int, int]]] = {}
    for some in chunked(key for looked_for in wanted.values() for key in looked_for):
        listed = peewee.SQL(f"({','.join(map(str, some))})")  # thousands of integers: quicker than as many parameters
        query = b.select(b.key, b.article, a.fingerprint).join(a, on=(a.id == b.article)).where(b.key << listed)
        for key, article, fingerprint in rows(query):
            kept.setdefault(key, []).append((article, fingerprint))
    ids = {
        article
        for (fingerprint, _), looked_for in wanted.items()
        for key in looked_for
        for article, other in kept.get(key, ())
        if bands.alike(fingerprint, other)
    }
    return {
        record.id: record
        for record in records.load(tables, ids - set(known))
        if record.fingerprint is not None
        and any(bands.close(record.fingerprint, record.at, fingerprint, at) for fingerprint, at in prints)
    }


def _match(
    entry: Entry,
    found: Mapping[int, Record],
    seen: Mapping[str, tuple[int, str]],
    docids: Mapping[str, int],
    addresses: Mapping[str, int],
) -> tuple[Record | None, str | None, bool]:
    """The article of an entry, its stated hash in this subscription, and whether only the address says so."""
    article, stated_hash = seen.get(entry.id, (0, None))
    record = found.get(article)
    if record and not record.is_another(entry.docid):
        return record, stated_hash, False
    if entry.docid and entry.docid in docids:
        return found.get(docids[entry.docid]), None, False
    for key in keys(entry):
        owner = found.get(addresses.get(key, 0))
        if owner and not owner.is_another(entry.docid):
            return owner, None, True
    return None, None, False


def _seen(tables: Tables, slug: str, entry_ids: Iterable[str]) -> dict[str, tuple[int, str]]:
    a, s = tables.appearance, tables.subscription
    found: dict[str, tuple[int, str]] = {}
    for some in chunked(entry_ids):
        query = a.select(a.entry_id, a.article, a.stated_hash).join(s, on=(s.id == a.subscription))
        found.update((row[0], row[1:]) for row in rows(query.where((s.slug == slug) & (a.entry_id << some))))
    return found


def _here(tables: Tables, slug: str, articles: Iterable[int]) -> set[int]:
    a, s = tables.appearance, tables.subscription
    found: set[int] = set()
    for some in chunked(articles):
        query = a.select(a.article).join(s, on=(s.id == a.subscription)).where((s.slug == slug) & (a.article << some))
        found.update(number for (number,) in rows(query))
    return found


def _owners(table: Any, name: str, owner: str, values: Iterable[str]) -> dict[str, int]:
    column = getattr(table, name)
    found: dict[str, int] = {}
    for some in chunked(values):
        found.update(rows(table.select(column, getattr(table, owner)).where(column << some)))
    return found
