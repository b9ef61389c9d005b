"""SQLite: settings, one connection a thread, one file, and whether it is ours at all. Made by store.open_store."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import peewee

from aggregator.errors import StoreError
from aggregator.store import lock
from aggregator.store.engine import APPLICATION_ID, VARIABLES, Engine, Pages

#: RETURNING and DROP COLUMN, which later migrations may need.
OLDEST_SQLITE = (3, 35, 0)

#: Free pages can be given back while others work (https://sqlite.org/pragma.html#pragma_auto_vacuum).
INCREMENTAL = 2

#: KiB of pages that the writing thread keeps.
WRITER_CACHE = 12_000


class SqliteEngine(Engine, peewee.SqliteDatabase):
    """A SQLite database in WAL mode whose transactions take the write lock when they begin.

    A transaction that reads first and asks for the write lock later fails at once when another writer was faster,
    without waiting for the timeout; BEGIN IMMEDIATE waits. Readers never wait for a writer.
    """

    def __init__(self, path: Path, *, timeout: float = 30.0) -> None:
        self.path, self.title = path, str(path)
        self._own = threading.local()  # what is known of this thread's connection
        super().__init__(
            str(path),
            pragmas={
                "auto_vacuum": INCREMENTAL,  # of a new file only, before anything is written; see space.py
                "journal_mode": "wal",
                "synchronous": "normal",  # WAL: a power cut may cost the last commits, never the file
                "foreign_keys": 1,
                "cache_size": -4_000,  # KiB, for each thread; more for the one that writes
                "wal_autocheckpoint": 4_000,  # pages: what is written again and again is copied once
                "journal_size_limit": 64 * 1024 * 1024,
            },
            timeout=timeout,
            lock_type="IMMEDIATE",
            check_same_thread=False,  # close_all() closes the connections of other threads
        )

    def rollback(self) -> None:
        """Roll back, unless SQLite did so by itself, as it does when the disk is full or fails."""
        if self.connection().in_transaction:
            super().rollback()

    def changed_by_others(self) -> bool:
        """True when another connection than this thread's has committed since this was asked last in this thread.

        A connection's own commits do not change its data_version (https://sqlite.org/pragma.html#pragma_data_version).
        """
        now = (self.connection(), self.pragma("data_version"))
        before, self._own.seen = getattr(self._own, "seen", None), now
        return bool(before != now)

    def widen(self) -> None:
        """Give this thread's connection room for the indexes of a large archive, each page of which a commit may need.

        A small archive does not fill it.
        """
        connection = self.connection()
        if getattr(self._own, "wide", None) is not connection:
            self.pragma("cache_size", -WRITER_CACHE)
            self._own.wide = connection

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

    def identity(self) -> str:
        """The file itself."""
        file = self.path.stat()
        return f"{file.st_dev} {file.st_ino}"

    def sole(self) -> AbstractContextManager[None]:
        """An operating system lock beside the file."""
        return lock.hold(self.path)

    @contextmanager
    def restructuring(self) -> Iterator[None]:
        """A writing transaction without references: rebuilding a table must not cascade."""
        with self._without_references(), self.atomic("IMMEDIATE"):
            yield
            if broken := self._broken():
                raise StoreError(f"the migration was undone: it would leave broken references in {broken}")

    @contextmanager
    def filling(self) -> Iterator[None]:
        """References are looked at in the end."""
        with self._without_references():
            yield
        if broken := self._broken():
            raise StoreError(f"the copy has references that lead nowhere, in {broken}; verify the database first")

    @contextmanager
    def _without_references(self) -> Iterator[None]:
        self.pragma("foreign_keys", 0)  # SQLite ignores this pragma within a transaction
        try:
            yield
        finally:
            self.pragma("foreign_keys", 1)

    def _broken(self) -> str | None:
        """A table with references that lead nowhere."""
        return next((row[0] for row in self.execute_sql("PRAGMA foreign_key_check").fetchall()), None)

    def counters(self) -> dict[str, int]:
        """As AUTOINCREMENT keeps them (https://sqlite.org/autoinc.html)."""
        return dict(self.execute_sql("SELECT name, seq FROM sqlite_sequence").fetchall())

    def count_on(self, table: str, last: int) -> None:
        """Set the counter of a table."""
        self.execute_sql("DELETE FROM sqlite_sequence WHERE name = ?", (table,))
        self.execute_sql("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (table, last))

    def among(self, columns: Sequence[peewee.Field[Any]], values: list[Any]) -> tuple[str, list[Any]]:
        """Value by value, in few lengths, so that SQLite knows the statement: the last fills up to a power of two."""
        width = len(columns)
        values += values[-1:] * (min(1 << (len(values) - 1).bit_length(), VARIABLES // width) - len(values))
        if width == 1:
            return f"({','.join('?' * len(values))})", values
        row = f"({','.join('?' * width)})"
        return f"(VALUES {','.join([row] * len(values))})", [value for one in values for value in one]

    def octets(self, column: str) -> str:
        """Older versions than 3.43 have no octet_length."""
        return f"length(CAST({column} AS BLOB))"

    def pages(self) -> Pages:
        """Pages of the file."""
        ask = self.pragma
        gives_back = ask("auto_vacuum") == INCREMENTAL
        return Pages(ask("page_size"), ask("page_count"), ask("freelist_count"), gives_back)

    def shrink(self, pages: int) -> int:
        """Cut pages off the file (https://sqlite.org/pragma.html#pragma_incremental_vacuum)."""
        # Each row that is fetched is a page that was moved: all must be.
        self.execute_sql(f"PRAGMA incremental_vacuum({pages:d})").fetchall()
        left: int = self.pragma("freelist_count")
        return left

    def checkpoint(self) -> bool:
        """Copy the WAL into the file and cut it off."""
        ((busy, *_),) = self.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        return not busy

    def rebuild(self) -> None:
        """Write the whole file anew."""
        self.pragma("auto_vacuum", INCREMENTAL)
        self.execute_sql("VACUUM")

    def tables(self) -> dict[str, int]:
        """As dbstat tells (https://sqlite.org/dbstat.html); {} without that."""
        sql = """SELECT coalesce(m."tbl_name", d."name"), sum(d."pgsize") FROM dbstat d
            LEFT JOIN sqlite_master m ON m."name" = d."name" WHERE d."aggregate" = TRUE GROUP BY 1 ORDER BY 2 DESC, 1"""
        try:
            return dict(self.execute_sql(sql).fetchall())
        except (peewee.OperationalError, sqlite3.OperationalError) as error:
            if "dbstat" not in str(error):
                raise
            return {}
