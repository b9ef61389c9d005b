"""Pictures in the store: wanted behind the archive, kept once, lost with a reason, let go of oldest first."""

from __future__ import annotations

from datetime import timedelta

import pytest

from aggregator.models import Image, Medium
from aggregator.store import Store
from tests.support.stores import statements
from tests.support.writes import MINUTE, NOW, article, dump, plan

DAY = timedelta(days=1)


def medium(number: int, size: int = 100) -> Medium:
    return Medium(f"{number:040x}", "jpg", size, 160, 90)


def url(name: str) -> str:
    return f"https://img.example.com/{name}.jpg"


def commit(store: Store, *names: str, **changes: object) -> None:
    """One article a name, each with a lead picture of that name and a second one."""
    for name in names:
        shown = {"image": url(name), "images": (Image(url(name)), Image(url(f"{name}2")))}
        store.articles.commit([plan(article(name, **{**shown, **changes}))], NOW)


def wanted(store: Store, which: str = "lead") -> list[str]:
    while store.media.advance(which, NOW):  # type: ignore[arg-type]
        pass
    return [one.url for one in store.media.due(NOW, 100)]


@pytest.mark.parametrize(("which", "names"), [("none", []), ("lead", ["x"]), ("all", ["x2", "x"])])
def test_pictures_are_wanted_as_the_setting_says(store: Store, which: str, names: list[str]) -> None:
    commit(store, "x")
    assert wanted(store, which) == [url(name) for name in names]
    assert wanted(store, "all") == [url(name) for name in names], "what is behind the mark is not looked at again"


def test_the_newest_come_first_and_the_page_is_told(store: Store) -> None:
    commit(store, "x", "y")
    assert wanted(store) == [url("y"), url("x")]
    assert store.media.due(NOW, 1)[0].page == "https://finance.example.com/y.html"


def test_withdrawn_articles_and_other_schemes_want_nothing(store: Store) -> None:
    commit(store, "x", deleted=True)
    commit(store, "y", image="data:image/png;base64,xx", images=())
    assert wanted(store, "all") == []


def test_looking_back_wants_what_was_passed_over(store: Store) -> None:
    commit(store, "x")
    assert wanted(store, "none") == []
    store.media.look_back(NOW + DAY)
    assert wanted(store) == []
    store.media.look_back(NOW)
    assert wanted(store) == [url("x")]


def test_one_file_serves_many_addresses_and_articles(store: Store) -> None:
    commit(store, "x", "y")
    for one in (wanted(store), store.media.due(NOW, 9)):
        assert len(one) == 2
    for due in store.media.due(NOW, 9):
        assert store.media.keep(due.id, medium(1), NOW)
    assert store.media.due(NOW + DAY, 9) == []
    assert store.media.counts() == {"kept": 1, "bytes": 100, "waiting": 0, "lost": 0}
    assert store.media.names([1, 2]) == {url("x"): medium(1).name, url("y"): medium(1).name}
    assert [one.kept for one in store.media.of([2])[2]] == [medium(1)]
    assert list(store.media.every(batch=1)) == [medium(1)]
    assert store.media.known([medium(1).hash, medium(2).hash]) == {medium(1).hash}


def test_a_failure_is_noted_and_given_up_until_another_article_wants_it(store: Store) -> None:
    commit(store, "x")
    wanted(store)
    (due,) = store.media.due(NOW, 9)
    store.media.fail(due.id, 1, NOW + MINUTE, "answered 403")
    assert (store.media.due(NOW, 9), len(store.media.due(NOW + MINUTE, 9))) == ([], 1)
    store.media.fail(due.id, 2, None, "answered 404")
    (lost,) = store.media.of([1])[1]
    assert (lost.kept, lost.next_at, lost.attempts, lost.reason) == (None, None, 2, "answered 404")
    commit(store, "x", text="改过的正文。" * 9)
    assert wanted(store) == [], "a new state of the same article is no news of its picture"
    commit(store, "y", image=url("x"), images=())
    assert wanted(store) == [url("x")]
    store.media.fail(due.id, 3, None, "answered 404")
    assert store.media.retry(NOW) == 1
    assert [one.attempts for one in store.media.due(NOW, 9)] == [0]


def test_the_oldest_go_first_and_the_article_says_so(store: Store) -> None:
    for days, name in enumerate("xyz"):
        commit(store, name, published=NOW - days * DAY)
    wanted(store)
    for number, due in enumerate(reversed(store.media.due(NOW, 9))):  # z, y, x
        store.media.keep(due.id, medium(number), NOW)
    assert store.media.beyond(300) == []
    assert store.media.beyond(299) == [medium(0)]
    assert store.media.beyond(0) == [medium(0), medium(1), medium(2)]
    store.media.lose(medium(0).hash, "was let go of")
    (lost,) = store.media.of([3])[3]
    assert (lost.url, lost.kept, lost.reason) == (url("z"), None, "was let go of")
    assert store.media.counts() == {"kept": 2, "bytes": 200, "waiting": 0, "lost": 1}
    # Shown again by today's article, the next oldest is needed again.
    commit(store, "w", image=url("y"), images=(), published=NOW)
    wanted(store)
    assert store.media.beyond(100) == [medium(1)] or store.media.beyond(100) == [medium(2)]
    assert store.media.beyond(199)[0] in (medium(1), medium(2))


def test_what_a_pinned_article_shows_stays(store: Store) -> None:
    commit(store, "x", "y")
    wanted(store)
    for number, due in enumerate(store.media.due(NOW, 9)):  # y, x
        store.media.keep(due.id, medium(number), NOW)
    store._engine.execute_sql("UPDATE article SET pinned = 1 WHERE id = 1")
    assert store.media.beyond(0) == [medium(0)]


def test_pictures_of_texts_that_were_let_go_go_too(store: Store) -> None:
    commit(store, "x", "y")
    wanted(store)
    for number, due in enumerate(store.media.due(NOW, 9)):
        store.media.keep(due.id, medium(number), NOW)
    assert (store.media.forget_blanked(), store.media.unneeded()) == (0, [])
    store._engine.execute_sql("UPDATE article SET pruned = 1 WHERE id = 1")
    assert store.media.forget_blanked() == 1
    assert store.media.unneeded() == [medium(1)]
    assert list(store.media.of([1, 2])) == [2]
    assert not store.media.keep(1, medium(5), NOW), "nobody wants it any more"


def test_looking_without_news_writes_nothing_and_asks_little(store: Store) -> None:
    commit(store, "x")
    wanted(store)
    before = dump(store)
    with statements(store) as told:
        assert store.media.advance("lead", NOW) == 0
        store.media.due(NOW - DAY, 9)
    assert dump(store) == before
    assert len(told) <= 2


def test_an_import_of_old_articles_holds_up_no_news(store: Store) -> None:
    commit(store, "old", "older", published=NOW - 300 * DAY)
    commit(store, "news", published=NOW)
    commit(store, "imported", published=NOW - 400 * DAY)
    assert wanted(store) == [url("news"), url("older"), url("old"), url("imported")]


def test_what_would_go_as_soon_as_it_came_is_not_asked_for(store: Store) -> None:
    for days, name in enumerate(("new", "kept", "late")):
        commit(store, name, published=NOW - days * DAY)
    wanted(store)
    found = {one.url: one for one in store.media.due(NOW, 9)}
    store.media.keep(found[url("kept")].id, medium(1), NOW)
    assert store.media.refuse(250, NOW, "no room") == 0, "there is room for another"
    commit(store, "pinned", published=NOW - 9 * DAY)
    wanted(store)
    store.retention.pin([4], NOW)
    assert store.media.refuse(150, NOW, "no room") == 1
    assert wanted(store) == [url("new"), url("pinned")]
    (told,) = store.media.of([3])[3]
    assert (told.next_at, told.reason) == (None, "no room")
    assert store.media.refuse(150, NOW, "no room") == 0
    store.media.retry(NOW)
    assert len(wanted(store)) == 3
