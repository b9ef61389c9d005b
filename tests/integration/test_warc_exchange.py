"""WARC files in and out: a lost database comes back, others' crawls come in, and nothing comes in twice."""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from aggregator import archive, config
from aggregator.app import recleaning, rediscovery
from aggregator.app.core import App
from aggregator.models import StoredArticle, Wanted
from tests.support import place as places
from tests.support.made import OWN, Clock
from tests.support.origin.client import Origin
from tests.unit.archive.test_warc import record, response


@pytest.fixture
def clock() -> Clock:
    return Clock()


def opened(folder: Path, origin_url: str, clock: Clock) -> App:
    folder.mkdir(exist_ok=True)
    place = places.make(folder, origin_url)
    place.feeds({"name": "滚动", "slug": "roll", "url": "sina:roll/384/2519", "categories": ["财经"], **OWN})
    app = App(config.load(place.config, environ={}), clock=clock, chance=lambda: 0.0)
    app.prepare()
    return app


@pytest.fixture
def app(tmp_path: Path, fresh_origin: Origin, clock: Clock) -> Iterator[App]:
    with opened(tmp_path / "one", fresh_origin.url, clock) as app:
        yield app


@pytest.fixture
def other(tmp_path: Path, clock: Clock) -> Iterator[App]:
    with opened(tmp_path / "two", "http://127.0.0.1:9", clock) as app:
        yield app


def paged(app: App) -> dict[str, StoredArticle]:
    return {
        stored.article.entry_id: stored
        for stored in app.store.articles.iterate()
        if stored.article.extractor != "entry"
    }


async def polled(app: App) -> None:
    await app.update(["roll"])


def test_a_database_that_was_lost_comes_back_from_its_documents(app: App, other: App) -> None:
    import asyncio

    asyncio.run(polled(app))
    before = paged(app)
    assert len(before) > 5
    report = other.import_([app.data / "warc"])
    assert (report.new, sum(report.failed.values())) == (len(before), 0)
    after = paged(other)
    assert after.keys() == before.keys()
    for entry_id, stored in after.items():
        assert stored.article == before[entry_id].article
        assert stored.story_uid == before[entry_id].story_uid
    again = other.import_([app.data / "warc"])
    assert (again.new, again.revised, again.unchanged) == (0, 0, len(before))


def sources(app: App) -> dict[tuple[str, int], set[tuple[str, int]]]:
    """Which articles, in which state, each kept page made."""
    found: dict[tuple[str, int], set[tuple[str, int]]] = {}
    stored = {one.id: one.article.entry_id for one in app.store.articles.iterate()}
    for of in app.store.raw.sources(stored).values():
        for one in of:
            place = one.document.file, one.document.offset
            found.setdefault(place, set()).add((stored[one.article_id], one.revision))
    return found


def test_an_archive_that_moves_as_lines_finds_its_documents_again(app: App, other: App, tmp_path: Path) -> None:
    import asyncio

    asyncio.run(polled(app))
    lines = tmp_path / "all.jsonl"
    app.export(archive.chosen("jsonl", written=True), lines, Wanted())
    shutil.copytree(app.data / "warc", other.data / "warc")
    report = other.import_([lines])
    assert report.found_again == len(sources(app)) > 5
    assert sources(other) == sources(app)
    for file in app.store.raw.files():
        assert list(other.store.raw.documents(file, 2**60)) == list(app.store.raw.documents(file, 2**60))
    assert rediscovery.find(other) == 0
    assert recleaning.run(other, recleaning.Which()).failed == []
    other.config = replace(other.config, sites=tuple(replace(one, drop_text=(".*",)) for one in other.config.sites))
    assert recleaning.run(other, recleaning.Which()).changed > 0


def test_documents_come_after_their_articles_damaged_or_of_others(app: App, other: App, tmp_path: Path) -> None:
    import asyncio

    asyncio.run(polled(app))
    lines = tmp_path / "all.jsonl"
    app.export(archive.chosen("jsonl", written=True), lines, Wanted())
    assert other.import_([lines]).found_again == 0
    (other.data / "warc").mkdir()
    (kept,) = (app.data / "warc").iterdir()
    (other.data / "warc" / "a.warc.gz").write_bytes(kept.read_bytes()[:-700])  # the last was never written whole
    page = response(b"<html><p>x</p></html>")
    (other.data / "warc" / "b.warc.gz").write_bytes(gzip.compress(record("response", page)))
    (other.data / "warc" / "c.warc.gz").write_bytes(b"no gzip at all")
    found = recleaning.run(other, recleaning.Which()).found_again
    assert found == len(sources(app)) - 1
    assert recleaning.run(other, recleaning.Which()).found_again == 0


def test_what_is_exported_is_a_file_of_its_own_that_brings_the_same(app: App, other: App, tmp_path: Path) -> None:
    import asyncio

    asyncio.run(polled(app))
    before = paged(app)
    dest = tmp_path / "all.warc.gz"
    report = app.export(archive.chosen("warc", written=True), dest, Wanted())
    assert (report.written, report.errors) == (len(before), [])
    assert other.import_([dest]).new == len(before)
    assert {key: one.article for key, one in paged(other).items()} == {key: one.article for key, one in before.items()}
    for path in (app.data / "warc").iterdir():
        path.unlink()
    gone = app.export(archive.chosen("warc", written=True), tmp_path / "none.warc.gz", Wanted())
    assert (gone.written, len(gone.errors)) == (0, len(before))


def test_documents_and_cleaning_again_make_the_same_articles(app: App) -> None:
    import asyncio

    asyncio.run(polled(app))
    before = {key: one.article for key, one in paged(app).items()}
    usual = app.config.sites
    app.config = replace(app.config, sites=tuple(replace(one, drop_text=(".*",)) for one in usual))
    assert recleaning.run(app, recleaning.Which()).changed > 0
    assert {key: one.article for key, one in paged(app).items()} != before
    app.config = replace(app.config, sites=usual)
    recleaning.run(app, recleaning.Which())
    assert {key: one.article for key, one in paged(app).items()} == before


def _long(words: str) -> str:
    return f"<p>{words}，本段是样本公司的说明，篇幅足够长。</p>" * 12


def capture(title: str, words: str, *, at: str = "", url: str = "https://news.example.org/a.html") -> bytes:
    """A page as another crawler kept it; `at`: what it states as its last update."""
    stated = f'<meta property="article:modified_time" content="{at}">' if at else ""
    body = (
        f"<html><head><title>{title}</title>{stated}"
        '<meta property="article:published_time" content="2026-11-02T09:00:00+08:00"></head>'
        f"<body><article><h1>{title}</h1>{_long(words)}</article></body></html>"
    )
    return gzip.compress(record("response", response(body.encode()), WARC_Target_URI=url))


def test_articles_of_anothers_crawl(other: App, tmp_path: Path) -> None:
    path = tmp_path / "crawl.warc.gz"
    image = gzip.compress(record("response", response(b"\x89PNG", "Content-Type: image/png")))
    empty = gzip.compress(record("response", response(b"<html><body></body></html>")))
    path.write_bytes(
        capture("样本公司公告", "第一版正文") + image * 3 + empty + capture("样本公司公告", "别的正文")[:300]
    )
    report = other.import_([path])
    assert (report.read, report.new) == (1, 1)
    assert report.left_out.pop("no page: image/png") == 3
    assert sum(report.left_out.values()) == 1
    assert sum(report.failed.values()) == 1
    (stored,) = other.store.articles.iterate()
    assert stored.article.title == "样本公司公告"
    assert stored.article.published is not None
    assert stored.article.published.isoformat() == "2026-11-02T01:00:00+00:00"
    assert stored.article.url == "https://news.example.org/a.html"


@pytest.mark.parametrize(("states", "kept"), [
    ((("第一版", ""), ("第二版", "")), "第一版"),
    ((("第一版", ""), ("第二版", "2026-11-03T09:00:00+08:00")), "第二版"),
    ((("第二版", "2026-11-03T09:00:00+08:00"), ("第一版", "2026-11-02T10:00:00+08:00")), "第二版"),
    ((("第二版", "2026-11-03T09:00:00+08:00"), ("第一版", "")), "第二版"),
])  # fmt: skip
@pytest.mark.parametrize("together", [True, False])
def test_an_older_capture_never_takes_the_place_of_a_newer_one(
    other: App, tmp_path: Path, states: tuple[tuple[str, str], ...], kept: str, together: bool
) -> None:
    pages = [capture("样本公司公告", words, at=at) for words, at in states]
    paths = [tmp_path / f"{number}.warc.gz" for number in range(len(pages))]
    for path, page in zip(paths, pages, strict=True):
        path.write_bytes(b"".join(pages) if together else page)
    for path in paths[:1] if together else paths:
        other.import_([path])
    (stored,) = other.store.articles.iterate()
    assert kept in stored.article.text
    for path in paths:
        again = other.import_([path])
        assert (again.new, again.revised) == (0, 0)
