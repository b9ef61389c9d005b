"""Words that outputs include: found when articles are stored, looked up behind where new, let go of in the end."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from aggregator.kit import text
from aggregator.models import Output, StoredArticle
from aggregator.store import Store, filters, hits, open_store, words
from tests.support.stores import statements
from tests.support.writes import MINUTE, NOW, article, dump, plan

DAY = timedelta(days=1)
WORDS = ("央行", "降准", "ＥＴＦ", "a股", "降", "1.5%", "ﬁn", "没有")
PIECES = (
    "央行",
    "降准",
    "降",
    "准",
    "ETF",
    "Ａ股",
    "股",
    "a股",
    "１.５％",
    "1.5%",
    "fin",
    "，",
    "。",
    "é",
    "\u3099",
    "①",
)


def _holds(whole: str, word: str) -> bool:
    folded = text.fold(word).strip()
    return folded in whole or folded in text.fold(whole)


def _passes(one: StoredArticle, output: Output) -> bool:
    told = one.article
    return (
        not told.deleted
        and (not output.feeds or any(seen.slug in output.feeds for seen in one.appearances))
        and any(_holds(told.title, word) or _holds(told.text, word) for word in output.include)
    )


def _scanned(store: Store, output: Output, now: datetime) -> list[str]:
    """What select() is to find, by reading everything."""
    found = [
        story
        for story in store.stories.latest(10_000)
        if any(_passes(one, output) for one in story.articles)
        and not any(_holds(one.article.title, word) for one in story.articles for word in output.exclude)
    ]
    found.sort(key=lambda story: (story.at <= now, story.at, story.id), reverse=True)
    return [story.uid for story in found[: output.limit]]


def _selected(store: Store, output: Output, now: datetime = NOW) -> list[str]:
    return [story.uid for story in store.stories.select(output, now)]


def _names(store: Store, *include: str, now: datetime = NOW) -> str:
    found = store.stories.select(Output("o", "O", include=include), now)
    return "".join(story.head.article.entry_id.removeprefix("entry-") for story in found)


def _finish(store: Store, now: datetime = NOW) -> None:
    while store.words.advance(now):
        pass


@pytest.mark.parametrize("seed", range(12))
def test_outputs_are_as_if_all_texts_were_read(store: Store, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(seed)
    monkeypatch.setattr(words, "AT_ONCE", chance.choice((0, 3, 5_000)))
    monkeypatch.setattr(words, "PIECE", chance.choice((1, 7, 500)))
    monkeypatch.setattr(hits, "_FIRST", chance.choice((1, 3, 256)))
    monkeypatch.setattr(filters, "SPARSE", chance.choice((0, 5, 2_000)))

    def wording(most: int) -> str:
        return "".join(chance.choices(PIECES, k=chance.randrange(most)))

    for step in range(8):
        given = [
            article(
                f"n{chance.randrange(60)}",
                title=f"{chance.choice((wording(3), 'n'))}{chance.randrange(40)}",
                text=wording(6),
                published=NOW + chance.randrange(-90, 30) * MINUTE,
                deleted=chance.random() < 0.1,
            )
            for _ in range(12)
        ]
        store.articles.commit([plan(*given, slug=chance.choice("ab"))], NOW + step * MINUTE)
        store.words.numbers(chance.sample(WORDS, 2), NOW)
        store.words.advance(NOW)
    store.words.numbers(WORDS, NOW)
    _finish(store)
    sizes = []
    for _ in range(40):
        output = Output(
            *("o", "O"),
            limit=chance.choice((1, 5, 100)),
            include=tuple(chance.sample(WORDS, chance.randint(1, 4))),
            exclude=tuple(chance.sample(WORDS, chance.choice((0, 0, 1)))),
            feeds=chance.choice(((), (), ("a",))),
        )
        now = NOW + chance.choice((0, -30, 60)) * MINUTE
        expected = _scanned(store, output, now)
        assert _selected(store, output, now) == expected, output
        sizes.append(len(expected))
    assert max(sizes) > 5


def test_an_edit_brings_a_word_and_takes_it_away(store: Store) -> None:
    assert _names(store, "降准") == ""
    first = article("x", text="央行降准。")
    for step, (changes, expected) in enumerate(
        (
            ({}, "x"),
            ({"text": "央行加息。"}, ""),
            ({"text": "央行加息。", "title": "又降准"}, "x"),
            ({"text": "央行加息。", "title": "又降准", "published": NOW - 90 * MINUTE}, "x"),
            ({"text": "央行加息。", "title": "又降准", "deleted": True}, ""),
            ({"text": "央行加息。", "title": "又降准"}, "x"),
            ({"text": "央行加息。", "title": "不降了"}, ""),
        )
    ):
        store.articles.commit([plan(replace(first, **changes))], NOW + step * MINUTE)  # type: ignore[arg-type]
        assert _names(store, "降准") == expected, changes
    assert dump(store)["word_hit"] == []


def test_a_new_word_is_looked_for_in_the_newest_at_once_and_in_the_others_behind(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(words, "AT_ONCE", 2)
    monkeypatch.setattr(words, "PIECE", 3)
    # The oldest article has the highest id: it was imported last.
    given = [article(f"{n}", text="央行降准", published=NOW - n * 10 * MINUTE) for n in range(1, 9)]
    store.articles.commit([plan(*given)], NOW)
    assert _names(store, "降准") == "12"
    assert store.words.advance(NOW)
    assert _names(store, "降准") == "12678"
    with open_store(store.url, store.path.parent) as another:  # goes on where the first one stopped
        assert another.words.advance(NOW)
        assert _names(another, "降准") == "12345678"
        assert _names(another, "央行") == "12"  # it starts at the top, and does not lead the other one astray
        _finish(another)
        assert not another.words.advance(NOW)
    assert (_names(store, "降准"), _names(store, "央行")) == ("12345678", "12345678")
    with statements(store) as told:
        assert not store.words.advance(NOW)
    assert len(told) == 1


def test_words_that_meet_go_on_together(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "AT_ONCE", 0)
    monkeypatch.setattr(words, "PIECE", 4)
    store.articles.commit([plan(*(article(f"{n}", text="央行降准") for n in range(10)))], NOW)
    store.words.numbers(["降准"], NOW)
    assert store.words.advance(NOW)
    store.words.numbers(["央行"], NOW)
    pieces = 0
    while store.words.advance(NOW):
        pieces += 1
    assert pieces == 3  # 10 to 7 for one, the six below for both
    assert len(_names(store, "降准")) == len(_names(store, "央行")) == 10


def test_a_process_that_does_not_know_the_word_finds_it_all_the_same(store: Store) -> None:
    _names(store, "央行")
    with open_store(store.url, store.path.parent) as another:
        assert _names(another, "降准") == ""
    store.articles.commit([plan(article("x", text="降准"), article("y", text="央行"))], NOW)
    assert (_names(store, "降准"), _names(store, "央行")) == ("x", "y")


def test_selecting_reads_no_text_and_writes_nothing(store: Store) -> None:
    store.articles.commit([plan(*(article(f"n{n}", text="央行降准") for n in range(30)))], NOW)
    output = Output("o", "O", include=("降准", "没有"), exclude=("n1",))
    store.stories.select(output, NOW)
    with statements(store) as told:
        assert len(store.stories.select(output, NOW)) == 19
    assert sum('"body"' in sql and "SELECT" in sql and '"data"' in sql for sql in told) == 1  # that of the 19
    assert not [sql for sql in told if sql.startswith(("INSERT", "UPDATE", "DELETE", "BEGIN IMMEDIATE"))]
    with statements(store) as none:
        assert store.stories.select(replace(output, include=("没有",)), NOW) == []
    assert not [sql for sql in none if '"data"' in sql]


def test_what_was_let_go_is_shown_no_more(store: Store) -> None:
    store.words.numbers(["降准"], NOW)
    store.articles.commit([plan(article("x", text="降准了，央行说"))], NOW - 400 * DAY)
    assert _names(store, "降准") == "x"
    assert store.retention.let_go([1], NOW) == 1
    assert _names(store, "降准") == _names(store, "央行") == _names(store, "x的标题") == ""


def test_words_that_no_output_asks_for_any_more_are_let_go(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "LET_GO", 4)
    store.articles.commit([plan(*(article(f"{n}", text="央行降准") for n in range(9)))], NOW)
    assert len(_names(store, "降准")) == len(_names(store, "央行")) == 9
    _finish(store)
    for days in range(1, 45, 2):  # one config leaves the word out, another still has the other one
        store.words.keep(["央行"], NOW + days * DAY)
    later = NOW + 45 * DAY
    assert store.words.advance(later)
    assert len(dump(store)["word_hit"]) == 9 + 5
    assert len(_names(store, "降准", now=later)) == 9  # asked for again while the old hits are still being deleted
    _finish(store, later)
    assert [row[1] for row in dump(store)["word_filter"]] == ["央行", "降准"]
    assert len(dump(store)["word_hit"]) == 18


def test_one_that_was_put_into_two_stories_now_one_counts_once(store: Store) -> None:
    store.words.numbers(["降准"], NOW)
    given = [article("x", text="降准"), article("y", title="x的标题", text="降准")]
    store.articles.commit([plan(given[0]), plan(given[1], slug="b")], NOW)
    assert _names(store, "降准", "央行") == "x"
