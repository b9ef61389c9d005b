"""Article pages asked again by command, with and without a running daemon, and the page of a story it serves."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import place as places
from tests.support.made import LONG, OWN, item, rss, serve, serve_page
from tests.support.origin.client import Origin
from tests.support.place import Place, eventually

PAGE = "/made/page.shtml"


@pytest.fixture
def here(tmp_path: Path, fresh_origin: Origin) -> Place:
    """A place with one article whose page fails."""
    place = places.make(tmp_path, fresh_origin.url)
    place.feeds({"name": "甲", "slug": "a", "url": f"{fresh_origin.url}/made/a.xml", **OWN})
    fresh_origin.fault(PAGE, status=500)
    serve(fresh_origin, "a", rss(item("样本短讯", link=fresh_origin.url + PAGE, body="<p>只有一句。</p>")))
    assert place.run("update", "--all").returncode == 0
    return place


def test_what_is_missing_is_told_and_tried_for_on_demand(here: Place, fresh_origin: Origin) -> None:
    assert here.json("status")[0]["waiting"] == 1
    assert "1 wait" in here.run("status").stdout
    assert "full text       missing, tried again" in here.run("show", "1").stdout
    failed = here.run("retry")
    assert failed.returncode == 1
    assert "answered 500" in failed.stdout
    assert [one["count"] for one in here.json("show", "1")["retry"]["history"]] == [2]
    serve_page(fresh_origin, PAGE, LONG)
    (tried,) = here.json("retry", "1")
    assert (tried["article_id"], tried["left"]) == (1, None)
    assert here.run("retry").stdout == "no full text is missing\n"
    assert here.json("show", "1")["completeness"] == "full"

    assert "unchanged" in here.run("recheck", "1").stdout
    serve_page(fresh_origin, PAGE, LONG.replace("提升。</p>", "下降。</p>"))
    assert [one["revised"] for one in here.json("recheck", "--since", "2026-11-01")] == [True]
    assert "[-提升-]{+下降+}" in here.run("diff", "1").stdout
    fresh_origin.fault(PAGE, status=410)
    gone = here.run("recheck", "1")
    assert (gone.returncode, "gone (1 look)" in gone.stdout) == (0, True)
    assert "its page        found gone once" in here.run("show", "1").stdout


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("retry", "99"), 1, "nothing stored is called 99"),
        (("recheck", "99"), 1, "nothing stored is called 99"),
        (("recheck",), 2, "name articles, or say --since 7d"),
        (("recheck", "1", "--since", "7d"), 2, "name articles, or say --since 7d"),
        (("recheck", "--since", "gestern"), 2, "takes a day or a time"),
    ],
)
def test_what_cannot_be_meant_is_told(here: Place, words: tuple[str, ...], code: int, told: str) -> None:
    done = here.run(*words)
    assert done.returncode == code
    assert told in " ".join(done.stderr.split())


def test_a_running_daemon_does_it_and_serves_the_story(here: Place, fresh_origin: Origin) -> None:
    with here.daemon():
        serve_page(fresh_origin, PAGE, LONG)
        asked = here.run("retry")
        assert (asked.returncode, "was asked to try for 1 page" in asked.stdout) == (0, True)
        eventually(lambda: here.json("show", "1")["completeness"] == "full", 40, here.log)
        uid = here.json("show", "1")["uid"].removeprefix("urn:uuid:")
        assert f'href="/story/{uid}"' in here.get("/")[2].decode()
        status, headers, body = here.get(f"/story/{uid}")
        assert (status, headers["content-type"]) == (200, "text/html; charset=utf-8")
        assert "海外订单占比提升" in body.decode()
        assert "补全正文" in body.decode()
        assert here.get("/story/x")[0] == 404
        assert here.json("recheck", "1")["asked"] == [1]
