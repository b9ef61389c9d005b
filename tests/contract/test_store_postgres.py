"""What only a database server does: it is elsewhere, goes away, belongs to others, and is used by other machines."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from aggregator.errors import AlreadyRunning, ConfigError, StoreBusy, StoreError
from aggregator.store import Store, open_store
from aggregator.store.store import locate
from tests.support.postgres import Server
from tests.support.writes import MINUTE, NOW, article, dump, entry, plan, subscription


@pytest.fixture
def made(postgres_store: Store) -> Store:
    """A store with three articles."""
    postgres_store.articles.commit([plan(*(article(name) for name in "xyz"))], NOW)
    return postgres_store


@contextmanager
def connected(store: Store) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    with psycopg.connect(store.url, autocommit=True) as connection:
        yield connection


def cut_off(store: Store) -> None:
    """End every connection to the database, as a restart of the server does."""
    with connected(store) as connection:
        connection.execute("""SELECT pg_terminate_backend("pid", 5000) FROM pg_stat_activity
            WHERE "datname" = current_database() AND "pid" <> pg_backend_pid()""")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgresql://postgres@127.0.0.1:1/x", "cannot be reached"),
        ("postgresql://postgres@127.0.0.1:{port}/nowhere", 'database "nowhere" does not exist'),
        ("postgresql://nobody-known@127.0.0.1:{port}/postgres", 'role "nobody-known" does not exist'),
    ],
)
def test_a_server_that_is_not_there_or_says_no(postgres: Server, tmp_path: Path, url: str, words: str) -> None:
    with pytest.raises(StoreError, match=words) as caught:
        open_store(url.format(port=postgres.port), tmp_path)
    assert "\n" not in str(caught.value)


def test_a_password_is_not_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as caught:
        open_store("postgresql://someone:geheim@127.0.0.1:1/x", tmp_path)
    assert "geheim" not in str(caught.value)


def test_an_address_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="write postgresql://USER@HOST/DATABASE"):
        open_store("postgresql://h/x?nothing=known", tmp_path)


def test_a_server_has_no_file() -> None:
    with pytest.raises(StoreError, match="pg_dump"):
        locate("postgresql://h/x")


def test_the_database_of_another_program_is_left_alone(postgres: Server, tmp_path: Path) -> None:
    url = postgres.create()
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE account (id int)")
    with pytest.raises(StoreError, match=r"of another program.*account"):
        open_store(url, tmp_path)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA news")
    with open_store(f"{url}?options=-csearch_path%3Dnews", tmp_path) as store:  # beside it, it can be
        store.migrate()
        assert store.articles.counts()["articles"] == 0


def test_a_database_that_cannot_hold_chinese_is_refused(postgres: Server, tmp_path: Path) -> None:
    postgres.run("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0")
    with pytest.raises(StoreError, match="LATIN1; make it with CREATE DATABASE"):
        open_store(postgres.url("latin"), tmp_path)


def test_a_database_without_tables_says_what_to_run(postgres: Server, tmp_path: Path) -> None:
    with open_store(postgres.create(), tmp_path) as store:
        for work in (lambda: store.stories.latest(1), lambda: store.articles.commit([], NOW)):
            with pytest.raises(StoreError, match="run `aggregator migrate`"):
                work()
        store.migrate()
        assert store.stories.latest(1) == []


def test_two_that_set_it_up_at_once_do_so_once(postgres: Server, tmp_path: Path) -> None:
    url, applied = postgres.create(), list[list[str]]()

    def migrate() -> None:
        with open_store(url, tmp_path) as store:
            applied.append(store.migrate())

    threads = [threading.Thread(target=migrate) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(bool, applied)) == [False, False, False, True]


def test_a_newer_database_is_refused(made: Store) -> None:
    with connected(made) as connection:
        connection.execute("INSERT INTO schema_migration (name, applied) VALUES ('9999_later', now())")
    try:
        with pytest.raises(StoreError, match=r"written by a newer version.*9999_later"):
            made.pending()
    finally:
        with connected(made) as connection:
            connection.execute("DELETE FROM schema_migration WHERE name = '9999_later'")


def test_a_connection_that_ended_between_two_calls_is_made_again(made: Store) -> None:
    for work in (
        lambda: made.stories.latest(10),
        lambda: made.articles.commit([plan(article("w"))], NOW),
        lambda: made.subscriptions.poll_now(["a"]),
        lambda: made.articles.known("a", [entry("x")]),
    ):
        cut_off(made)
        work()
    assert made.articles.counts()["articles"] == 4


def test_a_connection_that_ends_within_a_transaction_stores_nothing_and_is_told(made: Store) -> None:
    before = dump(made)

    def cut_in_the_middle() -> None:
        with made._engine.atomic("IMMEDIATE"):
            cut_off(made)
            made.articles.commit([plan(article("w"))], NOW)

    with pytest.raises(StoreError, match="the server was stopped; it is asked again later"):
        cut_in_the_middle()
    assert dump(made) == before
    made.articles.commit([plan(article("w"))], NOW)


def test_a_writer_waits_for_another_and_gives_up_in_words(made: Store) -> None:
    with open_store(made.url, made.path.parent, timeout=0.2) as other, made._engine.atomic("IMMEDIATE"):
        assert len(other.stories.latest(10)) == 3  # readers do not wait
        for work in (
            lambda: other.articles.commit([plan(article("w"))], NOW),
            lambda: other.subscriptions.poll_now(["a"]),
        ):
            with pytest.raises(StoreBusy, match="another process holds the database"):
                work()
    other.articles.commit([plan(article("w"))], NOW)
    assert made.articles.counts()["articles"] == 4
    other.close()


def test_a_reading_transaction_sees_one_instant(made: Store) -> None:
    with open_store(made.url, made.path.parent) as other, made._engine.atomic("DEFERRED"):
        assert made.articles.counts()["articles"] == 3
        other.articles.commit([plan(article("w"))], NOW)
        assert made.articles.counts()["articles"] == 3
    assert made.articles.counts()["articles"] == 4


def test_what_others_commit_is_noticed_and_what_this_thread_does_is_not(made: Store) -> None:
    assert made.changed_by_others()
    assert not made.changed_by_others()
    made.articles.commit([plan(article("mine"))], NOW)
    made.subscriptions.poll_now(["a"])
    assert not made.changed_by_others()
    with open_store(made.url, made.path.parent) as other:
        other.articles.commit([plan(article("theirs"))], NOW)
        made.articles.commit([plan(article("mine too"))], NOW)
        assert made.changed_by_others()
        assert not made.changed_by_others()
        other.subscriptions.poll_now(["a"])
        assert made.changed_by_others()
    with pytest.raises(LookupError):
        made.articles.commit([plan(article("w"), slug="nowhere")], NOW)
    assert not made.changed_by_others()


_HOLDER = """
import sys
from pathlib import Path
from aggregator.store import open_store
with open_store(sys.argv[1], Path(sys.argv[2])) as store, store.hold():
    print("held", flush=True)
    sys.stdin.read()
"""


def test_one_daemon_also_from_another_machine(made: Store, tmp_path: Path, repo: Path) -> None:
    with made.hold():
        with (
            pytest.raises(AlreadyRunning, match=r"process [0-9]+ already runs on postgresql://127.0.0.1/"),
            made.hold(),
        ):
            pass
        with (
            open_store(made.url, tmp_path / "elsewhere") as other,
            pytest.raises(AlreadyRunning, match="another process already runs on"),
            other.hold(),
        ):
            pass
    words = [sys.executable, "-c", _HOLDER, made.url, str(tmp_path / "third")]
    with subprocess.Popen(words, cwd=repo, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "held\n"
        with pytest.raises(AlreadyRunning), made.hold():
            pass
        child.kill()
    with made.hold():  # what a killed process held is free
        pass


def test_text_without_what_postgresql_cannot_hold(made: Store) -> None:
    made.articles.commit([plan(article("n", title="标\0题"))], NOW)
    assert made.articles.known("a", [entry("n")])["entry-n"].title == "标题"


def test_an_index_of_a_database_that_was_there_before_is_thrown_away(postgres: Server, tmp_path: Path) -> None:
    url = postgres.create()
    for name in ("old", "new"):
        with open_store(url, tmp_path) as store:
            store.migrate()
            store.subscriptions.sync([subscription("a")], NOW)
            store.articles.commit([plan(article(name))], NOW)
            assert store.search.advance() == 1
            (hit,) = store.search.find(name, 10)
            assert [one.article.entry_id for one in store.articles.of([hit.revision])] == [f"entry-{name}"]
            identity = store.identity()
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    with open_store(url, tmp_path) as store:
        store.migrate()
        assert store.identity() != identity


def test_there_and_back_again_is_the_same(made: Store, tmp_path: Path, template: Path) -> None:
    made.articles.commit([plan(article("x", text="改过的正文。"), slug="b")], NOW + MINUTE)
    made.retention.let_go([2], NOW)
    with open_store(f"sqlite:///{tmp_path / 'copy.db'}") as copy:
        copy.migrate()
        told = made.copy_to(copy, lambda _rows: None)
        assert told["article"] == 3
        before, after = dump(made), dump(copy)
        del before["schema_migration"], after["schema_migration"]
        before["counters"] = [row for row in before["counters"] if row[0] in told]
        after["counters"] = [row for row in after["counters"] if row[0] in told]
        assert after == before
        assert list(copy.audit.faults()) == []
        with pytest.raises(StoreError, match="is not empty"):
            copy.copy_to(made, lambda _rows: None)


def test_a_copy_with_a_reference_to_nothing_leaves_nothing(
    postgres: Server, tmp_path: Path, sqlite_store: Store
) -> None:
    sqlite_store.articles.commit([plan(article("x"))], NOW)
    engine = sqlite_store._engine
    engine.pragma("foreign_keys", 0)
    engine.execute_sql("UPDATE article SET story = 99")
    with open_store(postgres.create(), tmp_path) as target:
        target.migrate()
        with pytest.raises(StoreError, match="references that lead nowhere"):
            sqlite_store.copy_to(target, lambda _rows: None)
        assert target.articles.counts()["articles"] == 0
