"""Every test of this folder runs on both databases, but for those marked `sqlite`, which look into the file."""

from __future__ import annotations

import pytest

from aggregator.store import Store
from tests.support.stores import postgres, postgres_database, postgres_store, template
from tests.support.stores import store as sqlite_store

__all__ = ["postgres", "postgres_database", "postgres_store", "sqlite_store", "store", "template"]


@pytest.fixture
def store(request: pytest.FixtureRequest) -> Store:
    """A store that knows the subscriptions `a` and `b`."""
    found: Store = request.getfixturevalue(request.param)
    return found


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Ask for both stores, or for one."""
    if "store" in metafunc.fixturenames:
        only = metafunc.definition.get_closest_marker("sqlite")
        metafunc.parametrize("store", ["sqlite_store"] if only else ["sqlite_store", "postgres_store"], indirect=True)
