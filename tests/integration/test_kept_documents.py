"""Documents kept as WARC while the walk goes on: what lies in the files, what the index says, what disks do."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from aggregator import config
from aggregator.app import raw
from aggregator.app.core import App
from aggregator.archive import warc, warcfiles
from aggregator.kit import entries
from aggregator.models import RawKind
from tests.support import place as places
from tests.support.made import LONG, OWN, Clock, item, rss, serve, serve_page
from tests.support.origin.client import Origin


@pytest.fixture
def clock() -> Clock:
    return Clock()


def opened(folder: Path, origin: Origin, clock: Clock, *settings: str) -> App:
    place = places.make(folder, origin.url, **{f"extra{number}": line for number, line in enumerate(settings)})
    place.feeds(
        {"name": "滚动", "slug": "roll", "url": "sina:roll/384/2519", "categories": ["财经"], **OWN},
        {"name": "甲", "slug": "a", "url": f"{origin.url}/made/a.xml", **OWN},
    )
    with (place.config / "feeds.toml").open("a") as file:
        file.write('headers = { X-Key = "secret-of-mine", Cookie = "secret-of-mine" }\n')
    app = App(config.load(place.config, environ={}), clock=clock, chance=lambda: 0.0)
    app.prepare()
    return app


@pytest.fixture
def app(tmp_path: Path, fresh_origin: Origin, clock: Clock) -> Iterator[App]:
    with opened(tmp_path, fresh_origin, clock) as app:
        yield app


def records(app: App) -> list[warc.Record]:
    found: list[warc.Record] = []
    for path in sorted((app.data / "warc").glob("*.warc.gz")):
        with path.open("rb") as file:
            found += warc.records(file)
    return found


async def test_every_page_that_made_an_article_is_kept_with_what_it_was_fetched_for(app: App) -> None:
    (outcome,) = await app.update(["roll"])
    assert outcome.pages > 5
    paged = [one for one in app.store.articles.iterate() if one.article.extractor != "entry"]
    assert len(paged) >= 5
    for stored in paged:
        (source,) = raw.sources(app.store, stored.id)
        assert (source.revision, source.document.kind, source.document.status) == (1, RawKind.PAGE, 200)
        kept = raw.read(app.store, app.data, source.document)
        assert kept.document.body.lstrip().startswith(b"<")
        assert kept.about["aggregator-entry-id"] == stored.article.entry_id
        assert entries.load(kept.about["aggregator-entry"]).title == stored.article.title
        assert kept.about["aggregator-subscription"] == "roll"
        assert kept.about["aggregator-extractor"] == stored.article.extractor
    found = records(app)
    assert [one.fault for one in found if one.fault] == []
    assert [one.kind for one in found[:4]] == ["warcinfo", "response", "request", "metadata"]
    assert sum(one.kind in ("response", "revisit") for one in found) == len(paged)
    assert [path.name for path in (app.data / "warc").iterdir()] == ["2026-11-23.warc.gz"]


async def test_feed_documents_are_kept_where_that_is_wanted_and_no_secret_is(
    tmp_path: Path, fresh_origin: Origin, clock: Clock
) -> None:
    serve(fresh_origin, "a", rss(item("样本一"), item("样本二")), **{"Set-Cookie": "secret-of-theirs=1"})
    with opened(tmp_path, fresh_origin, clock, "[archive]", 'raw = ["feeds"]') as app:
        await app.update(["a"])
        first, second = app.store.articles.iterate()
        (source,) = raw.sources(app.store, first.id)
        assert raw.sources(app.store, second.id)[0].document == source.document
        assert source.document.kind is RawKind.FEED
        assert "样本二".encode() in raw.read(app.store, app.data, source.document).document.body
        whole = b"".join(record.block + repr(record.headers).encode() for record in records(app))
        assert b"secret" not in whole
        assert b"aggregator-headers-left-out: X-Key Cookie" in whole


async def test_nothing_is_kept_where_nothing_is_wanted(tmp_path: Path, fresh_origin: Origin, clock: Clock) -> None:
    with opened(tmp_path, fresh_origin, clock, "[archive]", "raw = []") as app:
        (outcome,) = await app.update(["roll"])
        assert outcome.pages
        assert not (app.data / "warc").exists()
        assert app.store.raw.counts() == (0, 0)


async def test_the_head_of_a_response_fits_the_body_that_is_stored(app: App, fresh_origin: Origin) -> None:
    link = serve_page(fresh_origin, "/made/page.shtml", LONG)
    serve(fresh_origin, "a", rss(item("样本短讯", link=link, body="<p>只有一句。</p>")))
    await app.update(["a"])
    (response,) = (record for record in records(app) if record.kind == "response")
    status, headers, body = warc.http(response.block)
    assert (status, headers["content-length"]) == (200, str(len(body)))
    assert not headers.keys() & {"content-encoding", "transfer-encoding"}
    assert headers.keys() & {"x-orig-content-encoding", "x-orig-content-length", "x-orig-transfer-encoding"}
    assert warc.agrees(response.headers["warc-payload-digest"], body)
    assert warc.agrees(response.headers["warc-block-digest"], response.block)
    (request,) = (record for record in records(app) if record.kind == "request")
    assert request.block.startswith(b"GET /made/page.shtml HTTP/1.1\r\nHost: ")
    assert request.headers["warc-concurrent-to"] == response.headers["warc-record-id"]


async def test_an_equal_payload_is_a_revisit_and_is_read_from_where_it_lies(app: App, fresh_origin: Origin) -> None:
    link = serve_page(fresh_origin, "/made/page.shtml", LONG)
    serve(fresh_origin, "a", rss(item("样本短讯", link=link, body="<p>只有一句。</p>")))
    await app.update(["a"])
    serve(fresh_origin, "a", rss(item("样本短讯", link=link, body="<p>另有一句。</p>")))
    await app.update(["a"])
    (stored,) = app.store.articles.iterate()
    newer, older = raw.sources(app.store, stored.id)
    assert (newer.document.revisit, older.document.revisit) == (True, False)
    bodies = [raw.read(app.store, app.data, one.document).document.body for one in (newer, older)]
    assert bodies[0] == bodies[1] != b""
    assert [one.kind for one in records(app)].count("revisit") == 1


async def test_a_full_disk_costs_the_document_and_not_the_article(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(warcfiles, "_write", full)
    (outcome,) = await app.update(["roll"])
    assert outcome.problem is None
    assert outcome.new > 5
    assert app.keeper is not None
    assert app.keeper.lost == outcome.pages
    assert app.store.raw.counts() == (0, 0)


async def test_a_page_that_comes_later_is_kept_too(app: App, fresh_origin: Origin, clock: Clock) -> None:
    fresh_origin.fault("/made/page.shtml", status=500)
    link = f"{fresh_origin.url}/made/page.shtml"
    serve(fresh_origin, "a", rss(item("样本短讯", link=link, body="<p>只有一句。</p>")))
    await app.update(["a"])
    assert app.store.raw.counts()[0] == 0
    serve_page(fresh_origin, "/made/page.shtml", LONG)
    clock.now += timedelta(hours=2)
    await app.update(["a"])
    (stored,) = app.store.articles.iterate()
    (source,) = raw.sources(app.store, stored.id)
    assert source.revision == stored.revision == 2
    assert raw.read(app.store, app.data, source.document).about["aggregator-entry-id"] == "样本短讯"
