"""The audit: silent about a sound archive however it came about, and it names each damage and nothing else."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from aggregator.models import Found, Image, Place, Sighting, Symbol
from aggregator.store import Store, open_store
from tests.support.writes import MINUTE, NOW, article, dump, key, plan, subscription, write

TAGGED: dict[str, Any] = {"symbols": (Symbol("600941.SH", Found.MARKUP, "sh600941"),), "categories": ("宏观",)}


@pytest.fixture(scope="session")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a store in which everything happened that happens, and its search index."""
    folder = tmp_path_factory.mktemp("sound")
    with open_store(f"sqlite:///{folder / 'a.db'}") as store:
        store.migrate()
        store.subscriptions.sync([subscription("a"), subscription("b")], NOW)
        commit = store.articles.commit
        some = (article(f"x{n}", text=f"第{n}家公司公布业绩。" * 9, **TAGGED) for n in range(20))
        commit([plan(*some)], NOW)
        commit([plan(article("x1", text="改过。"), article("x2", deleted=True))], NOW + MINUTE)
        commit([plan(article("y", outlet="另一家", title="x3的标题"), slug="b")], NOW)
        kin = Place(key("z"), ((key("x5"), "near"),))
        commit([plan(write(article("z", aliases=("https://m.example.com/z",)), place=kin))], NOW)
        commit([plan(article("q1")), plan(article("q2"))], NOW)
        commit([plan(write(article("q1", title="q2的标题")))], NOW + 2 * MINUTE)  # two stories become one
        commit([plan(article("p", original="---\n---\n正文", images=(Image("https://i.example.com/1.jpg"),)))], NOW)
        commit([plan(article("s", text="", html="", title="只有标题"), sightings=(Sighting("again", 3, "h"),))], NOW)
        commit([plan(article("u", published=None, text="𠮷\ud800"), slug="b")], NOW)
        store.words.keep(["业绩"], NOW)
        while store.words.advance(NOW) or store.search.advance():
            pass
    return folder


@pytest.fixture
def store(tmp_path: Path, sound: Path) -> Store:
    for path in sound.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    return open_store(f"sqlite:///{tmp_path / 'a.db'}", timeout=5)


def kinds(store: Store) -> list[str]:
    return sorted(fault.kind for fault in store.audit.faults())


def mend(store: Store) -> list[str]:
    """What is left after three rounds, as `verify --repair` goes."""
    for _ in range(5):
        if not sum(store.audit.mend(fault) for fault in list(store.audit.faults())):
            break
    while store.search.advance():
        pass
    return kinds(store)


def test_a_sound_archive_has_no_fault(store: Store) -> None:
    with store:
        assert kinds(store) == []
        before = dump(store)
        assert mend(store) == []
        assert dump(store) == before


def test_an_archive_that_let_go_of_text_has_no_fault(store: Store) -> None:
    with store:
        assert store.retention.let_go(range(1, 15), NOW + 10 * MINUTE) == 14
        assert kinds(store) == []


@dataclass(frozen=True)
class Damage:
    """What a hand with sqlite3 did."""

    do: str | Callable[[sqlite3.Connection], object]
    kinds: tuple[str, ...]  #: what must be told, and nothing else
    left: tuple[str, ...] = ()  #: what stays after mending
    same: bool = True  #: mending brings back every row as it was


def _frame(connection: sqlite3.Connection) -> None:
    connection.execute("UPDATE body SET data = zeroblob(length(data)) WHERE id = 1")


def _hash_of(connection: sqlite3.Connection) -> None:
    (raw,) = connection.execute("SELECT content_hash FROM revision WHERE id = 5").fetchone()
    wrong = raw[:-1] + bytes([raw[-1] ^ 1])
    connection.execute("UPDATE revision SET content_hash = ? WHERE id = 5", (wrong,))
    connection.execute("UPDATE article SET content_hash = ? WHERE id = 5", (wrong,))


def _text_of(connection: sqlite3.Connection) -> None:
    connection.execute("UPDATE revision SET start = start + 1, text_length = text_length - 1 WHERE id = 5")


DAMAGES = {
    "index of another form": Damage("DROP INDEX article_story", ("index.missing",)),
    "counter": Damage("UPDATE sqlite_sequence SET seq = 3 WHERE name = 'article'", ("table.counter",)),
    "frame": Damage(_frame, ("body.frame",) * 20, left=("body.frame",) * 20),
    "content hash": Damage(_hash_of, ("revision.hash",), left=("revision.hash",)),
    "text cut": Damage(_text_of, ("article.current", "revision.hash"), left=("revision.hash",), same=False),
    "title of a revision": Damage(
        "UPDATE revision SET title = '假' WHERE id = 5",
        ("article.current", "revision.hash"),
        left=("revision.hash",),
        same=False,
    ),
    "facts": Damage("UPDATE revision SET facts = '{' WHERE id = 5", ("revision.facts",), left=("revision.facts",)),
    "spot": Damage(
        "UPDATE revision SET text_length = 99999 WHERE id = 5", ("revision.length",), left=("revision.length",)
    ),
    "body gone": Damage("DELETE FROM body WHERE id = 2", ("revision.body",) * 2, left=("revision.body",) * 2),
    "body too many": Damage(
        "INSERT INTO body (at, encoding, data) SELECT at, encoding, data FROM body WHERE id = 1", ("body.unused",)
    ),
    "revision gone": Damage(
        "DELETE FROM revision WHERE article = 2 AND number = 1", ("revision.missing",), left=("revision.missing",)
    ),
    "newest revision gone": Damage(
        "DELETE FROM revision WHERE article = 2 AND number = 2",
        ("article.current", "hit.missing", "tag.wrong"),
        same=False,
    ),
    "all revisions gone": Damage("DELETE FROM revision WHERE article = 21", (), same=False),
    "number": Damage("UPDATE article SET number = 1 WHERE id = 2", ("article.current",)),
    "title": Damage("UPDATE article SET title = '假' WHERE id = 4", ("article.current",)),
    "hash of the article": Damage("UPDATE article SET content_hash = x'00' WHERE id = 4", ("article.current",)),
    "withdrawn": Damage("UPDATE article SET deleted = 1 WHERE id = 7", ("article.current", "story.visible")),
    "article's story": Damage("UPDATE article SET story = 1 WHERE id = 7", ("key.wrong", "story.visible")),
    "story gone": Damage("DELETE FROM story WHERE id = 7", ("article.story", "story_key.story"), same=False),
    "key gone": Damage("DELETE FROM story_key WHERE story = 7", ("key.missing", "story.keyless")),
    "key of another": Damage("UPDATE story_key SET story = 8 WHERE story = 7", ("key.wrong", "story.keyless")),
    "chain": Damage(
        "UPDATE story SET merged_into = (SELECT id FROM story WHERE merged_into IS NOT NULL), visible = 0 WHERE id = 7",
        ("story.chain",),
        same=False,
    ),
    "chain in a circle": Damage("UPDATE story SET merged_into = 7 WHERE id = 7", ("story.chain",)),
    "merged and shown": Damage("UPDATE story SET visible = 1 WHERE merged_into IS NOT NULL", ("story.visible",)),
    "hidden": Damage("UPDATE story SET visible = 0 WHERE id = 7", ("story.visible",)),
    "time of a story": Damage("UPDATE story SET at = at + 1 WHERE id = 7", ("story.at",)),
    "uid": Damage("UPDATE story SET uid = randomblob(16) WHERE id = 7", ("story.uid",)),
    "print gone": Damage("DELETE FROM print WHERE article = 7", ("print.missing",)),
    "print of another text": Damage("UPDATE print SET fingerprint = 5 WHERE article = 7", ("print.wrong",)),
    "print at another time": Damage(
        "UPDATE print SET span = span + 1 WHERE article = 7", ("print.missing", "print.wrong")
    ),
    "tag gone": Damage("DELETE FROM tag WHERE article = 7 AND label = 1", ("tag.wrong",)),
    "tag too many": Damage("INSERT INTO tag SELECT 1, 22", ("tag.wrong",)),
    "label gone": Damage("DELETE FROM label WHERE id = 1", ("tag.label", *("tag.wrong",) * 19), same=False),
    "address gone": Damage("DELETE FROM alias WHERE article = 7", ("alias.missing",)),
    "address of nothing": Damage("INSERT INTO alias VALUES ('https://x.example.com/', 4711)", ("alias.article",)),
    "appearance of nothing": Damage(
        "INSERT INTO appearance (subscription, entry_id, article, stated_hash, first_seen, entry) "
        "VALUES (1, 'e', 99, 'h', 1, 3)",
        ("appearance.article", "appearance.entry"),
        same=False,
    ),
    "word gone": Damage("DELETE FROM word_hit WHERE article = 7", ("hit.missing",)),
    "word at another time": Damage("UPDATE word_hit SET at = at + 1 WHERE article = 7", ("hit.missing", "hit.wrong")),
    "short hash": Damage("UPDATE appearance SET entry = entry + 1 WHERE id = 7", ("appearance.entry",)),
    "seen twice": Damage(
        "INSERT INTO appearance (subscription, entry_id, article, stated_hash, first_seen, entry) "
        "SELECT subscription, entry_id, article, stated_hash, first_seen, entry FROM appearance WHERE id = 7",
        ("appearance.twice",),
        same=False,
    ),
}
DAMAGES["all revisions gone"] = Damage(
    "DELETE FROM revision WHERE article = 21", ("article.empty", "body.unused"), left=("article.empty",), same=False
)


@pytest.mark.parametrize("name", DAMAGES)
@pytest.mark.sqlite
def test_a_damage_is_told_and_mended(store: Store, name: str) -> None:
    damage = DAMAGES[name]
    with store:
        before = dump(store)
        with closing(sqlite3.connect(store.path)) as connection, connection:
            if callable(damage.do):
                damage.do(connection)
            else:
                connection.execute(damage.do)
        assert kinds(store) == sorted(damage.kinds)
        assert mend(store) == sorted(damage.left)
        if damage.same and not damage.left:
            after = dump(store)
            for one in (before, after):
                del one["counters"]
            assert after == before


def test_more_than_twenty_kinds_of_damage_are_planted() -> None:
    assert len(DAMAGES) >= 20


INDEX_DAMAGES = {
    "of another database": "UPDATE mark SET revision = 4711",
    "a row gone": "DELETE FROM words_docsize WHERE id = 5",
    "words gone": "DELETE FROM words_data WHERE id > 10",
}


@pytest.mark.parametrize("name", INDEX_DAMAGES)
def test_a_damaged_index_is_told_and_made_anew(store: Store, name: str) -> None:
    with store:
        with closing(sqlite3.connect(store.search.path)) as connection, connection:
            connection.execute(INDEX_DAMAGES[name])
        assert kinds(store) == ["search.index"]
        assert mend(store) == []
        assert store.search.find("x5的标题")


def test_an_index_that_is_no_database_is_told(store: Store) -> None:
    with store:
        store.search.path.write_bytes(b"x" * 9000)
        assert kinds(store) == ["search.index"]
        assert mend(store) == []


def test_pages_that_are_overwritten_are_told_once_and_nothing_else_is_read(store: Store) -> None:
    with store:
        raw = bytearray(store.path.read_bytes())
    raw[4096 * 30 : 4096 * 34] = b"\x55" * 4 * 4096
    store.path.write_bytes(raw)
    with open_store(f"sqlite:///{store.path}") as damaged:
        found = kinds(damaged)
        assert found
        assert set(found) <= {"database.page", "index.rows"}
        assert "database.page" in mend(damaged)


def test_an_index_that_lacks_rows_is_written_anew(store: Store) -> None:
    with store, closing(sqlite3.connect(store.path)) as connection:
        connection.execute("PRAGMA writable_schema = 1")
        ask = "SELECT rootpage FROM sqlite_master WHERE name = ?"
        (page,) = connection.execute(ask, ("article_story",)).fetchone()
        (other,) = connection.execute(ask, ("story_visible_at",)).fetchone()
        swap = "UPDATE sqlite_master SET rootpage = ? WHERE name = ?"
        connection.execute(swap, (other, "article_story"))
        connection.execute(swap, (page, "story_visible_at"))
        connection.commit()
    with open_store(f"sqlite:///{store.path}") as damaged:
        assert set(kinds(damaged)) == {"index.rows"}
        assert mend(damaged) == []


def test_a_writer_beside_it_is_no_fault(store: Store) -> None:
    from tests.support.writer import writing

    with store, writing(store) as writer:
        assert kinds(store) == []
        first = writer.step()
        assert first > 0
        assert kinds(store) == []
