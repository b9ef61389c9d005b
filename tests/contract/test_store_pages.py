"""Pages that are to be asked again: the full-text queue as people steer it, and looks that are due."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from aggregator.models import Completeness, Observation, Plan, Retry, Sight, Tried
from aggregator.store import Store
from tests.support.writes import MINUTE, NOW, article, plan, write

SUMMARY = Completeness.SUMMARY
DAY = timedelta(days=1)


def _summary(name: str, **changes: object):
    return write(article(name, text="导语", completeness=SUMMARY, **changes), retry="超时")


def test_every_reason_is_kept_and_a_row_that_was_given_up_stays(store: Store) -> None:
    store.articles.commit([plan(_summary("x"))], NOW)
    (queued,) = store.articles.retries(NOW + 5 * MINUTE, 10)
    history = (*queued.history, Tried("answered 500", NOW + MINUTE, NOW + DAY, 7))
    over = replace(queued, attempts=8, next_at=None, reason="answered 500", history=history)
    store.articles.commit([Plan("a", retries=(over,))], NOW)
    assert store.pages.retries([1, 2]) == {1: over}
    assert (store.pages.queued(), store.pages.queued(given_up=True), store.pages.queued(given_up=False)) == (
        [1],
        [1],
        [],
    )
    (status, _) = store.subscriptions.statuses()
    assert (status.slug, status.waiting, status.given_up) == ("a", 0, 1)


def test_trying_now_opens_what_was_given_up_and_what_was_never_queued(store: Store) -> None:
    never = write(article("y", text="导语", completeness=SUMMARY))
    nowhere = write(article("n", text="导语", completeness=SUMMARY, url=None))
    store.articles.commit([plan(_summary("x"), never, article("z"), nowhere)], NOW)
    (queued,) = store.articles.retries(NOW + 5 * MINUTE, 10)
    store.articles.commit([Plan("a", retries=(replace(queued, next_at=None, attempts=9),))], NOW)
    assert store.pages.try_now([1, 2, 3, 4, 99], NOW + DAY) == [1, 2]
    first, second = store.articles.retries(NOW + DAY, 10)
    assert (first.attempts, first.since, first.history) == (0, NOW + DAY, queued.history)
    assert second == Retry(2, "https://finance.example.com/y.html", 0, NOW + DAY, NOW + DAY, "asked for")
    statuses = {one.slug: (one.waiting, one.given_up) for one in store.subscriptions.statuses()}
    assert statuses == {"a": (2, 0), "b": (0, 0)}


def test_looks_that_were_asked_for_are_due_until_they_are_made(store: Store) -> None:
    store.articles.commit([plan(article("x"), article("y"))], NOW)
    store.articles.commit([Plan("a", observations=(Observation(2, NOW, Sight.ABSENT, "404"),))], NOW)
    store.pages.check_now([1, 2], NOW + DAY)
    assert store.pages.due_checks(NOW, 10) == []
    assert store.pages.due_checks(NOW + DAY, 10) == [1, 2]
    assert store.pages.checks([2])[2].absent == 1
    made = Observation(1, NOW + DAY, Sight.PRESENT, asked=True)
    again = Observation(2, NOW + DAY, Sight.ABSENT, "404", asked=True, next_at=NOW + 2 * DAY)
    store.articles.commit([Plan("a", observations=(made, again))], NOW + DAY)
    assert store.pages.due_checks(NOW + DAY, 10) == []
    assert store.pages.due_checks(NOW + 2 * DAY, 10) == [2]


def test_articles_that_come_to_an_age_are_looked_at_once(store: Store) -> None:
    at = [NOW - DAY * days for days in (3, 1.6, 1.2, 0.5)]
    names = [article(name, published=when) for name, when in zip("abcd", at, strict=True)]
    flash = article("f", published=at[2], completeness=Completeness.FLASH)
    store.articles.commit([plan(*names, flash)], NOW)
    assert store.pages.of_age(DAY, NOW, 10) == [3]  # not the one that is far past that age: it came while it was off
    assert store.pages.of_age(2 * DAY, NOW + DAY, 10) == [2, 3]
    store.articles.commit([Plan("a", observations=(Observation(3, NOW, Sight.FAILED, "503", asked=True),))], NOW)
    assert store.pages.of_age(DAY, NOW, 10) == []
    assert store.pages.of_age(2 * DAY, NOW + DAY, 10) == [2, 3]


def test_articles_since_a_time_leave_out_what_was_withdrawn(store: Store) -> None:
    gone = article("g", deleted=True, text="", html="", completeness=SUMMARY)
    store.articles.commit([plan(article("x", published=NOW - 2 * DAY), article("y"), gone)], NOW)
    assert store.pages.since(NOW - DAY) == [2]
    assert store.pages.since(NOW - 3 * DAY) == [1, 2]
