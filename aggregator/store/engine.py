"""The SQLite connection: settings, one connection a thread, and whether the file is ours at all.

Made by store.open_store; everything else gets it through schema.Tables.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import peewee

from aggregator.errors import StoreError

#: Marks our files (PRAGMA application_id), "AGGR" in ASCII.
APPLICATION_ID = 0x41474752

#: RETURNING and DROP COLUMN, which later migrations may need.
OLDEST_SQLITE = (3, 35, 0)

#: Values in one IN (...); SQLite allows 32766 variables since 3.32.
VARIABLES = 30_000

V = TypeVar("V")


class Engine(peewee.SqliteDatabase):
    """A SQLite database in WAL mode whose transactions take the write lock when they begin.

    A transaction that reads first and asks for the write lock later fails at once when another writer was faster,
    without waiting for the timeout; BEGIN IMMEDIATE waits. Readers never wait for a writer.
    """

    def __init__(self, path: Path, *, timeout: float = 30.0) -> None:
        self.path = path
        self._open: dict[threading.Thread, sqlite3.Connection] = {}
        super().__init__(
            str(path),
            pragmas={
                "journal_mode": "wal",
                "synchronous": "normal",  # WAL: a power cut may cost the last commits, never the file
                "foreign_keys": 1,
                "cache_size": -4_000,  # KiB, for each thread
                "journal_size_limit": 64 * 1024 * 1024,
            },
            timeout=timeout,
            lock_type="IMMEDIATE",
            check_same_thread=False,  # close_all() closes the connections of other threads
        )

    def _connect(self) -> sqlite3.Connection:
        connection: sqlite3.Connection = super()._connect()  # type: ignore[misc]
        for thread in [thread for thread in self._open if not thread.is_alive()]:
            self._open.pop(thread).close()
        self._open[threading.current_thread()] = connection
        return connection

    def _close(self, conn: sqlite3.Connection) -> None:
        self._open.pop(threading.current_thread(), None)
        super()._close(conn)  # type: ignore[misc]

    def close_all(self) -> None:
        """Close the connections of every thread. A thread that works at this moment gets an error."""
        self.close()
        with self._lock:  # type: ignore[attr-defined]
            while self._open:
                self._open.popitem()[1].close()

    def rollback(self) -> None:
        """Roll back, unless SQLite did so by itself, as it does when the disk is full or fails."""
        if self.connection().in_transaction:
            super().rollback()

    def allocate(self, table: type[peewee.Model], count: int) -> range:
        """Ids for `count` new rows of a table with a SerialField; valid within the running transaction."""
        name = table._meta.table_name
        row = self.execute_sql("SELECT seq FROM sqlite_sequence WHERE name = ?", (name,)).fetchone()
        first = (row[0] if row else 0) + 1
        return range(first, first + count)

    def put(
        self,
        fields: Sequence[peewee.Field[Any]],
        rows: Sequence[Sequence[Any]],
        *,
        key: Sequence[peewee.Field[Any]] = (),
        ignore: bool = False,
    ) -> None:
        """Insert many rows of one table by one prepared statement.

        `fields` names the columns of `rows`. With `key`, a row whose key exists replaces the other columns; with
        `ignore`, a row that breaks a unique index is left out. Quicker than a multi-row INSERT that peewee writes out
        value by value.
        """
        if not rows:
            return
        insert = fields[0].model.insert_many([(None,) * len(fields)], fields=list(fields))
        if key:
            names = {field.name for field in key}  # fields compare to SQL, not to a bool
            rest = [field for field in fields if field.name not in names]
            insert = insert.on_conflict(conflict_target=list(key), preserve=rest)
        elif ignore:
            insert = insert.on_conflict_ignore()
        converters = [field.db_value for field in fields]
        self.execute_many(
            insert.sql()[0],
            [[convert(value) for convert, value in zip(converters, row, strict=True)] for row in rows],
        )

    def execute_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        """Run one statement for many rows, with peewee's errors and query hooks."""
        started = time.perf_counter()
        with peewee.__exception_wrapper__:  # type: ignore[attr-defined]
            self.cursor().executemany(sql, rows)
        if self.query_hooks:
            self._notify_hooks(sql, None, started, None)  # type: ignore[attr-defined]

    def recognise(self) -> None:
        """Make sure that the file is empty or ours. Raises StoreError in words; database errors pass."""
        if sqlite3.sqlite_version_info < OLDEST_SQLITE:
            raise StoreError(f"SQLite {sqlite3.sqlite_version} is too old; at least 3.35 is needed")
        mark = self.pragma("application_id")
        if mark == APPLICATION_ID or (mark == 0 and not self.get_tables()):
            return
        raise StoreError(f"{self.path} is the database of another program; give this one another file")

    def mark(self) -> None:
        """Mark the file as ours."""
        if self.pragma("application_id") != APPLICATION_ID:
            self.pragma("application_id", APPLICATION_ID)


def chunked(values: Iterable[V]) -> Iterator[list[V]]:
    """The distinct values in pieces that fit into one IN (...); nothing for no values."""
    rest = list(dict.fromkeys(values))
    for start in range(0, len(rest), VARIABLES):
        yield rest[start : start + VARIABLES]


def named(query: Any) -> list[dict[str, Any]]:
    """Every row of a select as a mapping from column to value."""
    return list(query.dicts())


def rows(query: Any) -> list[tuple[Any, ...]]:
    """Every row of a select as a tuple."""
    return list(query.tuples())
