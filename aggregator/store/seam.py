"""The seam between the database and the house: errors that a person can mend become StoreError in words.

Bugs (wrong SQL, broken constraints, closed connections) pass through as they are. Every public method of the store
is wrapped in `guard`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import peewee

from aggregator.errors import StoreBusy, StoreError

#: Primary result codes (https://sqlite.org/rescode.html) that somebody can mend, and how.
MENDABLE = {
    sqlite3.SQLITE_PERM: "the operating system refused access; check who owns the data folder",
    sqlite3.SQLITE_READONLY: "the database cannot be written, and in a folder that cannot be written it cannot be read "
    "either; check the permissions of the file and its folder, or run this as their owner",
    sqlite3.SQLITE_IOERR: "reading or writing the disk failed; check the disk and its free space",
    sqlite3.SQLITE_CORRUPT: "the database file is damaged; restore a backup, or rescue it with `sqlite3 FILE .recover`",
    sqlite3.SQLITE_FULL: "the disk is full; free some space and the work goes on",
    sqlite3.SQLITE_CANTOPEN: "the file cannot be opened; check that its folder exists and may be written",
    sqlite3.SQLITE_NOTADB: "the file is no SQLite database; move it away or restore a backup",
}
BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}

_AWAY = (
    "the server cannot be reached, or does not let this program in; check that it runs, the setting `database`, and "
    "the password (~/.pgpass or PGPASSWORD)"
)

#: Classes and codes of errors of PostgreSQL (https://www.postgresql.org/docs/current/errcodes-appendix.html), the
#: longest first, that somebody can mend, and how.
MENDABLE_STATES = {
    "42501": "the user may not do that; let it own the database, or GRANT it ALL on its schema",
    "53100": "the disk of the server is full; free some space and the work goes on",
    "53300": "the server has no connection left; raise its max_connections",
    "57P01": "the server was stopped; it is asked again later",
    "57P02": "the server was stopped; it is asked again later",
    "57P03": "the server is starting or stopping; it is asked again later",
    "08": _AWAY,
    "28": _AWAY,
    "53": "the server lacks memory or another resource; see its log",
    "58": "the server cannot use its files; see its log",
    "XX": "the database of the server is damaged; see its log, and restore a dump",
}
#: Waited too long for a lock, waited for each other, were overtaken.
BUSY_STATES = {"55P03", "40P01", "40001"}


@contextmanager
def guard(doing: str) -> Iterator[None]:
    """Run the block; `doing` completes the sentence "… failed". Raises StoreBusy, StoreError; bugs pass through."""
    try:
        yield
    except (peewee.DatabaseError, peewee.InterfaceError, sqlite3.DatabaseError) as error:
        mapped = translate(error, doing)
        if mapped is None:
            raise
        raise mapped from error


def translate(error: Exception, doing: str) -> StoreError | None:
    """The StoreError that says what `error` means to the person who runs the daemon; None for a bug."""
    state = sql_state(error)
    if state is not None:
        return _of_state(state, error, doing)
    code = result_code(error)
    if code in BUSY:
        return StoreBusy(f"{doing} failed: another process holds the database; it is tried again later")
    if code in MENDABLE:
        return StoreError(f"{doing} failed: {MENDABLE[code]} (SQLite: {error})")
    if "no such table" in str(error):
        return StoreError(f"{doing} failed: the tables are missing; run `aggregator migrate`")
    return None


def _of_state(state: str, error: Exception, doing: str) -> StoreError | None:
    if state in BUSY_STATES:
        return StoreBusy(f"{doing} failed: another process holds the database; it is tried again later")
    if state == "42P01":
        return StoreError(f"{doing} failed: the tables are missing; run `aggregator migrate`")
    mend = MENDABLE_STATES.get(state) or MENDABLE_STATES.get(state[:2])
    told = " ".join(str(error).split())
    return StoreError(f"{doing} failed: {mend} (PostgreSQL: {told})") if mend else None


def sql_state(error: BaseException) -> str | None:
    """SQLSTATE of the psycopg error behind a peewee error; 08000 where a connection ended, or was not to be had."""
    while isinstance(inner := getattr(error, "orig", None), Exception):
        error = inner
    if not hasattr(error, "sqlstate"):
        return None
    lost = type(error).__name__ in ("OperationalError", "InterfaceError", "ConnectionTimeout")
    state = error.sqlstate or ("08000" if lost else "")
    return str(state)


def result_code(error: BaseException) -> int | None:
    """Primary result code of the sqlite3 error behind a peewee error, which may be wrapped more than once."""
    while isinstance(inner := getattr(error, "orig", None), Exception):
        error = inner
    code = getattr(error, "sqlite_errorcode", None)
    return code & 0xFF if isinstance(code, int) else None  # the low byte of the extended code
