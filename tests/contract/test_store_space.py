"""Room given back while somebody writes and somebody reads; and everything copied into another database."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from aggregator.errors import StoreError
from aggregator.store import Store, open_store
from aggregator.store.columns import micros
from tests.support.writer import EACH, writing
from tests.support.writes import MINUTE, NOW, article, dump, plan, write


def text(number: int) -> str:
    """A text that does not compress away."""
    return "".join(chr(0x4E00 + (n * n * (number + 3) + n) % 20_000) for n in range(1_500))


@pytest.fixture
def filled(store: Store) -> Store:
    for start in range(0, 60, 20):
        store.articles.commit([plan(*(article(f"x{n}", text=text(n)) for n in range(start, start + 20)))], NOW)
    return store


def texts(store: Store) -> dict[int, str]:
    return {one.id: one.article.text for one in store.articles.iterate()}


def repack(store: Store) -> int:
    after = fewer = 0
    while step := store.space.repack(after):
        after = step[0]
        fewer += step[1]
    return fewer


def test_what_is_left_in_sparse_frames_is_packed_together(filled: Store) -> None:
    before, frames = texts(filled), len(dump(filled)["body"])
    assert repack(filled) == 0
    gone = [number for number in before if number % 6]
    filled.retention.let_go(gone, NOW)
    kept = len(dump(filled)["body"])
    fewer = repack(filled)
    assert fewer > 0
    assert len(dump(filled)["body"]) == kept - fewer < frames
    assert texts(filled) == {number: "" if number % 6 else one for number, one in before.items()}
    assert repack(filled) == 0
    assert list(filled.audit.faults()) == []


@pytest.mark.sqlite
def test_a_damaged_frame_is_left_as_it_is(filled: Store) -> None:
    with closing(sqlite3.connect(filled.path)) as connection, connection:
        connection.execute("UPDATE body SET data = zeroblob(50) WHERE id = 1")
    before = dump(filled)["body"]
    assert repack(filled) == 0
    assert dump(filled)["body"] == before


@pytest.mark.sqlite
def test_pages_are_given_back_beside_a_writer_and_a_reader(filled: Store) -> None:
    assert filled.space.pages().gives_back
    filled.retention.let_go(range(1, 55), NOW)
    repack(filled)
    with writing(filled) as writer, open_store(f"sqlite:///{filled.path}") as other:
        reading = iter(other.articles.iterate(batch=7))
        next(reading)
        left = filled.space.pages().free
        assert left > 10
        while (now := filled.space.shrink(5)) < left and now > 3:
            left = now
            writer.step()
            next(reading, None)
        assert filled.space.pages().free < left or left <= 10
        assert writer.step() >= 2 * EACH  # nobody held it up
    filled.space.checkpoint()
    assert list(filled.audit.faults()) == []


@pytest.mark.sqlite
def test_a_database_of_before_gives_nothing_back_until_it_is_written_anew(filled: Store) -> None:
    with closing(sqlite3.connect(filled.path, isolation_level=None)) as connection:
        connection.execute("PRAGMA auto_vacuum = 0")
        connection.execute("VACUUM")
    with open_store(f"sqlite:///{filled.path}") as old:
        before = dump(old)
        assert not old.space.pages().gives_back
        old.space.rebuild()
        assert old.space.pages().gives_back
        assert dump(old) == before


def test_what_is_measured(filled: Store) -> None:
    pages = filled.space.pages()
    tables = filled.space.tables()
    assert sum(tables.values()) + pages.free * pages.size <= pages.count * pages.size
    assert {"article", "body", "revision"} <= tables.keys()
    filled.articles.commit([plan(write(article("old"), first_seen=NOW - 1440 * MINUTE), slug="b")], NOW)
    assert filled.space.days(micros(NOW), 30) == {"2026-07-31": 1}  # today is not over
    assert filled.space.days(micros(NOW + 1440 * MINUTE), 30) == {"2026-07-31": 1, "2026-08-01": 60}
    assert filled.space.feeds() == [("a", 60, 60), ("b", 1, 1)]
    assert filled.space.earliest() == micros(NOW - 1440 * MINUTE)


def test_a_copy_has_every_row_and_gives_out_no_id_twice(filled: Store, tmp_path: Path) -> None:
    filled.retention.let_go(range(1, 20), NOW)
    with open_store(f"sqlite:///{tmp_path / 'copy.db'}") as target:
        target.migrate()
        steps: list[int] = []
        told = filled.copy_to(target, steps.append)
        assert told["article"] == 60
        assert sum(steps) == sum(told.values())
        before, after = dump(filled), dump(target)
        for one in (before, after):
            del one["schema_migration"]
            one["counters"] = [row for row in one["counters"] if row[0] in told]
        assert after == before
        assert list(target.audit.faults()) == []
        with pytest.raises(StoreError, match="is not empty"):
            filled.copy_to(target, steps.append)
        target.articles.commit([plan(article("new"))], NOW)
        assert target.articles.get(61) is not None


def test_a_copy_beside_a_writer_is_of_one_instant(filled: Store, tmp_path: Path) -> None:
    with writing(filled) as writer, open_store(f"sqlite:///{tmp_path / 'copy.db'}") as target:
        target.migrate()
        told = filled.copy_to(target, lambda _rows: writer.step() and None)
        assert (told["article"] - 60) % EACH == 0
        assert told["revision"] == told["appearance"] == told["article"]
        assert list(target.audit.faults()) == []
