"""Commands that work once and exit, by subprocess against the stand-in origin: what they print, their exit codes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support import place as places
from tests.support.origin.client import Origin
from tests.support.place import Place


@pytest.fixture
def here(tmp_path: Path, fresh_origin: Origin) -> Place:
    place = places.make(tmp_path, fresh_origin.url)
    place.feeds(
        {"name": "快讯", "slug": "live", "url": "sina:live/152", "allow_private": True},
        {"name": "样本", "slug": "rss", "url": f"{fresh_origin.url}/rss.xml", "allow_private": True},
    )
    return place


def test_update_tells_what_came_in_and_status_and_list_show_it(here: Place, fresh_origin: Origin) -> None:
    done = here.run("update", "--all")
    assert (done.returncode, done.stderr) == (0, "")
    head, *rows = [line.split("\t") for line in done.stdout.splitlines()]
    assert head[:2] == ["feed", "new"]
    assert {row[0] for row in rows} == {"live", "rss"}
    assert all(int(row[1]) > 0 and not row[-1] for row in rows)

    states = {row["slug"]: row for row in here.json("status")}
    assert all(states[slug]["last_success"] and states[slug]["failures"] == 0 for slug in ("live", "rss"))
    assert [line.split("\t")[0] for line in here.run("status").stdout.splitlines()] == ["feed", "live", "rss"]

    stories = here.json("list", "--limit", "3")
    assert len(stories) == 3
    assert len(here.run("list", "--limit", "3").stdout.splitlines()) == 4
    known = {article["title"] for article in fresh_origin.truth()}
    assert any(story["title"] in known for story in here.json("list", "--limit", "100"))

    by_id, by_story = here.json("show", str(stories[0]["id"])), here.json("show", stories[0]["uid"])
    assert by_id == by_story
    assert by_id["appearances"]
    assert here.run("show", str(by_id["id"])).stdout.startswith(by_id["title"])

    assert here.json("update", "live") != []
    assert here.run("update").stdout == "no feed is due; --all polls all of them now\n"


def test_search_finds_words_inside_headlines(here: Place) -> None:
    assert here.run("search", "央行").stdout == "nothing holds all of these words\n"
    here.run("update", "--all")
    story = next(one for one in here.json("list", "--limit", "100") if re.match(r"[\u4e00-\u9fff]{12}", one["title"]))
    words = story["title"][3:5], story["title"][7:9]
    found = here.json("search", *words, "--limit", "1000")
    assert story["id"] in [one["id"] for one in found]
    assert all(word in one["title"] + one["text"] for word in words for one in found)
    assert str(story["id"]) in here.run("search", story["title"]).stdout


def test_a_feed_that_fails_is_told_in_words_with_code_1(here: Place, fresh_origin: Origin) -> None:
    fresh_origin.fault("/rss.xml", status=500)
    done = here.run("update", "--all")
    assert done.returncode == 1
    (failed,) = [line for line in done.stdout.splitlines() if line.startswith("rss\t")]
    assert "500" in failed
    assert "Traceback" not in done.stderr
    (state,) = [row for row in here.json("status") if row["slug"] == "rss"]
    assert (state["failures"], "500" in state["problem"]) == (1, True)


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("update", "nobody"), 2, "no feed is called nobody"),
        (("show", "4711"), 1, "nothing stored is called 4711"),
        (("show", "urn:uuid:nothing"), 1, "nothing stored is called urn:uuid:nothing"),
        (("feeds", "test", "ftp://example.org/"), 2, "no address that can be followed"),
        (("feeds", "test", "http://127.0.0.1:9/"), 1, "repeat the command with --allow-private"),
        (("feeds", "test", "http://[::1/x"), 1, "http://[::1/x"),
        (("import", "/nowhere.md"), 1, "/nowhere.md: no such file or folder"),
    ],
)
def test_what_cannot_be_done_is_told_in_a_sentence(here: Place, words: tuple[str, ...], code: int, told: str) -> None:
    done = here.run(*words)
    assert done.returncode == code
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_feeds_test_shows_what_would_come_in_and_stores_nothing(here: Place) -> None:
    shown = here.json("feeds", "test", "rss", "--count", "2")
    assert shown["format"]
    assert len(shown["articles"]) == 2
    assert all(article["title"] and article["html"] for article in shown["articles"])
    human = here.run("feeds", "test", "rss", "--count", "1").stdout
    assert shown["articles"][0]["title"] in human
    assert ": RSS/Atom, " in human.splitlines()[0]
    assert here.json("list") == []


def test_publish_and_migrate_tell_what_they_did(here: Place) -> None:
    assert here.run("migrate").stdout.startswith("applied ")
    assert here.run("migrate").stdout == "the database is up to date\n"
    assert here.run("publish").stdout == "wrote 3 files: all.rss, all.atom, all.json\n"
    assert (here.data / "public" / "feeds" / "all.json").is_file()


def test_the_data_folder_can_be_named_by_the_environment(here: Place, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    assert here.run("migrate", AGGREGATOR_DATA_DIR=str(elsewhere)).returncode == 0
    assert (elsewhere / "aggregator.sqlite").is_file()
    database = tmp_path / "own.sqlite"
    assert here.run("migrate", AGGREGATOR_DATABASE=f"sqlite:///{database}").returncode == 0
    assert database.is_file()
    assert not (here.data / "aggregator.sqlite").exists()


def test_an_export_does_not_write_over_a_file(here: Place, tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.write_text("mine", "utf-8")
    done = here.run("export", str(taken))
    assert done.returncode == 2
    assert "is a file; posts is written to a folder" in done.stderr
    assert taken.read_text("utf-8") == "mine"
