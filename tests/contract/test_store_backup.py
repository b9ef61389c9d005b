"""A copy of a database that is written meanwhile: whole, of one instant, and nobody waits for it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from aggregator.errors import StoreError
from aggregator.store import Store, backup, open_store
from tests.support.writer import EACH, writing
from tests.support.writes import NOW, article, dump, plan

pytestmark = pytest.mark.sqlite


@pytest.fixture
def filled(store: Store) -> Store:
    store.articles.commit([plan(*(article(f"x{number}") for number in range(300)))], NOW)
    return store


def test_a_copy_holds_the_same_rows_and_no_more_files(filled: Store, tmp_path: Path) -> None:
    (tmp_path / "copy").mkdir()
    counts = backup.copy(filled.path, tmp_path / "copy" / "a.db")
    assert counts["article"] == 300
    assert [path.name for path in (tmp_path / "copy").iterdir()] == ["a.db"]
    before = dump(filled)
    with open_store(f"sqlite:///{tmp_path / 'copy' / 'a.db'}") as copied:
        assert dump(copied) == before


def test_a_writer_goes_on_and_the_copy_is_of_one_instant(
    filled: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup, "PAGES", 8)
    steps = begun = 0

    def stored() -> int:
        with closing(sqlite3.connect(filled.path)) as connection:
            (count,) = connection.execute("SELECT count(*) FROM article").fetchone()
        return int(count) - 300

    with writing(filled) as writer:
        started = writer.stored

        def on_pages(_left: int, _total: int) -> None:
            nonlocal steps, begun
            steps += 1
            begun = begun or stored()
            writer.step()  # between any two steps somebody commits

        counts = backup.copy(filled.path, tmp_path / "copy.db", on_pages)
        assert writer.stored >= started + (steps - 1) * EACH
    assert steps > 10
    own = counts["article"] - 300
    assert own % EACH == 0
    assert started <= own <= begun < stored()  # what was there when it began, not what came later
    assert counts["revision"] == counts["appearance"] == counts["article"]


def test_a_copy_that_is_damaged_is_told(filled: Store, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    backup.copy(filled.path, copy)
    raw = bytearray(copy.read_bytes())
    raw[4096 * 20 : 4096 * 24] = b"\x55" * (4 * 4096)
    copy.write_bytes(raw)
    with pytest.raises(StoreError, match="damaged"):
        backup.check(copy)


def test_references_that_lead_nowhere_are_told(filled: Store, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    backup.copy(filled.path, copy)
    with closing(sqlite3.connect(copy)) as connection, connection:
        connection.execute("DELETE FROM story WHERE id = 7")
    with pytest.raises(StoreError, match="refers to a row of story"):
        backup.check(copy)


@pytest.mark.parametrize(("name", "told"), [("none.db", "no such file"), ("other.db", "no database of this program")])
def test_what_is_no_database_of_ours_is_told(tmp_path: Path, name: str, told: str) -> None:
    with closing(sqlite3.connect(tmp_path / "other.db")) as connection, connection:
        connection.execute("CREATE TABLE x (y)")
    with pytest.raises(StoreError, match=told):
        backup.check(tmp_path / name)
    assert not (tmp_path / "none.db").exists()
