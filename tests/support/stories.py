"""Invented stories and a backend for tests of outputs and pages. Nothing here is a real article."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from aggregator import publish
from aggregator.kit import dates
from aggregator.models import (
    Appearance,
    Article,
    Completeness,
    Dossier,
    Endpoint,
    Found,
    Mentions,
    Offers,
    Output,
    Query,
    Results,
    Site,
    Statistics,
    StoredArticle,
    Story,
    StoryHit,
    StoryPage,
    SubscriptionState,
    SubscriptionStatus,
    Symbol,
)
from aggregator.publish import Spot
from aggregator.publish.static import Rendered, Shelf
from aggregator.web.backend import PastPage

NOW = datetime(2026, 11, 23, 11, 54, 4, tzinfo=UTC)  # 19:54 in Beijing, a Monday
SITE = Site("http://127.0.0.1:8321", "财经聚合")
OUTPUT = Output("all", "全部报道", "所有订阅源的报道，每件事只出现一次")
SYMBOL = Symbol("600941.SH", Found.MARKUP, "sh600941", "中国移动")
BODY = "<p>样例股份（<b>虚构</b>）今日公告，前三季度营收 12.5 亿元，同比增长 8.3%。</p><p>A &lt; B &amp; C。</p>"


def article(title: str = "样例股份前三季度营收增长8.3%", **fields: Any) -> Article:
    """An article with everything a flash item lacks; `fields` replace."""
    values: dict[str, Any] = {
        "entry_id": title,
        "title": title,
        "html": BODY,
        "text": "样例股份（虚构）今日公告，前三季度营收 12.5 亿元，同比增长 8.3%。\nA < B & C。",
        "url": "https://finance.example.com/a/2026-11-23/doc-1.shtml",
        "published": NOW - timedelta(minutes=30),
        "author": "样例财经",
        "outlet": "样例商报",
        "byline": "记者 甲乙",
        "categories": ("金融", "公司"),
        "symbols": (SYMBOL,),
        "image": "https://img.example.com/lead.jpg",
    }
    return Article(**(values | fields))


def stored(number: int = 1, made: Article | None = None, **fields: Any) -> StoredArticle:
    """A stored article, first seen when published."""
    made = made or article()
    seen = made.published or NOW
    values: dict[str, Any] = {
        "id": number,
        "article": made,
        "revision": 1,
        "first_seen": seen,
        "revised_at": seen,
        "story_uid": uid(number),
        "appearances": (Appearance("yaowen", "要闻", made.entry_id, seen),),
    }
    return StoredArticle(**(values | fields))


def uid(number: int) -> str:
    """A story id that is the same in every run."""
    return uuid5(NAMESPACE_URL, f"story {number}").urn


def story(number: int = 1, *articles: Article, **fields: Any) -> Story:
    """A story told by `articles` (one full article when none is given)."""
    members = tuple(stored(number * 10 + place, one) for place, one in enumerate(articles or (article(),)))
    at = min(one.at for one in members)
    values: dict[str, Any] = {"id": number, "uid": uid(number), "at": at, "updated": at, "articles": members}
    return Story(**(values | fields))


def stories() -> list[Story]:
    """One story of every kind an output meets, newest first."""
    old = NOW - timedelta(days=1, hours=3)
    return [
        story(1),
        story(  # several outlets, one of them without an address; revised later
            2,
            article("央行开展1000亿元逆回购操作", url="https://finance.example.com/2.html", outlet="样例时报"),
            article("央行今日开展逆回购", url="https://m.example.net/2?from=a&to=b", outlet="样例网", symbols=()),
            article("央行开展1000亿元逆回购操作", url=None, outlet="样例晚报"),
            updated=NOW - timedelta(minutes=5),
        ),
        story(3, flash("【沪指午后翻红 半导体板块走强🚀】沪指午后震荡翻红，截至发稿涨0.2%。")),
        story(4, article("国务院发布《<条例>》解读 & A<B", url="https://finance.example.com/路径/新闻?q=中 文#顶")),
        story(5, article("", html="", text="", url=None, author=None, outlet=None, byline=None, image=None)),
        story(
            6, article("只有摘要", html="<p>摘要</p>", text="摘要", completeness=Completeness.SUMMARY, published=old)
        ),
        story(7, article("坏\x0b字符\ufffe标题", html="<p>正\x08文</p>", categories=("a\x00b",), published=old)),
    ]


def flash(text: str, **fields: Any) -> Article:
    """A 7x24 item: no title of its own, no page."""
    values = {"author": None, "byline": None, "outlet": None, "categories": (), "image": None, "symbols": ()}
    return article("", html=f"<p>{text}</p>", text=text, url=None, completeness=Completeness.FLASH, **(values | fields))


def status(slug: str = "yaowen", name: str = "新浪财经 要闻", **fields: Any) -> SubscriptionStatus:
    """A subscription that fares well; fields of SubscriptionState and of the status itself may be replaced."""
    state: dict[str, Any] = {
        "last_polled": NOW - timedelta(seconds=40),
        "last_success": NOW - timedelta(seconds=40),
        "last_new": NOW - timedelta(minutes=12),
        "next_poll": NOW + timedelta(seconds=150),
    }
    own: dict[str, Any] = {"url": "sina:roll/384/2519", "enabled": True, "configured": True, "articles": 1234}
    for name_, value in fields.items():
        (own if name_ in own else state)[name_] = value
    return SubscriptionStatus(slug, name, state=SubscriptionState(slug, **state), **own)


def statuses() -> list[SubscriptionStatus]:
    """One subscription in every state."""
    ago = timedelta
    return [
        status(),
        status("live", "7x24 快讯", url="sina:live/152", articles=48210, last_new=NOW - ago(seconds=8)),
        status("stock", "新浪财经 股票", url="sina:roll/155/1686", warning="30 天来没有新文章，这个频道可能已停更"),
        status(
            "caixin",
            "样例网 金融（RSSHub）",
            url="rsshub:/sample/finance",
            articles=310,
            failures=3,
            problem="https://rsshub.example.com/sample/finance: answered 503",
            problem_since=NOW - ago(hours=5),
            last_success=NOW - ago(hours=5, minutes=30),
            last_new=NOW - ago(days=2),
            next_poll=NOW + ago(hours=1),
        ),
        status(
            "gone",
            "旧博客",
            url="https://old.example.org/feed.xml",
            articles=12,
            endpoints={"https://old.example.org/feed.xml": Endpoint("https://old.example.org/feed.xml", gone=True)},
            problem="https://old.example.org/feed.xml: answered 410",
            failures=1,
            last_success=NOW - ago(days=40),
            last_new=NOW - ago(days=61),
            next_poll=NOW + ago(days=1),
        ),
        SubscriptionStatus(
            "fresh", "刚加入的订阅", "https://new.example.org/atom.xml", True, True, 0, SubscriptionState("fresh")
        ),
        status("removed", "已移除的订阅", url="https://bye.example.org/rss", configured=False, articles=77),
    ]


#: What an archive of some weeks holds and takes.
FIGURES = Statistics(
    counts={"articles": 12_345, "stories": 9_876, "revisions": 321},
    feeds=[],
    sizes={"database": 96 * 2**20, "free pages": 4096, "search index": 11 * 2**20, "outputs": 700_000, "media": 0},
    tables={},
    days={},
    article=8_700.0,
    per_day=210.2,
    per_year=8_700.0 * 365 * 210,
    free=40 * 2**30,
    full=None,
)


@dataclass
class FakeBackend:
    """A web.Backend whose facts a test sets."""

    site: Site = SITE
    configured: list[Output] = field(default_factory=lambda: [OUTPUT])
    shelf: Shelf | None = None
    stories: list[Story] = field(default_factory=list)
    subscriptions: list[SubscriptionStatus] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=lambda: {"status": "ok", "version": "0", "last_poll": NOW})
    problem: Exception | None = None
    dossiers: dict[str, Dossier] = field(default_factory=dict)
    told: Mentions = field(default_factory=Mentions)
    offered: Offers = field(default_factory=Offers)
    many: bool = False  #: a search finds more than it counts
    asked: list[Query] = field(default_factory=list)
    polled: list[str] = field(default_factory=list)

    def outputs(self) -> Sequence[Output]:
        return self.configured

    def picture(self, name: str) -> Path | None:
        """None: it has no pictures."""

    def rendered(self, slug: str, extension: str) -> Rendered | None:
        return self.shelf.get(slug, extension) if self.shelf else None

    def version(self) -> object:
        return None

    async def past(self, slug: str, name: str, extension: str) -> PastPage | None:
        """None: its outputs have no past."""

    async def statuses(self) -> list[SubscriptionStatus]:
        if self.problem:
            raise self.problem
        return self.subscriptions

    async def poll_now(self, slug: str) -> bool:
        known = any(one.slug == slug and one.configured for one in self.subscriptions)
        self.polled += [slug] if known else []
        return known

    async def latest(self, limit: int) -> list[Story]:
        return self.stories[:limit]

    async def listed(
        self,
        query: Query,
        limit: int,
        older: tuple[datetime, int] | None = None,
        newer: tuple[datetime, int] | None = None,
    ) -> StoryPage:
        """Only symbols and outlets filter here."""
        if self.problem:
            raise self.problem
        self.asked.append(query)
        met = [one for one in self.stories if _meets(one, query)]
        if newer:
            met = [one for one in met if (one.at, one.id) > newer]
            return StoryPage(tuple(met[-limit:]), newer=len(met) > limit, older=True)
        met = [one for one in met if not older or (one.at, one.id) < older]
        return StoryPage(tuple(met[:limit]), newer=older is not None, older=len(met) > limit)

    async def feed(self, output: Output, query: Query, spot: Spot) -> bytes:
        page = await self.listed(query, output.limit)
        return publish.documents(output, self.site, page.stories, now=NOW, spot=spot)[output.formats[0]]

    async def found(self, query: Query, limit: int, offset: int) -> Results:
        self.asked.append(query)
        met = [StoryHit(one, one.head, 1.0) for one in self.stories if _meets(one, query)]
        return Results(tuple(met[offset : offset + limit]), len(met), self.many)

    async def mentions(self, code: str) -> Mentions:
        return self.told

    async def per_day(self, since: datetime, until: datetime) -> Mapping[date, int]:
        found: dict[date, int] = {}
        for one in self.stories:
            if since <= one.at < until:
                day = dates.beijing_day(one.at)
                found[day] = found.get(day, 0) + 1
        return found

    async def offers(self) -> Offers:
        return self.offered

    async def figures(self) -> Statistics:
        return FIGURES

    async def story(self, uid: str) -> Dossier | None:
        if self.problem:
            raise self.problem
        return self.dossiers.get(uid)

    def health(self) -> dict[str, Any]:
        if self.problem:
            raise self.problem
        return self.facts


def _meets(story: Story, query: Query) -> bool:
    for one in story.articles:
        codes = {symbol.code for symbol in one.article.symbols}
        if (not query.symbols or codes.intersection(query.symbols)) and (
            not query.outlets or one.article.outlet in query.outlets
        ):
            return all(word in one.article.title + one.article.text for word in query.words)
    return False


def hostile(text: str) -> Story:
    """A story with `text` wherever a feed can put text."""
    made = article(text, outlet=text, byline=text, categories=(text,), symbols=(replace(SYMBOL, name=text, code=text),))
    return story(99, made)
