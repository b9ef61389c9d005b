"""What pages and the API ask of the daemon beside single stories: lists, searches, counts.

In: an App. Out: the part of web.Backend that reads lists, in the reading threads. The daemon is one (app/daemon.py).
What costs more than a page does is counted again only when it is old; two threads may count at once, which harms
nothing.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from aggregator import publish
from aggregator.app import pictures, statistics
from aggregator.models import Mentions, Offers, Output, Query, Results, Statistics, StoryPage
from aggregator.publish import Spot

if TYPE_CHECKING:
    from aggregator.app.core import App
    from aggregator.work import local

T = TypeVar("T")

#: Seconds for which counts are kept, and how many of them.
FRESH, KEPT = 60.0, 256
#: The same for what walks through folders.
SELDOM = 600.0

#: How long a subscription is left alone after a poll, however often somebody presses the button.
AGAIN = timedelta(minutes=1)

#: How far back mentions are counted, and how many other instruments are told of.
YEAR = timedelta(days=366)
COMPANY = 12
#: Outlets and categories that are offered to filter by.
OFFERED = 40


class Answers:
    """Lists and counts of one App."""

    def __init__(self, app: App) -> None:
        self.app = app
        self._threads: local.Threads | None = None
        self._kept: dict[object, tuple[float, Any]] = {}
        self._measuring = asyncio.Lock()

    async def listed(
        self,
        query: Query,
        limit: int,
        older: tuple[datetime, int] | None = None,
        newer: tuple[datetime, int] | None = None,
    ) -> StoryPage:
        """A page of the stories that meet a query, newest first."""
        page = partial(self.app.store.search.page, older=older, newer=newer)
        return await self._read(lambda: page(query, limit, self.app.clock()))

    async def feed(self, output: Output, query: Query, spot: Spot) -> bytes:
        """The newest stories that meet a query as a document in the output's one format."""

        def make() -> bytes:
            now, site = self.app.clock(), self.app.config.settings.site
            stories = self.app.store.search.page(query, output.limit, now).stories
            shown = pictures.addresses(self.app, stories)
            made = publish.documents(output, site, stories, now=now, pictures=shown, spot=spot)
            return made[output.formats[0]]

        return await self._read(make)

    async def poll_now(self, slug: str) -> bool:
        """Make a subscription due at once, unless it was polled within AGAIN. False: none is followed by that name."""
        if all(one.slug != slug for one in self.app.config.subscriptions):
            return False
        subscriptions, now = self.app.store.subscriptions, self.app.clock()
        last = (await self._read(lambda: subscriptions.state(slug))).last_polled
        if last is None or not timedelta() <= now - last < AGAIN:
            assert self._threads is not None  # noqa: S101 - the server runs inside Daemon._work()
            await self._threads.write(subscriptions.poll_now, [slug])
        return True

    async def found(self, query: Query, limit: int, offset: int) -> Results:
        """The stories that meet a query best."""
        results = self.app.store.search.results
        return await self._read(lambda: results(query, self.app.clock(), limit=limit, offset=offset))

    async def mentions(self, code: str) -> Mentions:
        """How often an instrument is told of in the last year."""
        counts, since = self.app.store.counts, self.app.clock() - YEAR
        return await self._once(("mentions", code), lambda: counts.mentions(code, since, COMPANY))

    async def per_day(self, since: datetime, until: datetime) -> Mapping[date, int]:
        """Stories by Beijing day between two instants."""
        counts = self.app.store.counts
        return await self._once(("days", since, until), lambda: counts.per_day(since, until))

    async def offers(self) -> Offers:
        """What stories may be filtered by."""
        recent = self.app.store.counts.recent

        def count() -> Offers:
            outlets, categories, codes = (recent(kind, OFFERED) for kind in ("outlet", "category", "symbol"))
            return Offers(tuple(outlets), tuple(categories), tuple(code.upper() for code in codes))

        return await self._once("offers", count)

    async def figures(self) -> Statistics:
        """What the archive holds and takes; nobody waits for more than one measuring."""
        async with self._measuring:
            return await self._once("figures", lambda: statistics.gather(self.app, tables=False), SELDOM)

    async def _read(self, work: Callable[[], T]) -> T:
        assert self._threads is not None  # noqa: S101 - the server runs inside Daemon._work()
        return await self._threads.read(work)

    async def _once(self, key: object, count: Callable[[], T], fresh: float = FRESH) -> T:
        held = self._kept.get(key)
        if held and time.monotonic() - held[0] < fresh:
            value: T = held[1]
            return value
        made = await self._read(count)
        if len(self._kept) >= KEPT:
            self._kept = {}
        self._kept[key] = (time.monotonic(), made)
        return made
