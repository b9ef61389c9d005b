from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import peewee
import pytest

from aggregator.store.engine import VARIABLES, chunked, rows
from aggregator.store.schema import Tables
from aggregator.store.sqlite import WRITER_CACHE, SqliteEngine


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[SqliteEngine]:
    opened = SqliteEngine(tmp_path / "a.db", timeout=1)
    opened.create_tables(Tables(opened).all)
    yield opened
    opened.close_all()


def _subscriptions(engine: SqliteEngine) -> list[tuple[str, str]]:
    s = Tables(engine).subscription
    return rows(s.select(s.slug, s.name).order_by(s.id))


def test_settings(engine: SqliteEngine) -> None:
    assert engine.pragma("journal_mode") == "wal"
    assert engine.pragma("synchronous") == 1
    assert engine.pragma("foreign_keys") == 1
    assert engine.pragma("busy_timeout") == 1000


def test_the_thread_that_writes_keeps_more_pages(engine: SqliteEngine) -> None:
    narrow = engine.pragma("cache_size")
    engine.widen()
    assert engine.pragma("cache_size") == -WRITER_CACHE < narrow < 0
    seen: list[int] = []
    thread = threading.Thread(target=lambda: seen.append(engine.pragma("cache_size")))
    thread.start()
    thread.join()
    assert seen == [narrow]


def test_transactions_take_the_write_lock_when_they_begin(engine: SqliteEngine) -> None:
    other = sqlite3.connect(engine.path, timeout=0)
    with engine.atomic(), pytest.raises(sqlite3.OperationalError, match="locked"):
        other.execute("BEGIN IMMEDIATE")
    other.close()


def test_put_inserts_replaces_and_ignores(engine: SqliteEngine) -> None:
    s = Tables(engine).subscription
    fields = [s.slug, s.name, s.url]

    def put(*given: tuple[str, str, str], **how: object) -> None:
        engine.put(
            [*fields, s.categories, s.configured, s.enabled, s.failures, s.empty_polls, s.no_feed_polls],
            [(*one, [], True, True, 0, 0, 0) for one in given],
            **how,  # type: ignore[arg-type]
        )

    put(("a", "A", ""), ("b", "B", ""))
    with pytest.raises(peewee.IntegrityError):
        put(("a", "again", ""))
    put(("a", "ignored", ""), ("c", "C", ""), ignore=True)
    put(("b", "replaced", ""), key=[s.slug])
    put()
    assert _subscriptions(engine) == [("a", "A"), ("b", "replaced"), ("c", "C")]


def test_ids_are_never_given_out_twice(engine: SqliteEngine) -> None:
    s = Tables(engine).subscription
    ids = engine.ids()
    assert (list(ids.take(s, 2)), list(ids.take(s, 1))) == ([1, 2], [3])
    first = s.insert(slug="a", name="", url="").execute()
    s.delete().execute()
    assert list(engine.ids().take(s, 1)) == [first + 1]


def test_references_are_enforced(engine: SqliteEngine) -> None:
    e = Tables(engine).endpoint
    with pytest.raises(peewee.IntegrityError, match="FOREIGN KEY"):
        e.insert(subscription=99, url="https://x.example.com").execute()


def test_two_stores_have_tables_of_their_own(engine: SqliteEngine, tmp_path: Path) -> None:
    other = SqliteEngine(tmp_path / "b.db")
    other.create_tables(Tables(other).all)
    Tables(other).subscription.insert(slug="b", name="B", url="").execute()
    assert _subscriptions(engine) == []
    assert _subscriptions(other) == [("b", "B")]
    other.close_all()


def test_each_thread_has_a_connection_and_close_all_closes_every_one(engine: SqliteEngine) -> None:
    seen: list[sqlite3.Connection] = []
    done = threading.Event()

    def work() -> None:
        seen.append(engine.connection())
        done.wait(5)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    while len(seen) < 3:
        done.wait(0.01)
    assert len({id(connection) for connection in (*seen, engine.connection())}) == 4
    engine.close_all()
    for connection in seen:
        with pytest.raises(sqlite3.ProgrammingError, match="closed"):
            connection.execute("SELECT 1")
    done.set()
    for thread in threads:
        thread.join()


def test_connections_of_ended_threads_are_closed(engine: SqliteEngine) -> None:
    seen: list[sqlite3.Connection] = []
    for _ in range(5):
        thread = threading.Thread(target=lambda: seen.append(engine.connection()))
        thread.start()
        thread.join()
    for connection in seen[:-1]:
        with pytest.raises(sqlite3.ProgrammingError, match="closed"):
            connection.execute("SELECT 1")


def test_a_full_disk_is_told_as_such_although_sqlite_rolled_back_by_itself(engine: SqliteEngine) -> None:
    s = Tables(engine).subscription
    engine.pragma("max_page_count", engine.pragma("page_count"))
    with pytest.raises(peewee.OperationalError, match="full"), engine.atomic():
        s.insert(slug="a", name="x" * 1_000_000, url="").execute()
    assert not engine.in_transaction()
    assert _subscriptions(engine) == []


def test_long_lists_are_cut_into_pieces() -> None:
    assert list(chunked([])) == []
    assert list(chunked([3, 1, 3])) == [[3, 1]]
    assert [len(piece) for piece in chunked(range(2 * VARIABLES + 1))] == [VARIABLES, VARIABLES, 1]


def test_hooks_see_bulk_statements(engine: SqliteEngine) -> None:
    told: list[str] = []
    engine.query_hooks.append(lambda event: told.append(event.sql))
    engine.execute_many('UPDATE "subscription" SET "name" = ? WHERE "id" = ?', [("x", 1), ("y", 2)])
    assert told == ['UPDATE "subscription" SET "name" = ? WHERE "id" = ?']
