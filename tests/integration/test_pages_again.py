"""Article pages asked again: an origin that was down, pages that are edited, and pages that go away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import feedparser
import pytest

from aggregator import config
from aggregator.app.core import App
from aggregator.errors import StoreError
from aggregator.models import Cause, Completeness, StoredArticle
from tests.support import place as places
from tests.support.made import LONG, OWN, Clock, item, rss, serve, serve_page
from tests.support.origin.client import Origin

PAGE = "/made/page.shtml"
HOUR = timedelta(hours=1)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def app(tmp_path: Path, fresh_origin: Origin, clock: Clock) -> Iterator[App]:
    place = places.make(tmp_path, fresh_origin.url)
    place.feeds(
        {"name": "滚动", "slug": "roll", "url": "sina:roll/384/2519", **OWN},
        {"name": "甲", "slug": "a", "url": f"{fresh_origin.url}/made/a.xml", **OWN},
    )
    with App(config.load(place.config, environ={}), clock=clock, chance=lambda: 0.0) as app:
        app.prepare()
        yield app


def only(app: App) -> StoredArticle:
    (stored,) = app.store.articles.iterate()
    return stored


def causes(app: App, number: int = 1) -> list[str]:
    return [one.cause for one in app.store.articles.revisions(number)]


async def test_an_origin_that_is_down_for_two_hours_ends_with_everything_whole_and_once(
    app: App, fresh_origin: Origin, clock: Clock
) -> None:
    for path in ("/china/*", "/m/*", "/slide*", "/wire/*"):
        fresh_origin.fault(path, status=502)
    await app.update(["roll"])
    summaries = [one for one in app.store.articles.iterate() if one.article.completeness is Completeness.SUMMARY]
    assert len(summaries) > 15
    for _ in range(24):
        clock.now += timedelta(minutes=5)
        await app.update(["roll"])
    waiting = app.store.pages.retries(one.id for one in summaries)
    assert len(waiting) == len(summaries)
    assert all(sum(tried.count for tried in one.history) >= 4 for one in waiting.values())
    fresh_origin.heal()
    for _ in range(24):
        clock.now += timedelta(minutes=10)
        await app.update(["roll"])

    everything = list(app.store.articles.iterate())
    assert {one.article.completeness for one in everything} == {Completeness.FULL}
    assert app.store.pages.queued() == []
    for one in summaries:
        assert causes(app, one.id) == ["stated", "full text"]
    assert app.store.pages.checks(one.id for one in everything) == {}
    rendered = app.shelf.get("all", "rss")
    assert rendered is not None
    entries = feedparser.parse(rendered.body).entries
    stories = app.store.stories.latest(1_000)
    assert (
        len(entries) == len(stories) == len({entry.title for entry in entries}) == len({entry.id for entry in entries})
    )
    before = app.store.articles.counts()
    await app.update(["roll"])
    assert app.store.articles.counts() == before


async def test_a_page_is_given_up_after_three_days_and_taken_up_again_on_demand(
    app: App, fresh_origin: Origin, clock: Clock
) -> None:
    fresh_origin.fault(PAGE, status=500)
    serve(fresh_origin, "a", rss(item("样本短讯", link=fresh_origin.url + PAGE, body="<p>只有一句。</p>")))
    await app.update(["a"])
    for _ in range(14):
        clock.now += 6 * HOUR
        await app.update(["a"])
    (row,) = app.store.pages.retries([1]).values()
    assert row.next_at is None
    assert sum(one.count for one in row.history) == row.attempts + 1
    (tried,) = await app.retry([], lambda _done: None)
    assert tried.left is not None
    assert tried.left.next_at is not None
    serve_page(fresh_origin, PAGE, LONG)
    (tried,) = await app.retry(["1"], lambda _done: None)
    assert tried.left is None
    assert only(app).article.completeness is Completeness.FULL
    assert await app.retry([], lambda _done: None) == []
    with pytest.raises(StoreError, match="nothing stored is called 99"):
        await app.retry(["99"], lambda _done: None)


async def whole(app: App, origin: Origin, body: str = LONG) -> None:
    """One article with the text of its page."""
    serve_page(origin, PAGE, body)
    serve(origin, "a", rss(item("样本标题", link=origin.url + PAGE, body="<p>只有一句。</p>")))
    await app.update(["a"])
    assert only(app).article.completeness is Completeness.FULL


async def look(app: App) -> str:
    (looked,) = await app.recheck(app.to_recheck(["1"], None), lambda _done: None)
    return "revised" if looked.look.revised else looked.look.seen.sight.value


async def test_an_edit_of_a_page_becomes_a_revision_and_noise_none(app: App, fresh_origin: Origin) -> None:
    await whole(app, fresh_origin)
    assert await look(app) == "present"
    serve_page(fresh_origin, PAGE, f"<script>ad(1)</script>\n {LONG.replace('。', '。&#8203;')}<!-- 7 -->")
    assert await look(app) == "present"
    assert causes(app) == ["stated"]
    serve_page(fresh_origin, PAGE, LONG.replace("海外订单占比提升", "海外订单占比下降", 1))
    assert await look(app) == "revised"
    assert causes(app) == ["stated", "edited"]
    assert app.store.articles.revisions(1)[-1].cause == Cause.EDITED
    assert "占比下降" in only(app).article.text
    rendered = app.shelf.get("all", "rss")
    assert rendered is not None
    assert "占比下降" in rendered.body.decode()


async def test_title_and_outlet_follow_the_page_and_the_feeds_title_stands_otherwise(
    app: App, fresh_origin: Origin
) -> None:
    def page(title: str, outlet: str) -> None:
        head = f'<title>{title}_新浪财经_新浪网</title><meta name="mediaid" content="{outlet}">'
        body = f'<html><head>{head}</head><body><div id="artibody">{LONG}</div></body></html>'
        fresh_origin.fault(PAGE, status=200, headers={"Content-Type": "text/html; charset=utf-8"}, body=body)

    page("样本标题的全称", "样本日报")
    serve(fresh_origin, "a", rss(item("样本标题", link=fresh_origin.url + PAGE, body="<p>只有一句。</p>")))
    await app.update(["a"])
    assert await look(app) == "present"
    assert (only(app).article.title, only(app).article.outlet) == ("样本标题", "样本日报")
    page("样本标题的全称（更正）", "样本日报")
    assert await look(app) == "revised"
    assert only(app).article.title == "样本标题的全称（更正）"
    page("样本标题的全称（更正）", "样本时报")
    assert await look(app) == "revised"
    assert only(app).article.outlet == "样本时报"
    assert await look(app) == "present"
    assert causes(app) == ["stated", "edited", "edited"]


async def test_a_feeds_own_text_is_taken_over_by_a_page_that_holds_more_and_left_where_it_is_the_same(
    app: App, fresh_origin: Origin
) -> None:
    serve_page(fresh_origin, PAGE, LONG)
    serve(fresh_origin, "a", rss(item("样本标题", link=fresh_origin.url + PAGE, body=LONG)))
    await app.update(["a"])
    assert await look(app) == "present"
    serve_page(fresh_origin, PAGE, LONG + "<p>公司另称，样本项目已投产。</p>")
    assert await look(app) == "revised"
    assert causes(app) == ["stated", "full text"]


async def test_only_repeated_clear_evidence_removes_and_the_text_stays(
    app: App, fresh_origin: Origin, clock: Clock
) -> None:
    await whole(app, fresh_origin)
    text = only(app).article.text

    async def seen(hours: float, **answer: object) -> str:
        clock.now += hours * HOUR
        fresh_origin.fault(PAGE, **answer)
        return await look(app)

    page = {"Content-Type": "text/html; charset=utf-8"}
    assert await seen(1, status=404) == "absent"
    assert await seen(30, status=500) == "failed"
    assert await seen(1, status=403) == "failed"
    assert (
        await seen(1, status=200, headers=page, body="<html><title>安全验证</title><body>请输入验证码</body>")
        == "failed"
    )
    notice = '<html><body><div id="artibody"><p>抱歉，您访问的页面不存在或已删除</p></div></body></html>'
    assert await seen(1, status=200, headers=page, body=notice) == "absent"
    check = app.store.pages.checks([1])[1]
    assert (check.absent, check.failures, check.removed_at) == (2, 3, None)
    assert await seen(1, status=410) == "absent"
    check = app.store.pages.checks([1])[1]
    assert check.removed_at == clock.now
    assert [one.words.rpartition(": ")[2] for one in check.evidence][::2] == ["answered 404", "answered 410"]
    assert only(app).article.text == text
    assert causes(app) == ["stated"]
    assert len(app.store.stories.latest(10)) == 1

    serve_page(fresh_origin, PAGE, LONG)
    assert await look(app) == "present"
    assert app.store.pages.checks([1])[1].removed_at is None


async def test_the_full_text_queue_sees_absence_too(app: App, fresh_origin: Origin, clock: Clock) -> None:
    fresh_origin.fault(PAGE, status=404)
    serve(fresh_origin, "a", rss(item("样本短讯", link=fresh_origin.url + PAGE, body="<p>只有一句。</p>")))
    await app.update(["a"])
    for _ in range(8):
        clock.now += 6 * HOUR
        await app.update(["a"])
    assert app.store.pages.checks([1])[1].removed_at is not None
    assert only(app).article.text == "只有一句。"


async def test_a_page_that_lost_most_of_its_text_is_doubted(app: App, fresh_origin: Origin) -> None:
    await whole(app, fresh_origin)
    serve_page(fresh_origin, PAGE, "<p>样本公司三季度营收同比增长。</p>")
    assert await look(app) == "failed"
    assert causes(app) == ["stated"]


async def test_the_daemons_looks_follow_the_setting_and_what_was_asked(
    app: App, fresh_origin: Origin, clock: Clock
) -> None:
    async def due() -> bool:
        async with app.working() as tools:

            async def read(call, *args):  # type: ignore[no-untyped-def]
                return call(*args)

            return await app.recheck_due(tools, read)

    await whole(app, fresh_origin)
    serve_page(fresh_origin, PAGE, LONG.replace("海外订单占比提升", "海外订单占比下降", 1))
    clock.now += 26 * HOUR
    assert not await due()
    app.ask_recheck([1])
    assert await due()
    assert not await due()
    settings = app.config.settings
    archive = settings.archive.model_copy(update={"recheck": (timedelta(days=1), timedelta(days=2))})
    app.config = replace(app.config, settings=settings.model_copy(update={"archive": archive}))
    serve_page(fresh_origin, PAGE, LONG.replace("海外订单占比提升", "海外订单占比持平", 1))
    assert not await due()  # it was looked at past its first day
    clock.now += 24 * HOUR
    assert await due()
    fresh_origin.fault(PAGE, status=404)
    clock.now += 24 * HOUR
    assert not await due()
    assert app.store.pages.checks([1])[1].absent == 0
