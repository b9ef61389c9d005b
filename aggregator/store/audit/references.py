"""Rows that refer to rows which are not there. What refers is removed where it means nothing alone, and is made
again by other checks or the next poll; a story that is referred to is made anew under the id it had."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from aggregator.models import StoryKey
from aggregator.store import records
from aggregator.store.audit.fault import RESTORE, Fault
from aggregator.store.columns import UidField, micros
from aggregator.store.engine import Engine, chunked, rows
from aggregator.store.founding import uid
from aggregator.store.schema import Tables
from aggregator.store.sqlite import SqliteEngine

#: Rows of these hold what nobody else knows; those of all others mean nothing without what they refer to.
_PRECIOUS = ("revision", "raw", "medium")


def faults(engine: Engine, tables: Tables) -> Iterator[Fault]:
    """Every reference that leads nowhere, one fault for each value; there is none that PostgreSQL would not refuse."""
    if not isinstance(engine, SqliteEngine):
        return
    for table in tables.all:
        child = table._meta.table_name
        for _, _, parent, column, target, *_ in engine.execute_sql(f'PRAGMA foreign_key_list("{child}")').fetchall():
            sql = f"""SELECT DISTINCT c."{column}" FROM "{child}" AS c WHERE c."{column}" IS NOT NULL
                AND NOT EXISTS (SELECT 1 FROM "{parent}" AS p WHERE p."{target}" = c."{column}") ORDER BY 1"""  # noqa: S608
            for (lost,) in engine.execute_sql(sql).fetchall():
                yield _fault(engine, tables, child, column, parent, lost)


def _fault(engine: Engine, tables: Tables, child: str, column: str, parent: str, lost: int) -> Fault:
    what = f"refers to {parent} {lost}, which is not there"
    if parent == "story":
        return Fault(
            f"{child}.{column}",
            f"{child} of story {lost}",
            what,
            "it is made anew",
            partial(_story, engine, tables, lost),
        )
    if child not in _PRECIOUS:
        sql = f'DELETE FROM "{child}" WHERE "{column}" = ?'  # noqa: S608 (our own tables)
        fix = partial(engine.execute_sql, sql, (lost,))
        return Fault(f"{child}.{column}", f"{child} of {parent} {lost}", what, "the row is removed", fix)
    return Fault(f"{child}.{column}", f"{child} of {parent} {lost}", what, RESTORE)


def _story(engine: Engine, tables: Tables, number: int) -> None:
    """A story row under the id that articles or keys have: its uid follows from the key it was founded under."""
    if rows(tables.story.select(tables.story.id).where(tables.story.id == number)):
        return
    members = records.load(tables, [number], by="story")
    k = tables.story_key
    keys = [StoryKey(title, day) for day, title in rows(k.select(k.day, k.title_key).where(k.story == number))]
    keys = [record.key for record in members] + sorted(keys, key=lambda key: (key.day, key.title_key))
    if keys:
        names = list(dict.fromkeys(uid(key) for key in keys))
        taken = {
            name
            for some in chunked(names)
            for (name,) in rows(tables.story.select(tables.story.uid).where(tables.story.uid << some))
        }
        name = next((name for name in names if name not in taken), None)
        if name is None:
            return
        at = min((micros(record.at) for record in members), default=0)
        updated = max((micros(record.revised_at) for record in members), default=0)
        sql = 'INSERT INTO "story" ("id", "uid", "at", "updated", "visible") VALUES (?, ?, ?, ?, ?)'
        engine.execute_sql(sql, (number, UidField().db_value(name), at, updated, False))
    else:  # only stories that were merged away lead to it
        tables.story.update({tables.story.merged_into: None}).where(tables.story.merged_into == number).execute()
