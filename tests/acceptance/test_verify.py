"""`verify` as an operator meets it: exit codes, words, JSON, while a daemon runs."""

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
    return place


def test_sound_damaged_mended(here: Place) -> None:
    here.run("update", "--all")
    done = here.run("verify")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("5 appearances, 0 retries: no fault\n")
    with closing(sqlite3.connect(here.data / "aggregator.sqlite")) as connection, connection:
        connection.execute("DELETE FROM print WHERE article = 2")
    done = here.run("verify")
    assert done.returncode == 1
    assert "FAULT  print.missing  article 2: " in done.stdout
    assert "--repair mends" in done.stdout
    done = here.run("verify", "--repair")
    assert done.returncode == 0
    assert "mended  print.missing  article 2: " in done.stdout
    assert here.json("verify")["faults"] == []


def test_what_cannot_be_mended_stays_told(here: Place) -> None:
    here.run("update", "--all")
    with closing(sqlite3.connect(here.data / "aggregator.sqlite")) as connection, connection:
        connection.execute("UPDATE body SET data = zeroblob(9)")
    done = here.run("verify", "--repair")
    assert (done.returncode, "restore it from a backup" in done.stdout) == (1, True)
    assert "5 faults left" in done.stdout


def test_a_running_daemon_is_no_fault(here: Place) -> None:
    with here.daemon():
        eventually(lambda: len(here.json("list")) == 5, 30, here.log)
        assert here.json("verify")["left"] == 0
