"""Copying a database while others write it, and telling whether a copy is sound.

In: the file of a database, and where the copy goes. Out: how many rows each table of the copy has. Called by
app/safekeeping.py.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from aggregator.errors import StoreError
from aggregator.store.engine import APPLICATION_ID
from aggregator.store.seam import guard

#: Pages to a step, and seconds between two: the disk is left to others for as long as the copy has it.
PAGES, PAUSE = 1_024, 0.005

#: Ends of the names of files that SQLite keeps beside a database.
BESIDE = ("-wal", "-shm", "-journal")

#: Called after each step with the pages left and those there are in all.
OnPages = Callable[[int, int], None]


def copy(source: Path, target: Path, on_pages: OnPages | None = None) -> dict[str, int]:
    """Copy the database `source` as it stands now to the new file `target`, and check the copy; rows of each table.

    SQLite's online backup (https://sqlite.org/backup.html), within one reading transaction: a backup without one
    begins anew whenever somebody commits, and a busy daemon would never let it end. Writers wait for nothing; what
    they write meanwhile stays in the WAL until then. The copy is one file, no WAL beside it. Raises StoreError.
    """
    with (
        guard(f"backing up {source}"),
        closing(_opened(source)) as origin,
        closing(sqlite3.connect(target)) as made,
    ):
        origin.execute("BEGIN")
        told = counts(origin)
        origin.backup(made, pages=PAGES, progress=_progress(on_pages), sleep=PAUSE)
        origin.execute("ROLLBACK")
        made.execute("PRAGMA journal_mode = DELETE")
    if (found := check(target)) != told:
        raise StoreError(f"{target}: the copy holds other rows than the database had ({found}, not {told}); try again")
    return found


def check(path: Path) -> dict[str, int]:
    """Look through a database nobody writes; rows of each table. Raises StoreError when it is damaged, or not ours."""
    if not path.is_file():
        raise StoreError(f"{path}: there is no such file")
    with guard(f"checking {path}"), closing(_opened(path)) as connection:
        if connection.execute("PRAGMA application_id").fetchone() != (APPLICATION_ID,):
            raise StoreError(f"{path} is no database of this program")
        faults = [row[0] for row in connection.execute("PRAGMA integrity_check(3)")]
        if faults != ["ok"]:
            raise StoreError(f"{path} is damaged ({'; '.join(faults)}); take another backup")
        if broken := connection.execute("PRAGMA foreign_key_check").fetchone():
            raise StoreError(f"{path} is damaged: {broken[0]} refers to a row of {broken[2]} that is not there")
        return counts(connection)


def remove(path: Path) -> None:
    """Take a database away, with what SQLite keeps beside it; one that is not there is no fault. Raises OSError."""
    for end in ("", *BESIDE):
        path.with_name(path.name + end).unlink(missing_ok=True)


def counts(connection: sqlite3.Connection) -> dict[str, int]:
    """Rows of each table, by name."""
    found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
    return {
        name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]  # noqa: S608 (names of its own tables)
        for (name,) in found.fetchall()
    }


def _opened(path: Path) -> sqlite3.Connection:
    """A connection that makes no file where there is none."""
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=30.0, isolation_level=None)


def _progress(on_pages: OnPages | None) -> Callable[[int, int, int], None] | None:
    return (lambda _status, left, total: on_pages(left, total)) if on_pages else None
