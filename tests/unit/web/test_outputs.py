from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from aggregator import publish, web
from aggregator.errors import StoreBusy
from aggregator.models import Output
from aggregator.publish.static import Shelf
from tests.support import asgi, stories
from tests.support.stories import NOW, OUTPUT, SITE, FakeBackend


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    shelf = Shelf(tmp_path)
    for name in publish.FORMATS:
        shelf.put("all", name, publish.render(name, OUTPUT, SITE, stories.stories(), now=NOW), NOW)
    return shelf


@pytest.fixture
def backend(shelf: Shelf) -> FakeBackend:
    return FakeBackend(shelf=shelf)


@pytest.mark.parametrize(
    ("extension", "media_type"),
    [
        ("rss", "application/rss+xml; charset=utf-8"),
        ("atom", "application/atom+xml; charset=utf-8"),
        ("json", "application/feed+json; charset=utf-8"),
    ],
)
async def test_every_format_with_its_media_type(
    backend: FakeBackend, shelf: Shelf, extension: str, media_type: str
) -> None:
    answer = await asgi.get(web.create_app(backend), f"/feeds/all.{extension}")
    rendered = shelf.get("all", extension)
    assert rendered
    assert answer.status == 200
    assert answer.body == rendered.body
    assert answer.headers["content-type"] == media_type
    assert answer.headers["etag"] == rendered.etag


async def test_head_sends_the_headers_of_get_and_no_body(backend: FakeBackend) -> None:
    app = web.create_app(backend)
    for path in ("/feeds/all.rss", "/feeds/none.rss"):
        get = await asgi.get(app, path)
        head = await asgi.get(app, path, method="HEAD")
        assert (head.status, head.headers) == (get.status, get.headers)
    assert (await asgi.get(app, "/feeds/all.rss", method="HEAD")).body == b""


@pytest.mark.parametrize(
    "path",
    [
        "/feeds/none.rss",
        "/feeds/all.xml",
        "/feeds/all",
        "/feeds/all.rss.gz",
        "/feeds/all.rss/",
        "/feeds//all.rss",
        "/feeds/",
        "/feeds",
        "/feeds/../feeds/all.rss",
        "/feeds/%2e%2e/all.rss",
        "/feeds/%2e%2e%2fall.rss",
        "/feeds/%252e%252e%252fall.rss",
        "/feeds/..%5call.rss",
        "/feeds/all.rss%00",
        "/feeds/%00all.rss",
        "/feeds/ALL.RSS",
        "/feeds/all.rss%0a",
        "/feeds/%E5%85%A8.rss",
        "/feedsall.rss",
        "/" + "a" * 5000,
        "/static/%2e%2e/server.py",
        "/static/../server.py",
        "/static/style.css/x",
        "/%2e%2e/etc/passwd",
    ],
)
async def test_unknown_and_crooked_paths_are_not_found(backend: FakeBackend, path: str) -> None:
    assert (await asgi.get(web.create_app(backend), path)).status == 404


async def test_configured_but_not_rendered_yet(backend: FakeBackend) -> None:
    backend.configured = [OUTPUT, Output("bank", "银行", formats=("rss",))]
    app = web.create_app(backend)
    answer = await asgi.get(app, "/feeds/bank.rss")
    assert (answer.status, answer.headers["retry-after"]) == (503, "30")
    assert (await asgi.get(app, "/feeds/bank.atom")).status == 404


async def test_a_new_rendering_is_served_at_once(backend: FakeBackend, shelf: Shelf) -> None:
    app = web.create_app(backend)
    first = await asgi.get(app, "/feeds/all.rss")
    again = await asgi.get(app, "/feeds/all.rss", {"if-none-match": first.headers["etag"]})
    assert again.status == 304
    shelf.put("all", "rss", publish.render("rss", OUTPUT, SITE, [stories.story(8)], now=NOW), NOW)
    changed = await asgi.get(app, "/feeds/all.rss", {"if-none-match": first.headers["etag"]})
    assert changed.status == 200
    assert stories.uid(8).encode() in changed.body
    shelf.drop(set())
    assert (await asgi.get(app, "/feeds/all.rss")).status == 503


async def test_style_sheet_is_kept_for_long_under_its_versioned_address(backend: FakeBackend) -> None:
    app = web.create_app(backend)
    page = (await asgi.get(app, "/")).body.decode()
    address = page.partition('rel="stylesheet" href="')[2].partition('"')[0]
    answer = await asgi.get(app, address)
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert (await asgi.get(app, "/static/style.css")).headers["cache-control"] == "public, max-age=60"
    assert (await asgi.get(app, address, {"if-none-match": answer.headers["etag"]})).status == 304


async def test_healthz() -> None:
    backend = FakeBackend(facts={"status": "ok", "articles": 7, "last_poll": NOW})
    answer = await asgi.get(web.create_app(backend), "/healthz")
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json; charset=utf-8")
    assert answer.body == b'{"status": "ok", "articles": 7, "last_poll": "2026-11-23T11:54:04Z"}\n'
    assert answer.headers["cache-control"] == "no-store"
    backend.facts = {"status": "failing", "failing": 3}
    assert (await asgi.get(web.create_app(backend), "/healthz")).status == 503


async def test_healthz_when_the_store_does_not_answer() -> None:
    answer = await asgi.get(web.create_app(FakeBackend(problem=StoreBusy("locked"))), "/healthz")
    assert answer.status == 503
    assert b'"problem": "locked"' in answer.body


async def test_base_url_with_a_path_is_the_proxys_business(backend: FakeBackend) -> None:
    backend.site = replace(SITE, base_url="https://news.example.org/cj")
    assert (await asgi.get(web.create_app(backend), "/feeds/all.rss")).status == 200
