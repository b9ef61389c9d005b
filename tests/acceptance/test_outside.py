"""A running daemon from outside: feeds of every list, archive pages, OPML, the API, a poll by button, bad input."""

from __future__ import annotations

import json
import re
import sqlite3
import urllib.error
import urllib.request
import warnings
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any
from urllib.parse import quote, urlsplit

import feedparser
import pytest
from lxml import etree, html
from starlette.routing import Mount, Route

from aggregator.web import create_app
from tests.support import place as places
from tests.support.made import OWN, item, rss, serve
from tests.support.origin import client
from tests.support.origin.client import Origin
from tests.support.place import Place, eventually
from tests.support.stories import FakeBackend

COUNT = 230  #: stories; the output shows 100, and a page of its past holds 100
SENTINEL = "<script>sentinel()</script>"
HOSTILE = f"甲{SENTINEL}"
_STOCK = (
    '<p>关注<span id="stock_sh600941"><a href="https://finance.example.com/sh600941">中国移动</a></span>的样本。</p>'
)
_LONG = "<p>" + "样本公司三季度营收同比增长，海外订单占比提升。" * 9 + "</p>"

#: The page of a list, and how many stories it has.
VIEWS = {
    "/": COUNT,
    "/symbol/600941.SH": COUNT // 10,
    f"/category/{quote('宏观')}": COUNT // 2,
    f"/outlet/{quote('示例日报')}": COUNT // 2,
    "/day/2026-11-22": COUNT // 2,
    f"/search?q={quote('降准')}": -(-COUNT // 3),
    f"/?feed=a&q={quote('降准')}": 39,
}


def _items(numbers: range) -> str:
    return rss(
        *(
            item(
                f"第{number}号{'降准' if number % 3 == 0 else '回购'}公告",
                guid=f"guid-{number}",
                date=f"Sun, {22 + number // (COUNT // 2)} Nov 2026 0{number % 115 // 60}:{number % 60:02}:00 GMT",
                body=f"<p>来源：{'示例日报' if number < COUNT // 2 else '样本周刊'}</p>{_LONG}<p>编号{number}。"
                f"{SENTINEL}<img src=x onerror=sentinel()></p>{_STOCK if number % 10 == 0 else ''}",
            )
            for number in numbers
        )
    )


@pytest.fixture(scope="module")
def source() -> Iterator[Origin]:
    """An origin of this module's own: its daemon lives as long."""
    with client.running() as running:
        yield running


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory, source: Origin) -> Iterator[Place]:
    """A daemon that has polled two feeds, and indexed all stories."""
    half = COUNT // 2
    place = places.make(tmp_path_factory.mktemp("outside"), source.url)
    serve(source, "a", _items(range(half)))
    serve(source, "b", _items(range(half, COUNT)))
    address = f"{source.url}/made"
    place.feeds(
        {"name": HOSTILE, "slug": "a", "url": f"{address}/a.xml", "categories": ["宏观"], **OWN},
        {"name": "乙", "slug": "b", "url": f"{address}/b.xml", **OWN},
    )
    assert place.run("update", "--all").returncode == 0
    assert "降准" in place.run("search", "降准").stdout  # which indexes everything
    (database,) = place.data.glob("*[!h].sqlite")
    with closing(sqlite3.connect(database)) as opened, opened:
        # As if polled a while ago: what was polled within a minute is left alone.
        opened.execute("UPDATE subscription SET last_polled = last_polled - 120000000")
    with place.daemon():
        yield place


def _json(place: Place, path: str) -> Any:
    status, _, body = place.get(path)
    assert status == 200, body
    return json.loads(body)


def _path(address: str) -> str:
    parts = urlsplit(address)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def _read(body: bytes, media_type: str) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        parsed = feedparser.parse(body, response_headers={"content-type": media_type})
    assert not parsed.bozo
    return parsed


def _ids(body: bytes, media_type: str) -> list[str]:
    if media_type.startswith("application/feed+json"):
        return [one["id"] for one in json.loads(body)["items"]]
    return [one.id for one in _read(body, media_type).entries]


@pytest.mark.parametrize("view", VIEWS)
def test_a_list_is_offered_as_three_feeds_with_its_stories(here: Place, view: str) -> None:
    status, _, body = here.get(view)
    assert status == 200
    page = html.document_fromstring(body)
    shown = [
        f"urn:uuid:{one.rpartition('/')[2]}" for one in page.xpath("//article//h2/a/@href | //article//h3/a/@href")
    ]
    links = [one for one in page.xpath("//head/link[@rel='alternate'][@type]/@href") if "/feeds/" not in one]
    assert len(links) == 3
    told = []
    for link in links:
        status, headers, body = here.get(_path(link))
        assert (status, b"sentinel()" in body) == (200, False)
        told.append(_ids(body, headers["content-type"]))
    assert told[0] == told[1] == told[2]
    assert len(set(told[0])) == min(VIEWS[view], 50)
    assert shown
    if "search" not in view:  # the page of a search has the best first
        assert told[0][: len(shown)] == shown


def test_all_stories_are_reached_on_every_way(here: Place) -> None:
    """The past of an output (RFC 5005) and the cursors of the API lead to each story exactly once."""
    listed: Counter[str] = Counter()
    address = "/api/v1/stories?limit=60"
    while address:
        told = _json(here, _path(address))
        listed.update(one["id"] for one in told["stories"])
        address = told["older"]
    opml = etree.fromstring(here.get("/outputs.opml")[2])
    (atom,) = [one for one in opml.xpath("//outline/@xmlUrl") if one.endswith(".atom")] or opml.xpath(
        "//outline/@xmlUrl"
    )
    walked: Counter[str] = Counter()
    documents = 0
    address = re.sub(r"\.rss$", ".atom", atom)
    while address:
        status, headers, body = here.get(_path(address))
        assert status == 200, address
        parsed = _read(body, headers["content-type"])
        walked.update(one.id for one in parsed.entries)
        documents += 1
        address = next((one.href for one in parsed.feed.links if one.rel == "prev-archive"), "")
    assert set(listed.values()) == set(walked.values()) == {1}
    assert set(listed) == set(walked)
    assert (len(listed), documents >= 3) == (COUNT, True)


def test_a_poll_by_button_brings_what_is_new(here: Place, source: Origin) -> None:
    before = len(source.log("/made/b.xml"))
    new = item("刚刚发布的样本消息", guid="new", date="Mon, 23 Nov 2026 09:00:00 GMT")
    serve(source, "b", _items(range(COUNT // 2, COUNT)).replace("<item>", f"{new}<item>", 1))

    def press(**headers: str) -> int:
        request = urllib.request.Request(f"{here.base}/subscriptions/b/poll", data=b"", headers=headers)
        try:
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            with error:
                return error.code

    assert press(Origin="http://elsewhere.example") == 403
    assert press(Origin=here.base) == 200  # behind the redirect
    eventually(lambda: len(source.log("/made/b.xml")) > before, 60, here.log)
    eventually(lambda: "刚刚发布的样本消息" in here.get("/")[2].decode(), 60, here.log)
    here_is = _json(here, "/api/v1/subscriptions/b")
    assert (here_is["level"], here_is["silence"], here_is["failures"]) == ("ok", None, 0)

    assert here.run("search", "发布的样本").stdout.count("刚刚发布") == 1


_WRONG = (
    "x",
    "%00",
    "..%2f..%2fetc%2fpasswd",
    "%ff%fe",
    "%2e%2e",
    "a" * 10_000,
    quote(SENTINEL),
    "999999999999999999999999",
)
_ASKED = (
    "",
    "?page=99999999",
    "?older=1-99999999999999999999",
    "?limit=-1",
    f"?q={'%E5%A4%AE' * 3_500}",
    "?q=%ff%00",
    "?after=0000",
    f"?q={quote('(a+)+$ NEAR/0 * OR')}",
    f"?q=title:{quote(SENTINEL)}",
    "?symbol=%00&feed=..%2f&lang=xx",
)


def _routes(routes: Any, before: str = "") -> Iterator[str]:
    for one in routes:
        if isinstance(one, Mount):
            yield before + one.path + "/{rest}"
            yield from _routes(one.routes or [], before + one.path)
        elif isinstance(one, Route):
            yield before + one.path


def test_nonsense_is_refused_in_words_on_every_address(here: Place) -> None:
    paths = sorted({re.sub(r":\w+", "", one) for one in _routes(create_app(FakeBackend())._rest.routes)})  # type: ignore[attr-defined]
    assert len(paths) > 30
    asked = [(path + query, {}) for path in paths if "{" not in path for query in _ASKED]
    asked += [(re.sub(r"{\w+}", lambda _: wrong, path), {}) for path in paths if "{" in path for wrong in _WRONG]  # noqa: B023
    asked += [
        (re.sub(r"{\w+}", "x", path), {"Accept": accept})
        for path in paths
        for accept in ("image/png", ";;q=x,/", "*/*;q=0")
    ]

    def ask(one: tuple[str, dict[str, str]]) -> tuple[str, int, str, bytes]:
        status, headers, body = here.get(one[0], **one[1])
        return one[0], status, headers.get("content-type", ""), body

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, asked))
    assert [one[:2] for one in answers if one[1] >= 500 and not one[0].startswith(("/readyz", "/healthz"))] == []
    assert [one[0] for one in answers if SENTINEL.encode() in one[3] and "html" in one[2]] == []
    for address, status, kind, body in answers:
        if status >= 400 and address.startswith("/api/v1/"):
            assert kind.startswith("application/problem+json"), (address, status, body)
            assert json.loads(body)["detail"], address
    pages = [body for address, status, kind, body in answers if status in (400, 404) and kind.startswith("text/html")]
    assert len(pages) > 50
    assert all(b"<h1" in body and b'href="/' in body for body in pages)
    assert here.get("/healthz")[0] == 200


@pytest.mark.parametrize(
    "page", ["/", "/subscriptions", "/about", "/search?q=" + quote("样本"), "/outputs.opml", "/metrics"]
)
def test_what_feeds_state_is_no_mark_up(here: Place, page: str) -> None:
    status, _, body = here.get(page)
    assert status == 200
    assert SENTINEL.encode() not in body
    assert b"onerror" not in body
