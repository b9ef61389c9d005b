"""What a search finds, whatever database lies below: all that a plain scan finds, and nothing else."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from aggregator.kit import querying
from aggregator.models import Output, StoredArticle, Story, StoryPage
from aggregator.store import Store, asked, open_store, search
from tests.support import searched
from tests.support.postgres import Server
from tests.support.writes import NOW, article, plan, write

LATER = NOW + timedelta(days=115)  # of searched.articles: in November

QUERIES = 100
ARTICLES = 1_200


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory, template: Path) -> Iterator[Store]:
    """A store of many articles, indexed; some of them edited, withdrawn or let go."""
    path = tmp_path_factory.mktemp("library") / "a.db"
    path.write_bytes(template.read_bytes())
    chance = random.Random(7)
    with open_store(f"sqlite:///{path}") as store:
        made = [write(one, first_seen=LATER) for one in searched.articles(chance, ARTICLES, LATER)]
        chance.shuffle(made)
        for start in range(0, ARTICLES, 500):
            half = start + 400
            plans = [plan(*made[start:half]), plan(*made[half : start + 500], slug="b")]
            store.articles.commit(plans, LATER)
        some = [stored for stored in store.articles.iterate() if stored.id % 50 == 0]
        edits = [plan(article("x", **_again(stored, chance, deleted=stored.id % 100 == 0))) for stored in some]
        store.articles.commit(edits, LATER)
        store.retention.let_go([stored.id + 1 for stored in some if stored.id < ARTICLES], LATER)
        while store.search.advance():
            pass
        yield store


def _again(stored: StoredArticle, chance: random.Random, *, deleted: bool) -> dict[str, object]:
    text = searched.prose(chance, 20)
    one = stored.article
    known = {"entry_id": one.entry_id, "url": one.url, "published": one.published, "outlet": one.outlet}
    return {**known, "title": one.title, "text": text, "deleted": deleted}


@pytest.fixture(scope="module")
def scanned(library: Store) -> list[StoredArticle]:
    """All that may be found."""
    return [one for one in library.articles.iterate() if not one.article.deleted and not one.pruned]


def queries() -> list[str]:
    chance = random.Random(20261123)
    return [searched.query(chance) for _ in range(QUERIES)]


def test_every_query_finds_what_a_plain_scan_finds(library: Store, scanned: list[StoredArticle]) -> None:
    some = 0
    for text in queries():
        query = querying.parse(text, LATER)
        wanted = {one.id for one in scanned if searched.held(query, one)}
        found = [number for page in library.search.articles(query, LATER) for number in page]
        assert set(found) == wanted, text
        assert len(found) == len(wanted), text
        best = library.articles.of([hit.revision for hit in library.search.find(query, 5_000, LATER)])
        assert {one.id for one in best} <= wanted, text
        assert len(best) == (min(len(wanted), search.CANDIDATES) if query else 0), text
        some += 0 < len(wanted) < len(scanned)
    assert some > QUERIES * 0.6


def test_every_query_finds_the_same_on_postgresql(
    library: Store, postgres: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_store(postgres.create(), tmp_path) as moved:
        moved.migrate()
        library.copy_to(moved, lambda _rows: None)
        while moved.search.advance():
            pass
        found = 0
        for text in queries():
            best = library.search.find(text, 5_000, LATER)
            found += len(best)
            assert moved.search.find(text, 5_000, LATER) == best, text
            assert moved.search.newest(text, 30, None, LATER) == library.search.newest(text, 30, None, LATER), text
        assert found > ARTICLES
        monkeypatch.setattr(search, "CANDIDATES", 7)  # where many hold a word equally well, both leave out the same
        for ranked in (search._RANKED, -1):
            monkeypatch.setattr(search, "_RANKED", ranked)
            for text in queries():
                assert moved.search.find(text, 7, LATER) == library.search.find(text, 7, LATER), text
        output = Output("o", "O", include=("降准", "GDP"), exclude=("茅台",), categories=("金融", "公司"))
        assert moved.stories.select(output, LATER) == library.stories.select(output, LATER) != []


@pytest.mark.parametrize("few", [True, False], ids=["looked up", "walked"])
def test_newest_first_gives_the_same_stories_page_by_page(
    library: Store, scanned: list[StoredArticle], monkeypatch: pytest.MonkeyPatch, few: bool
) -> None:
    if not few:
        monkeypatch.setattr(search, "_FEW", -1)
        monkeypatch.setattr(search, "_RANKED", -1)
        monkeypatch.setattr("aggregator.store.filters.SPARSE", -1)
    places = {one.uid: (one.at, one.id) for one in library.stories.latest(2 * ARTICLES)}
    for text in queries()[::3]:
        query = querying.parse(text, LATER)
        met = {one.story_uid for one in scanned if searched.held(query, one)}
        wanted = sorted(met, key=lambda uid: places[uid], reverse=True)
        first = library.stories.newest_matching(query, 7, None, LATER)
        assert [one.uid for one in first] == wanted[:7], text
        if first:
            rest = library.stories.newest_matching(query, 2 * ARTICLES, _place(first[-1]), LATER)
            assert [one.uid for one in first + rest] == wanted, text
        best = library.search.stories(query, LATER, limit=10)
        assert {hit.story.uid for hit in best} <= met, text
        assert len(best) == (min(10, len(met)) if query else 0), text


@pytest.mark.parametrize("few", [True, False], ids=["looked up", "walked"])
def test_pages_backward_are_the_pages_forward(library: Store, monkeypatch: pytest.MonkeyPatch, few: bool) -> None:
    if not few:
        monkeypatch.setattr(search, "_FEW", -1)
        monkeypatch.setattr("aggregator.store.filters.SPARSE", -1)
        monkeypatch.setattr("aggregator.store.wordindex._SOUGHT", 0)
    size = 7
    for text in ["", *queries()[::5]]:
        query, forth, back = querying.parse(text, LATER), list[list[str]](), list[list[str]]()
        page = library.search.page(query, size, LATER)
        assert not page.newer
        while True:
            forth.append([one.uid for one in page.stories])
            if not page.older or len(forth) == 12:
                break
            page = library.search.page(query, size, LATER, older=_place(page.stories[-1]))
            assert page.newer
        told = [uid for uids in forth for uid in uids]
        assert told == [one.uid for one in library.stories.newest_matching(query, len(told), None, LATER)], text
        while page.newer:
            page = library.search.page(query, size, LATER, newer=_place(page.stories[0]))
            back.append([one.uid for one in page.stories])
        assert back[::-1] == forth[:-1], text


def test_numbers_are_found_whole(store: Store) -> None:
    told = {"a": "增长578.23%", "b": "共578家", "c": "578，23", "d": "2026.11.24版本"}
    store.articles.commit([plan(article(name, text=text)) for name, text in told.items()], NOW)
    while store.search.advance():
        pass

    def found(text: str) -> set[str]:
        hits = store.search.results(text, NOW).hits
        return {hit.article.article.entry_id.removeprefix("entry-") for hit in hits}

    assert {text: "".join(sorted(found(text))) for text in ("578", "578.23", "23", "５７８．２３", "2026")} == {
        "578": "bc",
        "578.23": "a",
        "23": "c",
        "５７８．２３": "a",
        "2026": "",
    }


def test_a_page_at_either_end(store: Store) -> None:
    assert store.search.page("", 5, NOW) == StoryPage()
    told = [plan(article(name, published=NOW - timedelta(hours=hour))) for hour, name in enumerate("abcd")]
    store.articles.commit(told, NOW)
    first = store.search.page("", 3, NOW)
    assert [one.head.article.entry_id for one in first.stories] == ["entry-a", "entry-b", "entry-c"]
    # Fewer than a page are newer than the second: the first page, whole.
    assert store.search.page("", 3, NOW, newer=_place(first.stories[1])) == first
    last = store.search.page("", 3, NOW, older=_place(first.stories[-1]))
    assert ([one.head.article.entry_id for one in last.stories], last.newer, last.older) == (["entry-d"], True, False)
    beyond = store.search.page("", 3, NOW, older=_place(last.stories[-1]))
    assert beyond == StoryPage((), newer=True, older=False)


def _place(story: Story) -> tuple[datetime, int]:
    return story.at, story.id


def test_pages_of_the_best_follow_on_each_other(library: Store) -> None:
    whole = library.search.stories("央行", LATER, limit=45)
    pages = [library.search.stories("央行", LATER, limit=15, offset=start) for start in (0, 15, 30)]
    assert [hit.story.uid for page in pages for hit in page] == [hit.story.uid for hit in whole]
    assert len({hit.story.uid for hit in whole}) == 45
    assert [hit.score for hit in whole] == sorted((hit.score for hit in whole), reverse=True)
    assert all(hit.article in hit.story.articles for hit in whole)
    assert library.search.stories("央行", LATER, limit=20, offset=100_000) == []


def catch_up(store: Store) -> None:
    while store.search.advance():
        pass


def test_what_is_new_comes_before_what_is_old_and_a_title_before_a_text(store: Store) -> None:
    ages = {"旧": 400, "新": 1, "更旧": 800}
    for name, days in ages.items():
        made = article(name, text="央行降准。", published=NOW - timedelta(days=days))
        store.articles.commit([plan(write(made, first_seen=NOW - timedelta(days=days)))], NOW)
    titled = article("题", title="央行降准", text="全文。", published=NOW - timedelta(days=10))
    store.articles.commit([plan(write(titled, first_seen=NOW - timedelta(days=10)))], NOW)
    catch_up(store)
    told = [hit.story.head.article.title for hit in store.search.stories("降准", NOW)]
    assert told == ["央行降准", "新的标题", "旧的标题", "更旧的标题"]
    assert store.search.stories("feed:a", NOW)[0].story.head.article.title == "新的标题"


def test_stories_ahead_of_the_clock_come_last_and_are_walked_once(store: Store) -> None:
    for name, hours in (("a", 5), ("b", -5), ("c", -1), ("d", 2)):
        at = NOW + timedelta(hours=hours)
        store.articles.commit([plan(write(article(name, published=at), first_seen=at))], at)
    catch_up(store)
    for text in ("标题", "-无", "feed:a", ""):
        order, before = [], None
        while page := store.stories.newest_matching(text, 1, before, NOW):
            order += [one.head.article.title[0] for one in page]
            before = (page[-1].at, page[-1].id)
        assert order == ["c", "b", "a", "d"], text


def test_one_article_meets_all_of_a_query(store: Store) -> None:
    """Two articles of one story do not meet it together."""
    for outlet, text in (("示例日报", "央行降准。"), ("样本证券报", "基金上涨。")):
        made = article(
            "同题", outlet=outlet, text=text, entry_id=outlet, url=f"https://{len(text)}.example.com/{outlet}"
        )
        store.articles.commit([plan(made)], NOW)
    catch_up(store)
    assert len(store.stories.newest_matching("央行 outlet:示例日报", 9, None, NOW)) == 1
    assert store.stories.newest_matching("央行 outlet:样本证券报", 9, None, NOW) == []
    assert store.stories.newest_matching("央行 基金", 9, None, NOW) == []
    (hit,) = store.search.stories("基金", NOW)
    assert (hit.article.article.outlet, len(hit.story.articles)) == ("样本证券报", 2)


def test_without_an_index_words_find_nothing_and_filters_all(store: Store) -> None:
    store.articles.commit([plan(article("x"))], NOW)
    assert store.stories.newest_matching("标题", 9, None, NOW) == []
    assert store.search.stories("标题", NOW) == []
    assert len(store.stories.newest_matching("feed:a", 9, None, NOW)) == 1
    assert len(store.search.stories("outlet:示例日报", NOW)) == 1


@pytest.mark.parametrize(
    "text",
    [
        '"' * 1000,
        "！？。，" * 200,
        "\x00\x00央行\x00",
        "\ud800央行\udfff",
        "央行 AND",
        "NEAR(央行 标题, 2)",
        "央行*",
        "^央行",
        "{title}：央行",
        "text：央行",
        "a-" * 400,
        "' OR 1=1 --",
        "%",
        "title:NEAR(",
        '-AND -"*"',
    ],
    ids=range(15),
)
def test_no_sign_means_anything_to_the_database(store: Store, text: str) -> None:
    store.articles.commit(
        [plan(article("x", text="央行降准"), article("y", text="央行 near and text title 央行 2 标题"))], NOW
    )
    catch_up(store)
    query = querying.parse(text, NOW)
    scanned = list(store.articles.iterate())
    found = [number for page in store.search.articles(query, NOW) for number in page]
    assert found == [one.id for one in scanned if searched.held(query, one)]
    store.search.stories(query, NOW)


def test_asked_is_read_in_few_pieces(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where more articles than are looked at in one go meet a filter."""
    monkeypatch.setattr(asked, "AT_ONCE", 2)
    store.articles.commit([plan(*(article(f"n{number}", symbols=()) for number in range(9)))], NOW)
    catch_up(store)
    assert len(store.stories.newest_matching("标题 feed:a outlet:示例日报", 100, None, NOW)) == 9
