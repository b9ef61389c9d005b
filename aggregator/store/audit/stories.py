"""Stories: what was merged away leads straight to its survivor; time and visibility follow from the articles; the uid
is that of a key (docs/decisions/0302)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from functools import partial
from typing import Any

from aggregator.models import StoryKey
from aggregator.store import records
from aggregator.store.audit.fault import RESTORE, Fault
from aggregator.store.engine import Engine, rows
from aggregator.store.founding import uid
from aggregator.store.records import Record
from aggregator.store.schema import Tables

_BATCH = 500


def faults(engine: Engine, tables: Tables) -> Iterator[Fault]:
    """Everything that is wrong with stories, in id order."""
    last, s = 0, tables.story
    # Keys are found by day only: once in the order of stories, on the disk, in a table that this connection has.
    engine.execute_sql('DROP TABLE IF EXISTS "audit_key"')
    engine.execute_sql('CREATE TEMP TABLE "audit_key" ("story" BIGINT, "day" TEXT, "title" TEXT)')
    engine.execute_sql('INSERT INTO "audit_key" SELECT "story", "day", "title_key" FROM "story_key"')
    engine.execute_sql('CREATE INDEX "audit_key_story" ON "audit_key" ("story")')
    ((newest,),) = engine.execute_sql('SELECT coalesce(max("story"), 0) FROM "audit_key"').fetchall()
    try:
        while True:
            with engine.atomic("DEFERRED"):
                query = s.select(s.id, s.uid, s.at, s.visible, s.merged_into).where(s.id > last).order_by(s.id)
                some = rows(query.limit(_BATCH))
                found = _Batch(engine, tables, some, newest).faults() if some else []
            if not some:
                return
            yield from found
            last = some[-1][0]
    finally:
        engine.execute_sql('DROP TABLE IF EXISTS "audit_key"')


class _Batch:
    """Some stories with their articles and keys, within one transaction."""

    def __init__(self, engine: Engine, tables: Tables, some: Sequence[tuple[Any, ...]], newest: int) -> None:
        self._engine = engine
        self._tables = tables
        self._stories = some
        self._newest = newest
        first, last = some[0][0], some[-1][0]
        a, s = tables.article, tables.story
        self._members: dict[int, list[Record]] = {}
        for row in rows(a.select(*records.columns(tables)).where(a.story.between(first, last))):
            record = records.from_row(row)
            self._members.setdefault(record.story, []).append(record)
        survivors = {row[4] for row in some if row[4]}
        self._next = dict(rows(s.select(s.id, s.merged_into).where(s.id << list(survivors)))) if survivors else {}
        sql = 'SELECT "story", "day", "title" FROM "audit_key" WHERE "story" BETWEEN ? AND ?'
        self._keys: dict[int, list[StoryKey]] = {}
        for story, day, title in engine.execute_sql(sql, (first, last)).fetchall():
            self._keys.setdefault(story, []).append(StoryKey(title, date.fromisoformat(day)))

    def faults(self) -> list[Fault]:
        """Those of the batch."""
        found: list[Fault] = []
        for number, name, at, visible, survivor in self._stories:
            members = self._members.get(number, [])
            if survivor:
                found += self._merged(number, survivor, members, visible=visible)
            else:
                found += self._told(number, at, members, visible=visible)
            found += self._named(number, name)
        return found

    def _merged(self, number: int, survivor: int, members: list[Record], *, visible: bool) -> Iterator[Fault]:
        where = f"story {number}"
        if survivor == number or self._next.get(survivor):
            what = f"was merged into story {survivor}, which leads on"
            root = _root(self._tables, number)
            if root == number:  # it leads back to itself
                yield Fault(
                    "story.chain", where, f"{what} in a circle", "it stands for itself", partial(self._put, number)
                )
            else:
                fix = partial(self._put, number, merged_into=root)
                yield Fault("story.chain", where, what, f"it is led to story {root}", fix)
            return
        if visible:
            fix = partial(self._put, number, merged_into=survivor, visible=False)
            yield Fault("story.visible", where, "was merged away, and is shown all the same", "it is hidden", fix)
        if members:
            ids = [record.id for record in members]
            what = f"was merged into story {survivor}, and still has article {', '.join(map(str, ids))}"
            yield Fault("story.members", where, what, "they follow it", partial(self._lead, ids, survivor))

    def _told(self, number: int, at: Any, members: list[Record], *, visible: bool) -> Iterator[Fault]:
        where = f"story {number}"
        live = [record for record in members if record.is_shown]
        if visible != bool(live):
            what = (
                "is shown, though none of its articles is" if visible else "is hidden, though it has articles to show"
            )
            fix = partial(self._put, number, visible=bool(live))
            yield Fault("story.visible", where, what, "it is set", fix)
        counted = [record for record in members if not record.deleted] or members
        if counted and at != (first := min(record.at for record in counted)):
            what = "its time is not that of its first article"
            yield Fault("story.at", where, what, "it is set", partial(self._put, number, at=first))

    def _named(self, number: int, name: str) -> Iterator[Fault]:
        names = [uid(key) for key in self._keys.get(number, ())]
        if number > self._newest or name in names:
            return
        where, what = f"story {number}", f"{name} is the id of none of its keys, so it is not what readers know"
        if not names:
            yield Fault("story.keyless", where, "no key leads to it, so it would be told again", RESTORE)
        elif len(names) == 1:
            yield Fault("story.uid", where, what, f"it becomes {names[0]}", partial(self._put, number, uid=names[0]))
        else:
            yield Fault("story.uid", where, what, RESTORE)

    def _put(self, number: int, **changes: Any) -> None:
        s = self._tables.story
        changes = changes or {"merged_into": None}
        s.update({getattr(s, name): value for name, value in changes.items()}).where(s.id == number).execute()

    def _lead(self, ids: Sequence[int], survivor: int) -> None:
        a = self._tables.article
        a.update({a.story: survivor}).where(a.id << list(ids)).execute()


def _root(tables: Tables, number: int) -> int:
    """The story in which a chain ends; the story itself where it goes round in a circle."""
    seen = {number}
    at = number
    s = tables.story
    while True:
        ((into,),) = rows(s.select(s.merged_into).where(s.id == at)) or [(None,)]
        if into is None:
            return at
        if into in seen:
            return number
        seen.add(into)
        at = into
