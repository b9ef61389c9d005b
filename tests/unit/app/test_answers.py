"""What the daemon does for the button on /subscriptions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from aggregator import config
from aggregator.app.answers import AGAIN, Answers
from aggregator.app.core import App
from aggregator.models import Endpoint, Plan
from aggregator.work import local
from tests.support import place as places
from tests.support.made import Clock

URL = "https://news.example/feed.xml"


class Asked(Answers):
    """Answers with threads of their own, as the daemon has them."""

    def __init__(self, app: App) -> None:
        super().__init__(app)
        self._threads = self.threads = local.Threads()


@pytest.fixture
def asked(tmp_path: Path) -> Iterator[Asked]:
    place = places.make(tmp_path, "http://127.0.0.1:9")
    place.feeds({"name": "甲", "slug": "a", "url": URL})
    clock = Clock()
    with App(config.load(place.config, environ={}), clock=clock) as app:
        app.prepare()
        asked = Asked(app)
        yield asked
        asked.threads.close()


@pytest.mark.parametrize(
    ("ago", "due"), [(timedelta(seconds=1), False), (AGAIN, True), (timedelta(hours=3), True), (-AGAIN, True)]
)
async def test_a_poll_is_asked_for_once_a_minute_also_while_an_address_is_held_back(
    asked: Asked, ago: timedelta, due: bool
) -> None:
    store, now = asked.app.store, asked.app.clock()
    later = now + timedelta(hours=9)
    held = {URL: Endpoint(URL, failures=4, retry_at=later)}
    state = replace(store.subscriptions.state("a"), last_polled=now - ago, next_poll=later, endpoints=held)
    store.articles.commit([Plan("a", state=state)], now)
    assert store.subscriptions.due(now) == []
    assert await asked.poll_now("a")
    assert store.subscriptions.due(now) == (["a"] if due else [])
    assert (store.subscriptions.state("a").endpoints[URL].retry_at is None) is due


async def test_what_is_not_followed_is_not_polled(asked: Asked) -> None:
    assert not await asked.poll_now("b")
