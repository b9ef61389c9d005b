"""Reading stories: newest first, filtered as outputs ask, in pages."""

from __future__ import annotations

from dataclasses import replace

import pytest

from aggregator.models import Found, Output, Plan, Sighting, Symbol
from aggregator.store import Store, filters, stories
from tests.support.writes import MINUTE, NOW, article, plan, subscription, titles, write

HOUR = 60 * MINUTE


def _symbol(code: str) -> Symbol:
    return Symbol(code, Found.PROSE, code)


def _names(store: Store, **filter_: object) -> str:
    output = Output(**{"slug": "o", "title": "O", **filter_})  # type: ignore[arg-type]
    return "".join(story.head.article.entry_id.removeprefix("entry-") for story in store.stories.select(output, NOW))


@pytest.fixture
def news(store: Store) -> Store:
    """Five stories: v (oldest) to z (newest); y is told by two outlets in two feeds."""
    store.subscriptions.sync(
        [subscription("a", categories=("财经",)), subscription("b", categories=("Tech", "港股"))], NOW
    )
    given = [
        article("v", categories=("银行",), outlet="甲报", symbols=(_symbol("600036.SH"),)),
        article("w", categories=("银行", "财经"), outlet="乙报", text="提到了降准二字"),
        article("x", outlet="甲报", title="广告：开户有礼"),
        article("y", outlet="甲报", symbols=(_symbol("00700.HK"), _symbol("600036.SH"))),
        article("z", outlet=None, title="ＡＢＣ公司发布财报_100%"),
    ]
    for minutes, one in enumerate(given):
        at = NOW - (50 - 10 * minutes) * MINUTE
        slug = "b" if one.entry_id in ("entry-v", "entry-z") else "a"
        store.articles.commit([plan(replace(one, published=at), slug=slug)], NOW)
    second = article("y2", title="y的标题", outlet="丁报", text="丁报说的", published=NOW - 15 * MINUTE)
    store.articles.commit([plan(second, slug="b")], NOW)
    return store


CASES: list[tuple[dict[str, object], str]] = [
    ({}, "zyxwv"),
    ({"limit": 2}, "zy"),
    ({"limit": 0}, ""),
    ({"feeds": ("a",)}, "yxw"),
    ({"feeds": ("b",)}, "zyv"),
    ({"feeds": ("a", "b")}, "zyxwv"),
    ({"feeds": ("nowhere",)}, ""),
    ({"categories": ("银行",)}, "wv"),
    ({"categories": ("财经",)}, "yxw"),
    ({"categories": ("ｔＥＣＨ",)}, "zyv"),
    ({"categories": ("债券",)}, ""),
    ({"outlets": ("甲报",)}, "yxv"),
    ({"outlets": ("丁报", "乙报")}, "yw"),
    ({"symbols": ("600036.SH",)}, "yv"),
    ({"symbols": ("600036.sh", "00700.HK")}, "yv"),
    ({"feeds": ("b",), "outlets": ("甲报",)}, "v"),  # one article must pass all filters
    ({"feeds": ("b",), "outlets": ("丁报",)}, "y"),
    ({"symbols": ("600036.SH",), "categories": ("银行",)}, "v"),
    ({"symbols": ("600036.SH",), "outlets": ("丁报",)}, ""),
    ({"include": ("降准",)}, "w"),
    ({"include": ("abc",)}, "z"),
    ({"include": ("0%",)}, "z"),
    ({"include": ("0_",)}, ""),
    ({"include": ("丁报说的",)}, "y"),
    ({"include": ("丁报说的",), "feeds": ("a",)}, ""),
    ({"include": ("降准", "丁报说的"), "limit": 1}, "y"),
    ({"exclude": ("广告",)}, "zywv"),
    ({"exclude": ("降准",)}, "zyxwv"),  # titles only
    ({"exclude": ("abc", "广告")}, "ywv"),
    ({"include": ("的标题",), "exclude": ("w",)}, "yv"),
    ({"include": ("  ",)}, "zyxwv"),
]


@pytest.mark.parametrize("sparse", [0, 2_000], ids=["walking", "from the few"])
@pytest.mark.parametrize(("filter_", "expected"), CASES, ids=str)
def test_filters(
    news: Store, filter_: dict[str, object], expected: str, sparse: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filters, "SPARSE", sparse)
    assert _names(news, **filter_) == expected


def test_a_story_of_an_output_is_whole(news: Store) -> None:
    (story,) = news.stories.select(Output("o", "O", outlets=("丁报",)), NOW)
    assert [one.article.outlet for one in story.articles] == ["甲报", "丁报"]
    (seen,) = story.articles[1].appearances
    assert (seen.slug, seen.categories) == ("b", ("Tech", "港股"))


def test_a_withdrawn_article_passes_no_filter(news: Store) -> None:
    news.articles.commit([plan(article("y2", title="y的标题", deleted=True), slug="b")], NOW)
    assert _names(news, outlets=("丁报",)) == ""
    assert _names(news, include=("丁报说的",)) == ""
    assert _names(news, outlets=("甲报",)) == "yxv"


def test_a_new_appearance_brings_a_story_into_an_output(news: Store) -> None:
    assert _names(news, feeds=("b",)) == "zyv"
    news.articles.commit([Plan("b", sightings=(Sighting("w-in-b", 2, "h"),))], NOW)
    assert _names(news, feeds=("b",)) == "zywv"


def test_excluded_words_are_looked_for_page_by_page_up_to_a_bound(news: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stories, "PAGE", 2)
    assert _names(news, exclude=("y的", "广告")) == "zwv"
    monkeypatch.setattr(stories, "SCAN", 4)
    assert _names(news, exclude=("y的", "广告")) == "zw"


def test_stories_ahead_of_the_clock_come_last(news: Store) -> None:
    output = Output("o", "O")
    found = news.stories.select(output, NOW - 25 * MINUTE)
    assert titles(found)[0] == "广告：开户有礼"
    assert {story.head.article.entry_id for story in found[3:]} == {"entry-y", "entry-z"}


def test_a_future_publish_time_is_never_on_top(store: Store) -> None:
    store.articles.commit([plan(article("x", published=NOW.replace(year=2099)), article("u", published=None))], NOW)
    later = NOW + 10 * MINUTE
    store.articles.commit([plan(write(article("y", published=NOW + 5 * MINUTE), first_seen=later))], later)
    assert _latest(store) == ["entry-y", "entry-u", "entry-x"]
    stored = store.articles.get(1)
    assert stored is not None
    assert stored.article.published == NOW.replace(year=2099)


def test_equal_times_have_a_stable_order_and_pages_lose_nothing(store: Store) -> None:
    names = [f"n{number}" for number in range(7)]
    store.articles.commit([plan(*(article(name) for name in names))], NOW)
    everything = _latest(store)
    assert everything == [f"entry-{name}" for name in reversed(names)]
    paged: list[str] = []
    before = None
    while page := store.stories.latest(3, before):
        paged += [story.head.article.entry_id for story in page]
        before = page[-1]
    assert paged == everything


def test_latest_before_an_instant(news: Store) -> None:
    found = news.stories.latest(2, NOW - 20 * MINUTE)
    assert [story.head.article.entry_id for story in found] == ["entry-x", "entry-w"]


def test_get_by_uid_in_both_forms(news: Store) -> None:
    (story,) = news.stories.latest(1)
    assert news.stories.get(story.uid) == story
    assert news.stories.get(story.uid.removeprefix("urn:uuid:")) == story
    assert news.stories.get("urn:uuid:nonsense") is None


def _latest(store: Store) -> list[str]:
    return [story.head.article.entry_id for story in store.stories.latest(100)]
