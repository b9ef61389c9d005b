from __future__ import annotations

import re
import shutil
import sqlite3
from pathlib import Path

import pytest

from aggregator.errors import StoreError
from aggregator.store import open_store, upgrade
from aggregator.store.engine import APPLICATION_ID
from aggregator.store.schema import Tables
from aggregator.store.sqlite import SqliteEngine
from tests.support.writes import NOW, article, plan, subscription

NAMES = sorted(path.stem for path in upgrade.SCRIPTS.glob("[0-9]*.py"))


def _schema(path: Path) -> dict[str, str]:
    """Every table and index of ours as SQL, with blanks and IF NOT EXISTS left out."""
    with sqlite3.connect(path) as connection:
        found = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    connection.close()
    ours = ((name, sql) for name, sql in found if not name.startswith(("sqlite_", "schema_migration")))
    return {name: re.sub(r"\s+", " ", sql.replace("IF NOT EXISTS ", "")) for name, sql in ours}


def test_the_chain_of_migrations_makes_the_schema(tmp_path: Path) -> None:
    chain, direct = SqliteEngine(tmp_path / "chain.db"), SqliteEngine(tmp_path / "direct.db")
    upgrade.migrate(chain)
    direct.create_tables(Tables(direct).all)
    chain.close_all()
    direct.close_all()
    made = _schema(tmp_path / "chain.db")
    assert made == _schema(tmp_path / "direct.db")
    assert len(made) >= len(Tables(direct).all)


def test_names_are_told_once(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path / 'a.db'}") as store:
        assert store.pending() == NAMES
        assert store.migrate() == NAMES
        assert store.pending() == []
        assert store.migrate() == []


def test_the_file_is_marked_as_ours(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path / 'a.db'}") as store:
        store.migrate()
    with sqlite3.connect(tmp_path / "a.db") as connection:
        assert connection.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
    connection.close()


def test_a_newer_database_is_refused_in_words(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path / 'a.db'}") as store:
        store.migrate()
        with sqlite3.connect(store.path) as connection:
            connection.execute("INSERT INTO schema_migration (name, applied) VALUES ('9999_later', '2030-01-01')")
        connection.close()
        for refuse in (store.migrate, store.pending):
            with pytest.raises(StoreError, match=r"newer version of this program \(it knows 9999_later\)"):
                refuse()


def test_a_migration_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scripts = tmp_path / "scripts"
    shutil.copytree(upgrade.SCRIPTS, scripts)
    (scripts / "9998_good.py").write_text("def up(migrator, db): db.execute_sql('CREATE TABLE good (id)')\n")
    (scripts / "9999_bad.py").write_text("def up(migrator, db): db.execute_sql('CREATE TABLE good (id)')\n")
    monkeypatch.setattr(upgrade, "SCRIPTS", scripts)
    with open_store(f"sqlite:///{tmp_path / 'a.db'}") as store:
        with pytest.raises(Exception, match="already exists"):
            store.migrate()
        assert _schema(store.path) == {}
        (scripts / "9999_bad.py").unlink()
        assert store.migrate() == [*NAMES, "9998_good"]
        assert "good" in _schema(store.path)


def test_a_migration_may_not_leave_broken_references(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scripts = tmp_path / "scripts"
    shutil.copytree(upgrade.SCRIPTS, scripts)
    monkeypatch.setattr(upgrade, "SCRIPTS", scripts)
    (scripts / "9999_orphan.py").write_text(
        "def up(migrator, db): db.execute_sql(\"INSERT INTO alias (url_key, article) VALUES ('x', 7)\")\n"
    )
    with open_store(f"sqlite:///{tmp_path / 'a.db'}") as store:
        with pytest.raises(StoreError, match="broken references in alias"):
            store.migrate()
        assert _schema(store.path) == {}


def test_data_outlives_a_migration_and_references_hold_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_store(f"sqlite:///{tmp_path / 'a.db'}") as store:
        store.migrate()
        store.subscriptions.sync([subscription("a")], NOW)
        store.articles.commit([plan(article("x"))], NOW)
        scripts = tmp_path / "scripts"
        shutil.copytree(upgrade.SCRIPTS, scripts)
        monkeypatch.setattr(upgrade, "SCRIPTS", scripts)
        (scripts / "9999_more.py").write_text(
            "import peewee\n"
            "def up(migrator, db):\n"
            "    migrator.migrate(migrator.add_column('story', 'mood', peewee.TextField(null=True)))\n"
        )
        assert store.migrate() == ["9999_more"]
        assert store.articles.counts()["articles"] == 1
        engine = SqliteEngine(store.path)
        assert engine.pragma("foreign_keys") == 1
        engine.close_all()
