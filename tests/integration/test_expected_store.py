"""The corpus' API answers through the whole walk: what must be stored of them, as the corpus says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from aggregator import config
from aggregator.app.core import App
from aggregator.models import StoredArticle
from tests.support import place as places
from tests.support.origin.client import Origin

NOW = datetime(2026, 10, 16, 10, 6, tzinfo=UTC)


@pytest.fixture
def expected(corpus: Path) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads((corpus / "api" / "expected.json").read_text("utf-8"))
    return facts


@pytest.fixture
def app(tmp_path: Path, fresh_origin: Origin) -> Iterator[App]:
    place = places.make(tmp_path, fresh_origin.url)
    own = {"full_text": False, "allow_private": True}
    place.feeds(
        {"name": "财经", "slug": "news", "url": "sina:roll/153/2516", **own},
        {"name": "国内", "slug": "china", "url": "sina:roll/155/1686", **own},
        {"name": "快讯", "slug": "live", "url": "sina:live/152", **own},
    )
    with App(config.load(place.config, environ={}), clock=lambda: NOW, chance=lambda: 0.0) as app:
        app.prepare()
        yield app


def serve(origin: Origin, path: str, file: Path) -> None:
    origin.fault(path, status=200, headers={"Content-Type": "application/json"}, body=file.read_text("utf-8"))


async def poll_roll(app: App, origin: Origin, slug: str, file: Path) -> None:
    serve(origin, "/api/roll/get", file)
    (outcome,) = await app.update([slug])
    assert outcome.problem is None


def by_docid(app: App) -> dict[str | None, StoredArticle]:
    return {stored.article.docid: stored for stored in app.store.articles.iterate()}


def instant(at: datetime | None) -> str | None:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if at else None


async def test_the_roll_list(app: App, fresh_origin: Origin, corpus: Path, expected: dict[str, Any]) -> None:
    facts = expected["roll_2516_p1.json"]
    await poll_roll(app, fresh_origin, "news", corpus / "api" / "roll_2516_p1.json")
    stored = list(app.store.articles.iterate())
    assert len(stored) == facts["unique_documents"]
    found = {article.article.docid or article.article.entry_id: article for article in stored}
    published = {name: instant(article.article.published) for name, article in found.items()}
    rows_without_docid = {name for name in published if name not in facts["published_utc"]}
    assert {name: at for name, at in published.items() if name in facts["published_utc"]} == facts["published_utc"]
    assert not rows_without_docid
    for docid, url in facts["canonical_url"].items():
        assert found[docid].article.url == url
    for docid, title in facts["clean_titles"].items():
        assert found[docid].article.title == title
    edited = found["ntaaqwi2000103"]
    assert edited.article.title.endswith("（更新）")
    assert edited.revision == 2
    assert next(revision.article.title for revision in app.store.articles.revisions(edited.id)) != edited.article.title


async def test_another_list_adds_appearances_and_only_what_is_new(
    app: App, fresh_origin: Origin, corpus: Path, expected: dict[str, Any]
) -> None:
    await poll_roll(app, fresh_origin, "news", corpus / "api" / "roll_2516_p1.json")
    before = by_docid(app)
    await poll_roll(app, fresh_origin, "china", corpus / "api" / "roll_1686_p1.json")
    after = by_docid(app)
    facts = expected["roll_1686_p1.json"]
    assert set(after) - set(before) == set(facts["new"])
    for docid in facts["already_in_2516_p1"]:
        assert {appearance.slug for appearance in after[docid].appearances} == {"news", "china"}
        assert after[docid].revision == before[docid].revision


async def test_the_live_feed(app: App, fresh_origin: Origin, corpus: Path, expected: dict[str, Any]) -> None:
    facts = expected["zhibo_152_p1.json"]
    serve(fresh_origin, "/api/zhibo/feed", corpus / "api" / "zhibo_152_p1.json")
    (outcome,) = await app.update(["live"])
    assert outcome.problem is None
    stored = {article.article.entry_id.rpartition("-")[2]: article.article for article in app.store.articles.iterate()}
    assert len(stored) == facts["items_in_file"]
    assert sorted(int(number) for number, article in stored.items() if article.deleted) == facts["deleted"]
    assert {number: instant(article.published) for number, article in stored.items()} == facts["published_utc"]
    for number, symbols in facts["symbols"].items():
        assert [symbol.code for symbol in stored[number].symbols] == symbols, number
    for number, images in facts["images"].items():
        assert [image.url for image in stored[number].images] == images, number
    everything = json.dumps([repr(article) for article in stored.values()], ensure_ascii=False)
    assert "staff.sina.com" not in everything
    one, other = (str(number) for number in facts["same_headline"])
    uids = {
        article.story_uid
        for article in app.store.articles.iterate()
        if article.article.entry_id.rpartition("-")[2] in (one, other)
    }
    assert len(uids) == 1  # the user's rule: same title, same Beijing day
