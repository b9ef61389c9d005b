"""Every list as a feed: from a store through the server, read back by feedparser."""

from __future__ import annotations

import json
import warnings
from datetime import timedelta

import feedparser
import pytest
from lxml import html
from starlette.types import ASGIApp

from aggregator.publish import FORMATS
from aggregator.store import Store
from aggregator.web import create_app
from tests.support import asgi, feedcheck
from tests.support.held import LATER, SITE, Held, filled, indexed
from tests.support.stores import store, template
from tests.support.stories import SYMBOL
from tests.support.writes import NOW, article, plan

__all__ = ["store", "template"]


@pytest.fixture
def backend(store: Store) -> Held:
    return filled(store)


@pytest.fixture
def app(backend: Held) -> ASGIApp:
    return create_app(backend, clock=lambda: LATER)


def _every(step: int, first: int = 0) -> set[int]:
    return set(range(first, 60, step))


#: The page of a list, and the numbers of the stories that it has.
VIEWS = {
    "/": set(range(50)),
    f"/symbol/{SYMBOL.code}": _every(5),
    "/category/%E5%AE%8F%E8%A7%82%26%E6%94%BF%E7%AD%96": _every(4),
    "/outlet/%E7%94%B2%2F%E4%B9%99%20%E6%8A%A5.rss.html": _every(2, 1),
    "/search?q=%E9%99%8D%E5%87%86": _every(3),
    "/search?q=%E9%99%8D%E5%87%86%20-title%3A12%E5%8F%B7": _every(3) - {12},
    f"/?symbol={SYMBOL.code}&feed=gupiao": _every(5) - set(range(30)),
    f"/symbol/{SYMBOL.code}?q=%E9%99%8D%E5%87%86&outlet=%E4%B8%99%E6%8A%A5": _every(30),
    "/category/none": set(),
}


def _number(title: str) -> int:
    return int(title.removeprefix("第").partition("号")[0])


def _told(body: bytes, form: str) -> tuple[str, list[tuple[str, int]]]:
    """The feed's own address; the ids and numbers of its entries."""
    if form == "json":
        feed = json.loads(body)
        return feed["feed_url"], [(one["id"], _number(one["title"])) for one in feed["items"]]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        parsed = feedparser.parse(body, response_headers={"content-type": FORMATS[form].media_type})
    assert not parsed.bozo
    own = next(link.href for link in parsed.feed.links if link.rel == "self")
    return own, [(one.id, _number(one.title)) for one in parsed.entries]


@pytest.mark.asyncio
@pytest.mark.parametrize("view", VIEWS)
async def test_a_list_and_its_feeds_have_the_same_stories(app: ASGIApp, view: str) -> None:
    page = await asgi.get(app, view)
    assert page.status == (200 if VIEWS[view] else 404)
    links = html.document_fromstring(page.body).xpath("//head/link[@rel='alternate'][@type]")
    offered = {one.get("href"): one.get("type") for one in links if "/feeds/" not in one.get("href")}
    if not VIEWS[view]:
        assert offered == {}
        offered = {f"{SITE.base_url}{view}.{form}": one.media_type.partition(";")[0] for form, one in FORMATS.items()}
    assert len(offered) == 3
    for address, media_type in offered.items():
        answer = await asgi.get(app, address.removeprefix(SITE.base_url))
        assert answer.status == 200
        assert answer.headers["content-type"].partition(";")[0] == media_type
        form = next(one.name for one in FORMATS.values() if one.media_type.startswith(media_type))
        assert feedcheck.faults(answer.body, media_type, address=address, now=LATER) == []
        own, told = _told(answer.body, form)
        assert own == address
        assert {number for _, number in told} == VIEWS[view]
        assert [number for _, number in told] == sorted(VIEWS[view])
        assert len(dict(told)) == len(told)


@pytest.mark.asyncio
async def test_a_day_is_a_feed(app: ASGIApp) -> None:
    answer = await asgi.get(app, f"/day/{(NOW + timedelta(hours=8)).date()}.atom")
    assert len(_told(answer.body, "atom")[1]) == 50


@pytest.mark.asyncio
async def test_entries_are_those_of_outputs(app: ASGIApp, backend: Held) -> None:
    one = next(iter(backend.store.stories.latest(1)))
    assert (one.uid, 0) == _told((await asgi.get(app, "/latest.json")).body, "json")[1][0]


@pytest.mark.asyncio
async def test_a_feed_is_revalidated_compressed_and_follows_the_store(app: ASGIApp, backend: Held) -> None:
    address = "/search.atom?q=%E9%99%8D%E5%87%86"
    first = await asgi.get(app, address, {"accept-encoding": "gzip"})
    assert (first.status, first.headers["content-encoding"]) == (200, "gzip")
    asked = {"accept-encoding": "gzip", "if-none-match": first.headers["etag"]}
    assert (await asgi.get(app, address, asked)).status == 304
    # the same list asked for in other words is the same document
    assert (await asgi.get(app, f"{address}&older=1-1&q=&lang=en&x=y", asked)).status == 304
    backend.store.articles.commit([plan(article("第99号公告", text="又降准", published=NOW), slug="yaowen")], LATER)
    indexed(backend.store)
    backend.turn += 1
    after = await asgi.get(app, address, asked)
    assert after.status == 200
    assert after.headers["etag"] != first.headers["etag"]


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/search.atom?q=%22", 400),
        ("/search.atom?q=after:x", 400),
        ("/search.atom", 400),
        ("/search.rss?q=" + "x" * 10_000, 400),
        ("/latest.json?after=2026-13-01", 400),
        ("/day/2026-13-01.atom", 404),
        ("/symbol/..atom", 404),
        ("/symbol/.atom", 404),
        ("/latest.exe", 404),
        ("/search.html", 404),
        ("/outlet/" + "x" * 10_000 + ".rss", 404),
    ],
)
async def test_what_makes_no_sense_is_refused_in_words(app: ASGIApp, address: str, status: int) -> None:
    answer = await asgi.get(app, address)
    assert answer.status == status
    assert "<h1>" in answer.body.decode()
