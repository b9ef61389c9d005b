"""Everything from one database into another, ids and all. In: two stores' tables, the second one empty. Out: rows of
each table. Called by Store.copy_to. Written against the tables, not against SQLite: values go through their fields.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import blake2b
from itertools import islice
from typing import Any

import peewee

from aggregator.errors import StoreError
from aggregator.store.engine import Engine, rows
from aggregator.store.schema import Tables

#: Rows to a transaction.
BATCH = 1_000

#: Tables that have their row from the start.
SEEDED = frozenset({"picture_mark"})

#: Called after each transaction with its rows.
OnRows = Callable[[int], None]


def copy(source: Engine, tables: Tables, target: Engine, others: Tables, on_rows: OnRows) -> dict[str, int]:
    """Copy all rows as they stand at one instant, then read the copy again and compare; rows of each table.

    Writers of the source wait for nothing. Into PostgreSQL it is one transaction.
    Raises StoreError when the target holds anything, or holds something else
    in the end.
    """
    for other in others.all:
        if other._meta.table_name in SEEDED:
            other.delete().execute()
        elif rows(other.select().limit(1)):
            raise StoreError(f"{target.title} is not empty: {other._meta.table_name} has rows; name a database that is")
    told: dict[str, tuple[int, str]] = {}
    with target.filling(), source.atomic("DEFERRED"):  # stories lead to stories that come later
        for table, other in zip(tables.all, others.all, strict=True):
            told[table._meta.table_name] = _table(table, other, target, on_rows)
        last = source.counters()
        with target.atomic("IMMEDIATE"):
            for name in told:
                if number := last.get(name):
                    target.count_on(name, number)  # an id is not given out again, also that of a row that is gone
    for other in others.all:
        name = other._meta.table_name
        if (found := _hash(_rows(other))) != told[name]:
            raise StoreError(f"{name}: the copy is not what was copied ({found[0]} rows, not {told[name][0]})")
    return {name: count for name, (count, _) in told.items()}


def _table(table: Any, other: Any, target: Engine, on_rows: OnRows) -> tuple[int, str]:
    fields = [getattr(other, field.name) for field in table._meta.sorted_fields]

    def through() -> Iterator[tuple[Any, ...]]:
        left = _rows(table)
        while some := list(islice(left, BATCH)):
            with target.atomic("IMMEDIATE"):
                target.put(fields, some)
            on_rows(len(some))
            yield from some

    return _hash(through())


def _rows(table: Any) -> Iterator[tuple[Any, ...]]:
    """Every row in the order of its key, as Python values; so many at a time."""
    key = table._meta.primary_key
    names = key.field_names if isinstance(key, peewee.CompositeKey) else (key.name,)
    order = [getattr(table, name) for name in names]
    places = [table._meta.sorted_field_names.index(name) for name in names]
    query = table.select(*table._meta.sorted_fields).order_by(*order).limit(BATCH)
    found = rows(query)
    while found:
        yield from found
        ends = [peewee.Value(one.db_value(found[-1][place]), False) for one, place in zip(order, places, strict=True)]
        found = rows(query.where(peewee.Tuple(*order) > peewee.Tuple(*ends))) if len(found) == BATCH else []


def _hash(told: Iterator[tuple[Any, ...]]) -> tuple[int, str]:
    """How many rows, and a hash of their values, the same whichever database they are in."""
    state, count = blake2b(digest_size=20), 0
    for row in told:
        state.update(repr(row).encode())
        count += 1
    return count, state.hexdigest()
