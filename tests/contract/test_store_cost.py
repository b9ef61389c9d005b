"""What the store's calls cost: numbers of statements and the plans SQLite makes for them, never times."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import pytest

from aggregator.models import Found, Output, Plan, Sighting, SubscriptionState, Symbol
from aggregator.store import Store
from tests.support.stores import statements
from tests.support.writes import MINUTE, NOW, article, entry, key, plan, subscription, write

pytestmark = pytest.mark.sqlite

SLUGS = [f"s{number}" for number in range(50)]


@pytest.fixture
def many(store: Store) -> Store:
    """The store with fifty subscriptions and an article."""
    store.subscriptions.sync([subscription(slug) for slug in SLUGS], NOW)
    symbols = (Symbol("600941.SH", Found.MARKUP, "sh600941"),)
    store.articles.commit([plan(article("first", symbols=symbols), slug="s0")], NOW)
    return store


def _plans(name: str, plans: int, writes: int) -> list[Plan]:
    """New articles, each with a print near that of another one, and states of their subscriptions."""
    return [
        plan(
            *(write(article(f"{name}-{slug}-{number}"), fingerprint=number << 20) for number in range(writes)),
            slug=slug,
            state=SubscriptionState(slug, last_polled=NOW),
        )
        for slug in SLUGS[:plans]
    ]


def test_a_commit_takes_as_many_statements_for_one_article_as_for_thousands(many: Store) -> None:
    taken = []
    for name, plans, writes in (("one", 1, 1), ("many", 50, 50)):
        given = _plans(name, plans, writes)
        with statements(many) as told:
            many.articles.commit(given, NOW)
        new = len(told)
        edited = [
            Plan(
                one.slug,
                tuple(write(article(w.article.entry_id[6:], text="改", categories=(name,))) for w in one.writes),
                tuple(Sighting(f"{name}-{number}", number + 1, "h") for number in range(writes)),
            )
            for one in given
        ]
        with statements(many) as told:
            many.articles.commit(edited, NOW + MINUTE)
        taken.append((new, len(told)))
    assert taken[0] == taken[1]
    assert max(taken[0]) <= 28


def test_reading_takes_as_many_statements_for_one_entry_as_for_hundreds(many: Store) -> None:
    many.articles.commit(_plans("x", 50, 10), NOW)
    names = [f"x-{slug}-{number}" for slug in SLUGS for number in range(10)]
    taken = []
    for some in (names[:1], names):
        entries = [entry(name) for name in some] + [entry(f"new-{name}", docid=name) for name in some]
        with statements(many) as known:
            many.articles.known("s0", entries)
        with statements(many) as near:
            many.articles.neighbours([key(name) for name in some], [(number << 20, NOW) for number in range(len(some))])
        taken.append((len(known), len(near)))
    assert all(known <= 4 and near <= 4 for known, near in taken)


CALLS: dict[str, Callable[[Store], Any]] = {
    "known": lambda store: store.articles.known("s0", [entry("first", docid="d"), entry("new")]),
    "neighbours": lambda store: store.articles.neighbours([key("first")], [(1, NOW)]),
    "commit": lambda store: store.articles.commit(_plans("new", 2, 3), NOW),
    "edit": lambda store: store.articles.commit(
        [plan(article("first", text="改", categories=("新",)), slug="s0")], NOW
    ),
    "select": lambda store: store.stories.select(Output("all", "全部", limit=10), NOW),
    "select by symbol": lambda store: store.stories.select(Output("s", "", symbols=("600941.SH",)), NOW),
    "select by feed and word": lambda store: store.stories.select(Output("w", "", feeds=("s0",), include=("文",)), NOW),
    "select by word": lambda store: store.stories.select(Output("w", "", include=("first", "x"), exclude=("z",)), NOW),
    "learning a word": lambda store: store.words.numbers([f"w{id(store)}", f"{time.monotonic()}"], NOW),
    "looking for words": lambda store: store.words.advance(NOW),
    "letting go of words": lambda store: store.words.advance(NOW + 99 * 1440 * MINUTE),
    "latest": lambda store: store.stories.latest(10),
    "get": lambda store: store.stories.get("urn:uuid:c866dbc9-4aeb-5dd4-b8b2-61b3d085719e"),
    "changed": lambda store: store.articles.changed(0, 10),
    "due pages": lambda store: store.articles.retries(NOW, 10),
    "letting go": lambda store: store.retention.let_go([1, 2], NOW),
}

#: Tables that grow with the archive.
BIG = "story|story_key|article|body|revision|alias|print|appearance|tag|retry|word_hit"


@pytest.mark.parametrize("name", CALLS)
def test_no_call_walks_over_a_table_that_grows(many: Store, name: str) -> None:
    many.articles.neighbours([], [(1, NOW)])
    CALLS[name](many)
    with statements(many) as told:
        CALLS[name](many)
    assert told
    aliases = re.compile(r'"(\w+)" AS "(\w+)"')
    for sql in told:
        names = {short: table for table, short in aliases.findall(sql)}
        values = [None] * len(re.findall(r"\?", sql))
        for *_, step in many._engine.execute_sql(f"EXPLAIN QUERY PLAN {sql}", values).fetchall():
            scanned = re.match(r"SCAN (\w+)(?! USING INDEX| VIRTUAL)", step)
            walks = scanned and re.fullmatch(BIG, names.get(scanned[1]) or scanned[1]) and "USING" not in step
            assert not walks, f"{step}: {sql}"
