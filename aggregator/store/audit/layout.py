"""The file itself: whether SQLite finds it sound, and whether every table and index is there as it must be."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from aggregator.store.audit.fault import RESTORE, Fault
from aggregator.store.columns import SerialField
from aggregator.store.engine import Engine
from aggregator.store.schema import Tables
from aggregator.store.sqlite import SqliteEngine

#: Complaints of integrity_check that writing the indexes anew mends.
_INDEX = re.compile(r"(?:row \d+ missing from|wrong # of entries in|non-unique entry in) index (\S+)", re.IGNORECASE)

_MANY = 100


def faults(engine: Engine, tables: Tables) -> Iterator[Fault]:
    """What is wrong with the file, its schema and its counters."""
    missing: list[Fault] = []
    if isinstance(engine, SqliteEngine):  # PostgreSQL sees to its files and references itself
        yield from _pages(engine)
        missing = list(_schema(engine))
        yield from missing
    if all(fault.fix for fault in missing):
        yield from _counters(engine, tables)


def _pages(engine: Engine) -> Iterator[Fault]:
    told = [row[0] for row in engine.execute_sql(f"PRAGMA integrity_check({_MANY})").fetchall()]
    names = {match[1] for line in told if (match := _INDEX.search(line))}
    for name in sorted(names):
        what = "does not agree with its table"
        fix = partial(engine.execute_sql, f'REINDEX "{name}"')
        yield Fault("index.rows", f"index {name}", what, "it is made anew", fix)
    for line in told:
        if line != "ok" and not _INDEX.search(line):
            yield Fault(
                "database.page", str(engine.path), line, f"{RESTORE}, or rescue it with `sqlite3 FILE .recover`"
            )


def _schema(engine: Engine) -> Iterator[Fault]:
    """Compared with a database made this instant."""
    model = SqliteEngine(Path(":memory:"))
    try:
        model.create_tables(Tables(model).all)
        wanted = _declared(model)
    finally:
        model.close_all()
    there = _declared(engine)
    for (kind, name), sql in sorted(wanted.items(), reverse=True):  # tables before their indexes
        if (kind, name) in there:
            continue
        fix = partial(engine.execute_sql, sql) if kind in ("index", "trigger") else None
        mend = "it is made anew" if fix else RESTORE
        yield Fault(f"{kind}.missing", f"{kind} {name}", "is not there", mend, fix)


def _declared(engine: Engine) -> dict[tuple[str, str], str]:
    found = engine.execute_sql("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    return {(kind, name): sql for kind, name, sql in found}


def _counters(engine: Engine, tables: Tables) -> list[Fault]:
    """Ids are never given out twice: the counter of a table is at least its highest id."""
    found: list[Fault] = []
    with engine.atomic("DEFERRED"):
        last = engine.counters()
        for table in tables.all:
            name = table._meta.table_name
            if not isinstance(table._meta.primary_key, SerialField):
                continue
            ((highest,),) = engine.execute_sql(f'SELECT max("id") FROM "{name}"').fetchall()  # noqa: S608 (our own tables)
            if highest is not None and last.get(name, 0) < highest:
                what = f"the counter of ids stands at {last.get(name, 0)}, below the highest id {highest}"
                fix = partial(engine.count_on, name, highest)
                found.append(Fault("table.counter", f"table {name}", what, "it is set", fix))
    return found
