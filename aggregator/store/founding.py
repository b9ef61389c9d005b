"""Which articles tell one story: stories found by key, founded, and united within one commit.

A story is all articles that are reached through equal keys and kinship, so the result does not depend on the order in
which they arrive. What was founded first survives a union, and its uid with it; the others lead to it.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import peewee

from aggregator.models import Place, StoryKey
from aggregator.store import records
from aggregator.store.columns import urn
from aggregator.store.engine import Engine, Ids, Lookup
from aggregator.store.records import Record
from aggregator.store.schema import Tables

#: Never changes: every story id ever published hangs on it.
NAMESPACE = uuid.UUID("5b0f3c0e-6a57-4d0c-9d0e-0a4f6d1c7e21")


@dataclass(slots=True, eq=False)
class Told:
    """A story within a commit."""

    uid: str
    order: int  #: of founding
    id: int = 0  #: 0 until a new story is stored
    stored: datetime | None = None  #: its `updated`; None for a new story
    founder: Record | None = None  #: of a new story
    into: Told | None = None
    touched: bool = False
    members: dict[int, Record] = field(default_factory=dict)

    @property
    def root(self) -> Told:
        """The story that survived."""
        told = self
        while told.into:
            told = told.into
        return told


def uid(key: StoryKey) -> str:
    """The id of the story that is founded under `key`, the same in every database (RFC 9562 §5.5)."""
    name = f"{key.day.isoformat()}\n{key.title_key}".encode()
    raw = bytearray(hashlib.sha1(NAMESPACE.bytes + name, usedforsecurity=False).digest()[:16])
    raw[6] = raw[6] & 0x0F | 0x50  # uuid.uuid5 does the same in three times the time
    raw[8] = raw[8] & 0x3F | 0x80
    return urn(raw)


class StoryBook:
    """The stories of a batch: place every new or changed article, then `settle`."""

    def __init__(self, tables: Tables, places: Iterable[Place], articles: Mapping[int, Record]) -> None:
        """`articles`: those of the batch, by id; the caller adds new ones to it as it places them."""
        self._tables = tables
        self._articles = articles
        self._by_id: dict[int, Told] = {}
        self._new_keys: dict[StoryKey, Told] = {}
        self._kin: list[tuple[Record, StoryKey]] = []
        self._told: dict[int, Told] = {}
        self._founded: list[Told] = []
        keys = {key for place in places for key in (place.key, *(kin for kin, _ in place.kin))}
        self._asked = keys.union(record.key for record in articles.values()) if keys else set()
        owners = self._owners(self._asked)
        self._load({*owners.values(), *(record.story for record in articles.values())})
        self._by_key = {key: self._by_id[story] for key, story in owners.items()}
        for record in articles.values():
            self._told[record.id] = self._by_id[record.story]

    def place(self, record: Record, place: Place) -> None:
        """Put a new article into its story, or give a stored one's story its new key as well."""
        told = self._told.get(record.id)
        owner = self._by_key.get(place.key)
        if told is None:
            told = self._told[record.id] = owner or self._found(place.key, record)
        elif owner is not None:
            self._unite(told, owner)
        if place.key not in self._by_key:
            self._by_key[place.key] = self._new_keys[place.key] = told
        told.touched = True
        self._kin += [(record, key) for key, _reason in place.kin]

    def join(self, one: Record, other: Record) -> None:
        """Two articles turn out to be one document: their stories are one."""
        self._unite(self._told[one.id], self._told[other.id])

    def touch(self, record: Record) -> None:
        """A member changed in a way that readers of the story see."""
        self._told[record.id].touched = True

    def joined(self, record: Record) -> bool:
        """True when a new article came into a story that another article founded."""
        root = self.of(record)
        return root.founder is not record

    def of(self, record: Record) -> Told:
        """The story of an article of the batch, after the unions so far."""
        return self._told[record.id].root

    def settle(self) -> None:
        """Unite kin, now that every key of the batch is known, and note who is in each story that was touched.

        Keys that no story has are passed over.
        """
        self._meet_owners()
        for record, key in self._kin:
            if key in self._by_key:
                self._unite(self._told[record.id], self._by_key[key])
        everyone = [*self._by_id.values(), *self._founded]
        for told in everyone:
            told.root.touched |= told.touched
        for record in records.load(self._tables, [t.id for t in everyone if t.id and t.root.touched], by="story"):
            self._by_id[record.story].root.members[record.id] = record

    def _meet_owners(self) -> None:
        """A key that came about here, as the title of an edit on the day of the old state, may have a story already."""
        owners = self._owners(self._new_keys.keys() - self._asked)
        self._load(set(owners.values()) - self._by_id.keys())
        for key, story in owners.items():
            self._by_key[key] = self._by_id[story]
            self._unite(self._new_keys.pop(key), self._by_id[story])

    def store(self, engine: Engine, ids: Ids, now: datetime) -> None:
        """Write stories and keys, and set the story of every article of the batch. Before the articles are written."""
        for record in self._articles.values():
            root = self.of(record)
            record.story = root.id
            if root.touched:
                root.members[record.id] = record
        changed = [told.root for told in (*self._by_id.values(), *self._founded) if told.root.touched]
        roots = list(dict.fromkeys(changed))
        fresh = [told for told in roots if not told.id]
        for told, number in zip(fresh, ids.take(self._tables.story, len(fresh)), strict=True):
            told.id = number
        for told in roots:
            for record in told.members.values():
                record.story = told.id
        s, k = self._tables.story, self._tables.story_key
        engine.put([s.id, s.uid, s.at, s.updated, s.visible], [_row(told, now) for told in roots], key=[s.id])
        forward(self._tables, {told.id: told.root.id for told in self._by_id.values() if told.into})
        engine.put(
            [k.day, k.title_key, k.story],
            [(key.day, key.title_key, told.root.id) for key, told in self._new_keys.items()],
        )

    def _found(self, key: StoryKey, record: Record) -> Told:
        told = Told(uid(key), order=1 << 62 | len(self._founded), founder=record)
        self._founded.append(told)
        return told

    def _unite(self, one: Told, other: Told) -> None:
        first, second = sorted((one.root, other.root), key=lambda told: told.order)
        if first is not second:
            second.into = first
            first.touched = second.touched = True

    def _owners(self, keys: set[StoryKey]) -> dict[StoryKey, int]:
        """The stories that have one of the keys."""
        found = self._tables.lookup(_by_key)((key.day, key.title_key) for key in keys)
        return {StoryKey(title, day): survivor or story for day, title, story, survivor in found}

    def _load(self, ids: set[int]) -> None:
        for number, name, updated in self._tables.lookup(_by_id)(ids):
            self._by_id[number] = Told(name, order=number, id=number, stored=updated)


def forward(tables: Tables, absorbed: Mapping[int, int]) -> None:
    """Lead the articles of stories that were merged away to their survivors; keys follow `merged_into`."""
    if not absorbed:
        return
    gone = list(absorbed)
    for table, column in (
        (tables.article, tables.article.story),
        (tables.story, tables.story.merged_into),
    ):
        target = peewee.Case(column, tuple(absorbed.items()))
        table.update({column: target}).where(column.in_(gone)).execute()
    target = peewee.Case(tables.story.id, tuple(absorbed.items()))
    tables.story.update({tables.story.merged_into: target, tables.story.visible: False}).where(
        tables.story.id.in_(gone)
    ).execute()


def _by_key(tables: Tables) -> Lookup:
    k, s = tables.story_key, tables.story
    sql = """SELECT "k"."day", "k"."title_key", "k"."story", "s"."merged_into" FROM wanted AS "w"
        CROSS JOIN "story_key" AS "k" JOIN "story" AS "s" ON "s"."id" = "k"."story"
        WHERE "k"."title_key" = "w"."column2" AND "k"."day" = "w".column1"""
    return Lookup.written(sql, (k.day, k.title_key), (k.day, k.title_key, k.story, s.merged_into))


def _by_id(tables: Tables) -> Lookup:
    return Lookup(tables.story.select(tables.story.id, tables.story.uid, tables.story.updated), tables.story.id)


def _row(told: Told, now: datetime) -> tuple[int, str, datetime, datetime, bool]:
    """The story row. `updated` of a new story is when it was told last; later it is when we learned of a change."""
    live = [record for record in told.members.values() if not record.deleted] or list(told.members.values())
    at = min(record.at for record in live)
    if told.stored is not None:
        updated = max(told.stored, now)
    else:
        updated = max(min(record.updated or record.at, now) for record in live)
        updated = max(updated, at, *(record.revised_at for record in live if record.number > 1))
    return told.id, told.uid, at, updated, any(record.is_shown for record in told.members.values())
