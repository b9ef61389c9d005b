"""`compact`, `stats` and `copy` as an operator meets them."""

from __future__ import annotations

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
    place = places.make(tmp_path, fresh_origin.url)
    serve(fresh_origin, "a", rss(*(item(f"第{number}条样本消息") for number in range(5))))
    place.feeds({"name": "甲", "slug": "a", "url": f"{fresh_origin.url}/made/a.xml", **OWN})
    assert place.run("update", "--all").returncode == 0
    return place


def test_compact_beside_the_daemon(here: Place) -> None:
    with here.daemon():
        eventually(lambda: len(here.json("list")) == 5, 20, here.log)
        done = here.json("compact")
        assert done["after"] <= done["before"]
        assert here.get("/healthz")[0] == 200


def test_a_database_of_an_older_version_is_written_anew_once(here: Place) -> None:
    database = here.data / "aggregator.sqlite"
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("PRAGMA auto_vacuum = 0")
        connection.execute("VACUUM")
    with here.daemon():
        done = here.run("compact")
        assert (done.returncode, "stop the daemon" in done.stderr) == (0, True)
    assert here.json("compact")["advice"] == []
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("PRAGMA auto_vacuum").fetchone() == (2,)
    assert here.json("verify")["left"] == 0


def test_stats(here: Place) -> None:
    told = here.json("stats")
    assert told["counts"]["articles"] == 5
    assert told["feeds"] == [{"slug": "a", "articles": 5, "appearances": 5}]
    assert told["sizes"]["database"] > told["sizes"]["outputs"] > 0
    assert told["article"] > 0
    shown = here.run("stats").stdout
    for line in ("articles\t5", "a\t5\t5", "grows by\t"):
        assert line in shown


def test_copy_to_another_database(here: Place, tmp_path: Path) -> None:
    target = tmp_path / "other" / "copy.sqlite"
    done = here.run("copy", "--to", f"sqlite:///{target}")
    assert (done.returncode, "compared" in done.stdout) == (0, True)
    assert sorted(path.name for path in target.parent.iterdir()) == ["copy.sqlite", "copy.sqlite.lock"]
    ours = here.json("list")
    theirs = here.run("list", "--json", AGGREGATOR_DATABASE=f"sqlite:///{target}").stdout
    assert all(one["uid"] in theirs for one in ours)
    again = here.run("copy", "--to", f"sqlite:///{target}")
    assert (again.returncode, "is there already" in again.stderr) == (1, True)
    assert here.run("copy", "--to", "mysql://x").returncode == 2
