"""The daemon as a stranger meets it: start, poll, subscribe, edit the feed list while it runs, stop."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import feedparser
import pytest

from tests.support import place as places
from tests.support.origin.client import Origin
from tests.support.place import Place, eventually


@pytest.fixture
def here(tmp_path: Path, fresh_origin: Origin) -> Place:
    place = places.make(tmp_path, fresh_origin.url)
    own = {"allow_private": True}
    place.feeds(
        {"name": "滚动", "slug": "roll", "url": "sina:roll/384/2519", "interval": "15s", **own},
        {"name": "快讯", "slug": "live", "url": "sina:live/152", "interval": "15s", **own},
        {
            "name": "样本RSS",
            "slug": "rss",
            "url": f"{fresh_origin.url}/rss.xml",
            "interval": "60s",
            **own,
        },
    )
    return place


def entries(place: Place, name: str = "all.rss") -> list[feedparser.FeedParserDict]:
    status, _, body = place.get(f"/feeds/{name}")
    return list(feedparser.parse(body).entries) if status == 200 else []


def polled(place: Place) -> bool:
    return all(row["last_success"] for row in place.json("status") if row["configured"])


def test_start_poll_subscribe_edit_stop(here: Place, fresh_origin: Origin) -> None:
    truth = {article["title"] for article in fresh_origin.truth()}
    with here.daemon() as process:
        eventually(lambda: len(entries(here)) >= 10 and polled(here), 60, here.log)
        stories = entries(here)
        assert len({story.id for story in stories}) == len(stories)
        assert all(story.id.startswith("urn:uuid:") for story in stories)
        assert {story.title for story in stories} & truth
        times = [story.published_parsed for story in stories]
        assert times == sorted(times, reverse=True)

        # What appears at the origin appears in the output.
        (new,) = fresh_origin.publish(title="样本公司公布回购进展")
        assert here.run("update", "roll").returncode == 0  # asks the running daemon
        eventually(lambda: any(story.title == new["title"] for story in entries(here)), 30, here.log)

        # A reader's second look costs nothing.
        _, headers, _ = here.get("/feeds/all.atom")
        status, _, body = here.get("/feeds/all.atom", **{"If-None-Match": headers["etag"]})
        assert (status, body) == (304, b"")

        # The same bytes lie in the public folder, compressed beside.
        public = here.data / "public" / "feeds"
        assert gzip.decompress((public / "all.rss.gz").read_bytes()) == (public / "all.rss").read_bytes()

        before = len(here.json("list", "--limit", "500"))
        # A mistake in the feed list keeps the old one, loudly.
        good = (here.config / "feeds.toml").read_text("utf-8")
        (here.config / "feeds.toml").write_text(good + '\n[[feed]]\nname = "x"\nurl = "ftp://x"\n', "utf-8")
        eventually(lambda: json.loads(here.get("/healthz")[2])["config_problem"] is not None, 10, here.log)
        assert "feeds.toml" in here.log()
        assert entries(here)

        # Mended and with one feed less: the daemon follows, the articles stay.
        (here.config / "feeds.toml").write_text("[[feed]]\n" + good.split("[[feed]]\n")[1], "utf-8")
        eventually(lambda: json.loads(here.get("/healthz")[2])["subscriptions"] == 1, 10, here.log)
        assert json.loads(here.get("/healthz")[2])["config_problem"] is None
        assert len(here.json("list", "--limit", "500")) >= before

        started = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
        assert time.monotonic() - started < 30


def test_ids_and_bytes_outlive_a_restart_and_nothing_is_fetched_unconditionally_again(
    here: Place, fresh_origin: Origin
) -> None:
    with here.daemon():
        eventually(lambda: len(entries(here)) >= 10 and polled(here), 60, here.log)
        eventually(lambda: _settled(here), 20, here.log)
        first, etag = {story.title: story.id for story in entries(here)}, here.get("/feeds/all.json")[1]["etag"]
    asked = len(fresh_origin.log("/rss.xml"))
    with here.daemon():
        assert here.get("/feeds/all.json")[1]["etag"] == etag  # served at once, before any poll
        assert {story.title: story.id for story in entries(here)} == first
        time.sleep(3)
        assert len(fresh_origin.log("/rss.xml")) == asked  # no extra poll at a start
    assert here.run("update", "rss").returncode == 0
    again = fresh_origin.log("/rss.xml")[asked:]
    assert [request["status"] for request in again] == [304]


def _settled(place: Place) -> bool:
    """The outputs have not changed for a moment."""
    etag = place.get("/feeds/all.json")[1].get("etag")
    time.sleep(3)
    return etag == place.get("/feeds/all.json")[1].get("etag")


def test_the_second_daemon_names_the_first_and_gives_up_at_once(here: Place) -> None:
    with here.daemon() as process:
        started = time.monotonic()
        second = here.run("run", AGGREGATOR_LISTEN="127.0.0.1:0")
        assert second.returncode == 1
        assert str(process.pid) in second.stderr
        assert time.monotonic() - started < 20
        process.kill()
        process.wait()
    with here.daemon():  # the lock died with its holder
        pass


def test_a_port_in_use_is_told_in_words(here: Place, fresh_origin: Origin) -> None:
    done = here.run("run", AGGREGATOR_LISTEN=f"127.0.0.1:{fresh_origin.port}")
    assert done.returncode == 2
    assert "cannot listen" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_stop_in_the_middle_of_work_is_clean(here: Place, fresh_origin: Origin) -> None:
    fresh_origin.fault("/china/*", delay=20)
    with here.daemon() as process:
        eventually(lambda: any(row["path"].startswith("/china/") for row in fresh_origin.log()), 30, here.log)
        started = time.monotonic()
        process.send_signal(signal.SIGINT)
        assert process.wait(40) == 0
        assert time.monotonic() - started < 30
    fresh_origin.heal()
    assert "Traceback" not in here.log()
    assert here.run("update", "--all").returncode == 0
    titles = [story["title"] for story in here.json("list", "--limit", "500")]
    assert {article["title"] for article in fresh_origin.truth()[:10]} <= set(titles)


def test_kill_nine_loses_nothing_that_was_stored(here: Place) -> None:
    with here.daemon() as process:
        eventually(lambda: len(entries(here)) >= 5, 60, here.log)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    stored = here.json("list", "--limit", "500")
    assert len(stored) >= 5
    for path in (here.data / "public" / "feeds").glob("all.*"):
        assert path.stat().st_size > 0
    feed = feedparser.parse((here.data / "public" / "feeds" / "all.rss").read_bytes())
    assert not feed.bozo


def test_the_start_says_where_everything_is(here: Place) -> None:
    with here.daemon():
        said = here.log()
    for word in ("3", here.base, str(here.data), "/feeds/all.rss"):
        assert word in said


def test_output_of_commands_survives_a_closed_pipe(here: Place) -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", f"{sys.executable} -m aggregator feeds list | head -1"],
        env=here.environment(),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert "Traceback" not in done.stderr
    assert done.stdout
