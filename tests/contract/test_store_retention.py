"""Letting go of old text: what goes, and what must stay known."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from aggregator.models import Cause, Keep, Output
from aggregator.store import Store, open_store
from tests.support.writes import NOW, article, dump, entry, plan, write

DAY = timedelta(days=1)
ALL = Output("all", "全部")


def shown(store: Store) -> list[str]:
    return [story.head.article.entry_id.removeprefix("entry-") for story in store.stories.select(ALL, NOW)]


def put(store: Store, name: str, days: int, slug: str = "a", **changes: object) -> int:
    """Store an article that is so many days old; its id."""
    at = NOW - days * DAY
    given = article(name, published=at, **changes)
    store.articles.commit([plan(write(given, first_seen=at), slug=slug)], at)
    found = store.articles.get(f"https://finance.example.com/{name}.html")
    assert found is not None
    return found.id


NO_BOUND = Keep()


def doomed(store: Store, others: Keep = NO_BOUND, whole: Keep = NO_BOUND, **bounds: Keep) -> list[int]:
    return store.retention.doomed(bounds, others, whole, NOW)


@pytest.fixture
def five(store: Store) -> Store:
    """Articles 1 to 5, of 5, 4, 3, 2, 1 days ago, in subscription a."""
    for days in range(5, 0, -1):
        put(store, f"x{days}", days)
    return store


def test_by_age_and_number(five: Store) -> None:
    assert doomed(five) == []
    assert doomed(five, a=Keep(max_age=3 * DAY)) == [1, 2]
    assert doomed(five, Keep(max_age=3 * DAY)) == [1, 2]
    assert doomed(five, Keep(max_age=3 * DAY), a=Keep()) == []  # a feed of its own mind
    assert doomed(five, a=Keep(max_count=1)) == [1, 2, 3, 4]
    assert doomed(five, a=Keep(max_age=3 * DAY, max_count=4)) == [1, 2]
    assert doomed(five, whole=Keep(max_count=3)) == [1, 2]
    assert doomed(five, whole=Keep(max_count=3), a=Keep(max_age=1.5 * DAY)) == [1, 2, 3, 4]
    assert doomed(five, b=Keep(max_count=0)) == []


def test_by_size_the_newest_stay(store: Store) -> None:
    for days in range(5, 0, -1):
        put(store, f"y{days}", days, text="".join(chr(0x4E00 + (n * n * days) % 20_000) for n in range(4_000)))
    sizes = sum(length for (length,) in store._engine.execute_sql("SELECT length(data) FROM body").fetchall())
    gone = doomed(store, a=Keep(max_bytes=sizes // 2))
    assert gone in ([1, 2, 3], [1, 2, 3, 4])
    assert doomed(store, whole=Keep(max_bytes=sizes // 2)) == gone
    assert doomed(store, whole=Keep(max_bytes=2 * sizes)) == []


def test_an_article_of_two_feeds_goes_only_when_both_let_it_go(five: Store) -> None:
    five.articles.commit([plan(article("x5", published=NOW - 5 * DAY), slug="b")], NOW - 5 * DAY)
    assert doomed(five, a=Keep(max_count=3)) == [2]
    assert doomed(five, a=Keep(max_count=3), b=Keep(max_count=1)) == [2]
    assert doomed(five, a=Keep(max_count=3), b=Keep(max_age=DAY)) == [1, 2]
    assert doomed(five, whole=Keep(max_count=3)) == [1, 2]


def test_what_is_pinned_stays_until_it_is_unpinned(five: Store) -> None:
    assert five.retention.pin([1, 4], NOW) == 2
    assert five.retention.pin([1], NOW) == 0
    assert doomed(five, whole=Keep(max_count=0)) == [2, 3, 5]
    assert five.retention.let_go([1, 2], NOW) == 1  # pinned after it was chosen
    assert [number for number, *_ in five.retention.pinned()] == [1, 4]
    five.articles.commit([plan(article("x5", text="改过。"))], NOW)  # an edit takes no pin away
    assert [number for number, *_ in five.retention.pinned()] == [1, 4]
    assert five.retention.pin([1], None) == 1
    assert doomed(five, whole=Keep(max_count=0)) == [1, 3, 5]


def test_text_goes_and_everything_that_identifies_stays(store: Store) -> None:
    number = put(store, "x", 400, docid="abcdefg1234567", original="---\n---\n正文")
    put(store, "y", 0)
    before = dump(store)
    assert store.retention.let_go([number], NOW) == 1
    assert store.retention.let_go([number], NOW) == 0
    assert shown(store) == ["y"]
    blank = store.articles.get("abcdefg1234567")
    assert blank is not None
    assert (blank.article.html, blank.article.text, blank.article.original, blank.pruned) == ("", "", None, NOW)
    assert (blank.article.title, blank.article.url) == ("x的标题", "https://finance.example.com/x.html")
    after = dump(store)
    for table in ("story_key", "alias", "appearance", "tag", "print", "label"):
        assert after[table] == before[table]
    story = store.stories.get(blank.story_uid)
    assert story is not None
    assert story.head.id == number
    assert list(store.audit.faults()) == []


def test_what_was_let_go_does_not_come_back(store: Store) -> None:
    number = put(store, "x", 400, docid="abcdefg1234567")
    store.retention.let_go([number], NOW)
    before = dump(store)
    given = article("x", docid="abcdefg1234567", published=NOW - 400 * DAY)
    for again in (given, article("x", docid="abcdefg1234567", text="改过的正文。", title="x的标题改了")):
        for cause in (Cause.STATED, Cause.EDITED, Cause.FULL_TEXT):
            (outcome,) = store.articles.commit([plan(write(again, cause=cause, retry="page"))], NOW)
            assert (outcome.new, outcome.revised) == (0, 0)
            assert store.articles.commit([plan(write(again, article_id=number, cause=cause))], NOW)[0].revised == 0
    assert store.articles.known("a", [entry("x", docid="abcdefg1234567")])["entry-x"].article_id == number
    assert shown(store) == []
    assert dump(store)["revision"] == before["revision"]
    assert dump(store)["retry"] == []
    assert list(store.audit.faults()) == []


def test_another_document_of_that_story_is_shown_alone(store: Store) -> None:
    store.retention.let_go([put(store, "x", 1)], NOW)
    put(store, "z", 1, title="x的标题", slug="b")
    (story,) = store.stories.select(ALL, NOW)
    assert [one.article.entry_id for one in story.articles] == ["entry-z"]
    assert list(store.audit.faults()) == []


def test_an_import_brings_it_back(store: Store) -> None:
    number = put(store, "x", 400)
    store.retention.let_go([number], NOW)
    given = article("x", published=NOW - 400 * DAY)
    (outcome,) = store.articles.commit([plan(write(given, cause=Cause.IMPORT), slug="import")], NOW)
    assert (outcome.new, outcome.revised) == (0, 1)
    back = store.articles.get(number)
    assert back is not None
    assert (back.article.text, back.pruned) == (given.text, None)
    assert shown(store) == ["x"]
    assert list(store.audit.faults()) == []


def test_texts_that_lie_beside_a_blank_one_stay_readable(store: Store) -> None:
    given = [article(f"x{number}") for number in range(5)]
    store.articles.commit([plan(*given)], NOW - 400 * DAY)
    assert store.retention.let_go([1, 2], NOW) == 2
    left = [one.article for one in store.articles.iterate()]
    assert left[2:] == given[2:]
    assert [one.html for one in left[:2]] == ["", ""]
    assert len(dump(store)["body"]) == 1
    store.retention.let_go([3, 4, 5], NOW)
    assert dump(store)["body"] == []


def test_what_goes_can_be_had_whole_before(store: Store) -> None:
    number = put(store, "x", 3, docid="abcdefg1234567", original="---\n---\n正文")
    store.articles.commit([plan(article("x", docid="abcdefg1234567", text="改过。"))], NOW)
    pinned = put(store, "y", 3)
    store.retention.pin([pinned], NOW)
    (told,) = store.retention.records([number, pinned])
    assert (told["kind"], told["id"], told["docid"]) == ("article", number, "abcdefg1234567")
    assert told["story"].startswith("urn:uuid:")
    assert [(one["number"], one["text"]) for one in told["revisions"]] == [
        (1, "x的正文，第一段。\n第二段。"),
        (2, "改过。"),
    ]
    assert told["revisions"][0]["original"] == "---\n---\n正文"
    assert [one["feed"] for one in told["appearances"]] == ["a"]
    store.retention.let_go([number], NOW)
    assert store.retention.records([number]) == []


def test_what_was_let_go_stays_so_in_an_archive(five: Store, tmp_path: Path) -> None:
    five.retention.let_go([1, 2], NOW)
    with open_store(f"sqlite:///{tmp_path / 'other.db'}") as other:
        other.migrate()
        other.whole.take(list(five.whole.records()))
        assert [one.pruned for one in other.articles.iterate()] == [NOW, NOW, None, None, None]
        assert list(other.audit.faults()) == []
