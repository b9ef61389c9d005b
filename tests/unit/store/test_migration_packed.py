"""The migration that packs texts: articles before and after are the same for every reader."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import pytest

from aggregator.models import Completeness, Found, Keep, Output, Symbol
from aggregator.store import Store, bodies, open_store, upgrade
from aggregator.store.founding import uid
from tests.support import olddb
from tests.support.writes import MINUTE, NOW, article, entry, key, plan, write

POST = article(
    "post",
    text="第一段。\n第二段，一千二百字。\n" * 40,
    html="<p>第一段。</p>\n<p>第二段，<b>一千二百</b>字。</p>\n" * 40,
    docid="abcdefg1234567",
    symbols=(Symbol("600941.SH", Found.MARKUP, "sh600941"),),
    original="---\ntitle: 标题\n---\n正文",
    flags=("edited",),
    extra={"front": {"list": [1, {"a": "b"}]}},
)
ODD = article("odd", text="𠮷、ﷺ、\ue000", html="<p>&lt;\ue000 ｶﾅ</p>", published=None, outlet=None)
EMPTY = article("empty", text="", html="", completeness=Completeness.SUMMARY, url=None)
GONE = article("gone", text="", html="", deleted=True, original="只有原文")
MANY = [article(f"n{number}", text=f"{number}号正文。" * 400) for number in range(450)]
ARTICLES = [POST, ODD, EMPTY, GONE, *MANY]


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """An old database with those articles."""
    path = tmp_path / "old.db"
    writes = [write(one, fingerprint=number << 40) for number, one in enumerate(ARTICLES, 1)]
    olddb.make(path, [plan(*writes[:5]), plan(*writes[5:], slug="b")])
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE sqlite_sequence SET seq = 9000 WHERE name = 'article'")
        connection.execute("UPDATE story SET merged_into = 1, visible = 0 WHERE id = 2")
        connection.execute("UPDATE article SET story = 1 WHERE id = 2")
    connection.close()
    return path


def _upgraded(path: Path) -> Store:
    store = open_store(f"sqlite:///{path}")
    store.migrate()
    return store


def test_every_article_is_the_same_after_it(old: Path) -> None:
    with _upgraded(old) as store:
        stored = list(store.articles.iterate())
        assert [one.article for one in stored] == ARTICLES
        assert [one.id for one in stored] == list(range(1, len(ARTICLES) + 1))
        assert [one.story_uid for one in stored[2:]] == [uid(key(one.entry_id[6:])) for one in ARTICLES[2:]]
        assert {(one.first_seen, one.revised_at) for one in stored} == {(NOW, NOW)}
        assert [len(one.appearances) for one in stored] == [1] * len(ARTICLES)
        first, second = store.articles.revisions(1)
        assert (first.article.text, first.content_hash, first.cause) == ("旧文" * 10, "00" * 21, "stated")
        assert (second.article, second.content_hash) == (POST, write(POST).content_hash)


def test_what_finds_articles_finds_them_after_it(old: Path) -> None:
    with _upgraded(old) as store:
        known = store.articles.known("a", [entry("post"), entry("new", link=POST.url), entry("n", docid=POST.docid)])
        assert {number: one.article_id for number, one in known.items()} == {
            "entry-post": 1,
            "entry-new": 1,
            "entry-n": 1,
        }
        assert known["entry-post"].stated_hash == write(POST).stated_hash
        assert [one.title for one in store.articles.neighbours([key("post")], [])] == [POST.title]
        near = store.articles.neighbours([], [(1 << 40 | 3, NOW)])
        assert POST.title in [one.title for one in near]
        for output in (Output("s", "", symbols=("600941.sh",)), Output("w", "", include=("一千二百",))):
            assert [story.head.article.title for story in store.stories.select(output, NOW)] == [POST.title]
        merged = store.stories.get(uid(key("odd")))
        assert merged is not None
        assert merged.id == 1


def test_the_same_feed_again_changes_nothing_and_new_articles_get_new_ids(old: Path) -> None:
    with _upgraded(old) as store:
        again = [write(one, fingerprint=number << 40) for number, one in enumerate(ARTICLES, 1)][4:50]
        (outcome,) = store.articles.commit([plan(*again, slug="b")], NOW + MINUTE)
        assert (outcome.new, outcome.revised) == (0, 0)
        store.articles.commit([plan(article("fresh"))], NOW + MINUTE)
        assert store.articles.get(9001) is not None
        everyone = store.retention.doomed({}, Keep(max_age=timedelta()), Keep(), NOW + 2 * MINUTE)
        assert store.retention.let_go(everyone, NOW) == len(ARTICLES) + 1


def test_a_kill_leaves_the_old_database_and_the_next_try_succeeds(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = _dump(old)
    packed = bodies.compress
    done = 0

    def killed(text: str) -> bodies.Frame:
        nonlocal done
        done += 1
        if done > 20:
            raise KeyboardInterrupt
        return packed(text)

    with monkeypatch.context() as patched, open_store(f"sqlite:///{old}") as store:
        patched.setattr(bodies, "compress", killed)
        with pytest.raises(KeyboardInterrupt):
            store.migrate()
    assert _dump(old) == before
    with open_store(f"sqlite:///{old}") as store:
        assert store.migrate() == sorted(path.stem for path in upgrade.SCRIPTS.glob("[0-9]*.py"))[1:]
        assert store.articles.counts()["articles"] == len(ARTICLES)


def test_few_texts_are_held_at_once(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    pack = bodies.pack

    def counted(texts: Iterable[tuple[str, str] | None]) -> bodies.Packed:
        given = list(texts)
        sizes.append(len(given))
        return pack(given)

    monkeypatch.setattr(bodies, "pack", counted)
    _upgraded(old).close()
    assert sum(sizes) == len(ARTICLES) + 1
    assert max(sizes) <= 200


def _dump(path: Path) -> list[str]:
    connection = sqlite3.connect(path)
    lines = list(connection.iterdump())
    connection.close()
    return lines
