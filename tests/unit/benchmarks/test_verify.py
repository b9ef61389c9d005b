"""The check of what was stored notices when something is missing, dirty or told twice."""

from __future__ import annotations

import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from benchmarks import hosting, measure, places, verify
from benchmarks.corpus import Corpus
from benchmarks.systems.ours import Ours


@pytest.fixture(scope="module")
def polled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Ours, Corpus]]:
    """Our folder after one cold poll."""
    folder = tmp_path_factory.mktemp("bench")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(places, "SCRATCH", folder / "scratch")
        with closing(hosting.Origin(3, 12, delta=False)) as origin:
            ours = Ours(folder, origin.urls())
            subprocess.run(ours.command(), env=dict(ours.environment()), check=True, capture_output=True, timeout=60)
            assert origin.counts()["200"] == 3
            yield ours, origin.corpus


def test_a_whole_store_passes(polled: tuple[Ours, Corpus]) -> None:
    verify.check(*polled, delta=False)


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        ("update revision set title = 'other' where article = 2", "title"),
        ("delete from appearance where id = 3", "appearances"),
        ("update story set merged_into = 1 where id = 2", "stories"),
        ("delete from article where id = 4", "not stored"),
        ("insert into retry values (1, 'u', 0, 0, 1, 'r', null)", "retries"),
    ],
)
def test_damage_is_noticed(polled: tuple[Ours, Corpus], tmp_path: Path, damage: str, told: str) -> None:
    ours, corpus = polled
    damaged = tmp_path / "damaged.sqlite"
    with closing(sqlite3.connect(ours.database)) as source, closing(sqlite3.connect(damaged)) as copy:
        source.backup(copy)
        copy.execute(damage)
        copy.commit()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ours, "database", damaged)
        with pytest.raises(measure.Failed, match=told):
            verify.check(ours, corpus, delta=False)
