"""Stories: one thing told once, whatever the order in which it arrives."""

from __future__ import annotations

import random
from datetime import timedelta
from itertools import permutations
from pathlib import Path

import peewee
import pytest

from aggregator.dedup import fingerprint, identity, place
from aggregator.models import Article, Completeness, Neighbour, Place, StoryKey, Write
from aggregator.store import Store, open_store
from aggregator.store.founding import uid
from tests.support.writes import MINUTE, NOW, article, key, partition, plan, subscription, titles, write

HOUR = 60 * MINUTE
MIDNIGHT = NOW + 12 * HOUR  # in Beijing
BODY = "".join(f"第{number}段说的是样例股份的第{number * 7}件事，与别处不同。" for number in range(1, 30))


def _placed(store: Store, given: Article, batch: list[Neighbour], now: timedelta = 99 * HOUR) -> Write:
    """A write placed as the pipeline places it: among what is stored and what the batch holds before it."""
    assert given.published is not None
    at, print_ = given.published, fingerprint.fingerprint(given.text)
    prints = [(print_, at)] if print_ is not None else []
    around = [*store.articles.neighbours([identity.story_key(given.title, at)], prints), *batch]
    where = place.place(given.title, at, print_, len(given.text), around)
    batch.append(Neighbour(where.key, given.title, at, print_, len(given.text)))
    return write(given, place=where, first_seen=NOW + now)


#: Sets of arrivals with the stories they must make.
CASES: dict[str, tuple[list[Article], set[frozenset[str]]]] = {
    "same title, same day": (
        [
            article("x", entry_id="1", title="央行降准0.5个百分点"),
            article("y", entry_id="2", title="快讯：央行降准 0.5 个百分点", text="乙的写法"),
            article("z", entry_id="3", title="央行降准0.6个百分点", text="另一件事"),
        ],
        {frozenset("12"), frozenset("3")},
    ),
    "across midnight": (
        [
            article("x", entry_id="1", title="收评：三大指数收涨", published=MIDNIGHT - 5 * HOUR),
            article("y", entry_id="2", title="收评：三大指数收涨", published=MIDNIGHT - MINUTE, text="乙"),
            article("z", entry_id="3", title="收评：三大指数收涨", published=MIDNIGHT + MINUTE, text="丙"),
            article("w", entry_id="4", title="收评：三大指数收涨", published=MIDNIGHT + 20 * HOUR, text="丁"),
        ],
        {frozenset("1234")},
    ),
    "a day later": (
        [
            article("x", entry_id="1", title="午评：三大指数收涨"),
            article("y", entry_id="2", title="午评：三大指数收涨", published=NOW + 24 * HOUR, text="乙"),
            article("z", entry_id="3", title="午评：三大指数收涨", published=NOW + 48 * HOUR, text="丙"),
        ],
        {frozenset("1"), frozenset("2"), frozenset("3")},
    ),
    "near texts": (
        [
            article("x", entry_id="1", title="样例股份发布年报", text=BODY),
            article("y", entry_id="2", title="样例公司披露全年成绩单", text=BODY, published=NOW - 30 * HOUR),
            article("z", entry_id="3", title="样例公司披露全年成绩单", text="摘要", published=NOW - 30 * HOUR),
            article("w", entry_id="4", title="毫无关系的新闻", text=BODY[::-1]),
        ],
        {frozenset("123"), frozenset("4")},
    ),
}


@pytest.mark.parametrize("together", [True, False], ids=["one batch", "one by one"])
@pytest.mark.parametrize("case", CASES)
def test_the_order_of_arrival_changes_nothing(case: str, together: bool, tmp_path: Path, template: Path) -> None:
    arrivals, expected = CASES[case]
    for number, order in enumerate(permutations(arrivals)):
        path = tmp_path / f"{number}.db"
        path.write_bytes(template.read_bytes())
        with open_store(f"sqlite:///{path}") as store:
            batch: list[Neighbour] = []
            if together:
                store.articles.commit([plan(*[_placed(store, one, batch) for one in order])], NOW)
            else:
                for one in order:
                    store.articles.commit([plan(_placed(store, one, []))], NOW)
            assert partition(store) == expected, [one.entry_id for one in order]
            heads = {story.head.article.entry_id for story in store.stories.latest(10)}
            assert len(heads) == len(expected)
            if number == 0:
                first = heads
            assert heads == first


def test_any_order_of_any_kinship_gives_the_connected_parts(tmp_path: Path, template: Path) -> None:
    """Random kinship graphs, random orders and batches: the stories are the connected components."""
    dice = random.Random(7)
    for number in range(12):
        names = [f"n{index}" for index in range(8)]
        edges = [tuple(dice.sample(names, 2)) for _ in range(dice.randrange(1, 7))]
        parts = {name: {name} for name in names}
        for one, other in edges:
            joined = parts[one] | parts[other]
            for name in joined:
                parts[name] = joined
        path = tmp_path / f"{number}.db"
        path.write_bytes(template.read_bytes())
        with open_store(f"sqlite:///{path}") as store:
            dice.shuffle(names)
            arrived: set[str] = set()
            while names:
                batch = [names.pop() for _ in range(min(len(names), dice.randrange(1, 4)))]
                writes = []
                for name in batch:
                    arrived.add(name)
                    around = {b if a == name else a for a, b in edges if name in (a, b)} & arrived
                    kin = tuple((key(other), "near") for other in around)
                    writes.append(write(article(name), place=Place(key(name), kin)))
                store.articles.commit([plan(*writes)], NOW)
            wanted = {frozenset(f"entry-{name}" for name in part) for part in parts.values()}
            assert partition(store) == wanted


def test_ids_depend_on_title_and_day_alone(store: Store) -> None:
    store.articles.commit([plan(article("x"))], NOW)
    (story,) = store.stories.latest(1)
    assert story.uid == uid(key("x"))
    assert uid(StoryKey("央行降准0.5个百分点", key("x").day)) == "urn:uuid:c866dbc9-4aeb-5dd4-b8b2-61b3d085719e"


def test_the_unique_index_enforces_the_rule(store: Store) -> None:
    store.articles.commit([plan(article("x"), article("y"))], NOW)
    with pytest.raises(peewee.IntegrityError, match=r"(?si)unique.*title_key"):
        store._engine.execute_sql("INSERT INTO story_key SELECT day, title_key, 2 FROM story_key WHERE story = 1")


def test_joining_counts_as_merged_and_touches_the_story(store: Store) -> None:
    (first,) = store.articles.commit([plan(article("x"))], NOW)
    (second,) = store.articles.commit([plan(article("y", title="x的标题", outlet="别的报"), slug="b")], NOW + MINUTE)
    assert (first.merged, second.new, second.merged) == (0, 1, 1)
    assert first.stories == second.stories
    (third,) = store.articles.commit([plan(article("p"), article("q", title="p的标题"))], NOW + 2 * MINUTE)
    assert (third.new, third.merged) == (2, 1)


def test_stories_that_turn_out_to_be_one_lead_to_the_first_founded(store: Store) -> None:
    store.articles.commit([plan(article("x"), article("y"), article("z"))], NOW)
    uids = {one.article.entry_id: one.story_uid for one in store.articles.iterate()}
    bridge = write(article("w"), place=Place(key("w"), ((key("z"), "near"), (key("y"), "midnight"))))
    (outcome,) = store.articles.commit([plan(bridge)], NOW + MINUTE)
    assert (outcome.new, outcome.merged) == (1, 1)
    assert partition(store) == {frozenset({"entry-x"}), frozenset({"entry-y", "entry-z", "entry-w"})}
    survivor = store.stories.get(uids["entry-y"])
    assert survivor is not None
    assert outcome.stories == {survivor.id}
    assert store.stories.get(uids["entry-z"]) == survivor
    assert store.articles.get(uids["entry-z"]) == survivor.head
    assert len(store.stories.latest(10)) == 2

    last = write(article("v"), place=Place(key("v"), ((key("x"), "near"), (key("w"), "near"))))
    store.articles.commit([plan(last)], NOW + 2 * MINUTE)
    (everything,) = store.stories.latest(10)
    assert everything.uid == uids["entry-x"]
    assert len(everything.articles) == 5
    for name in uids.values():
        assert store.stories.get(name) == everything
    assert store.articles.counts()["stories"] == 1


def test_kin_that_nobody_stored_is_passed_over(store: Store) -> None:
    store.articles.commit([plan(write(article("x"), place=Place(key("x"), ((key("nobody"), "near"),))))], NOW)
    store.articles.commit([plan(article("nobody"))], NOW)
    assert len(store.stories.latest(10)) == 2


def test_kin_later_in_the_same_batch_counts(store: Store) -> None:
    first = write(article("x"), place=Place(key("x"), ((key("y"), "near"),)))
    store.articles.commit([plan(first), plan(article("y"), slug="b")], NOW)
    assert partition(store) == {frozenset({"entry-x", "entry-y"})}


def test_a_new_title_keeps_the_story_and_binds_its_key_to_it(store: Store) -> None:
    store.articles.commit([plan(article("x"))], NOW)
    (before,) = store.stories.latest(10)
    store.articles.commit([plan(article("x", title="换了标题"))], NOW + MINUTE)
    (after,) = store.stories.latest(10)
    assert (after.uid, after.head.article.title) == (before.uid, "换了标题")
    for name, title in (("p", "换了标题"), ("q", "x的标题")):
        (outcome,) = store.articles.commit([plan(article(name, title=title), slug="b")], NOW + 2 * MINUTE)
        assert outcome.merged == 1
    assert len(store.stories.latest(10)) == 1


def test_a_new_title_that_is_anothers_makes_them_one(store: Store) -> None:
    store.articles.commit([plan(article("x"), article("y"))], NOW)
    store.articles.commit([plan(article("y", title="x的标题"))], NOW + MINUTE)
    assert partition(store) == {frozenset({"entry-x", "entry-y"})}


def test_texts_split_off_stay_apart_and_are_found_by_their_title(store: Store) -> None:
    whole = key("x")
    split = StoryKey(f"{whole.title_key}\x1f00ff", whole.day)
    twin = write(article("y", title="x的标题", text="完全不同"), place=Place(split, differs=False))
    store.articles.commit([plan(article("x")), plan(twin, slug="b")], NOW)
    assert len(store.stories.latest(10)) == 2
    assert {one.key for one in store.articles.neighbours([whole], [])} == {whole, split}
    assert {one.key for one in store.articles.neighbours([split], [])} == {whole, split}


def test_bodies_that_differ_are_flagged(store: Store) -> None:
    twin = write(article("y", title="x的标题"), place=Place(key("x"), differs=True))
    store.articles.commit([plan(article("x"), twin)], NOW)
    (story,) = store.stories.latest(1)
    assert {one.article.entry_id: one.differs for one in story.articles} == {"entry-x": False, "entry-y": True}


def test_an_edit_does_not_differ_from_its_own_old_state(store: Store) -> None:
    store.articles.commit([plan(article("x"))], NOW)
    (before,) = store.stories.latest(1)
    split = StoryKey(f"{key('x').title_key}\x1f00ff", key("x").day)
    for where in (Place(key("x"), differs=True), Place(split)):
        store.articles.commit([plan(write(article("x", text=f"改写{where.differs}"), place=where))], NOW + MINUTE)
    (after,) = store.stories.latest(9)
    assert (after.uid, after.head.differs, after.head.revision) == (before.uid, False, 3)
    assert [one.key for one in store.articles.neighbours([key("x")], [])] == [key("x")]


def test_times_of_a_story(store: Store) -> None:
    store.articles.commit([plan(article("x", published=NOW - HOUR))], NOW)
    (story,) = store.stories.latest(1)
    assert (story.at, story.updated) == (NOW - HOUR, NOW - HOUR)
    store.articles.commit([plan(article("y", title="x的标题", published=NOW - 2 * HOUR), slug="b")], NOW + MINUTE)
    (story,) = store.stories.latest(1)
    assert (story.at, story.updated) == (NOW - 2 * HOUR, NOW + MINUTE)
    store.articles.commit([plan(article("x", published=NOW - HOUR, text="改"))], NOW - HOUR)
    (story,) = store.stories.latest(1)
    assert story.updated == NOW + MINUTE  # the clock was set back: never decreasing


def test_a_stated_update_counts_for_a_new_story_unless_it_lies_ahead(store: Store) -> None:
    store.articles.commit(
        [plan(article("x", updated=NOW - MINUTE), article("y", updated=NOW + 300 * HOUR, published=NOW - HOUR))], NOW
    )
    found = {story.head.article.entry_id: story.updated for story in store.stories.latest(9)}
    assert found == {"entry-x": NOW - MINUTE, "entry-y": NOW}


def test_the_head_is_whole_has_an_outlet_and_came_first(store: Store) -> None:
    one_title = {"title": "同一件事"}
    summary = article("s", completeness=Completeness.SUMMARY, published=NOW - 9 * HOUR, **one_title)
    anonymous = article("n", outlet=None, published=NOW - 8 * HOUR, **one_title)
    late = article("l", published=NOW - HOUR, **one_title)
    early = article("e", published=NOW - 2 * HOUR, **one_title)
    withdrawn = article("w", published=NOW - 3 * HOUR, deleted=True, **one_title)
    store.articles.commit([plan(late, summary, anonymous, early, withdrawn)], NOW)
    (story,) = store.stories.latest(1)
    assert [one.article.entry_id for one in story.articles] == ["entry-e", "entry-s", "entry-n", "entry-l"]
    whole = store.stories.get(story.uid)
    assert whole is not None
    assert [one.article.entry_id for one in whole.articles][-1] == "entry-w"
    assert len(whole.articles) == 5


def test_a_story_is_hidden_when_all_of_it_is_withdrawn(store: Store) -> None:
    store.articles.commit([plan(article("x"), article("y", title="x的标题"))], NOW)
    store.articles.commit([plan(article("x", deleted=True))], NOW)
    (story,) = store.stories.latest(9)
    assert titles([story]) == ["x的标题"]
    assert len(story.articles) == 1
    store.articles.commit([plan(article("y", title="x的标题", deleted=True))], NOW)
    assert store.stories.latest(9) == []
    kept = store.stories.get(story.uid)
    assert kept is not None
    assert len(kept.articles) == 2


def test_neighbours_by_title_within_a_day_and_by_print_within_two(store: Store) -> None:
    days = [
        write(
            article(f"d{step}", title="同名", published=NOW + step * 24 * HOUR, text=str(step)),
            first_seen=NOW + 99 * HOUR,
        )
        for step in (-2, -1, 0, 1, 2)
    ]
    prints = [
        write(article(f"p{hours}", published=NOW + hours * HOUR), fingerprint=0xABCD, first_seen=NOW + 99 * HOUR)
        for hours in (-49, -48, 0, 48, 49)
    ]
    store.articles.commit([plan(*days, *prints)], NOW)
    named = store.articles.neighbours([identity.story_key("同名", NOW)], [])
    assert sorted(one.at for one in named) == [NOW - 24 * HOUR, NOW, NOW + 24 * HOUR]
    near = store.articles.neighbours([], [(0xABCD ^ 0b111, NOW)])
    assert sorted(one.at for one in near) == [NOW - 48 * HOUR, NOW, NOW + 48 * HOUR]
    assert (near[0].fingerprint, near[0].length) == (0xABCD, len(article("p-48").text))
    assert store.articles.neighbours([], [(0xABCD ^ 0xFF, NOW)]) == []
    assert store.articles.neighbours([], []) == []
    assert len(store.articles.neighbours([identity.story_key("同名", NOW)], [(0xABCD, NOW)])) == 6


def test_a_story_founded_in_one_database_has_the_same_id_in_another(store: Store, tmp_path: Path) -> None:
    store.articles.commit([plan(article("x"))], NOW)
    with open_store(f"sqlite:///{tmp_path}/other.db") as other:
        other.migrate()
        other.subscriptions.sync([subscription("a")], NOW)
        other.articles.commit([plan(article("q"), article("x"))], NOW + MINUTE)
        assert {story.uid for story in store.stories.latest(9)} < {story.uid for story in other.stories.latest(9)}
