"""What is followed: following config, remembering state, telling who is due."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from aggregator.models import Endpoint, Plan, Sighting, SubscriptionState, Validators
from aggregator.store import Store
from tests.support.writes import MINUTE, NOW, article, dump, plan, subscription, write

STATE = SubscriptionState(
    slug="a",
    endpoints={
        "https://one.example.com/": Endpoint(
            "https://one.example.com/",
            Validators('W/"x"', "Sat, 01 Aug 2026 04:00:00 GMT"),
            body_hash="ab",
            failures=2,
            retry_at=NOW + MINUTE,
            gone=True,
            moved_to="https://two.example.com/",
            moved_count=3,
            newest=NOW - MINUTE,
        ),
        "https://two.example.com/": Endpoint("https://two.example.com/"),
    },
    last_polled=NOW,
    last_success=NOW - MINUTE,
    last_new=NOW - 2 * MINUTE,
    next_poll=NOW + 5 * MINUTE,
    failures=4,
    problem="回答了 503",
    problem_since=NOW - 3 * MINUTE,
    spacing=timedelta(seconds=90),
    deep_read_at=NOW - 4 * MINUTE,
    empty_polls=6,
    warning="三天没有新条目",
)


def _slugs(store: Store) -> dict[str, tuple[bool, bool]]:
    return {one.slug: (one.configured, one.enabled) for one in store.subscriptions.statuses()}


def test_state_comes_back_whole(store: Store) -> None:
    store.articles.commit([Plan("a", state=STATE)], NOW)
    assert store.subscriptions.state("a") == STATE
    assert store.subscriptions.states() == {"a": STATE, "b": SubscriptionState("b")}


def test_a_new_state_replaces_the_old_but_endpoints_it_does_not_name_stay(store: Store) -> None:
    store.articles.commit([Plan("a", state=STATE)], NOW)
    fresh = SubscriptionState("a", {"https://two.example.com/": Endpoint("https://two.example.com/", body_hash="cd")})
    store.articles.commit([Plan("a", state=fresh), Plan("b")], NOW)
    state = store.subscriptions.state("a")
    assert (state.last_polled, state.problem, state.failures, state.spacing) == (None, None, 0, None)
    assert state.endpoints["https://one.example.com/"] == STATE.endpoints["https://one.example.com/"]
    assert state.endpoints["https://two.example.com/"].body_hash == "cd"


def test_a_plan_without_state_leaves_it(store: Store) -> None:
    store.articles.commit([Plan("a", state=STATE)], NOW)
    store.articles.commit([plan(article("x"))], NOW)
    assert store.subscriptions.state("a") == STATE


def test_the_outcome_tells_the_problem(store: Store) -> None:
    assert [one.problem for one in store.articles.commit([Plan("a", state=STATE), Plan("b")], NOW)] == [
        "回答了 503",
        None,
    ]


def test_state_and_articles_are_one_transaction(store: Store) -> None:
    store.articles.commit([plan(article("x"), state=STATE)], NOW)
    assert store.subscriptions.state("a").last_polled == NOW
    assert store.articles.counts()["articles"] == 1


def test_a_slug_never_heard_of_has_the_state_of_a_new_one(store: Store) -> None:
    assert store.subscriptions.state("new") == SubscriptionState("new")


def test_sync_inserts_renames_switches_and_never_deletes(store: Store) -> None:
    store.articles.commit([plan(article("x"), state=STATE), plan(article("y"), slug="b")], NOW)
    renamed = subscription("a", name="新名字", categories=("财经",))
    store.subscriptions.sync([renamed, subscription("c")], NOW, disabled=[subscription("d")])
    assert _slugs(store) == {"a": (True, True), "b": (False, False), "c": (True, True), "d": (True, False)}
    assert store.subscriptions.state("a") == STATE
    stored = store.articles.get(1)
    assert stored is not None
    assert (stored.appearances[0].name, stored.appearances[0].categories) == ("新名字", ("财经",))
    assert store.articles.counts()["articles"] == 2

    store.subscriptions.sync([subscription("b")], NOW)
    assert _slugs(store) == {"a": (False, False), "b": (True, True)}  # c and d left nothing behind


def test_a_second_sync_writes_no_row(store: Store) -> None:
    given = [subscription("a", categories=("财经",)), subscription("b")]
    store.subscriptions.sync(given, NOW)
    before = dump(store)
    store.subscriptions.sync(given, NOW + MINUTE)
    assert dump(store) == before


def test_a_new_address_is_due_at_once_with_its_failures_forgotten(store: Store) -> None:
    store.articles.commit([Plan("a", state=STATE)], NOW)
    store.subscriptions.sync([subscription("a", url="https://elsewhere.example.com/")], NOW)
    state = store.subscriptions.state("a")
    assert (state.next_poll, state.failures, state.problem, state.warning) == (NOW, 0, None, None)
    assert state.last_success == STATE.last_success
    assert state.endpoints == STATE.endpoints


def test_due_never_polled_first_then_longest_due(store: Store) -> None:
    store.subscriptions.sync([subscription(slug) for slug in "abcdef"], NOW, disabled=[subscription("g")])
    for slug, minutes in (("a", 0), ("b", 1), ("c", -5), ("d", -9), ("e", None), ("f", 1)):
        at = None if minutes is None else NOW + minutes * MINUTE
        store.articles.commit([Plan(slug, state=SubscriptionState(slug, next_poll=at))], NOW)
    assert store.subscriptions.due(NOW) == ["e", "d", "c", "a"]
    assert store.subscriptions.due(NOW + MINUTE) == ["e", "d", "c", "a", "b", "f"]
    store.subscriptions.sync([subscription("a")], NOW, disabled=[subscription("c")])
    assert store.subscriptions.due(NOW) == ["a"]


def test_poll_now_makes_due_and_lets_held_back_addresses_go(store: Store) -> None:
    store.articles.commit(
        [Plan("a", state=STATE), Plan("b", state=SubscriptionState("b", next_poll=NOW + MINUTE))], NOW
    )
    store.subscriptions.poll_now(["a", "nowhere"])
    assert store.subscriptions.due(NOW) == ["a"]
    one = store.subscriptions.state("a").endpoints["https://one.example.com/"]
    assert (one.validators, one.failures, one.moved_to) == (
        STATE.endpoints[one.url].validators,
        2,
        STATE.endpoints[one.url].moved_to,
    )
    store.subscriptions.poll_now([])


def test_statuses_count_articles_once_and_put_what_is_configured_first(store: Store) -> None:
    twice = Plan("b", sightings=(Sighting("b-1", 1, "h"), Sighting("b-2", 1, "h")))
    store.articles.commit([plan(article("x"), article("y")), twice, plan(article("z"), slug="import")], NOW)
    store.subscriptions.sync([subscription("b")], NOW)
    found = store.subscriptions.statuses()
    assert [(one.slug, one.articles) for one in found] == [("b", 1), ("a", 2), ("import", 1)]
    assert (found[0].name, found[0].url) == ("B", "https://b.example.com/rss")
    assert found[0].state == SubscriptionState("b")


def _remember(store: Store) -> None:
    both = [plan(article("x"), article("y"), slug="a"), plan(article("x"), slug="b")]
    store.articles.commit([replace(one, last_items=b"rows") for one in both], NOW)
    assert (store.subscriptions.last_items("a"), store.subscriptions.last_items("b")) == (b"rows", b"rows")


def test_last_items_stay_until_others_replace_them(store: Store) -> None:
    assert store.subscriptions.last_items("a") is None
    assert store.subscriptions.last_items("unknown") is None
    _remember(store)
    store.articles.commit([plan(article("z"), slug="a", state=SubscriptionState("a", failures=1))], NOW)
    assert store.subscriptions.last_items("a") == b"rows"
    store.articles.commit([Plan("a", last_items=b"other")], NOW)
    assert store.subscriptions.last_items("a") == b"other"
    store.articles.commit([Plan("a", last_items=b"")], NOW)
    assert store.subscriptions.last_items("a") is None
    assert store.subscriptions.last_items("b") == b"rows"


@pytest.mark.parametrize(
    ("change", "left"),
    [
        ("UPDATE appearance SET first_seen = 0 WHERE entry_id = 'entry-y'", (None, b"rows")),
        ("DELETE FROM appearance WHERE entry_id = 'entry-y'", (None, b"rows")),
        ("DELETE FROM article WHERE id = 1", (None, None)),
        ("UPDATE article SET docid = 'late' WHERE id = 1", (None, None)),
        ("UPDATE article SET docid = docid, outlet = 'b'", (b"rows", b"rows")),
        ("DELETE FROM retry", (b"rows", b"rows")),
    ],
)
def test_last_items_are_forgotten_when_an_appearance_is_not_what_it_was(
    store: Store, change: str, left: tuple[bytes | None, ...]
) -> None:
    _remember(store)
    store._engine.execute_sql(change)
    assert (store.subscriptions.last_items("a"), store.subscriptions.last_items("b")) == left


def test_an_edit_forgets_the_last_items_unless_its_plan_brings_new_ones(store: Store) -> None:
    _remember(store)
    edit = plan(write(article("x", text="改过的正文。"), stated_hash="02ff"), slug="a")
    store.articles.commit([edit], NOW + MINUTE)
    assert (store.subscriptions.last_items("a"), store.subscriptions.last_items("b")) == (None, b"rows")
    again = plan(write(article("x", text="又改过的正文。"), stated_hash="03ff"), slug="a")
    store.articles.commit([replace(again, last_items=b"new")], NOW + 2 * MINUTE)
    assert store.subscriptions.last_items("a") == b"new"
