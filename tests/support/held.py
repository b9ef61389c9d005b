"""What a daemon answers for a store, without one around it: for tests of the server over real data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from aggregator.app import pages
from aggregator.app.answers import Answers
from aggregator.models import (
    Dossier,
    Mentions,
    Offers,
    Output,
    Query,
    Results,
    Site,
    StoryPage,
    SubscriptionStatus,
)
from aggregator.publish import Spot
from aggregator.store import Store
from tests.support.stories import SYMBOL, FakeBackend
from tests.support.writes import MINUTE, NOW, article, plan, subscription

SITE = Site("https://news.example.org/cj", "样例聚合")
LATER = NOW + timedelta(hours=3)


class Held(FakeBackend):
    """A web.Backend over a store. Stands in for app.App and its threads, too."""

    def __init__(self, held: Store) -> None:
        super().__init__(site=SITE)
        self.store = held
        self.config: Any = self
        self.settings: Any = self
        self.archive: Any = self
        self.rewrite_images = False
        self.turn = 0
        self.answers = Answers(self)  # type: ignore[arg-type]
        self.answers._threads = self  # type: ignore[assignment]

    def clock(self) -> datetime:
        return LATER

    async def read(self, work: Callable[..., Any]) -> Any:
        return work()

    def version(self) -> object:
        return self.turn

    async def statuses(self) -> list[SubscriptionStatus]:
        return self.store.subscriptions.statuses()

    async def feed(self, output: Output, query: Query, spot: Spot) -> bytes:
        return await self.answers.feed(output, query, spot)

    async def listed(self, query: Query, limit: int, older: Any = None, newer: Any = None) -> StoryPage:
        return await self.answers.listed(query, limit, older, newer)

    async def found(self, query: Query, limit: int, offset: int) -> Results:
        return await self.answers.found(query, limit, offset)

    async def mentions(self, code: str) -> Mentions:
        return await self.answers.mentions(code)

    async def per_day(self, since: datetime, until: datetime) -> Mapping[date, int]:
        return await self.answers.per_day(since, until)

    async def offers(self) -> Offers:
        return await self.answers.offers()

    async def story(self, uid: str) -> Dossier | None:
        found = self.store.stories.get(uid)
        return pages.dossier(self, found.head, found) if found else None  # type: ignore[arg-type]


def filled(store: Store) -> Held:
    """A store of sixty numbered stories, a minute apart, indexed: some of two outlets, of an instrument, a category."""
    store.subscriptions.sync([subscription("yaowen"), subscription("gupiao")], NOW)
    told = [
        replace(
            article(f"第{number}号公告", published=NOW - number * MINUTE),
            outlet="甲/乙 报.rss" if number % 2 else "丙报",
            text=f"第{number}号公告，{'降准' if number % 3 == 0 else '回购'}若干",
            symbols=(SYMBOL,) if number % 5 == 0 else (),
            categories=("宏观&政策",) if number % 4 == 0 else (),
        )
        for number in range(60)
    ]
    store.articles.commit([plan(*told[:30], slug="yaowen"), plan(*told[30:], slug="gupiao")], LATER)
    indexed(store)
    return Held(store)


def indexed(store: Store) -> None:
    """Bring the search index up to date."""
    while store.search.advance():
        pass
