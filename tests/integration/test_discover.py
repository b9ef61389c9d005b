"""`feeds discover` against the stand-in origin: only what answers with a feed is offered."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from tests.acceptance.test_check import run
from tests.support import mistakes
from tests.support.origin.client import Origin

PAGE = """<html><head><title>站</title>
<link rel="alternate" type="application/rss+xml" title="国内" href="/rsshub/sina/finance/china">
<link rel="alternate" type="application/rss+xml" href="/rsshub/sina/finance/china?again">
</head><body><a href="/dead/rss">RSS</a><a href="http://127.0.0.9:1/rss">elsewhere</a></body></html>"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    mistakes.Broken("x", "", "", "", "", feeds="").write(tmp_path / "config")
    (tmp_path / "config" / "outputs.toml").write_text("")
    return tmp_path


def page(origin: Origin, path: str, html: str) -> str:
    origin.fault(path, status=200, headers={"Content-Type": "text/html; charset=utf-8"}, body=html)
    return origin.url + path


def test_a_page_that_names_feeds(origin: Origin, folder: Path) -> None:
    url = page(origin, "/site/", PAGE)
    done = run("feeds", "discover", url, "--allow-private", "--json", cwd=folder)
    found = json.loads(done.stdout)
    (offer,) = found["offers"]  # the same feed at two addresses is one
    assert offer["url"] == origin.url + "/rsshub/sina/finance/china"
    assert offer["entries"] > 0
    assert offer["newest"] is not None
    assert done.returncode == 0
    failed = dict(found["failed"])
    assert "404" in failed[origin.url + "/dead/rss"]
    assert "127.0.0.9" in failed["http://127.0.0.9:1/rss"]  # refused: only the host that was named may be private


def test_the_offer_can_be_followed_as_it_is_told(origin: Origin, folder: Path) -> None:
    url = page(origin, "/site/", PAGE)
    told = run("feeds", "discover", url, "--allow-private", cwd=folder).stderr
    (line,) = [line for line in told.splitlines() if line.startswith("follow it: aggregator ")]
    done = run(*shlex.split(line.partition("aggregator ")[2]), cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert run("check", cwd=folder).returncode == 0


def test_a_feed_is_offered_itself(origin: Origin, folder: Path) -> None:
    url = origin.url + "/rsshub/sina/finance/china"
    found = json.loads(run("feeds", "discover", url, "--allow-private", "--json", cwd=folder).stdout)
    assert [one["url"] for one in found["offers"]] == [url]


def test_well_known_places_are_tried_when_the_page_names_none(origin: Origin, folder: Path) -> None:
    feed = '<rss version="2.0"><channel><title>藏</title><item><title>甲</title><guid>1</guid></item></channel></rss>'
    origin.fault("/blog/atom.xml", status=200, headers={"Content-Type": "text/xml"}, body=feed)
    url = page(origin, "/blog/", "<html><body>no word of it</body></html>")
    found = json.loads(run("feeds", "discover", url, "--allow-private", "--json", cwd=folder).stdout)
    assert [(one["url"], one["title"]) for one in found["offers"]] == [(origin.url + "/blog/atom.xml", "藏")]


@pytest.mark.parametrize(
    ("html", "told"),
    [
        ("<html><body>nothing</body></html>", "no feed found at "),
        ("<a href=x>" * 70_000, "too many tags"),
    ],
)
def test_nothing_found(origin: Origin, folder: Path, html: str, told: str) -> None:
    done = run("feeds", "discover", page(origin, "/none/", html), "--allow-private", cwd=folder)
    assert (done.returncode, done.stdout) == (1, "")
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_private_hosts_are_asked_only_when_allowed(origin: Origin, folder: Path) -> None:
    done = run("feeds", "discover", page(origin, "/closed/", PAGE), cwd=folder)
    assert done.returncode == 1
    assert "--allow-private" in done.stderr
    assert origin.log("/closed/") == []
