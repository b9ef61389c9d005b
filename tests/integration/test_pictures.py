"""Pictures fetched behind the archive: what origins do, what is kept, what outputs show."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from aggregator import config
from aggregator.app import pictures, verifying
from aggregator.app.core import App
from aggregator.models import ArticlePicture
from tests.support import place as places
from tests.support import shots
from tests.support.made import LONG, OWN, Clock, item, rss, serve
from tests.support.origin.client import Origin


def opened(folder: Path, origin: Origin, **settings: str) -> App:
    lines = "[archive]\n" + "".join(f"{name} = {value}\n" for name, value in settings.items())
    place = places.make(folder, origin.url, extra=lines)
    place.feeds({"name": "甲", "slug": "a", "url": f"{origin.url}/made/a.xml", **OWN})
    app = App(config.load(place.config, environ={}), clock=Clock(), chance=lambda: 0.0)
    app.prepare()
    return app


@pytest.fixture
def app(tmp_path: Path, fresh_origin: Origin) -> Iterator[App]:
    with opened(tmp_path, fresh_origin) as app:
        yield app


def shoot(origin: Origin, name: str, body: bytes = shots.PNG, **headers: str) -> str:
    """Let the origin serve a picture; gives its address."""
    origin.fault(f"/{name}", status=200, headers=headers, body=body.decode("latin-1"), encoding="latin-1")
    return f"{origin.url}/{name}"


def tell(origin: Origin, *urls: str) -> None:
    """One article for each picture."""
    items = (
        item(
            f"样本之{place}：{url.rpartition('/')[2]}",
            link=f"{origin.url}/p/{place}",
            body=f'<p><img src="{url}"></p>{LONG}',
        )
        for place, url in enumerate(urls)
    )
    serve(origin, "a", rss(*items))


def states(app: App) -> dict[str, ArticlePicture]:
    ids = [one.id for one in app.store.articles.iterate()]
    return {one.url: one for told in app.store.media.of(ids).values() for one in told}


def files(app: App) -> list[Path]:
    return [path for path, _ in pictures.folder(app.data).walk()]


async def test_an_update_keeps_pictures_once_under_the_hash_of_their_bytes(app: App, fresh_origin: Origin) -> None:
    urls = [shoot(fresh_origin, "a.png"), shoot(fresh_origin, "b.jpg", **{"Content-Type": "image/jpeg"})]
    tell(fresh_origin, *urls)
    await app.update(["a"])
    assert len(files(app)) == 1
    one, other = (states(app)[url].kept for url in urls)
    assert one
    assert one == other
    assert (one.extension, one.size, one.width, one.height) == ("png", len(shots.PNG), 320, 180)
    assert files(app)[0].read_bytes() == shots.PNG
    (asked,) = fresh_origin.log("/a.png")
    assert asked["headers"]["referer"] == f"{fresh_origin.url}/p/0"
    await app.update(["a"])
    assert len(fresh_origin.log("/a.png")) == 1
    assert verifying.verify(app).left == []


async def test_what_is_no_picture_is_lost_with_a_reason(app: App, fresh_origin: Origin) -> None:
    shoot(fresh_origin, "html.jpg", b"<!DOCTYPE html><html>404</html>", **{"Content-Type": "image/jpeg"})
    shoot(fresh_origin, "svg.png", b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>")
    fresh_origin.fault("/private.jpg", status=302, headers={"Location": "http://10.0.0.1/x.jpg"})
    fresh_origin.fault("/gone.jpg", status=404)
    shoot(fresh_origin, "good.jpg", shots.JPEG)
    names = (
        "html.jpg",
        "svg.png",
        "private.jpg",
        "gone.jpg",
        "good.jpg",
        "zoo/cut-chunks?x=.jpg",
        "zoo/hang-up?x=.jpg",
    )
    tell(fresh_origin, *(f"{fresh_origin.url}/{name}" for name in names))
    await app.update(["a"])
    told = {url.removeprefix(f"{fresh_origin.url}/"): one for url, one in states(app).items()}
    assert set(told) == set(names)
    reasons = {name: one.reason for name, one in told.items() if not one.kept}
    assert "HTML page" in (reasons.pop("html.jpg") or "")
    assert "SVG" in (reasons.pop("svg.png") or "")
    assert "private or reserved" in (reasons.pop("private.jpg") or "")
    assert told["private.jpg"].next_at is None
    assert reasons.pop("gone.jpg") == "answered 404"
    assert "cut" in (reasons.pop("zoo/cut-chunks?x=.jpg") or "")
    assert set(reasons) == {"zoo/hang-up?x=.jpg"}
    assert [path.suffix for path in files(app)] == [".jpg"]
    assert all(one.next_at for name, one in told.items() if name not in ("good.jpg", "private.jpg"))


async def test_a_huge_or_slow_one_holds_up_nothing(tmp_path: Path, fresh_origin: Origin) -> None:
    urls = [shoot(fresh_origin, "huge.png", shots.PNG + b"\0" * 40_000), shoot(fresh_origin, "ok.jpg", shots.JPEG)]
    fresh_origin.fault("/slow.jpg", delay=20)
    tell(fresh_origin, *urls, f"{fresh_origin.url}/slow.jpg")
    with opened(tmp_path, fresh_origin, image_max='"20 KB"') as app:
        async with app.working():
            assert app.gallery
            app.store.media.advance("lead", app.clock())
        await app.update(["a"])
        told = states(app)
        assert "announces" in (told[urls[0]].reason or "")
        assert told[urls[0]].next_at is None
        assert told[urls[1]].kept
        assert "longer than 5 s" in (told[f"{fresh_origin.url}/slow.jpg"].reason or "")


async def test_a_host_that_refuses_the_referer_is_asked_without(app: App, fresh_origin: Origin) -> None:
    url = shoot(fresh_origin, "a.png")
    fresh_origin.fault("/a.png", status=403, times=1)
    tell(fresh_origin, url)
    await app.update(["a"])
    assert states(app)[url].reason == "answered 403"
    shoot(fresh_origin, "a.png")
    app.clock.now += pictures.fetching.FIRST_WAIT  # type: ignore[attr-defined]
    report = await pictures.run(app)
    assert (report.kept, report.failed) == (1, [])
    assert ["referer" in one["headers"] for one in fresh_origin.log("/a.png")] == [True, False]


async def test_the_budget_lets_the_oldest_go_and_the_article_says_so(tmp_path: Path, fresh_origin: Origin) -> None:
    bodies = [shots.JPEG, shots.JPEG + b"\xff\xd9", shots.JPEG + b"\xff\xd9" * 2]
    with opened(tmp_path, fresh_origin, images_budget=str(2 * len(shots.JPEG) + 8)) as app:
        for place, body in enumerate(bodies):
            url = shoot(fresh_origin, f"{place}.jpg", body)
            told = item(
                f"样本第{place}篇", date=f"Mon, 23 Nov 2026 01:0{place}:00 GMT", body=f'<p><img src="{url}"></p>{LONG}'
            )
            serve(fresh_origin, "a", rss(told))
            await app.update(["a"])
        told = {url.rpartition("/")[2]: one for url, one in states(app).items()}
        assert [name for name, one in sorted(told.items()) if one.kept] == ["1.jpg", "2.jpg"]
        assert "budget" in (told["0.jpg"].reason or "")
        assert len(files(app)) == 2
        assert verifying.verify(app).left == []


async def test_a_crash_between_file_and_row_leaves_a_file_that_is_swept(app: App, fresh_origin: Origin) -> None:
    app.publish()
    folder = pictures.folder(app.data)
    stray = folder.locate(f"{folder.put(shots.GIF, 'gif')}.gif")
    assert stray
    async with app.working():
        assert app.gallery
        await app.gallery.tidy()
        assert stray.exists(), "its row may still come"
        os.utime(stray, (0, 0))
        assert [fault.kind for fault in verifying.verify(app).left] == ["media.stray"]
        await app.gallery.tidy()
    assert not stray.exists()
    assert fresh_origin.log("/x") == []


async def test_verify_finds_damage_and_has_it_fetched_anew(app: App, fresh_origin: Origin) -> None:
    tell(fresh_origin, shoot(fresh_origin, "a.png"), shoot(fresh_origin, "b.jpg", shots.JPEG))
    await app.update(["a"])
    first, second = files(app)
    first.write_bytes(b"x" * first.stat().st_size)
    second.unlink()
    assert [fault.kind for fault in verifying.verify(app).left] == ["media.file", "media.file"]
    done = verifying.verify(app, repair=True)
    assert (done.remaining, len(done.mended)) == (0, 2)
    assert (await pictures.run(app)).kept == 2
    assert verifying.verify(app).left == []


async def test_outputs_show_our_copies_where_that_is_wanted(tmp_path: Path, fresh_origin: Origin) -> None:
    url = shoot(fresh_origin, "a.png")
    tell(fresh_origin, url, f"{fresh_origin.url}/missing.png")
    with opened(tmp_path, fresh_origin, rewrite_images="true") as app:
        await app.update(["a"])
        kept = states(app)[url].kept
        assert kept
        ours = f"{app.config.settings.site.base_url}/media/{kept.name}"
        shown = {path.name: path.read_bytes() for path in (app.data / "public" / "feeds").glob("all.*")}
        for extension in ("rss", "atom", "json"):
            text = shown[f"all.{extension}"].decode()
            assert ours in text
            assert url not in text
            assert f"{fresh_origin.url}/missing.png" in text
        assert app.publish() == [], "rendered again it is the same"
        assert url in next(one.article.html for one in app.store.articles.iterate() if url in one.article.html)
        assert verifying.verify(app).left == []
        async with app.working():
            assert app.gallery
            await app.gallery._let_go(kept, "was let go of")
        assert app.publish() == ["all.rss", "all.atom", "all.json"]
        assert ours not in (app.data / "public" / "feeds" / "all.atom").read_text("utf-8")


async def test_nothing_is_fetched_where_none_is_wanted(tmp_path: Path, fresh_origin: Origin) -> None:
    tell(fresh_origin, shoot(fresh_origin, "a.png"))
    with opened(tmp_path, fresh_origin, images='"none"') as app:
        await app.update(["a"])
        assert (states(app), fresh_origin.log("/a.png"), files(app)) == ({}, [], [])
