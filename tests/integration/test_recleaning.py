"""Articles made again from what is kept of them: the same by the same rules, others by others, and nothing lost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from aggregator import config
from aggregator.app import raw, recleaning
from aggregator.app.core import App
from aggregator.app.recleaning import Report, Which
from aggregator.errors import ConfigError
from aggregator.models import Cause, SiteRules, StoredArticle
from aggregator.store import codec
from tests.support import place as places
from tests.support.made import LONG, OWN, Clock, item, rss, serve, serve_page
from tests.support.origin.client import Origin

POST = """---
title: '样本公司公告'
categories:
 - 样本
author: 样本网
date: Mon, 16 Nov 2026 02:00:00 GMT
---

<div>
<p>样本公司公告称，回购计划已完成。</p>
<p>点击进入样本专题</p>
</div>
"""


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def app(tmp_path: Path, fresh_origin: Origin, clock: Clock) -> Iterator[App]:
    place = places.make(tmp_path, fresh_origin.url, extra='[archive]\nraw = ["pages", "feeds"]')
    place.feeds(
        {"name": "滚动", "slug": "roll", "url": "sina:roll/384/2519", "categories": ["财经"], **OWN},
        {"name": "国内", "slug": "china", "url": "sina:roll/155/1686", **OWN},
        {"name": "快讯", "slug": "live", "url": "sina:live/152", **OWN},
        {"name": "甲", "slug": "a", "url": f"{fresh_origin.url}/made/a.xml", **OWN},
    )
    with App(config.load(place.config, environ={}), clock=clock, chance=lambda: 0.0) as app:
        app.prepare()
        yield app


def stored(app: App) -> dict[int, StoredArticle]:
    return {one.id: one for one in app.store.articles.iterate()}


async def in_thread(app: App, which: Which = Which(), *, dry: bool = False) -> Report:  # noqa: B008 - frozen
    """The command's work has a loop of its own."""
    import asyncio

    return await asyncio.to_thread(recleaning.run, app, which, dry=dry)


def ruled(app: App, **changes: object) -> None:
    """Other rules for every site."""
    sites = tuple(replace(one, **changes) for one in app.config.sites)  # type: ignore[arg-type]
    app.config = replace(app.config, sites=sites)


async def test_the_same_rules_make_the_same_articles(app: App) -> None:
    await app.update(["roll", "china", "live"])
    before = stored(app)
    report = await in_thread(app)
    assert report.failed == []
    assert (report.looked, report.changed) == (len(before), 0)
    assert report.unchanged > 20
    assert stored(app) == before


async def test_other_rules_make_revisions_once_and_the_old_rules_make_the_old_text_again(app: App) -> None:
    await app.update(["roll"])
    before = stored(app)
    usual = app.config.sites
    ruled(app, drop_text=(*usual[0].drop_text, ".*样本.*"))
    foretold = await in_thread(app, dry=True)
    assert stored(app) == before
    report = await in_thread(app)
    assert (report.changed, report.failed) == (foretold.changed, [])
    after = stored(app)
    changed = [number for number in after if after[number].revision == 2]
    assert len(changed) == report.changed > 0
    for number in changed:
        assert after[number].story_uid == before[number].story_uid
        history = app.store.articles.revisions(number)
        assert [one.cause for one in history] == [Cause.STATED, Cause.RULE_CHANGE]
    again = await in_thread(app)
    assert again.changed == 0
    app.config = replace(app.config, sites=usual)
    assert (await in_thread(app)).changed == len(changed)
    for number, one in stored(app).items():
        assert codec.same(one.article, before[number].article), number


async def test_what_only_mark_up_and_symbols_tell_is_taken_over_too(app: App, fresh_origin: Origin) -> None:
    body = f"{LONG}<p>延伸阅读：<b>粗体</b>之后。</p>"
    link = serve_page(fresh_origin, "/made/page.shtml", body)
    serve(fresh_origin, "a", rss(item("样本短讯", link=link, body="<p>只有一句。</p>")))
    await app.update(["a"])
    ruled(app, drop=("b",))
    assert (await in_thread(app)).changed == 1
    (one,) = stored(app).values()
    assert "粗体" not in one.article.html


async def test_a_title_that_was_edited_since_the_page_was_fetched_stays(
    app: App, fresh_origin: Origin, clock: Clock
) -> None:
    link = serve_page(fresh_origin, "/made/page.shtml", LONG + "<p>尾巴一句。</p>")
    serve(fresh_origin, "a", rss(item("旧的标题", guid="g", link=link, body="<p>只有一句。</p>")))
    await app.update(["a"])
    fresh_origin.fault("/made/page.shtml", status=500)
    serve(fresh_origin, "a", rss(item("新的标题", guid="g", link=link, body="<p>只有一句。</p>")))
    clock.now += timedelta(hours=1)
    await app.update(["a"])
    assert [one.article.title for one in stored(app).values()] == ["新的标题"]
    for expected in (0, 1, 0):
        report = await in_thread(app)
        assert (report.changed, report.failed) == (expected, [])
        (one,) = stored(app).values()
        assert one.article.title == "新的标题"
        ruled(app, drop_text=("尾巴一句。",))
    assert "尾巴" not in one.article.text


async def test_an_entry_that_was_whole_is_made_again_from_its_feed_document(app: App, fresh_origin: Origin) -> None:
    serve(fresh_origin, "a", rss(item("样本一", body=LONG + "<p>点击进入样本专题</p>"), item("样本二")))
    await app.update(["a"])
    assert (await in_thread(app)).changed == 0
    before = stored(app)
    app.config = replace(app.config, sites=(SiteRules("any", hosts=("127.0.0.1",), drop_text=("点击进入.*",)),))
    report = await in_thread(app)
    assert report.failed == []
    assert report.changed + report.unchanged == len(before) == 2


async def test_posts_are_made_again_from_their_original(app: App, tmp_path: Path) -> None:
    import asyncio

    post = tmp_path / "one.md"
    post.write_text(POST, "utf-8")
    await asyncio.to_thread(app.import_, [post])
    assert (await in_thread(app)).changed == 0
    ruled(app, drop_text=("点击进入.*",))
    assert (await in_thread(app)).changed == 1
    (one,) = stored(app).values()
    assert "点击进入" not in one.article.text
    assert one.article.original == POST
    assert (await in_thread(app)).changed == 0


async def test_what_cannot_be_made_again_is_counted_with_its_reason(app: App, fresh_origin: Origin) -> None:
    link = f"{fresh_origin.url}/made/page.shtml"
    fresh_origin.fault("/made/page.shtml", status=500)
    serve(fresh_origin, "a", rss(item("样本短讯", link=link, body="<p>只有一句。</p>")))
    app.config = replace(app.config)
    await app.update(["a", "roll"])
    for path in (app.data / "warc").iterdir():
        path.unlink()
    report = await in_thread(app)
    assert report.looked == len(stored(app))
    assert len(report.failed) == report.looked - sum(report.skipped.values())
    assert all("No such file" in problem for problem in report.failed)
    assert report.changed == 0


async def test_only_what_is_wanted_is_looked_at(app: App, clock: Clock, fresh_origin: Origin) -> None:
    await app.update(["roll"])
    first = stored(app)
    clock.now += timedelta(days=1)
    serve(fresh_origin, "a", rss(item("样本一", link="https://news.example.org/a.html")))
    await app.update(["a"])
    (late,) = stored(app).keys() - first.keys()
    assert (await in_thread(app, Which(since=clock.now))).looked == 1
    assert (await in_thread(app, Which(site="example.org"))).looked == 1
    assert (await in_thread(app, Which(site="127.0.0.1"))).looked == len(first)
    assert (await in_thread(app, Which(site="sina"))).looked == len(first)
    assert (await in_thread(app, Which((str(late), str(late), str(min(first)))))).looked == 2
    with pytest.raises(ConfigError, match="neither a host nor a file"):
        await in_thread(app, Which(site="nosuch"))


async def test_an_edit_that_comes_while_it_works_is_not_written_over(app: App, fresh_origin: Origin) -> None:
    link = serve_page(fresh_origin, "/made/page.shtml", LONG + "<p>尾巴一句。</p>")
    serve(fresh_origin, "a", rss(item("样本短讯", link=link, body="<p>只有一句。</p>")))
    await app.update(["a"])
    (one,) = stored(app).values()
    (source, *_) = raw.sources(app.store, one.id)
    work = recleaning.recleaning.Work(one, source)
    ruled(app, drop_text=("尾巴一句。",))
    kept = raw.read(app.store, app.data, source.document)
    made = recleaning.recleaning.make(work, recleaning.recleaning.Given(kept.document), app.config.sites)
    serve_page(fresh_origin, "/made/page.shtml", LONG + "<p>改过的一句。</p>")
    serve(fresh_origin, "a", rss(item("样本短讯", link=link, body="<p>改过一句。</p>")))
    await app.update(["a"])
    articles = app.store.articles
    (outcome,) = recleaning.recleaning.take(
        [(one, made)], articles.neighbours, articles.commit, app.clock(), near=True, split_differing=False
    )
    assert (outcome.revised, outcome.unchanged) == (0, 1)
    (now,) = stored(app).values()
    assert "改过的一句" in now.article.text


async def test_a_page_that_came_later_or_was_read_again_makes_the_same_article_too(
    app: App, fresh_origin: Origin, clock: Clock
) -> None:
    fresh_origin.fault("/made/page.shtml", status=500)
    link = f"{fresh_origin.url}/made/page.shtml"
    serve(fresh_origin, "a", rss(item("样本短讯", link=link, body="<p>只有一句。</p>")))
    await app.update(["a"])
    serve_page(fresh_origin, "/made/page.shtml", f"{LONG}<p>（600941.SH）</p><p>责任编辑：甲某</p>")
    clock.now += timedelta(hours=2)
    await app.update(["a"])
    (one,) = stored(app).values()
    assert (one.revision, one.article.editor) == (2, "甲某")
    assert (await in_thread(app)).changed == 0
    serve_page(fresh_origin, "/made/page.shtml", f"{LONG}<p>（600941.SH）</p><p>又添一句。</p><p>责任编辑：乙某</p>")
    clock.now += timedelta(hours=2)
    await app.recheck([one.id], lambda _done: None)
    (one,) = stored(app).values()
    assert (one.revision, one.article.editor) == (3, "乙某")
    (newest, older) = [source for source in raw.sources(app.store, one.id) if source.document.kind == "page"]
    assert (newest.revision, older.revision) == (3, 2)
    report = await in_thread(app)
    assert (report.changed, report.unchanged) == (0, 1)
    ruled(app, drop_text=("又添一句。",))
    assert (await in_thread(app)).changed == 1
    assert (await in_thread(app)).changed == 0
    (again,) = stored(app).values()
    assert "又添一句" not in again.article.text
    assert again.article.symbols == one.article.symbols
