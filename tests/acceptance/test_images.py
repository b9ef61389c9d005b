"""Pictures by the command line and over HTTP."""

from __future__ import annotations

from pathlib import Path

from tests.support import place as places
from tests.support import shots
from tests.support.made import LONG, OWN, item, rss, serve
from tests.support.origin.client import Origin


def test_pictures_are_fetched_told_and_served(tmp_path: Path, fresh_origin: Origin) -> None:
    here = places.make(tmp_path, fresh_origin.url)
    here.feeds({"name": "甲", "slug": "a", "url": f"{fresh_origin.url}/made/a.xml", **OWN})
    body = shots.PNG.decode("latin-1")
    fresh_origin.fault("/a.png", status=503)
    told = f'<p><img src="{fresh_origin.url}/a.png"></p>{LONG}'
    serve(fresh_origin, "a", rss(item("样本一", link=f"{fresh_origin.url}/p/1", body=told)))
    assert here.run("update").returncode == 0
    assert here.json("show", "1")["pictures"][0]["reason"] == "answered 503"
    assert "1 waiting" in here.run("show", "1").stdout
    assert here.run("images").returncode == 0, "nothing is due"
    done = here.run("images", "--retry")
    assert done.returncode == 1
    assert "answered 503; tried again later" in done.stderr
    fresh_origin.fault("/a.png", status=200, body=body, encoding="latin-1")
    done = here.run("images", "--retry", "--limit", "3")
    assert done.returncode == 0, done.stderr
    assert "fetched 1 picture" in done.stdout
    kept = here.json("show", "1")["pictures"][0]["kept"]
    assert (kept["extension"], kept["width"], kept["height"]) == ("png", 320, 180)
    assert here.run("verify").returncode == 0
    with here.daemon():
        status, headers, sent = here.get(f"/media/{kept['file']}")
        assert (status, headers["content-type"], sent) == (200, "image/png", shots.PNG)
        assert here.get("/media/..%2faggregator.sqlite")[0] == 404
        uid = here.json("show", "1")["uid"].removeprefix("urn:uuid:")
        assert f'src="/media/{kept["file"]}"' in here.get(f"/story/{uid}")[2].decode()
        asked = here.run("images", "--retry")
        assert (asked.returncode, "fetches pictures" in asked.stdout) == (0, True)
    assert here.run("images", "--since", "yesterday").returncode == 2
    assert here.run("images", AGGREGATOR_ARCHIVE__IMAGES="most").returncode == 2
