"""`backup` and `restore` as an operator meets them: while the daemon runs, onto a new machine, over an old database."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.support import place as places
from tests.support.made import OWN, item, rss, serve
from tests.support.origin.client import Origin
from tests.support.place import Place, eventually


@pytest.fixture
def here(tmp_path: Path, fresh_origin: Origin) -> Place:
    (tmp_path / "here").mkdir()
    place = places.make(tmp_path / "here", fresh_origin.url)
    serve(fresh_origin, "a", rss(*(item(f"第{number}条样本消息") for number in range(5))))
    place.feeds({"name": "甲", "slug": "a", "url": f"{fresh_origin.url}/made/a.xml", **OWN})
    return place


def uids(place: Place) -> set[str]:
    return {one["uid"] for one in place.json("list", "--limit", "100")}


def test_a_backup_of_a_running_daemon_comes_back_on_a_new_machine(
    here: Place, fresh_origin: Origin, tmp_path: Path
) -> None:
    backups = tmp_path / "backups"
    (here.data / "warc").mkdir(parents=True)
    (here.data / "warc" / "1.warc.gz").write_bytes(b"a record")
    with here.daemon():
        eventually(lambda: len(uids(here)) == 5, 30, here.log)
        made = [here.json("backup", str(backups), "--keep", "2") for _ in range(3)]
        refused = here.run("restore", made[-1]["path"], "--force")
        assert (refused.returncode, "already runs on" in refused.stderr) == (1, True)
    assert [one["counts"]["article"] for one in made] == [5, 5, 5]
    assert [one["linked"] for one in made] == [0, 1, 1]  # the same file, once on the disk
    assert made[2]["removed"] == [Path(made[0]["path"]).name]
    assert len([path for path in backups.iterdir() if path.is_dir()]) == 2
    assert stat_mode(Path(made[1]["path"])) == 0o700

    (tmp_path / "new").mkdir()
    new = places.make(tmp_path / "new", "http://127.0.0.1:9")
    shutil.rmtree(new.config)
    shutil.copytree(here.config, new.config)  # as a fresh checkout has one, with a data folder of its own
    text = (new.config / "aggregator.toml").read_text("utf-8").replace(str(here.data), str(new.data))
    (new.config / "aggregator.toml").write_text(text, "utf-8")
    done = new.run("restore", str(backups))
    assert (done.returncode, done.stderr) == (0, "")
    assert uids(new) == uids(here)
    assert (new.data / "warc" / "1.warc.gz").read_bytes() == b"a record"
    ours, theirs = ((one.data / "public" / "feeds" / "all.json").read_bytes() for one in (here, new))
    assert json.loads(ours)["items"][0]["id"] == json.loads(theirs)["items"][0]["id"]
    asked = len(fresh_origin.log("/made/a.xml"))
    assert new.json("update", "a")[0]["new"] == 0  # what was known is known
    assert len(fresh_origin.log("/made/a.xml")) == asked + 1


def stat_mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_a_database_that_is_there_is_put_aside_only_when_asked(here: Place, tmp_path: Path) -> None:
    here.run("update", "--all")
    here.json("search", "样本")  # an index that is ahead of the backup's database
    assert here.run("backup", str(tmp_path / "one.db")).returncode == 0
    with closing(sqlite3.connect(here.data / "aggregator.sqlite")) as connection, connection:
        connection.execute("UPDATE article SET title = 'x' || title")
    refused = here.run("restore", str(tmp_path / "one.db"))
    assert (refused.returncode, "--force" in refused.stderr) == (1, True)
    done = here.run("restore", str(tmp_path / "one.db"), "--force")
    assert (done.returncode, done.stderr) == (0, "")
    (aside,) = here.data.glob("aggregator.before-*.sqlite")
    with closing(sqlite3.connect(aside)) as connection:
        assert connection.execute("SELECT title FROM article").fetchone()[0].startswith("x")
    with closing(sqlite3.connect(here.data / "aggregator.sqlite")) as connection:
        assert connection.execute("SELECT title FROM article").fetchone()[0].startswith("第")
    assert len(here.json("search", "样本")) == 5
    assert not list(here.data.glob(".restoring*"))


def test_the_config_comes_back_when_asked_for(here: Place, tmp_path: Path) -> None:
    here.run("update", "--all")
    made = here.json("backup", str(tmp_path / "backups"))
    feeds = (here.config / "feeds.toml").read_text("utf-8")
    (here.config / "feeds.toml").write_text("", "utf-8")
    assert here.run("restore", made["path"], "--with-config").returncode == 1  # the database is there: nothing moves
    assert (here.config / "feeds.toml").read_text("utf-8") == ""
    assert here.run("restore", made["path"], "--with-config", "--force").returncode == 0
    assert (here.config / "feeds.toml").read_text("utf-8") == feeds
    (aside,) = here.folder.glob("config.before-*")
    assert (aside / "feeds.toml").read_text("utf-8") == ""


@pytest.mark.parametrize("name", ["aggregator.sqlite", "data/warc/1.warc.gz", "manifest.jsonl"])
def test_a_damaged_backup_is_told(here: Place, tmp_path: Path, name: str) -> None:
    here.run("update", "--all")
    (here.data / "warc").mkdir(parents=True)
    (here.data / "warc" / "1.warc.gz").write_bytes(b"a record")
    made = Path(here.json("backup", str(tmp_path / "backups"))["path"])
    raw = bytearray((made / name).read_bytes())
    raw[len(raw) // 2 : len(raw) // 2 + 9] = b"#" * 9
    (made / name).write_bytes(raw)
    (here.data / "warc" / "1.warc.gz").write_bytes(b"a newer record")
    before = uids(here)
    done = here.run("restore", str(made), "--force")
    assert done.returncode == 1
    assert made.name in done.stderr or "damaged" in done.stderr
    assert "Traceback" not in done.stderr
    assert uids(here) == before
    assert (here.data / "warc" / "1.warc.gz").read_bytes() == b"a newer record"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("backup", "DEST"), "no database yet"),
        (("restore", "/nowhere"), "is no backup"),
    ],
)
def test_what_cannot_be_done_is_told_in_a_sentence(here: Place, words: tuple[str, str], told: str) -> None:
    done = here.run(words[0], words[1].replace("DEST", str(here.folder / "backups")))
    assert (done.returncode, told in done.stderr) == (1, True)
    assert not (here.data / "aggregator.sqlite").exists()
