"""The whole walk in process, against the stand-in origin: what is stored and published, and what bad input does."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import feedparser
import pytest

from aggregator import archive, config
from aggregator.app.core import App
from aggregator.models import Completeness, Outcome, SubscriptionState, Wanted
from tests.support import place as places
from tests.support.made import LONG, OWN, TODAY, Clock, item, rss, serve, serve_page
from tests.support.origin.client import Origin


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def app(tmp_path: Path, fresh_origin: Origin, clock: Clock) -> Iterator[App]:
    place = places.make(tmp_path, fresh_origin.url)
    place.feeds(
        {"name": "滚动", "slug": "roll", "url": "sina:roll/384/2519", "categories": ["财经"], **OWN},
        {"name": "国内", "slug": "china", "url": "sina:roll/155/1686", **OWN},
        {"name": "快讯", "slug": "live", "url": "sina:live/152", **OWN},
        {"name": "甲", "slug": "a", "url": f"{fresh_origin.url}/made/a.xml", **OWN},
        {"name": "乙", "slug": "b", "url": f"{fresh_origin.url}/made/b.xml", **OWN},
    )
    with App(config.load(place.config, environ={}), clock=clock, chance=lambda: 0.0) as app:
        app.prepare()
        yield app


async def poll(app: App, *slugs: str) -> dict[str, Outcome]:
    return {outcome.slug: outcome for outcome in await app.update(slugs)}


def state(app: App, slug: str) -> SubscriptionState:
    return app.store.subscriptions.states()[slug]


def titles(app: App) -> list[str]:
    return [story.head.article.title for story in app.store.stories.latest(500)]


def published(app: App, name: str = "all", extension: str = "rss") -> feedparser.FeedParserDict:
    rendered = app.shelf.get(name, extension)
    assert rendered is not None
    return feedparser.parse(rendered.body)


# ------------------------------------------------------------------------------------------------- what must work


async def test_roll_entries_become_whole_clean_articles(app: App, fresh_origin: Origin) -> None:
    outcome = (await poll(app, "roll"))["roll"]
    assert outcome.problem is None
    assert outcome.new > 0
    assert outcome.pages > 0
    truth = {article["title"]: article for article in fresh_origin.truth()}
    found = 0
    for stored in app.store.articles.iterate():
        article = stored.article
        for furniture in ("责任编辑", "appendQr", "<style", "<script", "新浪声明", "<!--"):
            assert furniture not in article.html
        if article.title in truth:
            found += 1
            assert article.published is not None
            assert [appearance.slug for appearance in stored.appearances] == ["roll"]
    assert found >= 10


async def test_a_second_poll_of_the_same_bytes_writes_no_article(app: App) -> None:
    await poll(app, "roll", "china", "live")
    before = {stored.id: (stored.revision, stored.revised_at) for stored in app.store.articles.iterate()}
    outcomes = await poll(app, "roll", "china", "live")
    assert [(outcome.new, outcome.revised) for outcome in outcomes.values()] == [(0, 0)] * 3
    assert {stored.id: (stored.revision, stored.revised_at) for stored in app.store.articles.iterate()} == before


async def test_one_document_in_two_lists_is_one_article_with_two_appearances(app: App) -> None:
    await poll(app, "roll", "china")
    both = [stored for stored in app.store.articles.iterate() if len(stored.appearances) == 2]
    assert both
    assert {frozenset(one.slug for one in stored.appearances) for stored in both} == {frozenset({"roll", "china"})}
    docids = [stored.article.docid for stored in app.store.articles.iterate() if stored.article.docid]
    assert len(docids) == len(set(docids))


async def test_an_edited_article_is_revised_under_its_id(app: App, fresh_origin: Origin) -> None:
    await poll(app, "roll")
    before = {stored.article.docid: stored for stored in app.store.articles.iterate()}
    edited = fresh_origin.edit()
    outcome = (await poll(app, "roll"))["roll"]
    assert outcome.revised >= 1
    after = app.store.articles.get(edited["docid"])
    assert after is not None
    assert after.id == before[edited["docid"]].id
    assert after.story_uid == before[edited["docid"]].story_uid
    assert after.revision == before[edited["docid"]].revision + 1


async def test_a_page_that_fails_does_not_hold_its_entry_back_and_comes_later(
    app: App, fresh_origin: Origin, clock: Clock
) -> None:
    link = f"{fresh_origin.url}/made/page.shtml"
    fresh_origin.fault("/made/page.shtml", status=500)
    serve(fresh_origin, "a", rss(item("样本短讯", link=link, body="<p>只有一句。</p>")))
    await poll(app, "a")
    (early,) = app.store.articles.iterate()
    assert early.article.completeness is Completeness.SUMMARY
    assert titles(app) == ["样本短讯"]
    serve_page(fresh_origin, "/made/page.shtml", LONG)
    clock.now += timedelta(hours=2)
    await poll(app, "a")
    (late,) = app.store.articles.iterate()
    assert (late.id, late.story_uid) == (early.id, early.story_uid)
    assert late.article.completeness is Completeness.FULL
    assert "海外订单" in late.article.html
    assert app.store.articles.retries(clock.now + timedelta(days=30), 10) == []


async def test_same_title_same_day_from_two_outlets_is_one_entry_naming_both(app: App, fresh_origin: Origin) -> None:
    one = item("央行样本公告", guid="1", link="https://one.example/1")
    two = item("【央行样本公告】", guid="2", link="https://two.example/2", body=LONG + "<p>另有补充。</p>")
    serve(fresh_origin, "a", rss(one))
    serve(fresh_origin, "b", rss(two))
    await poll(app, "a", "b")
    (story,) = app.store.stories.latest(10)
    assert len(story.articles) == 2
    (entry,) = published(app).entries
    assert "https://one.example/1" in str(entry)
    assert "https://two.example/2" in str(entry)


async def test_same_title_on_two_days_is_two_stories(app: App, fresh_origin: Origin) -> None:
    days = (TODAY, "Sun, 22 Nov 2026 01:00:00 GMT")
    serve(fresh_origin, "a", rss(*(item("收评：样本指数收涨", guid=day, date=day) for day in days)))
    await poll(app, "a")
    assert len(app.store.stories.latest(10)) == 2


async def test_items_that_share_one_link_are_all_kept(app: App, fresh_origin: Origin) -> None:
    link = "https://one.example/live"
    serve(fresh_origin, "a", rss(*(item(f"样本消息{n}", guid=str(n), link=link, body=f"{n}{LONG}") for n in range(3))))
    await poll(app, "a")
    serve(fresh_origin, "a", rss(item("样本消息九", guid="9", link=link)))
    await poll(app, "a")
    assert sorted(titles(app)) == ["样本消息0", "样本消息1", "样本消息2", "样本消息九"]


async def test_a_withdrawn_flash_is_kept_but_not_published(app: App, fresh_origin: Origin) -> None:
    await poll(app, "live")
    gone = fresh_origin.withdraw()
    assert gone["title"] in titles(app)
    await poll(app, "live")
    assert gone["title"] not in [entry.title for entry in published(app).entries]
    assert any(stored.article.deleted for stored in app.store.articles.iterate())


async def test_removing_a_feed_keeps_its_articles_and_a_new_name_keeps_its_history(
    app: App, fresh_origin: Origin
) -> None:
    serve(fresh_origin, "a", rss(item("样本甲")))
    await poll(app, "a")
    folder = app.config.folder
    text = (folder / "feeds.toml").read_text("utf-8")
    (folder / "feeds.toml").write_text(text.replace('name = "甲"', 'name = "改名"'), "utf-8")
    app.follow(config.load(folder, environ={}))
    renamed = next(row for row in app.statuses() if row.slug == "a")
    assert (renamed.name, renamed.articles) == ("改名", 1)
    (folder / "feeds.toml").write_text("", "utf-8")
    app.follow(config.load(folder, environ={}))
    assert titles(app) == ["样本甲"]
    assert not next(row for row in app.statuses() if row.slug == "a").configured


async def test_future_dates_are_never_on_top(app: App, fresh_origin: Origin, clock: Clock) -> None:
    serve(fresh_origin, "a", rss(item("来自二〇九九", date="Fri, 16 Oct 2099 02:00:00 GMT")))
    await poll(app, "a")
    clock.now += timedelta(minutes=5)
    serve(fresh_origin, "b", rss(item("今天的", date="Mon, 23 Nov 2026 02:04:00 GMT")))
    await poll(app, "b")
    assert [entry.title for entry in published(app).entries] == ["今天的", "来自二〇九九"]
    assert all(entry.published_parsed.tm_year == 2026 for entry in published(app).entries)


# ------------------------------------------------------------------------------------------------- bad input

NOT_FEEDS = {
    "html": ("<!DOCTYPE html><html><body><h1>登录</h1></body></html>", "text/html"),
    "challenge": ("<html><head><title>Just a moment...</title></head><body></body></html>", "application/xml"),
    "empty": ("", "application/rss+xml"),
    "error object": ('{"code":-1,"msg":"denied"}', "application/json"),
    "code 11": ('{"result":{"status":{"code":11,"msg":"bad lid"},"data":[]}}', "application/json"),
    "data object": ('{"result":{"status":{"code":0,"msg":"succ"},"data":{}}}', "application/json"),
}


@pytest.mark.parametrize("case", NOT_FEEDS)
async def test_what_is_no_feed_is_told_and_costs_nothing(app: App, fresh_origin: Origin, case: str) -> None:
    serve(fresh_origin, "a", rss(item("样本甲")), ETag='"good"')
    await poll(app, "a")
    body, media_type = NOT_FEEDS[case]
    serve(fresh_origin, "a", body, **{"Content-Type": media_type, "ETag": '"bad"'})
    outcome = (await poll(app, "a"))["a"]
    assert outcome.problem
    after = state(app, "a")
    assert after.failures == 1
    (endpoint,) = after.endpoints.values()
    assert endpoint.validators.etag == '"good"'
    assert titles(app) == ["样本甲"]
    assert [entry.title for entry in published(app).entries] == ["样本甲"]


async def test_a_cut_feed_gives_its_whole_items(app: App, fresh_origin: Origin) -> None:
    whole = rss(item("样本一"), item("样本二"), item("样本三"))
    serve(fresh_origin, "a", whole[: whole.index("样本三") + 30])
    await poll(app, "a")
    assert {"样本一", "样本二"} <= set(titles(app))


async def test_a_feed_over_the_cap_is_told(app: App, fresh_origin: Origin) -> None:
    fresh_origin.fault("/made/a.xml", status=200, body="<rss>" * 1024, repeat=16 * 1024 // 5)
    assert "15" in str((await poll(app, "a"))["a"].problem)
    assert state(app, "a").failures == 1


async def test_what_entries_lack(app: App, fresh_origin: Origin, clock: Clock) -> None:
    body = rss(
        f"<item><title>没有日期</title><guid>1</guid><description>{'样本' * 200}</description></item>",
        f"<item><title>没有编号和链接</title><pubDate>{TODAY}</pubDate></item>",
        f"<item><guid>3</guid><description>没有标题的一条</description><pubDate>{TODAY}</pubDate></item>",
        "<item><title>只有标题</title></item>",
    )
    serve(fresh_origin, "a", body)
    await poll(app, "a")
    stored = {one.article.title: one for one in app.store.articles.iterate()}
    assert {"没有日期", "没有编号和链接", "只有标题"} <= set(stored)
    assert len(stored) == 4
    assert stored["没有日期"].article.published is None
    assert stored["没有日期"].first_seen == clock.now
    clock.now += timedelta(days=2)
    serve(fresh_origin, "a", body + "<!-- other bytes -->")
    outcome = (await poll(app, "a"))["a"]
    assert (outcome.new, outcome.revised) == (0, 0)  # first seen once, never again


async def test_hostile_items_come_out_harmless(app: App, fresh_origin: Origin) -> None:
    hostile = [
        item("&lt;b&gt;粗&lt;/b&gt;&lt;script&gt;x()&lt;/script&gt;标题", guid="1", body="<script>x()</script>甲"),
        item("控制\x0b字符", guid="2", body="甲\x00\x0b乙"),
        item("链接", guid="3", link="javascript:alert(1)", body='<a href="javascript:alert(1)">x</a>丙'),
    ]
    serve(fresh_origin, "a", rss(*hostile))
    await poll(app, "a")
    assert len(titles(app)) == 3
    for extension in ("rss", "atom", "json"):
        rendered = app.shelf.get("all", extension)
        assert rendered is not None
        text = rendered.body.decode()
        assert "javascript:" not in text
        assert "<script" not in text
        assert "&lt;script" not in text
        assert not set(text) & {"\x00", "\x0b"}
    assert not published(app).bozo


@pytest.mark.parametrize("charset", ["gbk", "gb2312", "utf-8"])
async def test_wrong_or_missing_charsets_and_one_bad_byte(app: App, fresh_origin: Origin, charset: str) -> None:
    # The origin's fault bodies are text; bytes come through latin-1.
    declared = rss(item("样本银行下调存款利率")).replace('version="1.0"?', f'version="1.0" encoding="{charset}"?')
    raw = declared.encode("gb18030" if charset != "utf-8" else "utf-8")
    raw = raw.replace(b"</channel>", b"\xff</channel>") if charset == "utf-8" else raw
    fresh_origin.fault(
        "/made/a.xml",
        status=200,
        headers={"Content-Type": "application/xml; charset=ISO-8859-1"},
        body=raw.decode("latin-1"),
        encoding="latin-1",
    )
    await poll(app, "a")
    assert titles(app) == ["样本银行下调存款利率"]


async def test_a_304_without_state_is_a_failure(app: App, fresh_origin: Origin) -> None:
    fresh_origin.fault("/made/a.xml", status=304)
    assert "304" in str((await poll(app, "a"))["a"].problem)


async def test_redirects_are_followed_and_the_configured_address_stays(app: App, fresh_origin: Origin) -> None:
    serve(fresh_origin, "b", rss(item("搬家了")))
    fresh_origin.fault("/made/a.xml", status=302, headers={"Location": "/made/b.xml"})
    assert (await poll(app, "a"))["a"].problem is None
    (endpoint,) = state(app, "a").endpoints.values()
    assert (endpoint.url, endpoint.moved_to) == (f"{fresh_origin.url}/made/a.xml", None)
    fresh_origin.fault("/made/a.xml", status=301, headers={"Location": "/made/b.xml"})
    await poll(app, "a")
    (endpoint,) = state(app, "a").endpoints.values()
    assert endpoint.moved_to == f"{fresh_origin.url}/made/b.xml"
    assert endpoint.url.endswith("/a.xml")


async def test_a_redirect_to_a_private_address_is_refused(app: App, fresh_origin: Origin) -> None:
    fresh_origin.fault("/made/a.xml", status=302, headers={"Location": "http://127.0.0.1:9/"})
    problem = str((await poll(app, "a"))["a"].problem)
    assert "127.0.0.1" in problem
    assert state(app, "a").failures == 1


@pytest.mark.parametrize("status", [404, 410, 429, 500, 503])
async def test_statuses_are_told_in_words_and_siblings_go_on(app: App, fresh_origin: Origin, status: int) -> None:
    fresh_origin.fault("/made/a.xml", status=status, headers={"Retry-After": "7200"})
    serve(fresh_origin, "b", rss(item("样本乙")))
    before = app.clock()
    if status == 429:  # pauses the whole host, so the sibling is asked first
        await poll(app, "b")
        outcomes = await poll(app, "a")
    else:
        outcomes = await poll(app, "a", "b")
    assert str(status) in str(outcomes["a"].problem)
    assert titles(app) == ["样本乙"]
    after = state(app, "a")
    assert after.next_poll is not None
    if status in (429, 503):
        assert after.next_poll >= before + timedelta(hours=2)
    assert next(iter(after.endpoints.values())).gone is (status == 410)


async def test_a_network_that_is_down_counts_against_nobody(tmp_path: Path, clock: Clock) -> None:
    place = places.make(tmp_path, "http://127.0.0.1:9")
    place.feeds(
        *(
            {"name": name, "slug": name, "url": f"http://{name}.invalid/feed", "interval": "60s"}
            for name in ("one", "two", "three")
        )
    )
    with App(config.load(place.config, environ={}), clock=clock, chance=lambda: 0.0) as app:
        app.prepare()
        for _ in range(5):
            outcomes = await app.update(force=True)
            assert all(outcome.problem for outcome in outcomes)
            clock.now += timedelta(minutes=5)
        assert max(row.state.failures for row in app.statuses()) <= 1
        assert all(row.state.next_poll is not None for row in app.statuses())


async def test_an_rsshub_route_falls_over_to_the_next_instance(
    tmp_path: Path, fresh_origin: Origin, clock: Clock
) -> None:
    place = places.make(
        tmp_path,
        fresh_origin.url,
        rsshub=f'[rsshub]\ninstances = ["{fresh_origin.url}/made", "{fresh_origin.url}/rsshub"]',
    )
    place.feeds({"name": "国内", "slug": "hub", "url": "rsshub:/sina/finance/china", **OWN})
    fresh_origin.fault("/made/*", status=503, body="<html>this route is empty</html>")
    with App(config.load(place.config, environ={}), clock=clock, chance=lambda: 0.0) as app:
        app.prepare()
        (outcome,) = await app.update(force=True)
        assert outcome.problem is None
        assert outcome.new > 0
        own, mirror = app.store.subscriptions.states()["hub"].endpoints.values()
        assert (own.failures, mirror.failures) == (1, 0)
        (again,) = await app.update(force=True)
        assert again.new == 0


async def test_lists_polled_at_the_same_moment_fetch_and_store_each_document_once(
    app: App, fresh_origin: Origin
) -> None:
    outcomes = await poll(app, "roll", "china")
    assert sum(outcome.revised for outcome in outcomes.values()) == 0
    pages = [row["path"] for row in fresh_origin.log() if row["path"].startswith("/china/")]
    assert len(pages) == len(set(pages))
    assert {stored.revision for stored in app.store.articles.iterate()} == {1}


async def test_a_flash_becomes_the_whole_article_when_a_list_carries_it(app: App) -> None:
    await poll(app, "live")
    flashes = {one.article.docid: one for one in app.store.articles.iterate() if one.article.docid}
    assert {one.article.completeness for one in flashes.values()} == {Completeness.FLASH}
    await poll(app, "roll")
    both = [
        one
        for one in app.store.articles.iterate()
        if one.article.docid in flashes and {seen.slug for seen in one.appearances} == {"live", "roll"}
    ]
    assert both
    for one in both:
        assert one.article.completeness is Completeness.FULL
        assert one.story_uid == flashes[one.article.docid].story_uid
    outcomes = await poll(app, "live", "roll")
    assert sum(outcome.revised for outcome in outcomes.values()) == 0


async def test_a_guid_that_is_used_again_for_another_article_loses_neither(app: App, fresh_origin: Origin) -> None:
    for day in (16, 17, 18):
        date = f"Mon, {day} Nov 2026 02:00:00 GMT"
        one = item(
            f"早报第{day}期", guid="daily", link=f"https://one.example/{day}", date=date, body=f"<p>{day}</p>{LONG}"
        )
        serve(fresh_origin, "a", rss(one))
        for _ in range(2):
            await poll(app, "a")
    assert sorted(titles(app)) == ["早报第16期", "早报第17期", "早报第18期"]
    assert {stored.revision for stored in app.store.articles.iterate()} == {1}


async def test_polled_articles_leave_and_come_back_as_posts(app: App, fresh_origin: Origin, tmp_path: Path) -> None:
    await poll(app, "roll", "live")
    serve(fresh_origin, "a", rss("<item><guid>1</guid><description>没有标题的一条</description></item>"))
    await poll(app, "a")
    before = {stored.id: stored for stored in app.store.articles.iterate()}
    report = app.export(archive.chosen("posts"), tmp_path / "out", Wanted())
    assert (report.written, report.errors) == (len(before), [])
    again = await asyncio.to_thread(app.import_, [tmp_path / "out"])
    assert (again.revised, again.failed) == (0, {})
    after = {stored.id: stored for stored in app.store.articles.iterate()}
    assert {number: after[number].article for number in before} == {n: one.article for n, one in before.items()}


async def test_categories_of_a_feed_are_those_of_its_entries(app: App) -> None:
    await poll(app, "roll")
    assert all("财经" in [tag.term for tag in entry.tags] for entry in published(app).entries)


async def test_a_feed_of_which_nothing_could_be_read_has_failed(app: App, fresh_origin: Origin) -> None:
    serve(fresh_origin, "a", '<?xml version="1.0"?><rss version="2.0"><channel><title>x</title><item><title>半')
    assert "could be read" in str((await poll(app, "a"))["a"].problem)
    assert state(app, "a").failures == 1
