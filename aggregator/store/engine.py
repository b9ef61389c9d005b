"""What the store needs of a database: rows written and looked up by few prepared statements, ids, one writer at a time.

Two databases have it: sqlite.py and postgres.py. Made by store.open_store; everything else gets it through
schema.Tables.
"""

from __future__ import annotations

import threading
import time
from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import peewee

#: Marks what is ours, "AGGR" in ASCII: SQLite files (PRAGMA application_id) and locks in PostgreSQL.
APPLICATION_ID = 0x41474752

#: Values in one IN (...); SQLite allows 32766 variables since 3.32, PostgreSQL 65535.
VARIABLES = 30_000

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Pages:
    """The room a database takes, as it stands."""

    size: int  #: bytes of one page
    count: int
    free: int  #: of these, pages that hold nothing
    gives_back: bool  #: free pages can be given back while others work


class Engine(peewee.Database):
    """A database with one writer at a time and a connection for each thread.

    `begin` takes "DEFERRED" for reading what stands at one instant, and "IMMEDIATE" for writing; whoever wants to write
    waits until nobody else does.
    """

    #: Stands for the database in the names of files beside it; the file itself, where it is one.
    path: Path
    #: Where it is, in words without a password.
    title: str
    #: Version of the database server, where there is one; known once a connection was open.
    server: str | None = None

    def __init__(self, database: str, **options: Any) -> None:
        self._inserts: dict[Any, str] = {}
        self._open: dict[threading.Thread, Any] = {}
        super().__init__(database, **options)

    def _connect(self) -> Any:
        connection = super()._connect()  # type: ignore[misc]
        for thread in [thread for thread in self._open if not thread.is_alive()]:
            self._open.pop(thread).close()
        self._open[threading.current_thread()] = connection
        return connection

    def _close(self, conn: Any) -> None:
        self._open.pop(threading.current_thread(), None)
        super()._close(conn)  # type: ignore[misc]

    def close_all(self) -> None:
        """Close the connections of every thread. A thread that works at this moment gets an error."""
        self.close()
        with self._lock:  # type: ignore[attr-defined]
            while self._open:
                self._open.popitem()[1].close()

    @abstractmethod
    def changed_by_others(self) -> bool:
        """True when another connection than this thread's has committed since this was asked last in this thread."""

    @abstractmethod
    def identity(self) -> str:
        """Another one when a copy or a backup was put in the place of what was there."""

    @abstractmethod
    def recognise(self) -> None:
        """Make sure that the database is empty or ours. Raises StoreError in words; database errors pass."""

    @abstractmethod
    def mark(self) -> None:
        """Mark the database as ours."""

    @abstractmethod
    def sole(self) -> AbstractContextManager[None]:
        """Hold the database as the one daemon for the block. Raises AlreadyRunning."""

    @abstractmethod
    def restructuring(self) -> AbstractContextManager[None]:
        """A transaction for migrations, within which tables may be made anew. Raises StoreError for lost references."""

    @abstractmethod
    def filling(self) -> AbstractContextManager[None]:
        """A block in which rows may be stored before those they refer to. Raises StoreError for what leads nowhere."""

    @abstractmethod
    def counters(self) -> dict[str, int]:
        """The highest id that each table with a SerialField ever gave out, where it gave out any."""

    @abstractmethod
    def count_on(self, table: str, last: int) -> None:
        """Give out no id of a table up to `last` from now on."""

    @abstractmethod
    def among(self, columns: Sequence[peewee.Field[Any]], values: list[Any]) -> tuple[str, list[Any]]:
        """SQL for a set of database values of columns, behind IN or as a table, and what fills it.

        `values`: of one column, or tuples of several; a table of several has the columns `column1`, `column2` and on.
        """

    @abstractmethod
    def octets(self, column: str) -> str:
        """SQL for the bytes that a text takes."""

    @abstractmethod
    def pages(self) -> Pages:
        """The room the database takes."""

    @abstractmethod
    def shrink(self, pages: int) -> int:
        """Give back at most so many free pages, in one short transaction; how many are left."""

    @abstractmethod
    def checkpoint(self) -> bool:
        """Bring what was written lately, and let go of, to its place in the file; False when a reader held that up."""

    @abstractmethod
    def rebuild(self) -> None:
        """Write everything anew, so that room is given back from now on. Nobody else may write."""

    @abstractmethod
    def tables(self) -> dict[str, int]:
        """Bytes of each table with its indexes, largest first; {} where the database cannot tell."""

    def create(self) -> bool:
        """Make the whole schema at once, where the database is empty; False: migrations make it."""
        return False

    def widen(self) -> None:
        """Give this thread's connection room for the indexes of a large archive."""

    def ids(self) -> Ids:
        """Ids for new rows, valid within the running transaction."""
        return Ids(self.counters())

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
        names = tuple(field.name for field in fields)
        form = (fields[0].model, names, tuple(field.name for field in key), ignore)
        if form not in self._inserts:
            self._inserts[form] = _insert_sql(fields, key, ignore=ignore)
        self.execute_many(self._inserts[form], _converted(rows, _conversions(fields, "db_value")))
        self._stored(fields, rows)

    def _stored(self, fields: Sequence[peewee.Field[Any]], rows: Sequence[Sequence[Any]]) -> None:
        """Rows were stored, perhaps with ids of ours: a counter that does not see that by itself is told."""

    def update(
        self, fields: Sequence[peewee.Field[Any]], key: peewee.Field[Any], rows: Sequence[Sequence[Any]]
    ) -> None:
        """Update many rows of one table by one prepared statement: values of `fields`, then that of the key."""
        changes = ", ".join(f'"{field.column_name}" = {self.param}' for field in fields)
        sql = f'UPDATE "{key.model._meta.table_name}" SET {changes} WHERE "{key.column_name}" = {self.param}'  # noqa: S608
        self.execute_many(sql, _converted(rows, _conversions((*fields, key), "db_value")))

    def delete(self, key: Sequence[peewee.Field[Any]], rows: Sequence[Sequence[Any]]) -> None:
        """Delete the rows of one table that have these keys, by one prepared statement."""
        wanted = " AND ".join(f'"{field.column_name}" = {self.param}' for field in key)
        sql = f'DELETE FROM "{key[0].model._meta.table_name}" WHERE {wanted}'  # noqa: S608 (names of our own columns)
        self.execute_many(sql, _converted(rows, _conversions(key, "db_value")))

    def execute_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        """Run one statement for many rows, if there are any, with peewee's errors and query hooks."""
        if not rows:
            return
        started = time.perf_counter()
        with peewee.__exception_wrapper__:  # type: ignore[attr-defined]
            self.cursor().executemany(sql, rows)
        if self.query_hooks:
            self._notify_hooks(sql, None, started, None)  # type: ignore[attr-defined]


#: Stands in the query of a Lookup for a value that is given when it runs.
GIVEN = peewee.SQL("?")


class Ids:
    """Ids for new rows of tables with a SerialField: one query for all tables, at the start of a transaction."""

    def __init__(self, last: dict[str, int]) -> None:
        """`last`: the highest id that each table ever had."""
        self._last = last

    def take(self, table: type[peewee.Model], count: int) -> range:
        """The next `count` ids of a table."""
        name = table._meta.table_name
        first = self._last.get(name, 0) + 1
        self._last[name] = first + count - 1
        return range(first, first + count)

    def pass_by(self, table: type[peewee.Model], number: int) -> None:
        """Give out no id up to `number`: rows bring them along."""
        name = table._meta.table_name
        self._last[name] = max(self._last.get(name, 0), number)


class Prepared:
    """A query whose SQL is written once; the values in it are GIVEN."""

    def __init__(self, query: Any) -> None:
        self._engine: Engine = query.model._meta.database
        self._sql, values = query.sql()
        if values:
            raise ValueError(f"a value is written into {self._sql}")
        self._gives = _conversions(query._returning, "python_value")

    def __call__(self, *given: Any) -> list[tuple[Any, ...]]:
        """Its rows; `given` are database values."""
        return _converted(self._engine.execute_sql(self._sql, given).fetchall(), self._gives)


class Lookup:
    """Rows in which a column, or several together, have one of many values: SQL written once, to be filled in.

    Writing out a query with fifty values costs peewee more than answering it costs SQLite.
    """

    def __init__(self, query: Any, *columns: peewee.Field[Any]) -> None:
        """`query`: a select of columns; the values in it are GIVEN. `columns`: what is looked for."""
        values = self._write(query, columns)
        if values:
            raise ValueError(f"a value is written into {query}")

    @classmethod
    def filled(cls, query: Any, *columns: peewee.Field[Any]) -> Lookup:
        """One whose query holds values already, for as long as these are asked for; it has no GIVEN."""
        made = cls.__new__(cls)
        made._values = tuple(made._write(query, columns))
        return made

    def _write(self, query: Any, columns: Sequence[peewee.Field[Any]]) -> Sequence[Any]:
        looked_for = peewee.Tuple(*columns) if len(columns) > 1 else columns[0]
        sql, values = query.where(looked_for == peewee.SQL("wanted")).sql()
        self._prepare(sql.replace(" = wanted", " IN wanted"), columns, query._returning)
        told: Sequence[Any] = values
        return told

    @classmethod
    def written(cls, sql: str, columns: Sequence[peewee.Field[Any]], gives: Sequence[peewee.Field[Any]]) -> Lookup:
        """One whose SQL is no condition: `wanted` in it becomes a table of the values; `gives`: what it selects."""
        made = cls.__new__(cls)
        made._prepare(sql, columns, gives)
        return made

    _values: tuple[Any, ...] = ()

    def _prepare(self, sql: str, columns: Sequence[Any], gives: Sequence[Any]) -> None:
        self._engine: Engine = columns[0].model._meta.database
        self._before, _, self._after = sql.partition("wanted")
        self._columns, self._width = columns, len(columns)
        self._takes = _conversions(columns, "db_value")
        self._gives = _conversions(gives, "python_value")

    def __call__(self, values: Iterable[Any], *given: Any) -> list[tuple[Any, ...]]:
        """The rows for `values` (tuples, where several columns are looked for), in no order; `given` fills GIVEN."""
        found: list[tuple[Any, ...]] = []
        most = VARIABLES // self._width
        for some in chunked(values, most):
            if self._width == 1:
                some = list(map(self._takes[0], some)) if self._takes else some
            else:
                some = _converted(some, self._takes)
            wanted, filling = self._engine.among(self._columns, some)
            sql, filled = f"{self._before}{wanted}{self._after}", (*self._values, *given, *filling)
            found += self._engine.execute_sql(sql, filled).fetchall()
        return _converted(found, self._gives)


def chunked(values: Iterable[V], most: int = VARIABLES) -> Iterator[list[V]]:
    """The distinct values in pieces that fit into one IN (...); nothing for no values."""
    rest = list(dict.fromkeys(values))
    for start in range(0, len(rest), most):
        yield rest[start : start + most]


def named(query: Any) -> list[dict[str, Any]]:
    """Every row of a select as a mapping from column to value."""
    return list(query.dicts())


def rows(query: Any) -> list[tuple[Any, ...]]:
    """Every row of a select as a tuple."""
    return list(query.tuples())


def _insert_sql(fields: Sequence[peewee.Field[Any]], key: Sequence[peewee.Field[Any]], *, ignore: bool) -> str:
    insert = fields[0].model.insert_many([(None,) * len(fields)], fields=list(fields))
    if key:
        names = {field.name for field in key}  # fields compare to SQL, not to a bool
        rest = [field for field in fields if field.name not in names]
        insert = insert.on_conflict(conflict_target=list(key), preserve=rest)
    elif ignore:
        insert = insert.on_conflict_ignore()
    sql: str = insert.returning().sql()[0]  # PostgreSQL would give back the keys
    return sql


#: Fields whose values the driver takes and gives as they are.
_PLAIN = (peewee.TextField, peewee.IntegerField, peewee.BigIntegerField, peewee.AutoField, peewee.BlobField)


def _conversions(fields: Sequence[Any], way: str) -> dict[int, Callable[[Any], Any]]:
    """By position: what makes database values of Python values (db_value), or the other way (python_value)."""
    return {
        place: bool if isinstance(field, peewee.BooleanField) and way == "db_value" else getattr(field, way)
        for place, field in enumerate(fields)
        if isinstance(field, peewee.Field) and not isinstance(field, _PLAIN)
    }


def _converted(rows: Sequence[Any], conversions: dict[int, Callable[[Any], Any]]) -> list[Any]:
    """The rows with some columns converted: column by column, which is quicker than value by value."""
    if not rows or not conversions:
        return list(rows)
    columns: list[Any] = list(zip(*rows, strict=True))
    for place, convert in conversions.items():
        columns[place] = map(convert, columns[place])
    return list(zip(*columns, strict=True))
