from __future__ import annotations

import sqlite3

import peewee
import pytest

from aggregator.errors import StoreBusy, StoreError
from aggregator.store.seam import BUSY_STATES, MENDABLE, MENDABLE_STATES, guard, translate


def _error(code: int, text: str = "what SQLite says") -> peewee.OperationalError:
    original = sqlite3.OperationalError(text)
    original.sqlite_errorcode = code
    return peewee.OperationalError(original, text)


@pytest.mark.parametrize("code", [sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_BUSY | 2 << 8])
def test_locks_are_worth_a_retry(code: int) -> None:
    mapped = translate(_error(code), "storing")
    assert isinstance(mapped, StoreBusy)
    assert mapped.retryable


@pytest.mark.parametrize("code", MENDABLE)
def test_what_somebody_can_mend_is_told_in_words(code: int) -> None:
    mapped = translate(_error(code | 7 << 8), "storing articles")
    assert type(mapped) is StoreError
    assert str(mapped).startswith("storing articles failed: ")
    assert "what SQLite says" in str(mapped)


def test_missing_tables_name_the_command() -> None:
    assert "aggregator migrate" in str(translate(_error(sqlite3.SQLITE_ERROR, "no such table: story"), "reading"))


class OperationalError(Exception):
    """As psycopg makes them."""

    def __init__(self, sqlstate: str | None, text: str = "what PostgreSQL\n  says") -> None:
        super().__init__(text)
        self.sqlstate = sqlstate


def _wrapped(state: str | None) -> peewee.OperationalError:
    original = OperationalError(state)
    return peewee.OperationalError(original, str(original))


@pytest.mark.parametrize("state", sorted(BUSY_STATES))
def test_locks_of_a_server_are_worth_a_retry(state: str) -> None:
    assert isinstance(translate(_wrapped(state), "storing"), StoreBusy)


@pytest.mark.parametrize("state", [*MENDABLE_STATES, "08006", "28P01", "53200", "58030", "XX001", None])
def test_what_somebody_can_mend_of_a_server_is_told_in_words(state: str | None) -> None:
    mapped = translate(_wrapped(state), "storing articles")
    assert type(mapped) is StoreError
    assert str(mapped).startswith("storing articles failed: ")
    assert str(mapped).endswith("(PostgreSQL: what PostgreSQL says)")


def test_missing_tables_of_a_server_name_the_command() -> None:
    assert "aggregator migrate" in str(translate(_wrapped("42P01"), "reading"))


@pytest.mark.parametrize(
    "bug",
    [
        _wrapped("42601"),  # a syntax error
        _wrapped("23505"),  # a unique index
        _error(sqlite3.SQLITE_ERROR, 'near "SELEC": syntax error'),
        _error(sqlite3.SQLITE_CONSTRAINT, "UNIQUE constraint failed"),
        peewee.ProgrammingError("closed"),
        KeyError("x"),
    ],
)
def test_bugs_pass_through(bug: Exception) -> None:
    with pytest.raises(type(bug)) as caught, guard("storing"):
        raise bug
    assert caught.value is bug
