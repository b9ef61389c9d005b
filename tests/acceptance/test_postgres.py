"""The daemon and the commands on PostgreSQL: what is documented for SQLite, and a server that goes away meanwhile."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import feedparser
import pytest

from tests.support import place as places
from tests.support.origin.client import Origin
from tests.support.place import Place, eventually
from tests.support.postgres import Server, server


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    """A server of this module's own: one test stops it, and starts it again."""
    with server() as started:
        yield started


@pytest.fixture
def here(tmp_path: Path, fresh_origin: Origin, running: Server) -> Place:
    url = running.create()
    place = places.make(tmp_path, fresh_origin.url)
    settings = place.config / "aggregator.toml"
    settings.write_text(f'database = "{url}"\n{settings.read_text("utf-8")}', "utf-8")
    place.feeds(
        {"name": "滚动", "slug": "roll", "url": "sina:roll/384/2519", "interval": "15s", "allow_private": True},
        {
            "name": "样本RSS",
            "slug": "rss",
            "url": f"{fresh_origin.url}/rss.xml",
            "interval": "60s",
            "allow_private": True,
        },
    )
    return place


def _titles(place: Place) -> list[str]:
    status, _, body = place.get("/feeds/all.atom")
    return [entry.title for entry in feedparser.parse(body).entries] if status == 200 else []


def test_poll_subscribe_search_and_a_server_that_restarts(here: Place, fresh_origin: Origin, running: Server) -> None:
    with here.daemon():
        eventually(lambda: len(_titles(here)) >= 10, 60, here.log)
        second = here.run("run", AGGREGATOR_LISTEN="127.0.0.1:0")
        assert second.returncode == 1
        assert "already runs on postgresql://127.0.0.1/" in second.stderr

        running.stop()
        try:
            status, headers, page = here.get("/", Accept="text/html")
            assert (status, headers["content-type"].partition(";")[0]) == (503, "text/html")
            assert _titles(here)  # what is published is served on
            (new,) = fresh_origin.publish(title="样本公司公布回购进展")
            time.sleep(3)
        finally:
            running.start()
        assert "psycopg" not in page.decode()
        eventually(lambda: here.get("/")[0] == 200, 30, here.log)
        assert here.log().count("look.failed") <= 4
        assert here.run("update", "roll").returncode == 0
        eventually(lambda: new["title"] in _titles(here), 45, here.log)
        address = f"/search?q={quote('回购进展')}"
        eventually(lambda: new["title"] in here.get(address)[2].decode(), 30, here.log)
    assert "Traceback" not in here.log()


def test_the_commands(here: Place, tmp_path: Path) -> None:
    assert here.run("update").returncode == 0
    listed = here.json("list", "--limit", "500")
    assert len(listed) >= 10
    found = here.json("search", f'"{listed[0]["title"]}"')
    assert found[0]["title"] == listed[0]["title"]
    assert here.run("show", str(listed[0]["id"])).returncode == 0
    checked = here.run("verify")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert here.run("compact").returncode == 0
    assert json.loads(here.run("stats", "--json").stdout)["sizes"]["database"] > 0
    assert here.run("migrate").stdout.strip() == "the database is up to date"
    refused = here.run("backup", str(tmp_path / "backup"))
    assert refused.returncode == 1
    assert "pg_dump" in refused.stderr
    copied = here.run("copy", "--to", f"sqlite:///{tmp_path / 'file.sqlite'}")
    assert copied.returncode == 0, copied.stderr
    there = here.run("list", "--limit", "500", "--json", AGGREGATOR_DATABASE=f"sqlite:///{tmp_path / 'file.sqlite'}")
    assert json.loads(there.stdout) == listed


def test_from_a_file_to_a_server(here: Place, tmp_path: Path, running: Server) -> None:
    file = f"sqlite:///{tmp_path / 'file.sqlite'}"
    assert here.run("update", AGGREGATOR_DATABASE=file).returncode == 0
    target = running.create().replace("postgres@", "postgres:geheim@")
    copied = here.run("copy", "--to", target, AGGREGATOR_DATABASE=file)
    assert copied.returncode == 0, copied.stderr
    assert "geheim" not in copied.stdout
    listed = [here.run("list", "--json", AGGREGATOR_DATABASE=url).stdout for url in (file, target)]
    assert listed[0] == listed[1] != "[]"
    again = here.run("copy", "--to", target, AGGREGATOR_DATABASE=file)
    assert again.returncode == 1
    assert "is not empty" in again.stderr
