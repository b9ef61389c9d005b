"""Items recognised by their bytes: a walk that skips them stores and tells just what one that reads all of it does."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing, nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from aggregator.errors import BadStatus
from aggregator.models import Document, FullText, NotModified, Outcome, Subscription
from aggregator.pipeline import labour, update
from aggregator.pipeline.tools import Settings, Tools
from aggregator.schedule import policy
from aggregator.store import open_store
from aggregator.work import local
from tests.support.evolving import Evolving, Item

PAGE = '<html><head><title>样本</title></head><body><div id="artibody"><p>%s</p></div></body></html>'

#: Each stands for 70 polls.
SEEDS = range(3)


class World:
    """A store, and the walk over feeds that `bodies` holds. `skips`: whether it remembers items."""

    def __init__(self, path: Path, *, skips: bool) -> None:
        self.path, self.skips = path, skips
        self.now = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
        self.bodies: dict[str, tuple[bytes, str]] = {}
        self.read = 0  #: bytes of feeds that were read
        self.store = open_store(f"sqlite:///{path}")
        self.store.migrate()

    async def get(self, url: str, **_: Any) -> Document | NotModified:
        if url not in self.bodies:
            if "fail" in url or url.startswith("https://hub"):
                raise BadStatus(url, 500)
            body = (PAGE % ("样本页面正文，营收增长。" * 40)).encode()
            return Document(url, url, 200, body, self.now, {"content-type": "text/html; charset=utf-8"})
        body, kind = self.bodies[url]
        return Document(url, url, 200, body, self.now, {"content-type": kind})

    def complain(self, url: str) -> None:
        """Nothing is asked again."""

    def fetching(self) -> AbstractAsyncContextManager[None]:
        """Nothing waits."""
        return nullcontext()

    async def do(self, weight: int, call: Callable[..., Any], *args: Any, first: bool = False) -> Any:
        if getattr(call, "func", None) is labour.read_feed:
            self.read += weight
        return call(*args)

    @asynccontextmanager
    async def tools(self, program: str = "") -> AsyncIterator[Tools]:
        threads = local.Threads()
        articles = self.store.articles
        committer = local.Committer(articles, threads, lambda: self.now)
        try:
            yield Tools(
                fetcher=self,
                policy=policy.Rhythm(policy.Bounds(), lambda: 0.0),
                weather=local.NetworkWeather(),
                known=partial(threads.read, articles.known),
                neighbours=partial(threads.read, articles.neighbours),
                commit=committer.commit,
                retries=partial(threads.read, articles.retries),
                stored=partial(threads.read, articles.get),
                last_items=partial(threads.read, self.store.subscriptions.last_items) if self.skips else _nothing,
                clock=lambda: self.now,
                labour=self,
                settings=Settings(
                    rsshub=("https://hub.example", "https://hub2.example"), program=program, full_text_max=3
                ),
            )
        finally:
            await committer.drain()
            threads.close()

    async def poll(self, subscriptions: Sequence[Subscription], program: str = "") -> list[Outcome]:
        self.store.subscriptions.sync(subscriptions, self.now)
        async with self.tools(program) as tools:
            states = self.store.subscriptions.states()
            done = [await update.update(one, states[one.slug], tools, force=True) for one in subscriptions]
        self.now += timedelta(hours=1)
        return [replace(one, seconds=0.0) for one in done]

    def tables(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of every table but the memory itself."""
        with closing(sqlite3.connect(self.path)) as database:
            names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            names = [name for name in names if name not in ("last_items", "schema_migration")]
            query = 'SELECT * FROM "{}"'
            return {name: sorted(database.execute(query.format(name)).fetchall(), key=repr) for name in names}


async def _nothing(_slug: str) -> bytes | None:
    return None


@pytest.fixture
def worlds(tmp_path: Path) -> Any:
    made = [World(tmp_path / "whole.db", skips=False), World(tmp_path / "skipping.db", skips=True)]
    yield made
    for world in made:
        world.store.close()


def follow(name: str, url: str, **more: Any) -> Subscription:
    return Subscription(name, name, url, timedelta(minutes=5), allow_private=True, **more)


def _same(whole: World, skipping: World) -> None:
    for name, rows in whole.tables().items():
        assert skipping.tables()[name] == rows, name


@pytest.mark.parametrize("seed", SEEDS)
async def test_random_feeds_come_out_the_same(worlds: list[World], seed: int) -> None:
    whole, skipping = worlds
    shared = [
        Item("shared-1", "两处都有的一篇样本", "https://s.example.org/1.html", "2026-11-20T01:00:00Z", "样" * 300)
    ]
    feeds = {f"https://{name}.example.org/feed": Evolving(name, seed, shared) for name in ("a", "b", "c", "d")}
    hub = Evolving("hub", seed, shared)
    subscriptions = [follow(feed.name, url) for url, feed in feeds.items()]
    subscriptions[1] = replace(subscriptions[1], full_text=FullText.ALWAYS)
    subscriptions.append(follow("hub", "rsshub:/made/list"))
    before = hub.document()
    for step in range(14):
        bodies = {url: feed.document() for url, feed in feeds.items()}
        # Two instances of a hub, one of which lags behind and sometimes fails.
        now = hub.document()
        bodies |= {"https://hub2.example/made/list": before} | (
            {"https://hub.example/made/list": now} if hub.chance.random() < 0.6 else {}
        )
        before = now
        for world in worlds:
            world.bodies = bodies
        told = [await world.poll(subscriptions) for world in worlds]
        assert told[1] == told[0], step
        _same(whole, skipping)
        for feed in (*feeds.values(), hub):
            feed.step()
    assert skipping.read < 0.9 * whole.read  # or nothing was tried
