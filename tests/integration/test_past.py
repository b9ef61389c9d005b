"""The past of an output, walked as a client walks it (RFC 5005 §4): over HTTP semantics, read by feedparser."""

from __future__ import annotations

import json
import warnings
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import feedparser
import pytest

from aggregator import publish
from aggregator.app import past
from aggregator.models import Article, Output, PastPlace, Site
from aggregator.store import Store
from aggregator.store.past import FEW, filters_of
from tests.support import feedcheck
from tests.support.stores import store, template
from tests.support.writes import MINUTE, NOW, article, plan

__all__ = ["store", "template"]

SITE = Site("https://news.example.org")
OUTPUT = Output("all", "全部", limit=20, full_text=False)
LATER = NOW + timedelta(days=1)


class Shown:
    """What the outputs of a store show, without a daemon around it. Stands in for app.App."""

    def __init__(self, held: Store, site: Site = SITE) -> None:
        self.store = held
        self.store.past.size = 25
        self.config: Any = self
        self.settings: Any = self
        self.archive: Any = self
        self.rewrite_images = False
        self.site = site

    def clock(self) -> Any:
        return LATER

    def subscription(self, output: Output, form: str = "atom") -> bytes:
        """The document that readers subscribe to, as the Republisher makes it."""
        told = self.store.stories.select(output, LATER)
        spot = past.subscription(self.store.past, output, told, LATER)
        return publish.documents(replace(output, formats=(form,)), self.site, told, now=LATER, spot=spot)[form]

    def get(self, output: Output, address: str) -> past.Page:
        """An archive page by its address."""
        name, _, form = address.removeprefix(f"{self.site.base_url}/feeds/{output.slug}/archive/").rpartition(".")
        found = past.page(self, output, name, form)  # type: ignore[arg-type]
        assert found is not None, address
        return found

    def fill(self, output: Output) -> None:
        """Note all pages that are full."""
        while found := self.store.past.fill(output, LATER):
            self.store.past.seal(found)


def _many(first: int, count: int, *, hours: int = 0, **fields: Any) -> list[Article]:
    """Articles of different stories, a minute apart; `hours` later than the first of all."""
    begin = NOW - timedelta(days=9)
    return [
        article(f"第{number}号", published=begin + timedelta(hours=hours) + number * MINUTE, **fields)
        for number in range(first, first + count)
    ]


def _read(body: bytes) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        parsed = feedparser.parse(body, response_headers={"content-type": "application/atom+xml"})
    assert not parsed.bozo
    return parsed


def _link(parsed: Any, rel: str) -> str | None:
    return next((one.href for one in parsed.feed.links if one.rel == rel), None)


def _walk(shown: Shown, output: Output, meanwhile: Callable[[int], None] = lambda _: None) -> list[list[str]]:
    """Ids of the entries of each document, from the subscription document to the oldest page."""
    parsed = _read(shown.subscription(output))
    found = [[entry.id for entry in parsed.entries]]
    seen = set()
    while address := _link(parsed, "prev-archive"):
        assert address not in seen
        seen.add(address)
        meanwhile(len(found))
        body = shown.get(output, address).body
        assert feedcheck.faults(body, "application/atom+xml", address=address, now=LATER) == []
        parsed = _read(body)
        assert _link(parsed, "self") == address
        assert _link(parsed, "current") == f"{SITE.base_url}/feeds/{output.slug}.atom"
        assert b"<fh:archive/>" in body
        found.append([entry.id for entry in parsed.entries])
    return found


def _all(held: Store, output: Output = OUTPUT) -> Counter[str]:
    return Counter(one.uid for one in held.stories.select(replace(output, limit=100_000), LATER))


def _once(walked: list[list[str]]) -> Counter[str]:
    return Counter(uid for page in walked for uid in page)


@pytest.mark.parametrize("filled", [True, False], ids=["full pages", "open pages only"])
@pytest.mark.parametrize("count", [0, 19, 20, 21, 45, 120, 3_000])
def test_the_walk_returns_every_story_once(store: Store, count: int, filled: bool) -> None:
    if count == 3_000 and not filled:
        count = 300  # each open page is a query of its own; what is not to be shown here is time
    store.articles.commit([plan(*_many(0, count))], LATER)
    shown = Shown(store)
    if filled:
        shown.fill(OUTPUT)
    walked = _walk(shown, OUTPUT)
    assert _once(walked) == _all(store)
    assert sum(_once(walked).values()) == count
    assert max(map(len, walked)) <= 25


@pytest.mark.parametrize("filled", [True, False])
def test_it_does_while_stories_come_and_go(store: Store, filled: bool) -> None:
    store.articles.commit([plan(*_many(0, 400))], LATER)
    before = _all(store)
    shown = Shown(store)
    gone: set[str] = set()

    def meanwhile(step: int) -> None:
        if filled:
            shown.fill(OUTPUT)
        new = _many(1_000 + 30 * step, 30, hours=100)
        late = _many(2_000 + 5 * step, 5, hours=-100)  # found now, told long ago
        away = replace(_many(step * 7, 1)[0], deleted=True)  # old ones first: the walk comes to them last
        gone.add(
            next(
                iter(
                    one.uid
                    for one in store.stories.select(replace(OUTPUT, limit=100_000), LATER)
                    if one.head.article.title == away.title
                )
            )
        )
        store.articles.commit([plan(*new, *late, away)], LATER)

    walked = _once(_walk(shown, OUTPUT, meanwhile))
    assert max(walked.values()) == 1
    assert not (before.keys() - gone) - walked.keys()
    assert _once(_walk(shown, OUTPUT)) == _all(store)


def test_the_newest_being_withdrawn_meanwhile_loses_no_other(store: Store) -> None:
    store.articles.commit([plan(*_many(0, 100))], LATER)
    shown, before = Shown(store), _all(store)

    def meanwhile(step: int) -> None:
        store.articles.commit([plan(replace(_many(100 - step, 1)[0], deleted=True))], LATER)

    assert _once(_walk(shown, OUTPUT, meanwhile)) == before


def test_a_full_page_keeps_its_members_and_its_address(store: Store) -> None:
    store.articles.commit([plan(*_many(0, 200))], LATER)
    shown = Shown(store)
    shown.fill(OUTPUT)
    address = f"{SITE.base_url}/feeds/all/archive/{PastPlace(filters_of(OUTPUT), 3)}.atom"
    first = _read(shown.get(OUTPUT, address).body)
    assert shown.get(OUTPUT, address).full
    store.articles.commit([plan(*_many(500, 300), *_many(900, 40, hours=-50))], LATER)
    shown.fill(OUTPUT)
    again = _read(shown.get(OUTPUT, address).body)
    assert [one.id for one in again.entries] == [one.id for one in first.entries]
    assert len(first.entries) == 25
    assert (_link(first, "next-archive"), _link(again, "prev-archive")) == tuple(
        address.replace("-3.atom", f"-{number}.atom") for number in (4, 2)
    )


def test_what_is_imported_from_long_ago_is_walked_before_new_stories_push_it_on(store: Store) -> None:
    store.articles.commit([plan(*_many(0, 60))], LATER)
    shown = Shown(store)
    shown.fill(OUTPUT)
    store.articles.commit([plan(*_many(100, 130, hours=-900))], LATER)
    shown.fill(OUTPUT)
    assert _once(_walk(shown, OUTPUT)) == _all(store)
    store.articles.commit([plan(*_many(600, 30))], LATER)
    shown.fill(OUTPUT)
    assert _once(_walk(shown, OUTPUT)) == _all(store)
    assert len(store.stories.select_ids(replace(OUTPUT, limit=1_000), LATER)) == 220


def test_merged_stories_are_one_in_the_next_walk(store: Store) -> None:
    store.articles.commit([plan(*_many(0, 200))], LATER)
    shown = Shown(store)
    shown.fill(OUTPUT)
    survivor, absorbed = _many(10, 1)[0], _many(150, 1)[0]
    # The later one is edited to say what the earlier said, on its day: one story.
    store.articles.commit(
        [plan(replace(absorbed, title=survivor.title, text=survivor.text, published=survivor.published))], LATER
    )
    walked = _once(_walk(shown, OUTPUT))
    assert walked == _all(store)
    assert sum(walked.values()) == 199


FILTERED = [
    Output("f", "F", limit=10, full_text=False, symbols=("600941.SH",)),
    Output("f", "F", limit=10, full_text=False, outlets=("甲报",)),
    Output("f", "F", limit=10, full_text=False, include=("降准",)),
    Output("f", "F", limit=10, full_text=False, exclude=("7",)),
    Output("f", "F", limit=10, full_text=False, outlets=("甲报",), include=("降准",), exclude=("7号",)),
]


@pytest.mark.parametrize("filled", [True, False])
@pytest.mark.parametrize("output", FILTERED, ids=str)
def test_outputs_with_filters_are_walked_whole(store: Store, output: Output, filled: bool) -> None:
    from tests.support.stories import SYMBOL

    given = [
        replace(
            one,
            outlet="甲报" if number % 3 == 0 else "乙报",
            text=f"{one.title}，降准" if number % 2 == 0 else one.text,
            symbols=(SYMBOL,) if number % 4 == 0 else (),
        )
        for number, one in enumerate(_many(0, 500))
    ]
    store.articles.commit([plan(*given)], LATER)
    shown = Shown(store)
    if filled:
        shown.fill(output)
    assert _once(_walk(shown, output)) == _all(store, output)
    assert sum(_all(store, output).values()) > 60


def test_other_filters_have_other_pages(store: Store) -> None:
    store.articles.commit([plan(*_many(0, 100))], LATER)
    shown = Shown(store)
    shown.fill(OUTPUT)
    place = str(PastPlace(filters_of(OUTPUT), 1))
    assert past.page(shown, OUTPUT, place, "atom")  # type: ignore[arg-type]
    assert past.page(shown, replace(OUTPUT, outlets=("甲报",)), place, "atom") is None  # type: ignore[arg-type]
    assert past.page(shown, replace(OUTPUT, limit=3), place, "atom")  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["", "01", "0-1", "../1", f"{'0' * 8}-1", "x" * 99, "9" * 8 + "-1-2", "01234567-01"])
def test_what_names_no_page_is_none(store: Store, name: str) -> None:
    store.articles.commit([plan(*_many(0, 100))], LATER)
    shown = Shown(store)
    shown.fill(OUTPUT)
    for own in (name, f"{filters_of(OUTPUT)}-{name}", f"{filters_of(OUTPUT)}-99", f"{filters_of(OUTPUT)}-0"):
        assert past.page(shown, OUTPUT, own, "atom") is None  # type: ignore[arg-type]
    assert past.page(shown, OUTPUT, f"{filters_of(OUTPUT)}-1", "rss") is None  # type: ignore[arg-type]


def test_json_feeds_go_on_by_next_url(store: Store) -> None:
    store.articles.commit([plan(*_many(0, 150))], LATER)
    shown = Shown(store)
    shown.fill(OUTPUT)
    feed = json.loads(shown.subscription(OUTPUT, "json"))
    ids = [one["id"] for one in feed["items"]]
    while address := feed.get("next_url"):
        feed = json.loads(shown.get(OUTPUT, address).body)
        ids += [one["id"] for one in feed["items"]]
    assert Counter(ids) == _all(store)


def test_few_new_stories_are_not_looked_at_again_and_again(store: Store) -> None:
    rare = replace(OUTPUT, outlets=("稀报",))
    store.articles.commit([plan(*_many(0, FEW + 200))], LATER)
    shown = Shown(store)
    shown.fill(rare)
    assert store.past.fill(rare, LATER) is None
    store.articles.commit([plan(*_many(5_000, 30))], LATER)
    assert store.past.fill(rare, LATER) is None


def test_two_that_look_at_once_note_a_page_once(store: Store) -> None:
    store.articles.commit([plan(*_many(0, 200))], LATER)
    shown = Shown(store)
    first, second = store.past.fill(OUTPUT, LATER), store.past.fill(OUTPUT, LATER)
    assert first is not None
    assert second is not None
    store.past.seal(first)
    shown.fill(OUTPUT)
    before = _walk(shown, OUTPUT)
    store.past.seal(second)
    assert _walk(shown, OUTPUT) == before
