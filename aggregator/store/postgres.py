"""PostgreSQL: one writer at a time as on SQLite, one connection a thread, and whether the schema is ours at all.

Made by store.open_store. Says `?` for a value, as SQLite does, so that the store writes its SQL once. What is searched
lies in a file beside, as it does for SQLite; see docs/decisions/0806.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

import peewee
import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.types.numeric import Int8Dumper
from psycopg.types.string import StrDumperUnknown

from aggregator.errors import AlreadyRunning, ConfigError, StoreError
from aggregator.store import lock, pgtables
from aggregator.store.engine import APPLICATION_ID, Engine, Pages

#: The oldest version that its makers still keep (https://www.postgresql.org/support/versioning/).
OLDEST = 14

#: The table of one row that says how often anybody wrote. It marks the schema as ours; whoever writes holds its row.
WRITES = "aggregator_writes"

#: Locks that concern one schema of one database
#: (https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS).
_RESTRUCTURE = f"SELECT pg_advisory_xact_lock({APPLICATION_ID}, hashtext(current_schema()))"
_SOLE = f"SELECT pg_try_advisory_lock({APPLICATION_ID + 1}, hashtext(current_schema()))"

_FOLLOW = """SELECT setval(pg_get_serial_sequence(quote_ident(?), 'id'), ?)
    WHERE ? > coalesce(pg_sequence_last_value(pg_get_serial_sequence(quote_ident(?), 'id')::regclass), 0)"""

_WRITE = f'UPDATE "{WRITES}" SET "number" = "number" + 1 RETURNING "number"'  # noqa: S608 (our own table)

#: What a column is, where it is no whole number.
_TYPES = {"TEXT": "text", "BLOB": "bytea"}

_BEGINNINGS = {
    "DEFERRED": "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",  # one instant
    "IMMEDIATE": "BEGIN",
    "STRUCTURE": "BEGIN",
}


class PostgresEngine(Engine, peewee.PostgresqlDatabase):
    """A schema of a PostgreSQL database, in which one transaction at a time writes.

    A statement that writes outside of a transaction becomes one. A connection that the server ended is made again
    with the next transaction.
    """

    param = "?"
    field_types = {  # noqa: RUF012 - as peewee wants it
        **peewee.PostgresqlDatabase.field_types,
        "AUTO": "BIGSERIAL",
        "INT": "BIGINT",
        "TEXT": 'TEXT COLLATE "C"',  # the order of SQLite, and the quickest
        "BLOB": "BYTEA",
    }

    def __init__(self, url: str, folder: Path, *, timeout: float = 30.0) -> None:
        """`folder`: where files beside the database lie. Raises ConfigError for an address that cannot be read."""
        told = _told(url)
        mark = blake2b(repr(sorted(told.items())).encode(), digest_size=4).hexdigest()
        self.path = folder / f"postgresql-{mark}.sqlite"
        host = told.get("host") or told.get("hostaddr") or ""
        self.title = f"postgresql://{host}/{told.get('dbname', '')}"
        self._timeout = timeout
        self._own = threading.local()  # what is known of this thread's connection
        super().__init__(url, prefer_psycopg3=True, client_encoding="UTF8", fallback_application_name="aggregator")

    def _initialize_connection(self, conn: psycopg.Connection[Any]) -> None:
        conn.adapters.register_dumper(int, Int8Dumper)  # one type for all, so that one prepared statement does
        conn.adapters.register_dumper(str, _Text)
        conn.adapters.register_loader("numeric", _Number)
        # Statements are short and many: compiling one takes longer than running it.
        conn.execute(f"SET lock_timeout = {int(self._timeout * 1000)}; SET jit = off; SET TIME ZONE 'UTC'")
        self._own.seen = None

    def connection(self) -> psycopg.Connection[Any]:
        """The connection of this thread; another one where the server ended it."""
        self._renew()
        found: psycopg.Connection[Any] = super().connection()
        return found

    def _renew(self) -> bool:
        """Let go of a connection that the server ended; True where it did, and no transaction was lost with it."""
        if self.is_closed() or not self._state.conn.closed or self.transaction_depth():  # type: ignore[attr-defined]
            return False
        self.close()
        return True

    # ------------------------------------------------------------------------------------------- transactions

    def begin(self, kind: str | None = None) -> None:
        """Begin a transaction; once more where the server had ended the connection since the last one."""
        try:
            self._begin(kind or "IMMEDIATE")
        except (peewee.OperationalError, peewee.InterfaceError):
            if not self._renew():
                raise
            self._begin(kind or "IMMEDIATE")

    def _begin(self, kind: str) -> None:
        with peewee.__exception_wrapper__:  # type: ignore[attr-defined]
            cursor = self.connection().cursor()
            cursor.execute(_BEGINNINGS[kind])
            try:
                if kind == "STRUCTURE":
                    cursor.execute(_RESTRUCTURE)
                if kind == "IMMEDIATE" or (kind == "STRUCTURE" and self._is_there(cursor)):
                    (written,) = cursor.execute(_WRITE).fetchall()
                    self._note(written[0])
            except BaseException:
                self.rollback()
                raise

    @staticmethod
    def _is_there(cursor: psycopg.Cursor[Any]) -> bool:
        """Whether the schema was made."""
        return cursor.execute("SELECT to_regclass(%s)", (WRITES,)).fetchone() != (None,)

    def _note(self, number: int) -> None:
        """This thread writes now, as the so-manieth of all."""
        self._own.next = number
        if self._own.seen != number - 1:
            self._own.others = True

    def commit(self) -> None:
        """Commit. What this thread wrote is no change by others."""
        super().commit()
        self._own.seen = getattr(self._own, "next", None) or self._own.seen
        self._own.next = None

    def rollback(self) -> None:
        """Roll back, unless the connection is gone, and the transaction with it."""
        self._own.next = None
        if not self._state.conn.closed:  # type: ignore[attr-defined]
            with peewee.__exception_wrapper__:  # type: ignore[attr-defined]
                self._state.conn.execute("ROLLBACK")  # type: ignore[attr-defined]

    def changed_by_others(self) -> bool:
        """True when somebody else's transaction that could write was committed since this was asked last."""
        ((now,),) = self.execute_sql(f'SELECT "number" FROM "{WRITES}"').fetchall()  # noqa: S608 (our own table)
        changed = getattr(self._own, "others", False) or self._own.seen != now
        self._own.seen, self._own.others = now, False
        return bool(changed)

    # --------------------------------------------------------------------------------------------- statements

    def execute_sql(self, sql: str, params: Any = None) -> Any:
        """Run a statement; a writing one within a transaction."""
        if self.transaction_depth():
            return super().execute_sql(_native(sql), params)
        if sql.startswith(("INSERT", "UPDATE", "DELETE")):
            with self.atomic("IMMEDIATE"):
                return super().execute_sql(_native(sql), params)
        try:
            return super().execute_sql(_native(sql), params)
        except (peewee.OperationalError, peewee.InterfaceError):
            if not self._renew():
                raise
            return super().execute_sql(_native(sql), params)

    def execute_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        """Run one statement for many rows, within a transaction."""
        if rows and not self.transaction_depth():
            with self.atomic("IMMEDIATE"):
                super().execute_many(_native(sql), rows)
        else:
            super().execute_many(_native(sql), rows)

    def counters(self) -> dict[str, int]:
        """As the sequences stand, whose numbers are never taken back."""
        sql = """SELECT "sequencename", "last_value" FROM pg_sequences
            WHERE "schemaname" = current_schema() AND "last_value" IS NOT NULL"""
        return {name.removesuffix("_id_seq"): last for name, last in self.execute_sql(sql).fetchall()}

    def count_on(self, table: str, last: int) -> None:
        """Set the sequence of a table."""
        self.execute_sql("SELECT setval(pg_get_serial_sequence(quote_ident(?), 'id'), ?)", (table, last))

    def _stored(self, fields: Sequence[peewee.Field[Any]], rows: Sequence[Sequence[Any]]) -> None:
        """The sequence of a table follows the ids that were stored."""
        place = next((place for place, field in enumerate(fields) if isinstance(field, peewee.AutoField)), None)
        if place is not None:
            table, highest = fields[place].model._meta.table_name, max(row[place] for row in rows)
            self.execute_sql(_FOLLOW, (table, highest, highest, table))

    # ---------------------------------------------------------------------------------------------- as a whole

    def recognise(self) -> None:
        """Make sure that the schema is empty or ours. Raises StoreError in words; database errors pass."""
        version = divmod(self.connection().info.server_version, 10_000)
        self.server = ".".join(map(str, version))
        if version[0] < OLDEST:
            raise StoreError(f"PostgreSQL {self.server} is too old; at least {OLDEST} is needed")
        ((encoding, schema),) = self.execute_sql("SELECT getdatabaseencoding(), current_schema()").fetchall()
        if encoding != "UTF8":
            raise StoreError(f"{self.title} keeps text as {encoding}; make it with CREATE DATABASE … ENCODING 'UTF8'")
        if schema is None:
            raise StoreError(f"{self.title}: the search_path names no schema that is there; make one, or name another")
        tables = self.get_tables()
        if tables and WRITES not in tables:
            whose = f"{self.title} is the database of another program (it has the table {tables[0]})"
            raise StoreError(f"{whose}; give this one another database, or a schema of its own")

    def create(self) -> bool:
        """Make the tables as they are now: no PostgreSQL has had older ones."""
        if self.get_tables():
            return False
        pgtables.create(self, WRITES)
        return True

    def mark(self) -> None:
        """Nothing more: the schema was marked when it was made."""

    def identity(self) -> str:
        """The table that marks the schema: a restored dump has another one."""
        ((found,),) = self.execute_sql("SELECT to_regclass(?)::oid", (f'"{WRITES}"',)).fetchall()
        return f"{self.title} {found}"

    @contextmanager
    def sole(self) -> Iterator[None]:
        """A lock in the data folder, which tells who holds it, and one in the database, for other machines."""
        with lock.hold(self.path, self.title):
            with peewee.__exception_wrapper__:  # type: ignore[attr-defined]
                connection = psycopg.connect(self.database, autocommit=True)
            try:
                if connection.execute(_SOLE).fetchone() != (True,):
                    raise AlreadyRunning(None, self.title)
                yield
            finally:
                connection.close()

    @contextmanager
    def restructuring(self) -> Iterator[None]:
        """A transaction for migrations; PostgreSQL looks at references by itself."""
        with self.atomic("STRUCTURE"):
            yield

    @contextmanager
    def filling(self) -> Iterator[None]:
        """One transaction, at the end of which references are looked at."""
        try:
            with self.atomic("IMMEDIATE"):
                self.execute_sql("SET CONSTRAINTS ALL DEFERRED")
                yield
        except peewee.IntegrityError as error:
            what = f"the copy has references that lead nowhere ({error})"
            raise StoreError(f"{what}; verify the database first") from error

    def among(self, columns: Sequence[peewee.Field[Any]], values: list[Any]) -> tuple[str, list[Any]]:
        """One array a column: one statement for any number of values."""
        arrays = [f"?::{_TYPES.get(column.field_type, 'bigint')}[]" for column in columns]
        if len(columns) == 1:
            return f"(SELECT unnest({arrays[0]}))", [values]
        names = ", ".join(f"column{number}" for number in range(1, len(columns) + 1))
        table = f"(SELECT * FROM unnest({', '.join(arrays)}) AS t ({names}))"  # noqa: S608 (names of our own columns)
        return table, [list(one) for one in zip(*values, strict=True)]

    def octets(self, column: str) -> str:
        """As it stands, before it is compressed."""
        return f"octet_length({column})"

    def pages(self) -> Pages:
        """Pages of the whole database. Which of them hold nothing only a slow extension tells."""
        sql = "SELECT current_setting('block_size')::bigint, pg_database_size(current_database())"
        ((size, whole),) = self.execute_sql(sql).fetchall()
        return Pages(size, whole // size, 0, gives_back=True)

    def shrink(self, pages: int) -> int:  # noqa: ARG002 - PostgreSQL does it by itself
        """Nothing: pages that hold nothing are used again, and those at the end cut off, by autovacuum."""
        return 0

    def checkpoint(self) -> bool:
        """Make room that was let go of usable again now, where autovacuum would do it later."""
        for table in ("body", "revision"):
            self.execute_sql(f'VACUUM "{table}"')
        return True

    def rebuild(self) -> None:
        """Nothing: no PostgreSQL is so old."""

    def tables(self) -> dict[str, int]:
        """As pg_total_relation_size tells, with indexes and long values."""
        sql = """SELECT "relname", pg_total_relation_size("oid") FROM pg_class
            WHERE "relkind" = 'r' AND "relnamespace" = current_schema()::regnamespace ORDER BY 2 DESC, 1"""
        return dict(self.execute_sql(sql).fetchall())


class _Text(StrDumperUnknown):
    """Text without U+0000, which PostgreSQL cannot hold and no text needs."""

    def dump(self, obj: str) -> Any:
        return super().dump(obj.replace("\0", "") if "\0" in obj else obj)


class _Number(psycopg.adapt.Loader):
    """What PostgreSQL sums up: mostly a whole number."""

    def load(self, data: Any) -> int | float:
        text = bytes(data).decode()
        return float(text) if "." in text else int(text)


@lru_cache(maxsize=4096)
def _native(sql: str) -> str:
    """A statement as psycopg wants it; one that peewee writes itself is so already."""
    return sql if "%s" in sql else sql.replace("%", "%%").replace("?", "%s")


def _told(url: str) -> dict[str, Any]:
    """What an address says, but for the password."""
    try:
        told = conninfo_to_dict(url)
    except psycopg.ProgrammingError as error:
        mend = "write postgresql://USER@HOST/DATABASE; a password goes into ~/.pgpass or PGPASSWORD"
        raise ConfigError(f"database: the address cannot be read ({str(error).strip()}); {mend}") from error
    return {name: value for name, value in told.items() if name != "password" and value is not None}
