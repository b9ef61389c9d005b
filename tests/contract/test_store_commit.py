"""Storing: what becomes an article, a revision, an appearance, and what is left alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from aggregator.kit import hashing
from aggregator.models import Completeness, Image, Plan, Retry, Sighting, Tried
from aggregator.store import Store
from tests.support.writes import MINUTE, NOW, article, dump, key, plan, write

SUMMARY = Completeness.SUMMARY


def _one(store: Store, ref: int | str = 1):
    found = store.articles.get(ref)
    assert found is not None
    return found


def test_a_new_article_comes_back_whole(store: Store) -> None:
    given = article("x", docid="abcdefg1234567", aliases=("https://m.example.com/x.html",), original="---\n---\n正文")
    (outcome,) = store.articles.commit([plan(given)], NOW)
    assert (outcome.slug, outcome.new, outcome.revised, outcome.merged, outcome.unchanged) == ("a", 1, 0, 0, 0)
    stored = _one(store)
    assert stored.article == given
    assert (stored.revision, stored.first_seen, stored.revised_at) == (1, NOW, NOW)
    (seen,) = stored.appearances
    assert (seen.slug, seen.name, seen.entry_id, seen.first_seen) == ("a", "A", "entry-x", NOW)
    (story,) = store.stories.latest(10)
    assert outcome.stories == {story.id}
    assert stored.story_uid == story.uid


def test_the_same_commit_again_writes_no_row(store: Store) -> None:
    given = [
        plan(article("x", docid="abcdefg1234567"), article("y")),
        plan(article("x", docid="abcdefg1234567"), slug="b"),
    ]
    store.articles.commit(given, NOW)
    before = dump(store)
    again = store.articles.commit(given, NOW + MINUTE)
    assert dump(store) == before
    assert [(one.new, one.revised, one.unchanged, one.stories) for one in again] == [
        (0, 0, 2, frozenset()),
        (0, 0, 1, frozenset()),
    ]


def test_furniture_makes_no_revision_but_the_stated_hash_is_kept(store: Store) -> None:
    store.articles.commit([plan(article("x"))], NOW)
    same = write(article("x", html="<div><p>x的正文，第一段。</p><p>第二段。</p></div>"), stated_hash="07e1")
    (outcome,) = store.articles.commit([plan(same)], NOW + MINUTE)
    assert (outcome.revised, outcome.unchanged, outcome.stories) == (0, 1, frozenset())
    assert _one(store).revision == 1
    assert dump(store)["appearance"][0][4] == b"\x07\xe1"


def test_a_hash_of_an_older_recipe_makes_no_revision(store: Store) -> None:
    old = article("x", images=(Image("https://n.example.com/a.png"),))
    store.articles.commit([plan(write(old, content_hash=hashing.content(old, version=1)))], NOW)
    again = write(old, stated_hash="07e1")
    (outcome,) = store.articles.commit([plan(again)], NOW + MINUTE)
    assert (outcome.revised, outcome.unchanged) == (0, 1)
    moved = write(replace(old, images=(Image("https://n.example.com/b.png"),)))
    (outcome,) = store.articles.commit([plan(moved)], NOW + MINUTE)
    assert outcome.revised == 1


def test_an_edit_becomes_a_revision_and_the_old_state_stays(store: Store) -> None:
    store.articles.commit([plan(article("x"))], NOW)
    edited = article("x", text="改过的正文", updated=NOW)
    (outcome,) = store.articles.commit([plan(write(edited, cause="edited"))], NOW + MINUTE)
    assert (outcome.new, outcome.revised) == (0, 1)
    stored = _one(store)
    assert (stored.id, stored.revision, stored.revised_at, stored.first_seen) == (1, 2, NOW + MINUTE, NOW)
    assert stored.article == edited
    first, second = store.articles.revisions(1)
    assert (first.number, first.cause, first.at, first.article) == (1, "stated", NOW, article("x"))
    assert (second.number, second.cause, second.at, second.article) == (2, "edited", NOW + MINUTE, edited)


def test_back_to_an_earlier_state_is_one_more_revision(store: Store) -> None:
    for text in ("一", "二", "一"):
        store.articles.commit([plan(article("x", text=text))], NOW)
    assert [revision.article.text for revision in store.articles.revisions(1)] == ["一", "二", "一"]


def test_two_states_of_a_document_in_one_batch(store: Store) -> None:
    first = article("x", docid="abcdefg1234567", text="先")
    second = replace(article("x", text="后"), entry_id="another", docid="abcdefg1234567")
    (outcome,) = store.articles.commit([plan(first, second)], NOW)
    assert (outcome.new, outcome.revised) == (1, 1)
    stored = _one(store)
    assert (stored.revision, stored.article.text) == (2, "后")
    assert {seen.entry_id for seen in stored.appearances} == {"entry-x", "another"}


def test_a_summary_never_replaces_a_full_text_but_its_title_counts(store: Store) -> None:
    store.articles.commit([plan(article("x"))], NOW)
    teaser = article("x", text="导语", completeness=SUMMARY, title="改过的标题")
    (outcome,) = store.articles.commit([plan(teaser)], NOW + MINUTE)
    assert outcome.revised == 1
    stored = _one(store)
    assert (stored.article.title, stored.article.text) == ("改过的标题", article("x").text)
    assert stored.article.completeness is Completeness.FULL
    (again,) = store.articles.commit([plan(teaser)], NOW + 2 * MINUTE)
    assert (again.revised, again.unchanged) == (0, 1)


def test_a_withdrawal_keeps_the_text_and_hides_the_story(store: Store) -> None:
    store.articles.commit([plan(article("x"))], NOW)
    gone = article("x", text="", html="", completeness=SUMMARY, deleted=True)
    (outcome,) = store.articles.commit([plan(gone)], NOW + MINUTE)
    assert (outcome.revised, len(outcome.stories)) == (1, 1)
    stored = _one(store)
    assert stored.article.deleted
    assert stored.article.text == article("x").text
    assert store.articles.revisions(1)[-1].cause == "withdrawn"
    assert store.stories.latest(10) == []
    before = dump(store)
    store.articles.commit([plan(gone)], NOW + 2 * MINUTE)
    assert dump(store) == before
    store.articles.commit([plan(article("x", text="又来了"))], NOW + 3 * MINUTE)
    assert store.articles.revisions(1)[-1].cause == "restored"
    assert len(store.stories.latest(10)) == 1


def test_a_tombstone_of_something_never_seen_is_kept_unpublished(store: Store) -> None:
    store.articles.commit([plan(article("x", text="", html="", completeness=SUMMARY, deleted=True))], NOW)
    assert store.articles.counts()["withdrawn"] == 1
    assert store.stories.latest(10) == []


def test_an_upgrade_without_a_sighting_leaves_appearances_alone(store: Store) -> None:
    store.articles.commit([plan(write(article("x", text="导语", completeness=SUMMARY), retry="超时"))], NOW)
    before = dump(store)["appearance"]
    upgrade = write(article("x"), stated_hash=None, article_id=1, cause="full text")
    (outcome,) = store.articles.commit([plan(upgrade, slug="b")], NOW + MINUTE)
    assert outcome.revised == 1
    assert dump(store)["appearance"] == before
    assert [revision.cause for revision in store.articles.revisions(1)] == ["stated", "full text"]


def test_sightings_add_an_appearance_and_touch_the_story(store: Store) -> None:
    store.articles.commit([plan(article("x"))], NOW)
    seen = Plan("b", sightings=(Sighting("b-1", 1, "h"), Sighting("gone", 99, "h")))
    (outcome,) = store.articles.commit([seen], NOW + MINUTE)
    assert (outcome.new, outcome.unchanged, len(outcome.stories)) == (0, 2, 1)
    assert [(one.slug, one.first_seen) for one in _one(store).appearances] == [("a", NOW), ("b", NOW + MINUTE)]
    before = dump(store)
    (again,) = store.articles.commit([seen], NOW + 2 * MINUTE)
    assert dump(store) == before
    assert again.stories == frozenset()


def test_retries_are_queued_replaced_closed_and_cleared(store: Store) -> None:
    teaser = write(article("x", text="导语", completeness=SUMMARY), retry="超时")
    store.articles.commit([plan(teaser)], NOW)
    assert store.articles.retries(NOW, 10) == []
    (queued,) = store.articles.retries(NOW + 5 * MINUTE, 10)
    assert queued == Retry(
        1, "https://finance.example.com/x.html", 0, NOW, NOW + 5 * MINUTE, "超时", (Tried("超时", NOW, NOW),)
    )

    store.articles.commit([plan(replace(teaser, retry="又超时", stated_hash="h2"))], NOW + MINUTE)
    assert store.articles.retries(NOW + 5 * MINUTE, 10) == [queued]

    later = replace(queued, attempts=1, next_at=NOW + 30 * MINUTE, reason="503")
    store.articles.commit([Plan("a", retries=(later, replace(later, article_id=99)))], NOW)
    assert store.articles.retries(NOW + 29 * MINUTE, 10) == []
    assert store.articles.retries(NOW + 30 * MINUTE, 10) == [later]

    store.articles.commit([Plan("a", retries=(replace(later, next_at=None),))], NOW)
    assert store.articles.retries(NOW + 1000 * MINUTE, 10) == []
    assert dump(store)["retry"]

    store.articles.commit([plan(article("x"))], NOW)
    assert dump(store)["retry"] == []


def test_what_a_clock_that_was_ahead_has_put_off_is_recalled(store: Store) -> None:
    for name in "abcd":
        store.articles.commit([plan(write(article(name, text=name, completeness=SUMMARY), retry="超时"))], NOW)
    a, b, c, d = sorted(store.articles.retries(NOW + 5 * MINUTE, 10), key=lambda row: row.article_id)
    years = timedelta(days=3650)
    born = replace(a, since=NOW + years, next_at=NOW + years)
    put_off = replace(b, attempts=3, next_at=NOW + years)
    given_up = replace(c, since=NOW + years, next_at=None)
    store.articles.commit([Plan("a", retries=(born, put_off, given_up))], NOW)
    assert store.articles.recall_retries(NOW, NOW + timedelta(days=30)) == 2
    assert store.articles.retries(NOW, 10) == [replace(a, next_at=NOW), replace(put_off, next_at=NOW)]
    assert store.articles.retries(NOW + 5 * MINUTE, 10)[2:] == [d]
    assert store.articles.recall_retries(NOW, NOW + timedelta(days=30)) == 0


def test_a_late_failure_does_not_queue_a_whole_article_again(store: Store) -> None:
    store.articles.commit([plan(article("x"))], NOW)
    failed = Retry(1, "https://finance.example.com/x.html", 1, NOW, NOW, "503")
    store.articles.commit([Plan("a", retries=(failed,))], NOW)
    assert dump(store)["retry"] == []


def test_retries_come_longest_due_first_and_limited(store: Store) -> None:
    for minutes, name in enumerate("xyz"):
        given = write(article(name, text=name, completeness=SUMMARY), retry="超时")
        store.articles.commit([plan(given)], NOW - minutes * MINUTE)
    assert [one.article_id for one in store.articles.retries(NOW + 5 * MINUTE, 2)] == [3, 2]


def test_the_import_subscription_is_made_on_demand_and_never_polled(store: Store) -> None:
    store.articles.commit([plan(write(article("x"), cause="import"), slug="import")], NOW)
    (status,) = [one for one in store.subscriptions.statuses() if one.slug == "import"]
    assert (status.configured, status.enabled, status.articles) == (False, False, 1)
    assert "import" not in store.subscriptions.due(NOW)


def test_a_slug_never_synced_is_a_bug_and_stores_nothing(store: Store) -> None:
    with pytest.raises(LookupError, match="nowhere"):
        store.articles.commit([plan(article("x")), plan(article("y"), slug="nowhere")], NOW)
    assert store.articles.counts()["articles"] == 0


def test_all_plans_or_none(store: Store) -> None:
    broken = write(article("y"), content_hash=None)
    with pytest.raises(Exception, match=r"(?i)not.null"):
        store.articles.commit([plan(article("x")), plan(broken, slug="b")], NOW)
    assert store.articles.counts()["articles"] == 0
    assert store.stories.latest(1) == []


def test_no_plans_no_outcomes(store: Store) -> None:
    before = dump(store)
    assert store.articles.commit([], NOW) == []
    (nothing,) = store.articles.commit([Plan("a")], NOW)
    assert (nothing.new, nothing.unchanged) == (0, 0)
    assert dump(store) == before


def test_tags_follow_the_revisions(store: Store) -> None:
    store.articles.commit([plan(article("x", categories=("金融",), outlet="甲报"))], NOW)
    store.articles.commit([plan(article("x", categories=("银行",), outlet="乙报"))], NOW)
    labels = {number: pair for number, *pair in dump(store)["label"]}
    assert sorted(labels[number] for number, _ in dump(store)["tag"]) == [["category", "银行"], ["outlet", "乙报"]]


def test_a_print_that_changes_is_replaced(store: Store) -> None:
    store.articles.commit([plan(write(article("x"), fingerprint=1))], NOW)
    store.articles.commit([plan(write(article("x", text="新"), fingerprint=1 << 63))], NOW)
    assert len(dump(store)["print"]) == 1
    assert store.articles.neighbours([], [(1, NOW)])[0].fingerprint == 1 << 63
    store.articles.commit([plan(write(article("x", text="短"), fingerprint=None))], NOW)
    assert dump(store)["print"] == []


def test_the_day_of_an_undated_article_is_that_of_its_first_sight(store: Store) -> None:
    store.articles.commit([plan(article("x", published=None))], NOW)
    later = NOW + 24 * 60 * MINUTE
    store.articles.commit([plan(write(article("x", published=None, text="改"), first_seen=later))], later)
    assert store.articles.neighbours([key("x")], [])[0].key == key("x")
    assert len(dump(store)["story_key"]) == 1


def test_a_page_is_left_alone_as_long_as_its_origin_asked(store: Store) -> None:
    teaser = article("x", completeness=SUMMARY)
    store.articles.commit([plan(write(teaser, retry="answered 503", retry_after=60 * MINUTE))], NOW)
    assert store.articles.retries(NOW + 59 * MINUTE, 10) == []
    assert len(store.articles.retries(NOW + 60 * MINUTE, 10)) == 1


def test_what_follows_the_archive_reads_new_states_in_order(store: Store) -> None:
    store.articles.commit([plan(article("x"), article("y"))], NOW)
    first = store.articles.changed(0, 10)
    assert [(one.article_id, one.title, one.text, one.current) for one in first] == [
        (number, article(name).title, article(name).text, True) for number, name in enumerate("xy", 1)
    ]
    store.articles.commit([plan(article("x", text="改"))], NOW)
    (again,) = store.articles.changed(first[-1].mark, 10)
    assert (again.article_id, again.text, again.current) == (1, "改", True)
    assert [one.current for one in store.articles.changed(0, 2)] == [False, True]
    assert store.articles.changed(again.mark, 10) == []
