from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest

from aggregator.errors import ConfigError, StoreError
from aggregator.store import open_store
from aggregator.store.store import locate
from tests.support.writes import NOW, article, plan, subscription


@pytest.mark.parametrize(
    "url", ["", "aggregator.db", "sqlite:", "sqlite://a.db", "sqlite:///", "postgres://h/x", "mysql://h/x"]
)
def test_other_addresses_are_refused_with_the_right_form(url: str) -> None:
    with pytest.raises(ConfigError, match="write sqlite:///PATH"):
        open_store(url)


def test_relative_and_absolute_addresses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert locate("sqlite:///data/a.db") == tmp_path / "data" / "a.db"
    assert locate("sqlite:////var/lib/a.db") == Path("/var/lib/a.db")


def test_file_and_folder_are_made(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path}/new/folder/新闻.db") as store:
        store.migrate()
        assert store.path.is_file()


def test_before_the_first_migration_the_command_is_named(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path}/a.db") as store, pytest.raises(StoreError, match="aggregator migrate"):
        store.stories.latest(1)


def test_no_database_at_all(tmp_path: Path) -> None:
    (tmp_path / "a.db").write_bytes(b"this is a text file, and a long one at that. " * 100)
    with pytest.raises(StoreError, match="no SQLite database; move it away or restore a backup"):
        open_store(f"sqlite:///{tmp_path}/a.db")


def test_another_programs_database(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "a.db") as connection:
        connection.execute("CREATE TABLE feeds (id)")
    connection.close()
    with pytest.raises(StoreError, match="the database of another program"):
        open_store(f"sqlite:///{tmp_path}/a.db")


def test_another_programs_mark(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "a.db") as connection:
        connection.execute("PRAGMA application_id = 42")
    connection.close()
    with pytest.raises(StoreError, match="the database of another program"):
        open_store(f"sqlite:///{tmp_path}/a.db")


def test_a_damaged_database_is_told_with_what_to_do(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path}/a.db") as store:
        store.migrate()
    raw = bytearray((tmp_path / "a.db").read_bytes())
    raw[100:4096] = b"\xff" * 3996
    (tmp_path / "a.db").write_bytes(raw)
    with (
        pytest.raises(StoreError, match=r"damaged; restore a backup"),
        open_store(f"sqlite:///{tmp_path}/a.db") as store,
    ):
        store.stories.latest(1)


def test_a_folder_in_the_place_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "a.db").mkdir()
    with pytest.raises(StoreError, match="cannot be opened"):
        open_store(f"sqlite:///{tmp_path}/a.db")


def test_a_file_in_the_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(StoreError, match=r"data folder .* cannot be made"):
        open_store(f"sqlite:///{tmp_path}/data/a.db")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everything")
def test_a_folder_that_may_not_be_written(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(StoreError, match=r"cannot be opened|cannot be written"):
        open_store(f"sqlite:///{tmp_path}/a.db")
    tmp_path.chmod(0o700)


def test_a_closed_store_lets_go_of_the_file(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/a.db")
    store.migrate()
    store.close()
    store.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.db"]


def test_commits_of_others_are_seen_and_own_ones_are_not(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/a.db"
    with open_store(url) as ours, open_store(url) as theirs:
        ours.migrate()
        assert ours.changed_by_others()  # nothing is known yet
        assert not ours.changed_by_others()
        ours.subscriptions.sync([subscription("a")], NOW)
        ours.articles.commit([plan(article("x"))], NOW)
        assert not ours.changed_by_others()
        theirs.articles.commit([plan(article("x"))], NOW)  # nothing new in it
        assert not ours.changed_by_others()
        theirs.articles.commit([plan(article("y"))], NOW)
        ours.articles.commit([plan(article("z"))], NOW)
        assert ours.changed_by_others()
        assert not ours.changed_by_others()
