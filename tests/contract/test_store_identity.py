"""Recognising: which stored article an entry or a write is about."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from aggregator.models import Completeness, Plan, Sighting
from aggregator.store import Store
from tests.support.writes import MINUTE, NOW, article, dump, entry, plan, write

DOCID = "abcdefg1234567"


def _count(store: Store) -> int:
    return store.articles.counts()["articles"]


def test_known_by_entry_then_docid_then_address(store: Store) -> None:
    given = article("x", docid=DOCID, aliases=("https://m.example.com/x.html",), updated=NOW)
    store.articles.commit([plan(write(given, stated_hash="07e1"))], NOW)
    entries = [
        entry("x"),
        entry("d", docid=DOCID, link=None),
        entry("l", link="http://FINANCE.example.com/x.html#top"),
        entry("m", link=None, aliases=("https://m.example.com/x.html",)),
        entry("s", link="https://finance.example.com/x.html", shares_link=True),
        entry("n"),
    ]
    for slug, here in (("a", True), ("b", False)):
        known = store.articles.known(slug, entries)
        assert set(known) == {"entry-d", "entry-l", "entry-m", "entry-x"}
        assert {name: fact.by_address for name, fact in known.items()} == {
            "entry-x": not here,
            "entry-d": False,
            "entry-l": True,
            "entry-m": True,
        }
        assert known["entry-x"].stated_hash == ("07e1" if here else None)
        for fact in known.values():
            assert (fact.article_id, fact.updated, fact.completeness) == (1, NOW, Completeness.FULL)
            assert (fact.here, fact.title) == (here, "x的标题")


def test_nothing_is_known_of_nothing(store: Store) -> None:
    assert store.articles.known("a", []) == {}
    assert store.articles.known("nowhere", [entry("x")]) == {}


def test_an_entry_id_used_for_another_document_is_another_document(store: Store) -> None:
    store.articles.commit([plan(article("x", docid=DOCID))], NOW)
    reused = entry("x", docid="gfedcba7654321", link="https://finance.example.com/other.html")
    assert store.articles.known("a", [reused]) == {}
    other = replace(article("other", docid="gfedcba7654321"), entry_id="entry-x")
    (outcome,) = store.articles.commit([plan(write(other, first_seen=NOW + MINUTE))], NOW + MINUTE)
    assert (outcome.new, _count(store)) == (1, 2)
    stored = store.articles.get(2)
    assert stored is not None
    assert [seen.first_seen for seen in stored.appearances] == [NOW + MINUTE]
    assert store.articles.known("a", [reused])["entry-x"].article_id == 2


def test_the_same_docid_under_another_host_and_list_is_one_article(store: Store) -> None:
    here = article("x", docid=DOCID)
    there = replace(article("x", docid=DOCID, url="https://finance.example.cn/x.html"), entry_id="b-1")
    store.articles.commit([plan(here), plan(there, slug="b")], NOW)
    assert _count(store) == 1
    stored = store.articles.get(DOCID)
    assert stored is not None
    assert stored.revision == 1
    assert {(seen.slug, seen.entry_id) for seen in stored.appearances} == {("a", "entry-x"), ("b", "b-1")}
    assert store.articles.known("a", [entry("z", link="https://finance.example.cn/x.html")])["entry-z"].article_id == 1


def test_the_same_address_is_one_article(store: Store) -> None:
    store.articles.commit([plan(article("x"))], NOW)
    other = replace(article("x", url="http://finance.example.com/x.html?utm_source=rss"), entry_id="b-1")
    store.articles.commit([plan(other, slug="b")], NOW)
    assert _count(store) == 1


def test_a_shared_link_identifies_nothing(store: Store) -> None:
    page = "https://finance.example.com/live"
    given = [article(name, url=page, shares_link=True) for name in "xyz"]
    store.articles.commit([plan(*given)], NOW)
    store.articles.commit([plan(article("w", url=page))], NOW)
    assert _count(store) == 4
    assert [row[1] for row in dump(store)["alias"]] == [4]


def test_two_docids_at_one_address_are_two_documents(store: Store) -> None:
    page = "https://finance.example.com/live"
    store.articles.commit([plan(article("x", url=page, docid=DOCID))], NOW)
    assert store.articles.known("b", [entry("y", link=page, docid="gfedcba7654321")]) == {}
    store.articles.commit([plan(article("y", url=page, docid="gfedcba7654321"))], NOW)
    assert _count(store) == 2


def test_a_docid_learned_later_is_kept(store: Store) -> None:
    store.articles.commit([plan(article("x"))], NOW)
    store.articles.commit([plan(article("x", docid=DOCID))], NOW)
    found = store.articles.get(DOCID)
    assert found is not None
    assert (found.id, found.revision) == (1, 1)


def test_two_articles_that_turn_out_to_be_one_document_tell_one_story(store: Store) -> None:
    store.articles.commit([plan(article("x", docid=DOCID), article("y"))], NOW)
    assert len(store.stories.latest(10)) == 2
    (outcome,) = store.articles.commit([plan(article("y", docid=DOCID, text="改"))], NOW + MINUTE)
    (story,) = store.stories.latest(10)
    assert outcome.stories == {story.id}
    assert len(story.articles) == 2


def test_an_edit_that_takes_the_title_of_another_article_of_its_old_day_joins_it(store: Store) -> None:
    day = NOW - timedelta(days=2)
    both = [article("x", published=day), article("y", published=day, title="另一个标题")]
    store.articles.commit([plan(*both)], NOW)
    edit = article("x", published=None, title="另一个标题", text="改过的正文。")
    (outcome,) = store.articles.commit([plan(edit)], NOW + MINUTE)
    assert outcome.revised == 1
    assert len({stored.story_uid for stored in store.articles.iterate()}) == 1


def test_the_pipelines_word_goes_first(store: Store) -> None:
    store.articles.commit([plan(article("x", docid=DOCID), article("y"))], NOW)
    told = write(replace(article("x", text="改", docid=DOCID), entry_id="new"), article_id=2)
    store.articles.commit([plan(told)], NOW)
    assert [one.revision for one in store.articles.iterate()] == [1, 2]


def test_a_target_that_is_gone_is_looked_for_again(store: Store) -> None:
    store.articles.commit([plan(article("x"))], NOW)
    store.articles.commit([plan(write(article("x", text="改"), article_id=99))], NOW)
    assert (_count(store), len(store.articles.revisions(1))) == (1, 2)


def test_get_by_every_name(store: Store) -> None:
    store.articles.commit([plan(article("x", docid=DOCID), article("y"))], NOW)
    stored = store.articles.get(1)
    assert stored is not None
    uid = stored.story_uid
    names = ("1", DOCID, uid, uid.removeprefix("urn:uuid:"), uid.upper().removeprefix("URN:UUID:"))
    for name in (*names, "http://finance.example.com/x.html"):
        found = store.articles.get(name)
        assert found is not None, name
        assert found == stored
    strangers = (
        99,
        "99",
        "nothing",
        "",
        "urn:uuid:00000000-0000-5000-8000-000000000000",
        "https://x.example.com",
        "９",
    )
    for stranger in strangers:
        assert store.articles.get(stranger) is None
    assert store.articles.revisions(99) == []


def test_iterate_goes_through_everything_in_id_order(store: Store) -> None:
    store.articles.commit([plan(*(article(f"n{number}") for number in range(7)))], NOW)
    for batch in (1, 3, 7, 100):
        assert [one.id for one in store.articles.iterate(batch)] == [1, 2, 3, 4, 5, 6, 7]


def test_iterate_holds_no_lock_and_sees_what_comes(store: Store) -> None:
    store.articles.commit([plan(article("x"), article("y"))], NOW)
    going = store.articles.iterate(1)
    next(going)
    store.articles.commit([plan(article("z"))], NOW)
    assert [one.id for one in going] == [2, 3]


def test_counts(store: Store) -> None:
    teaser = article("y", text="导语", completeness=Completeness.SUMMARY)
    store.articles.commit([plan(article("x"), write(teaser, retry="超时"))], NOW)
    store.articles.commit([plan(article("x", text="改")), Plan("b", sightings=(Sighting("b", 1, "h"),))], NOW)
    assert store.articles.counts() == {
        "subscriptions": 2,
        "articles": 2,
        "withdrawn": 0,
        "revisions": 3,
        "stories": 2,
        "appearances": 3,
        "retries": 1,
    }
