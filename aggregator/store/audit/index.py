"""The search index: sound, of this database, and with a row for each state of an article that it says it knows."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import peewee

from aggregator.kit import searchwords
from aggregator.store.audit.fault import Fault
from aggregator.store.engine import Engine, rows
from aggregator.store.schema import Tables
from aggregator.store.search import Search

_BATCH = 2_000

#: Of so many states at most the words are looked for.
_SAMPLE = 200


def faults(engine: Engine, tables: Tables, search: Search, *, compare: bool) -> Iterator[Fault]:
    """At most one fault: whatever it is, the index is thrown away and made anew. `compare`: with the rows, too."""
    if not search.path.exists():
        return
    what = None
    try:
        with search.opened() as database:
            mark = search.reach()
            what = _unsound(database) or _foreign(engine, mark)
            if compare and not what:
                what = _missing(engine, database, mark) or _silent(tables, database, mark)
    except (peewee.DatabaseError, sqlite3.DatabaseError) as error:
        what = f"cannot be read ({error})"
    if what:
        yield Fault("search.index", str(search.path), what, "it is made anew", search.forget)


def _unsound(database: peewee.Database) -> str | None:
    told = [row[0] for row in database.execute_sql("PRAGMA integrity_check(1)").fetchall()]
    if told != ["ok"]:
        return f"is damaged ({told[0]})"
    try:
        database.execute_sql("INSERT INTO words (words) VALUES ('integrity-check')")
    except (peewee.DatabaseError, sqlite3.DatabaseError) as error:
        return f"is damaged ({error})"
    return None


def _foreign(engine: Engine, mark: int) -> str | None:
    ((newest,),) = engine.execute_sql('SELECT coalesce(max("id"), 0) FROM "revision"').fetchall()
    if mark <= newest:
        return None
    return f"reaches to revision {mark}, beyond the newest one, {newest}: it is of another database"


def _missing(engine: Engine, database: peewee.Database, mark: int) -> str | None:
    """Each newest state up to the mark has a row."""
    last = 0
    sql = """SELECT r."id" FROM "revision" r JOIN "article" a ON a."id" = r."article" AND a."number" = r."number"
        WHERE r."id" > ? AND r."id" <= ? ORDER BY r."id" LIMIT ?"""
    while found := [number for (number,) in engine.execute_sql(sql, (last, mark, _BATCH)).fetchall()]:
        bounds = (found[0], found[-1])
        known = database.execute_sql('SELECT "id" FROM "words_docsize" WHERE "id" BETWEEN ? AND ?', bounds).fetchall()
        if lost := sorted(set(found) - {number for (number,) in known}):
            return f"lacks revision {lost[0]}" + (f" and {len(lost) - 1} others" if len(lost) > 1 else "")
        last = found[-1]
    return None


def _silent(tables: Tables, database: peewee.Database, mark: int) -> str | None:
    """Some states are found by their titles."""
    r = tables.revision
    step = max(1, mark // _SAMPLE)
    each = peewee.NodeList((r.id, peewee.SQL(f"% {step:d} = 0")))  # peewee's own % means LIKE
    query = r.select(r.id, r.title).where((r.id <= mark) & each).order_by(r.id).limit(_SAMPLE)
    for number, title in rows(query):
        words = searchwords.query(title)
        there = database.execute_sql('SELECT 1 FROM "words_docsize" WHERE "id" = ?', (number,)).fetchone()
        if not words or not there:
            continue
        if not database.execute_sql(
            "SELECT 1 FROM words WHERE words MATCH ? AND rowid = ?", (words, number)
        ).fetchone():
            return f"does not find revision {number} by its title"
    return None
