"""`backup`, `restore`, `compact` and `copy` killed at each of their steps: what is there is whole, and again mends."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest

from aggregator import config as configs
from aggregator.app import compacting, moving, restoring, safekeeping
from aggregator.app.core import App
from aggregator.config import Config
from aggregator.errors import AggregatorError, StoreError
from aggregator.store import backup as databases
from tests.support import killed
from tests.support import place as places
from tests.support.writes import NOW, article, plan

MINUTE = timedelta(minutes=1)


@dataclass
class Here:
    """An installation of five articles, with a file of each kind."""

    folder: Path
    config: Config

    @property
    def data(self) -> Path:
        return self.config.settings.data_dir

    @property
    def database(self) -> Path:
        return self.data / "aggregator.sqlite"

    def titles(self) -> list[str]:
        """The titles in the database, which must be sound."""
        databases.check(self.database)
        with closing(sqlite3.connect(self.database)) as connection:
            return [title for (title,) in connection.execute("SELECT title FROM article ORDER BY id")]

    def app(self) -> App:
        """The program."""
        return App(self.config, clock=lambda: NOW)


def make(folder: Path) -> Here:
    folder.mkdir()
    place = places.make(folder, "http://127.0.0.1:9")
    here = Here(folder, configs.load(place.config, environ={}))
    with here.app() as app:
        app.prepare()
        some = (article(f"x{number}", title=f"第{number}条", text="甲公司公布业绩。" * 20) for number in range(5))
        app.store.articles.commit([plan(*some, slug="import")], NOW)
    for name in ("warc", "media"):
        (here.data / name).mkdir()
        (here.data / name / "1.gz").write_bytes(b"a record")
    return here


@pytest.fixture
def here(tmp_path: Path) -> Here:
    return make(tmp_path / "here")


def steps(work: Callable[[int], Callable[[], object]], every: int = 1) -> Iterator[int]:
    """Kill the work before each (every n-th) of its changes of the disk in turn; gives the number of the change."""
    for number in count(0, every):
        if not killed.before(number, work(number)):
            assert number > 2, "there was nothing to be killed at"
            return
        yield number


OLD = [f"第{number}条" for number in range(5)]
NEW = [f"另{number}条" for number in range(5)]


def change(database: Path) -> None:
    """Other titles than those of the backup."""
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE article SET title = replace(title, '第', '另')")


def test_a_killed_backup_is_none_and_the_next_sweeps(here: Here, tmp_path: Path) -> None:
    dest = tmp_path / "backups"
    safekeeping.make(here.config, dest, NOW)

    def work(number: int) -> Callable[[], object]:
        return lambda: safekeeping.make(here.config, dest, NOW + (number + 1) * MINUTE, keep=2, on_pages=killed.point)

    for _number in steps(work, 4):
        for path in safekeeping.all_in(dest):  # whatever bears the name of a backup is one
            assert databases.check(path / safekeeping.DATABASE)["article"] == 5
            assert (path / "data/warc/1.gz").read_bytes() == b"a record"
        assert safekeeping.all_in(dest)
    assert not list(dest.glob(".partial-*"))
    assert len(safekeeping.all_in(dest)) == 2


def test_a_killed_backup_of_the_database_alone(here: Here, tmp_path: Path) -> None:
    (dest := tmp_path / "backups").mkdir()
    single = dest / "one.db"
    for _number in steps(lambda _: lambda: safekeeping.make(here.config, single, NOW, on_pages=killed.point), 2):
        assert not single.exists() or databases.check(single)["article"] == 5
        safekeeping.make(here.config, dest, NOW, keep=1)  # what is left of the other one is not in its way
    assert not list(dest.glob(".partial-*"))
    assert databases.check(single)["article"] == 5


@pytest.mark.parametrize("with_config", [False, True])
def test_a_killed_restore_leaves_a_whole_database_and_again_mends(
    tmp_path: Path, with_config: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = make(tmp_path / "here")
    backup = safekeeping.make(here.config, tmp_path / "backups", NOW).path
    change(here.database)
    (here.data / "warc/1.gz").write_bytes(b"another record")
    here.folder.rename(template := tmp_path / "template")
    monkeypatch.setattr(restoring, "_follow_up", lambda _config: None)  # outputs: made again by whoever is next
    for number in count(0, 5 if with_config else 4):
        shutil.rmtree(here.folder, ignore_errors=True)
        shutil.copytree(template, here.folder)

        def work() -> object:
            return restoring.restore(here.config, backup, NOW, force=True, with_config=with_config)

        if not killed.before(number, work):
            break
        titles = here.titles()
        assert titles in (OLD, NEW)
        if not here.config.folder.is_dir():
            with pytest.raises(AggregatorError, match="a restore was stopped"):
                configs.load(here.config.folder, environ={})
            max(here.folder.glob("config.before-*")).rename(here.config.folder)
        changed = with_config and bool(list(here.folder.glob("config.before-*")))
        came = (here.data / "warc/1.gz").read_bytes() == b"a record"
        with here.app() as app:
            # The config is another, or files are missing: nobody takes it for whole.
            if not came and (titles == OLD or changed):
                with pytest.raises(StoreError, match="a restore was stopped half-way"):
                    app.prepare()
        done = restoring.restore(here.config, backup, NOW + MINUTE, force=True, with_config=with_config)
        assert done.errors == []
        assert here.titles() == OLD
        assert (here.data / "warc/1.gz").read_bytes() == b"a record"
        aside = list(here.data.glob("aggregator.before-*.sqlite"))
        assert any("另" in title for path in aside for title in Here.titles(_At(path)))  # type: ignore[arg-type]
        assert not list(here.data.rglob(".restoring*"))
        with here.app() as app:
            app.prepare()
    assert number > 5
    assert here.titles() == OLD


class _At:
    """A database elsewhere, for Here.titles."""

    def __init__(self, database: Path) -> None:
        self.database = database


def test_a_killed_compaction_loses_nothing(here: Here) -> None:
    def work() -> None:
        with here.app() as app:
            app.store.articles.commit([], NOW)
            compacting.compact(app, killed.point)

    for shape in (0, 2):  # a file that must be written anew, and one that gives back
        with closing(sqlite3.connect(here.database, isolation_level=None)) as connection:
            connection.execute(f"PRAGMA auto_vacuum = {shape}")
            connection.execute("VACUUM")
        for _ in steps(lambda _: work):
            assert here.titles() == OLD
        with here.app() as app:
            assert compacting.compact(app).advice == []


def test_a_killed_copy_begins_anew(here: Here, tmp_path: Path) -> None:
    target = tmp_path / "other" / "copy.sqlite"

    def work() -> None:
        with here.app() as app:
            moving.copy(app, f"sqlite:///{target}", killed.point)

    told = []
    for _number in steps(lambda _: work, 7):
        if target.exists():  # whatever bears its name is the copy
            assert databases.check(target)["article"] == 5
            target.unlink()
    shutil.rmtree(target.parent)
    killed.before(12, work)
    with here.app() as app:
        told.append(moving.copy(app, f"sqlite:///{target}"))
    assert told[0].anew
    assert sorted(path.name for path in target.parent.iterdir()) == ["copy.sqlite", "copy.sqlite.lock"]


@pytest.mark.parametrize("largest", [4_096, 50_000, 130_000])
@pytest.mark.parametrize("name", ["backup", "single", "copy", "restore"])
def test_a_disk_that_takes_no_more_leaves_all_as_it_was(here: Here, tmp_path: Path, name: str, largest: int) -> None:
    (dest := tmp_path / "dest").mkdir()
    backup = safekeeping.make(here.config, tmp_path / "backups", NOW).path
    change(here.database)

    def copy() -> object:
        with here.app() as app:
            return moving.copy(app, f"sqlite:///{dest / 'copy.sqlite'}")

    works: dict[str, Callable[[], object]] = {
        "backup": lambda: safekeeping.make(here.config, dest, NOW),
        "single": lambda: safekeeping.make(here.config, dest / "one.db", NOW),
        "copy": copy,
        "restore": lambda: restoring.restore(here.config, backup, NOW, force=True),
    }
    assert not killed.on_a_small_disk(largest, works[name])
    assert [path.name for path in dest.iterdir() if path.suffix != ".lock" and path.name != ".backup.lock"] == []
    assert here.titles() == NEW
    assert not list(here.data.glob(".restoring*"))
    assert works[name]()
