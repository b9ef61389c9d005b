"""The search index: behind the archive, never wrong about it, and made anew where it is lost."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from aggregator.errors import StoreError
from aggregator.kit import searchwords
from aggregator.store import Store, open_store
from tests.support.writes import NOW, article, plan

TEXTS = ["央行宣布降准，释放长期资金。", "沪指收涨，央行公开市场操作。", "茅台发布年报。"]


@pytest.fixture
def filled(store: Store) -> Store:
    for number, text in enumerate(TEXTS):
        store.articles.commit([plan(article(f"第{number}篇", text=text))], NOW)
    return store


def catch_up(store: Store, batch: int = 2) -> int:
    calls = 0
    while store.search.advance(batch):
        calls += 1
    return calls


def found(store: Store, words: str) -> list[str]:
    return sorted(one.article.title for one in store.articles.of([hit.revision for hit in store.search.find(words)]))


def test_what_is_not_indexed_is_not_found_and_then_is(filled: Store) -> None:
    assert found(filled, "央行") == []
    assert catch_up(filled) == 2
    assert found(filled, "央行") == ["第0篇的标题", "第1篇的标题"]
    assert found(filled, "央行 涨") == ["第1篇的标题"]
    assert found(filled, "第2篇") == ["第2篇的标题"]
    assert found(filled, "美联储") == []
    assert found(filled, "，") == []


def test_an_edit_is_found_by_what_it_says_now(filled: Store) -> None:
    catch_up(filled)
    filled.articles.commit([plan(article("第2篇", text="五粮液发布年报。"))], NOW)
    catch_up(filled)
    assert found(filled, "五粮液") == ["第2篇的标题"]
    assert found(filled, "茅台") == []
    assert found(filled, "年报") == ["第2篇的标题"]


def test_a_withdrawn_article_is_not_found(filled: Store) -> None:
    filled.articles.commit([plan(article("第2篇", text=TEXTS[2], deleted=True))], NOW)
    catch_up(filled)
    assert found(filled, "茅台") == []


def test_a_title_weighs_more_than_a_text(store: Store) -> None:
    store.articles.commit([plan(article("文", text="降准" * 3), article("题", title="降准来了", text="全文。"))], NOW)
    catch_up(store)
    first, second = store.articles.of([hit.revision for hit in store.search.find("降准")])
    assert (first.article.title, second.article.title) == ("降准来了", "文的标题")


def test_an_index_that_is_lost_damaged_or_of_other_rules_is_made_anew(
    filled: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    catch_up(filled)
    filled.search.path.unlink()
    assert found(filled, "央行") == []
    catch_up(filled)
    assert len(found(filled, "央行")) == 2
    for end in ("", "-wal", "-shm"):
        filled.search.path.with_name(filled.search.path.name + end).unlink(missing_ok=True)
    filled.search.path.write_bytes(b"no database" * 1000)
    with pytest.raises(StoreError):
        filled.search.find("央行")
    catch_up(filled)
    assert len(found(filled, "央行")) == 2
    monkeypatch.setattr(searchwords, "VERSION", searchwords.VERSION + 1)
    assert filled.search.advance(1) == 1
    assert len(found(filled, "央行")) == 1


def test_a_kill_in_the_middle_costs_nothing(tmp_path: Path, template: Path) -> None:
    path = tmp_path / "a.db"
    path.write_bytes(template.read_bytes())
    url = f"sqlite:///{path}"
    with open_store(url) as store:
        for start in range(0, 300, 50):
            articles = (article(f"k{n}", text=f"第{n}号公告，央行降准。") for n in range(start, start + 50))
            store.articles.commit([plan(*articles)], NOW)
    program = (
        "import sys\n"
        "from aggregator.store import open_store\n"
        "store = open_store(sys.argv[1])\n"
        "while store.search.advance(7):\n"
        "    print('.', flush=True)\n"
    )
    for _ in range(3):
        with subprocess.Popen([sys.executable, "-c", program, url], stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            writer.stdout.read(6)
            writer.kill()
    with open_store(url) as store:
        catch_up(store, 50)
        hits = store.search.find("降准", 1000)
        assert len(hits) == len({hit.revision for hit in hits}) == 300
        assert len(found(store, "第299号")) == 1
