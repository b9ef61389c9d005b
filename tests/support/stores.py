"""Fixtures for tests of the store: a migrated database with two subscriptions, copied for each test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from aggregator.store import Store, open_store
from tests.support.postgres import Server, server
from tests.support.writes import NOW, subscription


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a migrated store that knows the subscriptions `a` and `b`, closed."""
    path = tmp_path_factory.mktemp("store") / "template.db"
    with open_store(f"sqlite:///{path}") as made:
        made.migrate()
        made.subscriptions.sync([subscription("a"), subscription("b")], NOW)
    return path


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server."""
    with server() as running:
        yield running


@pytest.fixture(scope="session")
def postgres_database(postgres: Server, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a database with the tables, which one test at a time uses."""
    url = postgres.create()
    with open_store(url, tmp_path_factory.mktemp("store")) as made:
        made.migrate()
    return url


@pytest.fixture
def store(tmp_path: Path, template: Path) -> Iterator[Store]:
    """A copy of `template`, open."""
    path = tmp_path / "a.db"
    path.write_bytes(template.read_bytes())
    with open_store(f"sqlite:///{path}", timeout=5) as opened:
        yield opened


@pytest.fixture
def postgres_store(tmp_path: Path, postgres: Server, postgres_database: str) -> Iterator[Store]:
    """The same on PostgreSQL: in a database that is emptied, which is quicker than making one."""
    postgres.empty(postgres_database)
    with open_store(postgres_database, tmp_path, timeout=5) as opened:
        opened.subscriptions.sync([subscription("a"), subscription("b")], NOW)
        yield opened


@contextmanager
def statements(store: Store) -> Iterator[list[str]]:
    """The statements that the store runs within the block, as SQL."""
    told: list[str] = []

    def note(event: object) -> None:
        told.append(getattr(event, "sql", ""))

    store._engine.query_hooks.append(note)
    try:
        yield told
    finally:
        store._engine.query_hooks.remove(note)
