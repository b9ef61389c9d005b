"""Letting go of old text: what goes, and what must stay known."""

from __future__ import annotations

from datetime import timedelta

from aggregator.models import Output
from aggregator.store import Store
from tests.support.writes import NOW, article, dump, plan

DAY = timedelta(days=1)


def test_old_text_goes_and_everything_that_identifies_stays(store: Store) -> None:
    old = article("x", docid="abcdefg1234567", original="---\n---\n正文")
    store.articles.commit([plan(old)], NOW - 400 * DAY)
    store.articles.commit([plan(article("y"))], NOW)
    assert store.retention.prune(NOW - 365 * DAY) == 1
    assert store.retention.prune(NOW - 365 * DAY) == 0
    blank = store.articles.get("abcdefg1234567")
    assert blank is not None
    assert (blank.article.html, blank.article.text, blank.article.original) == ("", "", None)
    assert (blank.article.title, blank.article.url) == (old.title, old.url)
    assert [story.head.article.html != "" for story in store.stories.select(Output("all", "全部"), NOW)] == [
        True,
        False,
    ]


def test_what_was_let_go_does_not_come_back(store: Store) -> None:
    given = article("x", docid="abcdefg1234567")
    store.articles.commit([plan(given)], NOW - 400 * DAY)
    store.retention.prune(NOW - 365 * DAY)
    (outcome,) = store.articles.commit([plan(given)], NOW)
    assert (outcome.new, outcome.revised) == (0, 0)
    assert len(store.stories.latest(10)) == 1


def test_at_most_so_many_at_a_time(store: Store) -> None:
    store.articles.commit([plan(*(article(f"x{number}") for number in range(5)))], NOW - 400 * DAY)
    assert [store.retention.prune(NOW, limit=2) for _ in range(4)] == [2, 2, 1, 0]


def test_texts_that_lie_beside_a_blank_one_stay_readable(store: Store) -> None:
    given = [article(f"x{number}") for number in range(5)]
    store.articles.commit([plan(*given)], NOW - 400 * DAY)
    assert store.retention.prune(NOW, limit=2) == 2
    left = [one.article for one in store.articles.iterate()]
    assert left[2:] == given[2:]
    assert [one.html for one in left[:2]] == ["", ""]
    assert len(dump(store)["body"]) == 1
    store.retention.prune(NOW)
    assert dump(store)["body"] == []


def test_a_post_without_text_loses_its_file_too(store: Store) -> None:
    store.articles.commit([plan(article("x", text="", html="", original="---"))], NOW - 400 * DAY)
    assert [store.retention.prune(NOW) for _ in range(2)] == [1, 0]
    (blank,) = store.articles.iterate()
    assert blank.article.original is None
