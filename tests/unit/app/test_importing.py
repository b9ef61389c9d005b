"""What an import cleans ahead: the articles that it will store, and none that are stored already."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from aggregator import config
from aggregator.app import importing
from aggregator.app.core import App
from aggregator.app.marks import Marks
from tests.support import place as places
from tests.support.writes import NOW

COUNT = importing.FIRST + 2 * importing.BATCH + 5


class Here:
    """Labour that works where it is called, and counts what was cleaned ahead."""

    def __init__(self) -> None:
        self.batches: list[int] = []
        self.cleaned = 0

    async def do(self, weight: int, call: Callable[..., Any], *args: Any, first: bool = False) -> Any:
        await asyncio.sleep(0)
        made = call(*args)
        self.batches.append(len(args[0]))
        self.cleaned += len(made.prepared)
        return made

    @asynccontextmanager
    async def fetching(self) -> Any:
        yield


@pytest.fixture
def app(tmp_path: Path) -> Any:
    with App(config.load(places.make(tmp_path, "http://127.0.0.1:9").config, environ={}), clock=lambda: NOW) as made:
        made.prepare()
        yield made


def _import(app: App, folder: Path) -> tuple[importing.Report, Here]:
    labour = Here()
    world = importing.World(
        articles=app.store.articles, records=app.store.whole, labour=labour, clock=lambda: NOW, marks=Marks(None)
    )
    return asyncio.run(importing.Import(world, importing.Told()).run([folder])), labour


def test_only_the_first_few_are_cleaned_for_nothing(app: App, tmp_path: Path) -> None:
    folder = tmp_path / "posts"
    folder.mkdir()
    for number in range(COUNT):
        front = f"---\ntitle: '样本公告 {number:04d}'\ndate: Mon, 16 Nov 2026 02:00:00 GMT\n---\n"
        (folder / f"{number:04d}.md").write_text(f"{front}<p>第 {number} 号样本公司公告</p>\n", "utf-8")
    report, labour = _import(app, folder)
    assert (report.new, report.unchanged, labour.cleaned) == (COUNT, 0, COUNT)
    report, labour = _import(app, folder)
    assert (report.new, report.unchanged, labour.cleaned) == (0, COUNT, importing.FIRST)
    assert labour.batches == [importing.FIRST, importing.BATCH, importing.BATCH, 5]
