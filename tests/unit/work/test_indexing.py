from __future__ import annotations

from contextlib import closing, nullcontext
from typing import Any

import pytest

from aggregator.store import Store
from aggregator.work import indexing, processes
from tests.support.stores import store, template
from tests.support.writes import NOW, article, plan

__all__ = ["store", "template"]


class Here:
    """Labour in this thread, counted."""

    def __init__(self) -> None:
        self.calls = 0

    async def do(self, weight: int, call: Any, *args: Any, first: bool = False) -> Any:
        self.calls += 1
        return call(*args)

    def fetching(self) -> nullcontext[None]:
        return nullcontext()


def fill(store: Store, count: int) -> None:
    store.articles.commit([plan(*(article(f"n{n}", text=f"第{n}号公告，央行降准。") for n in range(count)))], NOW)


def indexed(store: Store) -> int:
    return len(store.search.find("降准", 10_000))


async def test_a_little_is_indexed_here_and_much_elsewhere(store: Store) -> None:
    labour = Here()
    fill(store, indexing.FEW - 1)
    await indexing.catch_up(store, labour, lambda: True)
    assert (indexed(store), labour.calls) == (indexing.FEW - 1, 0)
    fill(store, 4 * indexing.FEW)
    await indexing.catch_up(store, labour, lambda: True)
    assert (indexed(store), labour.calls) == (4 * indexing.FEW, 1)


async def test_one_piece_at_a_time_while_others_work(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexing, "MANY", 60)
    monkeypatch.setattr("aggregator.store.search.BATCH", 20)
    fill(store, 300)
    await indexing.catch_up(store, Here(), lambda: False)
    assert indexed(store) > indexing.FEW
    await indexing.catch_up(store, Here(), lambda: True)
    assert indexed(store) == 300


async def test_in_another_process(store: Store) -> None:
    fill(store, 3 * indexing.FEW)
    with closing(processes.Workers(1)) as workers:
        await indexing.catch_up(store, workers, lambda: True)
    assert indexed(store) == 3 * indexing.FEW
