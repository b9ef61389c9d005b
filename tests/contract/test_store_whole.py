"""The archive whole: what goes out comes back, into an empty store as it was, into another by identity."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from aggregator.models import (
    Completeness,
    Found,
    Image,
    Observation,
    Output,
    PageCheck,
    Place,
    Sight,
    Sighting,
    Symbol,
    Video,
    Wanted,
)
from aggregator.store import Store, open_store, whole
from aggregator.store.schema import Tables
from tests.support.stores import statements
from tests.support.writes import MINUTE, NOW, article, dump, key, partition, plan, subscription, write

HOUR = 60 * MINUTE

#: Made anew from what is carried, or the place's own business.
DERIVED = {"body", "counters", "schema_migration", "endpoint", "subscription"}


@contextmanager
def another(folder: Path, template: Path, name: str = "other") -> Iterator[Store]:
    path = folder / f"{name}.db"
    path.write_bytes(template.read_bytes())
    with open_store(f"sqlite:///{path}", timeout=5) as opened:
        yield opened


def records(store: Store) -> list[dict[str, Any]]:
    """The records after a journey as text."""
    return [json.loads(json.dumps(one)) for one in store.whole.records()]


def take(store: Store, given: list[dict[str, Any]], size: int = 7) -> tuple[int, int, int]:
    total = [0, 0, 0]
    for start in range(0, len(given), size):
        taken = store.whole.take(given[start : start + size])
        assert taken.broken == []
        total = [a + b for a, b in zip(total, (taken.new, taken.revised, taken.unchanged), strict=True)]
    return total[0], total[1], total[2]


def fill(store: Store) -> None:
    """Everything that a store can hold of articles, and some of it twice."""
    store.subscriptions.sync([subscription("a", categories=("财经", "国内")), subscription("b")], NOW)
    many = [article(f"第{n}", published=NOW - n * HOUR, docid=f"doc{n}" if n % 2 else None) for n in range(1, 9)]
    store.articles.commit([plan(*many)], NOW)
    odd = article("怪", html="<p>x\u2028y</p>", text="x\u2028y", original="---\r\n", extra={"front": {"a": [1, None]}})
    store.articles.commit([plan(odd, article("旗", flags=("focus",)), slug="b")], NOW + MINUTE)
    edited = replace(
        many[0], text="改过的正文，与从前不同。", html="<p>改过的正文，与从前不同。</p>", title="改过的标题"
    )
    store.articles.commit([plan(write(edited, cause="edited"))], NOW + 2 * MINUTE)
    store.articles.commit([plan(replace(many[1], deleted=True))], NOW + 3 * MINUTE)
    rich = article(
        "图",
        images=(Image("https://i.example.com/1.png", "图注", 640, 480), Image("https://i.example.com/2.png")),
        image="https://i.example.com/1.png",
        videos=(Video("v1", poster="https://i.example.com/p.png"),),
        symbols=(Symbol("600941.SH", Found.MARKUP, "sh600941", "中国移动"),),
        related=(("相关一则", "https://finance.example.com/r.html"),),
        updated=NOW,
    )
    store.articles.commit([plan(rich, slug="b")], NOW + 4 * MINUTE)
    late = article("摘要", completeness=Completeness.SUMMARY)
    store.articles.commit([plan(write(late, retry="answered 503"))], NOW + 4 * MINUTE)
    kin = write(
        article("近", published=NOW - 3 * HOUR), place=Place(key("近"), kin=((key("第2"), "near"),), differs=True)
    )
    store.articles.commit([plan(kin, slug="b")], NOW + 5 * MINUTE)
    union = write(article("桥"), place=Place(key("桥"), kin=((key("第3"), "near"), (key("第4"), "near"))))
    store.articles.commit([plan(union)], NOW + 6 * MINUTE)
    store.articles.commit([plan(slug="b", sightings=(Sighting("sighted", 3, "01ab"),))], NOW + 7 * MINUTE)
    for hours in (0, 20, 40):
        gone = Observation(5, NOW + hours * HOUR, Sight.ABSENT, words="answered 404", next_at=NOW + 60 * HOUR)
        store.articles.commit([plan(observations=(gone,))], NOW + hours * HOUR)
    store.retention.pin([4, 6], NOW + 8 * MINUTE)


def test_an_empty_store_becomes_the_same(store: Store, template: Path, tmp_path: Path) -> None:
    fill(store)
    given = records(store)
    assert {one["kind"] for one in given} == {"subscription", "story", "article"}
    assert any(one.get("merged_into") for one in given)
    with another(tmp_path, template) as other:
        other.subscriptions.sync([subscription("a", categories=("财经", "国内"))], NOW)  # as the config says there
        assert take(other, given) == (14, 0, 0)
        assert records(other) == given
        ours, theirs = dump(store), dump(other)
        for table in ours.keys() - DERIVED - {"revision", "appearance", "label", "tag"}:
            assert theirs[table] == ours[table], table
        assert other.stories.latest(50) == store.stories.latest(50)
        for number in range(1, 15):
            assert other.articles.revisions(number) == store.articles.revisions(number)
            assert other.articles.get(number) == store.articles.get(number)
        asked = Output("x", "x", categories=("财经",))
        assert other.stories.select(asked, NOW) == store.stories.select(asked, NOW)
        assert partition(other) == partition(store)


@pytest.mark.parametrize("seed", range(5))
def test_the_same_again_changes_nothing_in_any_order_of_articles(
    store: Store, template: Path, tmp_path: Path, seed: int
) -> None:
    fill(store)
    given = records(store)
    shuffled = list(given)
    random.Random(seed).shuffle(shuffled)
    with another(tmp_path, template) as other:
        take(other, given, size=1 + seed * 3)
        before = dump(other)
        assert take(other, given) == (0, 0, 14)
        assert take(other, shuffled) == (0, 0, 14)
        assert dump(other) == before
    with another(tmp_path, template, "mixed") as mixed:
        take(mixed, shuffled)  # an article before its story, as after a cut
        assert partition(mixed) == partition(store)
        assert {one["uid"] for one in records(mixed) if one["kind"] == "story"} == {
            one["uid"] for one in given if one["kind"] == "story"
        }


def test_a_store_that_knows_some_of_it_gets_what_it_lacks(store: Store, template: Path, tmp_path: Path) -> None:
    with another(tmp_path, template) as other:
        mine = article("共同", docid="d1", entry_id="mine", url="https://m.example.com/1")
        other.articles.commit([plan(article("自己"), mine, slug="b")], NOW)
        ours = replace(mine, entry_id="ours", url="https://w.example.com/1", aliases=("https://m.example.com/1",))
        store.articles.commit([plan(ours)], NOW - HOUR)
        edited = replace(ours, text="后来改了的正文。", html="<p>后来改了的正文。</p>", title="共同的新标题")
        store.articles.commit([plan(write(edited, cause="edited"))], NOW + HOUR)
        store.articles.commit([plan(article("新的"))], NOW + HOUR)
        uid = other.articles.get("d1").story_uid  # type: ignore[union-attr]
        assert take(other, records(store)) == (1, 1, 0)
        joined = other.articles.get("d1")
        assert joined is not None
        assert (joined.id, joined.article.title, joined.story_uid) == (2, "共同的新标题", uid)
        assert [(r.number, r.cause) for r in other.articles.revisions(2)] == [(1, "stated"), (2, "edited")]
        assert {(seen.slug, seen.entry_id) for seen in joined.appearances} == {("a", "ours"), ("b", "mine")}
        for known_as in ("https://m.example.com/1", "https://w.example.com/1"):
            assert other.articles.get(known_as).id == 2  # type: ignore[union-attr]
        assert other.articles.get("https://finance.example.com/新的.html").id == 3  # type: ignore[union-attr]
        assert take(other, records(store)) == (0, 0, 2)
        # What was polled after that is known by the carried keys.
        outcome = other.articles.commit([plan(edited)], NOW + 2 * HOUR)[0]
        assert (outcome.new, outcome.revised) == (0, 0)


def test_what_is_pinned_in_either_archive_is_pinned(store: Store, template: Path, tmp_path: Path) -> None:
    three = [article(name) for name in "甲乙丙"]
    store.articles.commit([plan(*three)], NOW)
    store.retention.pin([1, 2], NOW)
    with another(tmp_path, template) as other:
        other.articles.commit([plan(*three[1:])], NOW)
        other.retention.pin([1, 2], NOW + HOUR)
        take(other, records(store))
        assert {(title, at) for _, at, title in other.retention.pinned()} == {
            (three[0].title, NOW),
            (three[1].title, NOW + HOUR),
            (three[2].title, NOW + HOUR),
        }
        before = dump(other)
        take(other, records(store))
        assert dump(other) == before


def test_older_states_go_before_newer_ones_and_the_article_says_what_it_said(
    store: Store, template: Path, tmp_path: Path
) -> None:
    first = article("甲", text="第一稿", html="<p>第一稿</p>", outlet="旧报")
    store.articles.commit([plan(first)], NOW)
    second = replace(first, text="第二稿", html="<p>第二稿</p>")
    store.articles.commit([plan(write(second, cause="edited"))], NOW + HOUR)
    third = replace(first, text="第三稿", html="<p>第三稿</p>", outlet="新报")
    with another(tmp_path, template) as other:
        other.articles.commit([plan(third)], NOW + 2 * HOUR)
        assert take(other, records(store)) == (0, 1, 0)
        assert [(r.number, r.article.text) for r in other.articles.revisions(1)] == [
            (1, "第一稿"),
            (2, "第二稿"),
            (3, "第三稿"),
        ]
        stored = other.articles.get(1)
        assert stored is not None
        assert (stored.revision, stored.article.text, stored.revised_at) == (3, "第三稿", NOW + 2 * HOUR)
        assert [len(other.stories.select(Output("o", "o", outlets=(name,)), NOW)) for name in ("旧报", "新报")] == [
            0,
            1,
        ]
        before = dump(other)
        assert take(other, records(store)) == (0, 0, 1)
        assert dump(other) == before


def test_a_text_that_came_back_is_no_new_state_twice(store: Store, template: Path, tmp_path: Path) -> None:
    states = [article("甲", text=text, html=f"<p>{text}</p>") for text in ("一", "二", "一")]
    with another(tmp_path, template) as other:
        for hours, state in enumerate(states[:2]):
            other.articles.commit([plan(state)], NOW + hours * HOUR)
        for hours, state in enumerate(states):
            store.articles.commit([plan(state)], NOW + hours * HOUR)
        assert take(other, records(store)) == (0, 1, 0)
        assert [r.article.text for r in other.articles.revisions(1)] == ["一", "二", "一"]
        assert take(other, records(store)) == (0, 0, 1)


def test_stories_that_the_file_knows_as_one_become_one(store: Store, template: Path, tmp_path: Path) -> None:
    one, two = article("甲"), article("乙", published=NOW - HOUR)
    store.articles.commit([plan(one, write(two, place=Place(key("乙"), kin=((key("甲"), "near"),))))], NOW)
    with another(tmp_path, template) as other:
        other.articles.commit([plan(article("丙"), two, one)], NOW)
        assert len(other.stories.latest(9)) == 3
        uids = [story.uid for story in other.stories.latest(9)]
        take(other, records(store))
        assert partition(other) == {frozenset({"entry-丙"}), frozenset({"entry-甲", "entry-乙"})}
        assert all(other.stories.get(uid) for uid in uids)
        story = other.stories.get(other.articles.get(2).story_uid)  # type: ignore[union-attr,arg-type]
        assert story is not None
        assert story.at == NOW - HOUR


def test_feeds_of_one_name_with_other_entries_are_not_mixed(store: Store, template: Path, tmp_path: Path) -> None:
    store.articles.commit([plan(article("甲", entry_id="1"))], NOW)
    with another(tmp_path, template) as other:
        other.articles.commit([plan(article("乙", entry_id="1", published=NOW - 48 * HOUR))], NOW)
        assert take(other, records(store)) == (1, 0, 0)
        assert other.articles.counts()["articles"] == 2
        assert take(other, records(store)) == (0, 0, 1)  # by its address


def test_two_articles_there_that_are_one_here(store: Store, template: Path, tmp_path: Path) -> None:
    store.articles.commit([plan(article("甲", docid="d1", url=None), article("乙", url="https://x.example/1"))], NOW)
    with another(tmp_path, template) as other:
        other.articles.commit([plan(article("丙", docid="d1", url="https://x.example/1"))], NOW - HOUR)
        assert take(other, records(store)) == (0, 2, 0)
        assert [r.article.title[:1] for r in other.articles.revisions(1)] == ["丙", "甲", "乙"]
        assert take(other, records(store)) == (0, 0, 2)


def test_what_is_taken_in_is_searched_retried_and_near(store: Store, template: Path, tmp_path: Path) -> None:
    fill(store)
    with another(tmp_path, template) as other:
        take(other, records(store))
        assert other.articles.retries(NOW + 24 * HOUR, 9) == store.articles.retries(NOW + 24 * HOUR, 9) != []
        while other.search.advance():
            pass
        assert other.articles.of([hit.revision for hit in other.search.find("改过的正文")])[0].id == 1
        known = store.articles.get(8)
        assert known is not None
        looked_for = [(w.fingerprint, known.at) for w in [write(known.article)] if w.fingerprint is not None]
        assert other.articles.neighbours([], looked_for) == store.articles.neighbours([], looked_for)


def test_a_dry_look_stores_nothing(store: Store, template: Path, tmp_path: Path) -> None:
    fill(store)
    with another(tmp_path, template) as other:
        other.articles.commit([plan(article("第5", published=NOW - 5 * HOUR, docid="doc5"))], NOW)
        before = dump(other)
        taken = other.whole.take(records(store), dry=True)
        assert (taken.new, taken.revised, taken.unchanged) == (13, 0, 1)
        assert dump(other) == before


def _damaged() -> list[tuple[str, Any]]:
    uid = "urn:uuid:00000000-0000-5000-8000-000000000001"
    story = {"kind": "story", "id": 1, "uid": uid, "at": "2026-01-01T00:00:00Z", "updated": "2026-01-01T00:00:00Z"}
    return [
        ("unknown kind", {"kind": "table"}),
        ("unknown kind", {}),
        ("without 'keys'", story),
        ("not as it should be", story | {"keys": [["2026-13-01", "x"]]}),
        ("not as it should be", story | {"keys": 7}),
        ("no uid", story | {"uid": "urn:uuid:12", "keys": []}),
        ("without zone", story | {"at": "2026-01-01T00:00:00", "keys": []}),
        ("number is wanted", story | {"id": True, "keys": []}),
        ("number is wanted", story | {"id": -1, "keys": []}),
        ("without 'url'", {"kind": "subscription", "feed": "x", "name": "x", "categories": []}),
        ("text is wanted", {"kind": "subscription", "feed": 1, "name": "x", "url": "", "categories": []}),
        ("not numbered", {"kind": "article", "revisions": []}),
    ]


@pytest.mark.parametrize(("reason", "record"), _damaged(), ids=str)
def test_a_damaged_record_is_told_and_the_others_are_taken(store: Store, reason: str, record: Any) -> None:
    good = {"kind": "subscription", "feed": "good", "name": "好", "url": "", "categories": []}
    taken = store.whole.take([record, good])
    assert [(place, reason in words) for place, words in taken.broken] == [(0, True)], taken.broken
    assert "good" in {status.slug for status in store.subscriptions.statuses()} | {
        one["feed"] for one in store.whole.subscriptions()
    }


def test_every_field_of_an_article_may_be_damaged(store: Store, template: Path, tmp_path: Path) -> None:
    many = article(
        "甲",
        completeness=Completeness.SUMMARY,
        docid="d",
        images=(Image("https://i.example.com/1.png", "图注", 640, 480),),
        videos=(Video("v1"),),
        symbols=(Symbol("600941.SH", Found.MARKUP, "sh600941"),),
        related=(("相关一则", "https://finance.example.com/r.html"),),
        extra={"front": {"a": [1]}},
        keywords=("词",),
        updated=NOW,
    )
    store.articles.commit([plan(write(many, retry="x"))], NOW)
    (good,) = [one for one in records(store) if one["kind"] == "article"]
    with another(tmp_path, template) as other:
        before = dump(other)
        for path in _paths(good):
            for wrong in (None, 7, "x", [], {}, [[]], True):
                bad = json.loads(json.dumps(good))
                place = bad
                for step in path[:-1]:
                    place = place[step]
                if place[path[-1]] == wrong:
                    continue
                place[path[-1]] = wrong
                with other._engine.atomic() as transaction:
                    other.whole.take([bad])  # no error but a broken record, or something that can be stored
                    transaction.rollback()
        assert dump(other) == before


def _paths(value: Any, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, child in children:
        yield (*before, name)
        yield from _paths(child, (*before, name))


def test_filters_choose_articles_and_what_belongs_to_them(store: Store) -> None:
    fill(store)

    def chosen(**filters: Any) -> tuple[set[int], set[str]]:
        found = list(store.whole.records(Wanted(**filters)))
        articles = [one for one in found if one["kind"] == "article"]
        stories = {one["uid"] for one in found if one["kind"] == "story" and "merged_into" not in one}
        assert stories == {one["story"] for one in articles}
        assert {one.id for one in store.articles.iterate(wanted=Wanted(**filters))} == {one["id"] for one in articles}
        return {one["id"] for one in articles}, stories

    assert len(chosen()[0]) == 14
    assert chosen(feeds=("b",))[0] == {3, 9, 10, 11, 13}
    assert chosen(categories=("国内",), feeds=("b",))[0] == {3}
    assert chosen(since=NOW - 2 * HOUR, until=NOW - HOUR)[0] == {2}
    assert chosen(symbols=("600941.SH",))[0] == {11}


def test_every_column_is_carried_or_left_out_for_a_reason(store: Store) -> None:
    """A new table or column: carry it in store/wire.py and store/whole.py, or say in whole.LEFT_OUT why not."""
    carried = {
        "article": {*whole.records.NAMES, "pinned"},
        "subscription": {"slug", "name", "url", "categories"},
        "story": {"id", "uid", "at", "updated", "visible", "merged_into"},
        "story_key": {"day", "title_key", "story"},
        "alias": {"url_key", "article"},
        "appearance": {"subscription", "entry_id", "article", "stated_hash", "first_seen"},
        "retry": {"article", "url", "attempts", "since", "next_at", "reason", "history"},
        "page_check": {field.name for field in fields(PageCheck)} - {"article_id"} | {"article"},
        "revision": {"article", "number", "at", "cause", "content_hash", "title", "facts", "original"},
    }
    tables = Tables(store._engine)
    for table in tables.all:
        name = table._meta.table_name
        if name in whole.LEFT_OUT:
            continue
        columns = {field.column_name for field in table._meta.sorted_fields}
        assert columns - carried.get(name, set()) - {c for c in columns if f"{name}.{c}" in whole.LEFT_OUT} == set(), (
            name
        )


def test_much_is_taken_with_few_statements(store: Store, template: Path, tmp_path: Path) -> None:
    many = [article(f"第{n}", published=NOW - timedelta(minutes=n)) for n in range(100)]
    store.articles.commit([plan(*many)], NOW)
    given = records(store)
    with another(tmp_path, template) as other, statements(other) as run:
        assert other.whole.take(given).new == 100
        assert len(run) < 50
