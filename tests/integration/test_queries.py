"""How many statements a whole cycle sends to the database: bounded by feeds and groups, never by entries."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from aggregator import config
from aggregator.app.core import App
from tests.support import place as places
from tests.support.made import LONG, OWN, Clock, item, rss, serve
from tests.support.origin.client import Origin
from tests.support.stores import statements


@pytest.fixture
def app(tmp_path: Path, fresh_origin: Origin) -> Iterator[App]:
    place = places.make(tmp_path, fresh_origin.url)
    place.feeds(*({"name": name, "slug": name, "url": f"{fresh_origin.url}/made/{name}.xml", **OWN} for name in "ab"))
    with App(config.load(place.config, environ={}), clock=Clock(), chance=lambda: 0.0) as app:
        app.prepare()
        yield app


def feed(name: str, count: int, *, edited: str = "") -> str:
    return rss(*(item(f"{name}{number}", body=LONG + f"第{name}{number}号{edited}") for number in range(count)))


async def cycle(app: App, slug: str) -> tuple[int, int, int]:
    """One poll: statements sent, and articles new and revised."""
    with statements(app.store) as told:
        (outcome,) = await app.update([slug])
    assert outcome.problem is None
    return len(told), outcome.new, outcome.revised


async def test_a_cycle_takes_as_many_statements_for_a_hundred_entries_as_for_three(
    app: App, fresh_origin: Origin
) -> None:
    serve(fresh_origin, "a", feed("甲", 3))
    serve(fresh_origin, "b", feed("乙", 100))
    few, many = await cycle(app, "a"), await cycle(app, "b")
    assert (few[1], many[1]) == (3, 100)
    # The second cycle also learns what the first had to prepare; the bound is generous, a query an entry would be 100.
    assert many[0] <= few[0] + 5
    assert many[0] < 60

    serve(fresh_origin, "a", feed("甲", 3, edited="改"))
    serve(fresh_origin, "b", feed("乙", 100, edited="改"))
    few, many = await cycle(app, "a"), await cycle(app, "b")
    assert (few[2], many[2]) == (3, 100)
    assert many[0] <= few[0] + 5


async def test_a_cycle_without_news_asks_next_to_nothing(app: App, fresh_origin: Origin) -> None:
    serve(fresh_origin, "a", feed("甲", 100))
    await cycle(app, "a")
    took, new, revised = await cycle(app, "a")
    assert (new, revised) == (0, 0)
    assert took <= 14
