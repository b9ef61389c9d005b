"""A migrated store in a temporary folder, with two subscriptions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from aggregator.store import Store, open_store
from tests.support.writes import NOW, subscription


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(f"sqlite:///{tmp_path / 'a.db'}", timeout=5) as opened:
        opened.migrate()
        opened.subscriptions.sync([subscription("a"), subscription("b")], NOW)
        yield opened
