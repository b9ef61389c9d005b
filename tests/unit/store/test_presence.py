from __future__ import annotations

from datetime import timedelta

import pytest

from aggregator.models import Observation, PageCheck, Plan, Sight
from aggregator.store import Store, presence
from tests.support.writes import NOW, article, plan

HOUR = timedelta(hours=1)


def seen(hours: float, sight: str, words: str = "") -> Observation:
    return Observation(1, NOW + hours * HOUR, Sight(sight), words or f"{sight} after {hours:g} h")


def known(*looks: Observation) -> PageCheck:
    check = PageCheck(1)
    for look in looks:
        check = presence.after(check, look)
    return check


@pytest.mark.parametrize(
    ("looks", "removed"),
    [
        ([(0, "absent")], None),
        ([(0, "absent"), (30, "absent")], None),
        ([(0, "absent"), (1, "absent"), (2, "absent")], None),
        ([(0, "absent"), (1, "absent"), (23.9, "absent")], None),
        ([(0, "absent"), (12, "absent"), (24, "absent")], 24),
        ([(0, "absent"), (1, "absent"), (2, "absent"), (24, "absent"), (50, "absent")], 24),
        ([(0, "absent"), (12, "present"), (24, "absent"), (30, "absent")], None),
        ([(0, "absent"), (12, "present"), (24, "absent"), (30, "absent"), (48, "absent")], 48),
        ([(0, "absent"), (12, "failed"), (24, "failed"), (30, "failed"), (36, "absent")], None),
        ([(0, "absent"), (12, "failed"), (20, "absent"), (36, "absent")], 36),
        ([(0, "failed"), (24, "failed"), (48, "failed"), (72, "failed")], None),
        ([(0, "absent"), (12, "absent"), (24, "absent"), (30, "present")], None),
    ],
)
def test_only_repeated_evidence_over_a_day_makes_an_article_removed(
    looks: list[tuple[float, str]], removed: float | None
) -> None:
    check = known(*(seen(hours, sight) for hours, sight in looks))
    assert check.removed_at == (None if removed is None else NOW + removed * HOUR)


def test_failures_are_kept_apart_until_the_page_is_seen() -> None:
    check = known(
        seen(0, "absent", "answered 404"), seen(1, "failed", "took longer than 30 s"), seen(2, "failed", "503")
    )
    assert (check.absent, check.failures, check.failure) == (1, 2, "503")
    assert [one.words for one in check.evidence] == ["answered 404"]
    there = presence.after(check, seen(3, "present"))
    assert there == PageCheck(1, checked_at=NOW + 3 * HOUR, present_at=NOW + 3 * HOUR)


def test_of_much_evidence_the_first_and_the_last_is_kept() -> None:
    check = known(*(seen(hours, "absent") for hours in range(30)))
    assert check.absent == 30
    assert [one.words for one in check.evidence] == [f"absent after {n} h" for n in (0, *range(21, 30))]


def test_looks_are_stored_and_come_back(store: Store) -> None:
    store.articles.commit([plan(article("x"))], NOW)
    for look in (seen(0, "absent", "answered 410"), seen(1, "failed", "超时")):
        store.articles.commit([Plan("a", observations=(look,))], NOW)
    (check,) = store.pages.checks([1, 2]).values()
    assert check == known(seen(0, "absent", "answered 410"), seen(1, "failed", "超时"))
    store.articles.commit([Plan("a", observations=(seen(12, "absent"), seen(25, "absent")))], NOW)
    assert store.pages.removed() == 1
    assert store.pages.checks([1])[1].removed_at == NOW + 25 * HOUR


def test_where_all_is_well_only_a_recheck_is_noted_and_unknown_articles_never(store: Store) -> None:
    store.articles.commit([plan(article("x"))], NOW)
    quiet = (seen(0, "present"), seen(0, "failed"), Observation(99, NOW, Sight.ABSENT, "404"))
    store.articles.commit([Plan("a", observations=quiet)], NOW)
    assert store.pages.checks([1, 99]) == {}
    store.articles.commit([Plan("a", observations=(Observation(1, NOW, Sight.PRESENT, asked=True),))], NOW)
    assert store.pages.checks([1])[1].present_at == NOW


def test_an_article_that_was_removed_at_source_stays_published_as_it_is(store: Store) -> None:
    store.articles.commit([plan(article("x"))], NOW)
    before = store.stories.latest(10)
    looks = tuple(seen(hours, "absent") for hours in (0, 12, 24))
    (outcome,) = store.articles.commit([Plan("a", observations=looks)], NOW)
    assert store.pages.removed() == 1
    assert (outcome.revised, outcome.stories) == (0, frozenset())
    assert store.stories.latest(10) == before
