"""What the store knows of a batch before anything is decided: entries met before, and articles near new ones.

Reads only. The number of queries does not depend on the size of the batch or of the archive. Called by articles.py.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from aggregator.models import Completeness, Entry, Known, Neighbour, StoryKey
from aggregator.store import prints, records
from aggregator.store.addresses import keys
from aggregator.store.columns import short
from aggregator.store.engine import GIVEN, Lookup
from aggregator.store.records import Record, base
from aggregator.store.schema import Tables

#: Titles are compared with those of the day before and after: midnight splits nothing.
DAY = timedelta(days=1)


class Fact(NamedTuple):
    """What Known tells of an article."""

    id: int
    docid: str | None
    title: str
    published: datetime | None
    updated: datetime | None
    completeness: str

    def is_another(self, docid: str | None) -> bool:
        """As Record.is_another."""
        return docid is not None and self.docid is not None and docid != self.docid


def known(tables: Tables, slug: str, entries: Sequence[Entry]) -> dict[str, Known]:
    """See Articles.known."""
    seen = {
        entry_id: (Fact(*fact), stated_hash)
        for entry_id, stated_hash, *fact in tables.lookup(_by_entry)([short(entry.id) for entry in entries], slug)
    }
    told: dict[str, Known] = {}
    strangers: list[Entry] = []
    for entry in entries:
        fact, stated_hash = seen.get(entry.id, (None, None))
        if fact is None or fact.is_another(entry.docid):
            strangers.append(entry)
        else:
            told[entry.id] = _known(fact, stated_hash, here=True)
    return told | _documents(tables, slug, strangers) if strangers else told


def _documents(tables: Tables, slug: str, entries: Sequence[Entry]) -> dict[str, Known]:
    """Entries that this subscription did not state before, known by docid or address."""
    owners = tables.lookup(_by_docid)(entry.docid for entry in entries if entry.docid)
    docids = {docid: Fact(number, docid, *rest) for number, docid, *rest in owners}
    named = {entry.id: keys(entry) for entry in entries}
    places = tables.lookup(_by_address)(key for of_entry in named.values() for key in of_entry)
    addresses = {key: Fact(*fact) for key, *fact in places}
    found = {entry.id: match for entry in entries if (match := _match(entry, named[entry.id], docids, addresses))}
    here = {number for (number,) in tables.lookup(_here)({fact.id for fact, _ in found.values()}, slug)}
    return {
        entry_id: _known(fact, None, here=fact.id in here, by_address=by_address)
        for entry_id, (fact, by_address) in found.items()
    }


def _match(
    entry: Entry, named: Iterable[str], docids: Mapping[str, Fact], addresses: Mapping[str, Fact]
) -> tuple[Fact, bool] | None:
    """The article of an entry, and whether only the address says so."""
    if entry.docid and entry.docid in docids:
        return docids[entry.docid], False
    for key in named:
        owner = addresses.get(key)
        if owner and not owner.is_another(entry.docid):
            return owner, True
    return None


def _known(fact: Fact, stated_hash: str | None, *, here: bool, by_address: bool = False) -> Known:
    return Known(
        article_id=fact.id,
        stated_hash=stated_hash,
        updated=fact.updated,
        completeness=Completeness(fact.completeness),
        by_address=by_address,
        here=here,
        title=fact.title,
        published=fact.published,
    )


def neighbours(
    tables: Tables, near: prints.Prints, titles: Sequence[StoryKey], looked_for: Sequence[tuple[int, datetime]]
) -> list[Neighbour]:
    """See Articles.neighbours."""
    found = _same_title(tables, titles) if titles else {}
    found |= _near(tables, near, looked_for, found.keys()) if looked_for else {}
    return [
        Neighbour(record.key, record.title, record.at, record.fingerprint, record.length)
        for _, record in sorted(found.items())
    ]


def _same_title(tables: Tables, titles: Sequence[StoryKey]) -> dict[int, Record]:
    """Articles with one of the folded titles on its day, the day before or the day after.

    Found by their stories: each article's own key leads to its story.
    """
    wanted = {(key.day + step, base(key)) for key in titles for step in (-DAY, 0 * DAY, DAY)}
    same = (records.from_row(row) for row in tables.lookup(_by_title)(wanted))
    return {record.id: record for record in same if (record.day, record.title_key) in wanted}


def _near(
    tables: Tables, near: prints.Prints, looked_for: Sequence[tuple[int, datetime]], known: Collection[int]
) -> dict[int, Record]:
    """Articles whose print is close to one of the prints, in bits and in time."""
    return {
        record.id: record
        for record in records.load(tables, near.near(looked_for) - set(known))
        if record.fingerprint is not None
        and any(prints.close(record.fingerprint, record.at, fingerprint, at) for fingerprint, at in looked_for)
    }


def _facts(tables: Tables) -> list[Any]:
    return [getattr(tables.article, name) for name in Fact._fields]


def _by_entry(tables: Tables) -> Lookup:
    a, s = tables.appearance, tables.subscription
    query = a.select(a.entry_id, a.stated_hash, *_facts(tables)).join(s, on=(s.id == a.subscription))
    return Lookup(query.join(tables.article, on=(tables.article.id == a.article)).where(s.slug == GIVEN), a.entry)


def _by_docid(tables: Tables) -> Lookup:
    return Lookup(tables.article.select(*_facts(tables)), tables.article.docid)


def _by_address(tables: Tables) -> Lookup:
    alias = tables.alias
    query = alias.select(alias.url_key, *_facts(tables))
    return Lookup(query.join(tables.article, on=(tables.article.id == alias.article)), alias.url_key)


def _here(tables: Tables) -> Lookup:
    a, s = tables.appearance, tables.subscription
    return Lookup(a.select(a.article).join(s, on=(s.id == a.subscription)).where(s.slug == GIVEN), a.article)


def _by_title(tables: Tables) -> Lookup:
    """Articles of the stories that have one of the titles on one of the days, with a mark behind it or none.

    The mark begins with a control character, so keys with it lie right behind the title, before any with a blank.
    """
    columns = records.columns(tables)
    names = ", ".join(f'"a"."{column.name}"' for column in columns)
    sql = f"""SELECT {names} FROM wanted AS "w" CROSS JOIN "story_key" AS "k"
        JOIN "story" AS "s" ON "s"."id" = "k"."story"
        JOIN "article" AS "a" ON "a"."story" = COALESCE("s"."merged_into", "s"."id")
        WHERE "k"."day" = "w"."column1" AND "k"."title_key" >= "w"."column2"
        AND "k"."title_key" < "w"."column2" || ' '"""  # noqa: S608 (names of our own columns)
    return Lookup.written(sql, (tables.story_key.day, tables.story_key.title_key), columns)
