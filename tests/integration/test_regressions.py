"""Faults that were found once, each as the shortest way to them: nothing lost, nothing twice, nothing stuck."""

from __future__ import annotations

import asyncio
import json
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from aggregator import clean, config, extract
from aggregator.app.core import App, walk
from aggregator.app.daemon import Daemon
from aggregator.errors import FetchError, StoreBusy, StoreError
from aggregator.models import Article, Completeness, Document, Outcome, Page, SiteRules, StoredArticle
from tests.support import place as places
from tests.support.made import LONG, OWN, Clock, item, rss, serve, serve_page
from tests.support.origin.client import Origin

AT = int(datetime(2026, 11, 23, 1, 0, tzinfo=UTC).timestamp())
DOCID = "naaaaaa1000001"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def place(tmp_path: Path, fresh_origin: Origin) -> places.Place:
    place = places.make(tmp_path, fresh_origin.url)
    made = f"{fresh_origin.url}/made"
    place.feeds(
        {"name": "滚动", "slug": "roll", "url": "sina:roll/384/2519", **OWN},
        {"name": "快讯", "slug": "live", "url": "sina:live/152", **OWN},
        {"name": "甲", "slug": "a", "url": f"{made}/a.xml", **OWN},
        {"name": "乙", "slug": "b", "url": f"{made}/b.xml", **OWN},
        {"name": "丙", "slug": "bare", "url": f"{made}/bare.xml", "full_text": "never", **OWN},
    )
    return place


@pytest.fixture
def app(place: places.Place, clock: Clock) -> Iterator[App]:
    with App(config.load(place.config, environ={}), clock=clock, chance=lambda: 0.0) as app:
        app.prepare()
        yield app


def serve_roll(origin: Origin, title: str, link: str, *, edited: int = AT) -> None:
    row = {"docid": f"comos:{DOCID}", "title": title, "url": link, "ctime": str(AT), "mtime": str(edited)}
    answer: dict[str, Any] = {"result": {"status": {"code": 0}, "data": [row]}}
    origin.fault("/api/roll/get", status=200, headers={"Content-Type": "application/json"}, body=json.dumps(answer))


def serve_flash(origin: Origin, text: str, link: str, *, minute: int = 0, deleted: int = 0) -> None:
    row = {
        "id": 1,
        "zhibo_id": 152,
        "rich_text": text,
        "create_time": "2026-11-23 09:00:00",
        "update_time": f"2026-11-23 09:{minute:02}:00",
        "is_delete": deleted,
        "ext": json.dumps({"docid": f"comos:{DOCID}", "docurl": link}),
    }
    answer: dict[str, Any] = {"result": {"status": {"code": 0}, "data": {"feed": {"list": [row], "page_info": {}}}}}
    origin.fault("/api/zhibo/feed", status=200, headers={"Content-Type": "application/json"}, body=json.dumps(answer))


async def poll(app: App, *slugs: str) -> list[Outcome]:
    return await app.update(slugs)


def only(app: App) -> StoredArticle:
    (stored,) = app.store.articles.iterate()
    return stored


def titles(app: App) -> list[str]:
    return sorted(story.head.article.title for story in app.store.stories.latest(500))


# ------------------------------------------------------------------------------------------------- one document, lists


async def test_a_flash_never_hides_the_article_that_it_announces(app: App, fresh_origin: Origin) -> None:
    link = serve_page(fresh_origin, f"/made/doc-i{DOCID}.shtml", LONG)
    serve_flash(fresh_origin, "【样本快讯】样本公司公告。", link)
    serve_roll(fresh_origin, "样本公司公告全文", link)
    await poll(app, "live")
    assert only(app).article.completeness is Completeness.FLASH
    await poll(app, "roll")
    whole = only(app)
    assert (whole.article.title, whole.article.completeness) == ("样本公司公告全文", Completeness.FULL)
    for minute, deleted in ((5, 0), (9, 1)):
        serve_flash(fresh_origin, "【样本快讯改】样本公司公告。", link, minute=minute, deleted=deleted)
        await poll(app, "live")
    assert titles(app) == ["样本公司公告全文"]
    assert only(app).revision == whole.revision


async def test_what_one_feed_leaves_bare_another_makes_whole_but_not_the_other_way_round(
    app: App, fresh_origin: Origin
) -> None:
    link = serve_page(fresh_origin, "/made/page.shtml", LONG)
    serve(fresh_origin, "a", rss(item("样本", guid="1", link=link, body="短")))
    serve(fresh_origin, "bare", rss(item("样本，另题", guid="2", link=link, body="短")))
    await poll(app, "bare")
    assert only(app).article.completeness is Completeness.SUMMARY
    await poll(app, "a")
    whole = only(app)
    assert whole.article.completeness is Completeness.FULL
    await poll(app, "bare")
    assert only(app).revision == whole.revision


async def test_the_page_behind_a_shared_link_is_nobodys_text(app: App, fresh_origin: Origin) -> None:
    link = serve_page(fresh_origin, "/made/live.shtml", LONG)
    items = [item(title, link=link, body="短讯") for title in ("央行开展操作", "某公司发布新车", "北方迎来降雪")]
    serve(fresh_origin, "a", rss(*items))
    await poll(app, "a")
    assert len(titles(app)) == 3
    assert not [row for row in fresh_origin.log() if row["path"] == "/made/live.shtml"]


async def test_near_duplicates_that_arrive_at_the_same_moment_are_one_story(app: App, fresh_origin: Origin) -> None:
    body = "".join(f"<p>第{chr(0x4E00 + 7 * n)}段：样本公司公布经营数据并说明海外业务进展。</p>" for n in range(30))
    serve(fresh_origin, "a", rss(item("样本公司公布经营数据", link="https://a.example/1", body=body)))
    serve(fresh_origin, "b", rss(item("样本公司公布经营数据并说明海外进展", link="https://b.example/1", body=body)))
    await poll(app, "a", "b")
    (story,) = app.store.stories.latest(10)
    assert len(story.articles) == 2


# ------------------------------------------------------------------------------------------------- pages that fail


async def test_the_text_of_an_edit_comes_although_its_page_failed_at_first(
    app: App, fresh_origin: Origin, clock: Clock
) -> None:
    path = f"/made/doc-i{DOCID}.shtml"
    link = serve_page(fresh_origin, path, LONG)
    serve_roll(fresh_origin, "样本", link)
    await poll(app, "roll")
    fresh_origin.fault(path, status=500)
    serve_roll(fresh_origin, "样本（更正）", link, edited=AT + 60)
    await poll(app, "roll")
    assert only(app).article.completeness is Completeness.FULL  # the old text stays meanwhile
    serve_page(fresh_origin, path, f"{LONG}<p>更正：数字应为四。</p>")
    clock.now += timedelta(hours=1)
    await poll(app, "roll")
    assert "更正：数字应为四" in only(app).article.text
    assert app.store.articles.retries(clock.now + timedelta(days=9), 9) == []


async def test_an_upgrade_does_not_undo_an_edit_that_came_meanwhile(
    app: App, fresh_origin: Origin, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = f"{fresh_origin.url}/made/page.shtml"
    fresh_origin.fault("/made/page.shtml", status=500)
    serve(fresh_origin, "a", rss(item("旧标题", guid="1", link=link, body="短")))
    await poll(app, "a")
    clock.now += timedelta(hours=1)
    serve_page(fresh_origin, "/made/page.shtml", LONG)
    serve(fresh_origin, "a", rss(item("新标题", guid="1", link=link, body="短，已更正")))
    _slow_first(monkeypatch)
    subscription = next(one for one in app.config.subscriptions if one.slug == "a")
    async with app.working() as tools:
        upgrading = asyncio.create_task(app.upgrade_due(tools))
        await asyncio.sleep(0.3)
        await walk(subscription, app.store.subscriptions.state("a"), tools, force=True)
        await upgrading
    assert only(app).article.title == "新标题"


def _slow_first(monkeypatch: pytest.MonkeyPatch) -> None:
    read, calls = extract.extract, []

    def slow(document: Document, sites: tuple[SiteRules, ...]) -> Page:
        calls.append(document.url)
        if len(calls) == 1:
            time.sleep(0.8)
        return read(document, sites)

    monkeypatch.setattr(extract, "extract", slow)


# ------------------------------------------------------------------------------------------------- faults of our own


async def test_an_entry_that_we_fail_on_does_not_hold_back_the_others(
    app: App, fresh_origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(article: Article, rules: SiteRules | None = None) -> Article:
        if article.title == "毒":
            raise RecursionError("a rule")
        return cleaned(article, rules)

    cleaned = clean.clean
    monkeypatch.setattr(clean, "clean", broken)
    serve(fresh_origin, "a", rss(*(item(title, body=f"{title}讯") for title in ("甲", "毒", "乙"))))
    with capture_logs() as logs:
        (outcome,) = await poll(app, "a")
    assert outcome.problem is None
    assert titles(app) == ["乙", "毒", "甲"]
    (told,) = (line for line in logs if line["event"] == "entry.broke")
    assert "a rule" in told["trace"]


async def test_a_page_that_we_fail_on_does_not_block_the_full_text_queue(
    app: App, fresh_origin: Origin, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = ("/made/one.shtml", "/made/two.shtml")
    for path in paths:
        fresh_origin.fault(path, status=500)
    serve(fresh_origin, "a", rss(*(item(path, link=f"{fresh_origin.url}{path}", body="短") for path in paths)))
    await poll(app, "a")
    for path in paths:
        serve_page(fresh_origin, path, LONG)

    def broken(document: Document, sites: tuple[SiteRules, ...]) -> Page:
        if "one" in document.url:
            raise RecursionError("deep")
        return read(document, sites)

    read = extract.extract
    monkeypatch.setattr(extract, "extract", broken)
    clock.now += timedelta(hours=1)
    await poll(app, "a")
    one, two = app.store.articles.iterate()
    assert (one.article.completeness, two.article.completeness) == (Completeness.SUMMARY, Completeness.FULL)
    (waiting,) = app.store.articles.retries(clock.now + timedelta(days=1), 9)
    assert waiting.next_at is not None
    assert waiting.next_at > clock.now


# ------------------------------------------------------------------------------------------------- older pages


class Lists:
    """A long roll list in place of the network: `rows` of them, one every ten minutes; some pages may fail."""

    def __init__(self, rows: int, started: datetime) -> None:
        self.rows, self.started = rows, started
        self.failing: set[int] = set()
        self.asked: list[int] = []

    async def get(self, url: str, **_: Any) -> Document:
        if "/doc-i" in url:
            raise FetchError(url, "answered 500")
        page = int(url.rpartition("page=")[2].partition("&")[0] or 1)
        self.asked.append(page)
        if page in self.failing:
            raise FetchError(url, "answered 500")
        numbers = range(self.rows, 0, -1)[(page - 1) * 50 : page * 50]
        body = json.dumps({"result": {"status": {"code": 0}, "data": [self._row(number) for number in numbers]}})
        return Document(url, url, 200, body.encode(), datetime.now(UTC))

    def complain(self, url: str) -> None:
        raise AssertionError(url)

    def _row(self, number: int) -> dict[str, str]:
        docid, at = f"nbbbbbb{number:07}", int(self.started.timestamp()) + 600 * number
        link = f"https://finance.sina.com.cn/doc-i{docid}.shtml"
        return {"docid": f"comos:{docid}", "title": f"样本{number}", "url": link, "ctime": str(at)}


@pytest.fixture
def lists(app: App, place: places.Place, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Lists:
    lists = Lists(10, clock.now)
    place.feeds({"name": "滚动", "slug": "roll", "url": "sina:roll/384/2519", "full_text": "never", **OWN})
    app.config = config.load(place.config, environ={})
    app.follow(app.config)
    for name in ("get", "complain"):
        monkeypatch.setattr(f"aggregator.fetch.http.Fetcher.{name}", _method(getattr(lists, name)))
    return lists


def _method(call: Callable[..., Any]) -> Callable[..., Any]:
    return lambda _, *given, **named: call(*given, **named)


async def test_a_page_that_fails_while_catching_up_leaves_no_gap(app: App, lists: Lists, clock: Clock) -> None:
    await poll(app, "roll")
    clock.now += timedelta(days=2)
    lists.rows = 280
    lists.failing = {3}
    await poll(app, "roll")
    lists.failing = set()
    lists.rows += 1
    clock.now += timedelta(minutes=2)
    await poll(app, "roll")
    assert app.store.articles.counts()["articles"] == 281


async def test_the_first_poll_of_a_new_address_starts_from_now(
    app: App, place: places.Place, lists: Lists, clock: Clock
) -> None:
    lists.rows = 300
    await poll(app, "roll")
    assert lists.asked == [1]
    place.feeds({"name": "滚动", "slug": "roll", "url": "sina:roll/153/2516", "full_text": "never", **OWN})
    app.config = config.load(place.config, environ={})
    app.follow(app.config)
    lists.started += timedelta(days=300)
    lists.rows, lists.asked = 200, []
    clock.now += timedelta(minutes=1)
    await poll(app, "roll")
    assert lists.asked == [1]


async def test_an_entry_is_not_changed_by_the_page_it_stands_on(
    app: App, place: places.Place, lists: Lists, clock: Clock
) -> None:
    place.feeds({"name": "滚动", "slug": "roll", "url": "sina:roll/384/2519", **OWN})
    app.config = config.load(place.config, environ={})
    lists.rows = 60
    await poll(app, "roll")
    lists.rows = 90  # 40 of the first 50 stand on the second page now
    clock.now += timedelta(hours=1)
    (outcome,) = await poll(app, "roll")
    assert (outcome.new, outcome.pages) == (40, 40)


# ------------------------------------------------------------------------------------------------- the daemon


class Closed:
    """A web server that serves nobody."""

    async def run(self, stop: asyncio.Event) -> None:
        await stop.wait()


async def while_running(daemon: Daemon, body: Callable[[], bool], seconds: float = 60) -> None:
    """Run the daemon until `body()` holds; fail when it does not in time."""
    running = asyncio.create_task(daemon.run(lambda _: Closed()))
    try:
        end = time.monotonic() + seconds
        while not body():
            assert time.monotonic() < end, "not in time"
            await asyncio.sleep(0.05)
    finally:
        daemon.stop()
        await running


@pytest.fixture
def real(place: places.Place, fresh_origin: Origin) -> Iterator[App]:
    """An App with the true clock and one feed."""
    place.feeds({"name": "甲", "slug": "a", "url": f"{fresh_origin.url}/made/a.xml", "interval": "1h", **OWN})
    serve(fresh_origin, "a", rss(item("甲")))
    serve(fresh_origin, "b", rss(item("乙")))
    with App(config.load(place.config, environ={})) as app:
        yield app


async def test_a_full_disk_does_not_make_the_daemon_ask_every_second(
    real: App, fresh_origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StoreError("the disk is full")

    monkeypatch.setattr(real.store.articles, "commit", full)
    end = time.monotonic() + 3.5
    await while_running(Daemon(real), lambda: time.monotonic() > end)
    assert len(fresh_origin.log("/made/a.xml")) == 1


async def test_a_reload_that_meets_a_busy_database_is_made_up_for(
    real: App, place: places.Place, fresh_origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    follow, calls = real.follow, []

    def busy(fresh: config.Config) -> None:
        calls.append(fresh)
        if len(calls) == 2:  # the first call belongs to the start
            raise StoreBusy("locked")
        follow(fresh)

    monkeypatch.setattr(real, "follow", busy)
    daemon = Daemon(real)
    place.feeds({"name": "乙", "slug": "b", "url": f"{fresh_origin.url}/made/b.xml", **OWN})
    await while_running(daemon, lambda: bool(fresh_origin.log("/made/b.xml")))
    assert len(calls) == 3


async def test_a_new_address_is_asked_although_the_old_one_was_being_polled(
    real: App, place: places.Place, fresh_origin: Origin
) -> None:
    fresh_origin.fault("/made/a.xml", status=200, body="<rss><channel/></rss>", delay=8)
    daemon = Daemon(real)
    edited = False

    def asked() -> bool:
        nonlocal edited
        if not edited and daemon.health()["running"] == ["a"]:
            edited, new = True, f"{fresh_origin.url}/made/b.xml"
            place.feeds({"name": "甲", "slug": "a", "url": new, "interval": "1h", **OWN})
        return bool(fresh_origin.log("/made/b.xml"))

    await while_running(daemon, asked, 60)
    assert fresh_origin.log("/made/a.xml")


async def test_a_feed_list_that_is_being_written_is_not_taken_over_in_part(
    real: App, place: places.Place, fresh_origin: Origin
) -> None:
    feeds = [
        {"name": f"甲{one}", "slug": f"a{one}", "url": f"{fresh_origin.url}/made/{one}.xml", "interval": "1h", **OWN}
        for one in range(20)
    ]
    daemon, seen, began = Daemon(real), set[int](), time.monotonic()

    def written() -> bool:
        """Longer by a feed every 0.3 s, for six seconds."""
        place.feeds(*feeds[: min(len(feeds), int((time.monotonic() - began) / 0.3))])
        seen.add(len(real.config.subscriptions))
        return len(feeds) in seen

    await while_running(daemon, written)
    assert seen == {1, len(feeds)}


async def test_feeds_that_a_clock_far_ahead_put_off_are_polled(app: App, fresh_origin: Origin, clock: Clock) -> None:
    fresh_origin.fault("/made/p.shtml", status=500)
    serve(fresh_origin, "a", rss(item("甲", link=f"{fresh_origin.url}/made/p.shtml", body="短")))
    clock.now += timedelta(days=3650)
    await poll(app, "a")
    clock.now -= timedelta(days=3650)
    assert app.store.articles.retries(clock.now + timedelta(days=1), 9) == []
    app.recall(clock.now)
    assert len(app.store.articles.retries(clock.now + timedelta(minutes=1), 9)) == 1
    serve(fresh_origin, "a", rss(item("甲"), item("乙", body="另一条")))
    (outcome,) = [one for one in await app.update() if one.slug == "a"]
    assert outcome.new == 1


def test_the_daemon_ends_in_time_although_another_process_holds_the_database(
    place: places.Place, fresh_origin: Origin
) -> None:
    place.feeds({"name": "甲", "slug": "a", "url": f"{fresh_origin.url}/made/a.xml", **OWN})
    fresh_origin.fault("/made/a.xml", status=200, body="<rss><channel/></rss>", delay=2)
    with place.daemon() as process, closing(sqlite3.connect(place.data / "aggregator.sqlite")) as other:
        # Only once the document is asked for: before that the daemon writes as well, and would ask later.
        places.eventually(lambda: bool(fresh_origin.log("/made/a.xml")), 30, place.log)
        other.execute("BEGIN IMMEDIATE")
        time.sleep(3)  # the document came after two: the commit waits for the lock now
        started = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
        assert time.monotonic() - started < 25
