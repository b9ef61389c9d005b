"""What the origin serves: the same each time, one slot in ten shared, nothing told twice otherwise."""

from __future__ import annotations

import itertools
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from benchmarks.corpus import FURNITURE, Corpus

from aggregator.models import Document
from aggregator.parse import parse

NEWEST = datetime(2026, 11, 1, 8, tzinfo=UTC)


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return Corpus(20, 20, newest=NEWEST)


def test_equal_numbers_give_equal_bytes(corpus: Corpus) -> None:
    again = Corpus(20, 20, newest=NEWEST)
    assert [again.render(feed) for feed in range(20)] == [corpus.render(feed) for feed in range(20)]
    assert again.render(7, delta=True) == corpus.render(7, delta=True)
    assert Corpus(20, 20, newest=NEWEST, seed=2).render(7) != corpus.render(7)


def test_one_slot_in_ten_is_shared_by_four_feeds(corpus: Corpus) -> None:
    seen = Counter(article.docid for _, article in corpus.seen())
    assert sum(seen.values()) == 400
    assert sum(count for count in seen.values() if count > 1) == 40
    assert {count for count in seen.values() if count > 1} == {4}


def test_titles_are_distinct(corpus: Corpus) -> None:
    articles = {article.docid: article for _, article in corpus.seen(delta=True)}
    assert len({article.title for article in articles.values()}) == len(articles)


def test_delta_puts_two_new_entries_on_top(corpus: Corpus) -> None:
    before, after = corpus.slots(5), corpus.slots(5, delta=True)
    assert after[2:] == before[:-2]
    assert not {one.docid for one in after[:2]} & {one.docid for one in before}
    assert after[1].at > before[0].at
    assert after[0].at <= NEWEST + timedelta(hours=1)


def test_waves_show_what_was_held_back_one_by_one() -> None:
    corpus = Corpus(3, 10, newest=NEWEST, waves=4)
    windows = [corpus.slots(1, wave=wave) for wave in range(5)]
    assert all(len(one) == 10 for one in windows)
    for before, after in itertools.pairwise(windows):
        assert after[1:] == before[:-1]
        assert after[0] not in before
    assert sum(1 for feed, _ in corpus.seen() if feed == 1) == 14


def test_a_feed_states_what_the_corpus_says(corpus: Corpus) -> None:
    document = Document("https://x.example.org/", "https://x.example.org/", 200, corpus.render(3), NEWEST)
    parsed = parse(document)
    assert not parsed.problems
    assert [(one.docid, one.title, one.published, one.link) for one in parsed.entries] == [
        (one.docid, one.title, one.at, one.link) for one in corpus.slots(3)
    ]
    sizes = [len((one.content or "").encode()) for one in parsed.entries]
    assert 5000 < sum(sizes) / len(sizes) < 8000
    assert all(mark in (parsed.entries[0].content or "") for mark in FURNITURE)
