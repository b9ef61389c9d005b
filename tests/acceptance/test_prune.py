"""Bounds as an operator meets them: by command and by a running daemon, with pins, and nothing comes back."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import place as places
from tests.support.made import OWN, item, rss, serve
from tests.support.origin.client import Origin
from tests.support.place import Place, eventually


@pytest.fixture
def here(tmp_path: Path, fresh_origin: Origin) -> Place:
    place = places.make(tmp_path, fresh_origin.url)
    serve(fresh_origin, "a", rss(*(item(f"第{number}条样本消息") for number in range(6))))
    place.feeds({"name": "甲", "slug": "a", "url": f"{fresh_origin.url}/made/a.xml", **OWN})
    assert place.run("update", "--all").returncode == 0
    with (place.config / "feeds.toml").open("a") as file:
        file.write("keep = { max_count = 2 }\n")
    return place


def test_pruned_by_command_and_polled_again(here: Place, fresh_origin: Origin) -> None:
    assert here.run("pin", "1").stdout.startswith("pinned 1 ")
    would = here.json("prune", "--dry-run")
    assert (would["articles"], 1 in would["ids"]) == (3, False)
    assert len(here.json("list")) == 6
    assert here.run("prune").stdout == "3 articles let go\n"
    left = {one["id"] for one in here.json("list")}
    assert left == {1, 2, 3, 4, 5, 6} - set(would["ids"])
    assert (here.data / "public" / "feeds" / "all.rss").read_text("utf-8").count("<item>") == 3
    serve(fresh_origin, "a", rss(*(item(f"第{number}条样本消息") for number in range(7))))
    assert [row["new"] for row in here.json("update", "a")] == [1]
    assert len(here.json("list")) == 4
    assert here.json("verify")["faults"] == []
    assert here.run("unpin", "1").returncode == 0
    assert 1 in here.json("prune", "--dry-run")["ids"]
    assert here.run("pin", "4711").returncode == 1


def test_the_daemon_prunes_by_itself(here: Place) -> None:
    with here.daemon():
        eventually(lambda: len(here.json("list")) == 2, 20, here.log)
        eventually(lambda: here.get("/feeds/all.rss")[2].count(b"<item>") == 2, 10, here.log)
    assert here.run("prune").stdout == "0 articles let go\n"
