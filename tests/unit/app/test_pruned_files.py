"""Text that retention wrote aside: an archive like any other, and looked through."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from aggregator import config
from aggregator.app import pruning, verifying
from aggregator.app.core import App
from aggregator.store import open_store
from tests.support import place as places
from tests.support.writes import NOW, article, plan


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    here = places.make(tmp_path / "here", "http://127.0.0.1:9")
    with App(config.load(here.config, environ={}), clock=lambda: NOW) as opened:
        opened.prepare()
        opened.store.articles.commit([plan(article("x", original="---\n---\n正文"), article("y"), slug="import")], NOW)
        opened.refresh()
        yield opened


def test_text_written_aside_is_looked_through_and_can_be_taken_in_elsewhere(app: App, tmp_path: Path) -> None:
    records = app.store.retention.records([1, 2])
    pruning.spill(app.data / "pruned", records, datetime(2026, 11, 1, tzinfo=UTC))
    pruning.spill(app.data / "pruned", records, datetime(2026, 11, 2, tzinfo=UTC))
    assert verifying.verify(app).left == []
    with open_store(f"sqlite:///{tmp_path / 'other.db'}") as other:
        other.migrate()
        other.whole.take(records)
        assert [(one.id, one.article) for one in other.articles.iterate()] == [
            (one.id, one.article) for one in app.store.articles.iterate()
        ]
        assert list(other.audit.faults()) == []
    (path,) = (app.data / "pruned").iterdir()
    assert path.name == "2026-11.jsonl.gz"
    path.write_bytes(path.read_bytes()[:-5])
    assert [one.kind for one in verifying.verify(app, repair=True).left] == ["pruned.damaged"]
