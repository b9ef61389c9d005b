"""Bounds of config, and text that is written aside before it goes."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from aggregator import config
from aggregator.app import pruning
from aggregator.app.core import App
from aggregator.errors import StoreError
from aggregator.models import Keep
from tests.support import place as places
from tests.support.writes import NOW, article, plan

FEEDS = (
    {"name": "甲", "slug": "a", "url": "https://a.example.com/rss"},
    {"name": "乙", "slug": "b", "url": "https://b.example.com/rss"},
)


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    here = places.make(
        tmp_path, "http://127.0.0.1:9", retention='[retention]\nmax_age = "30d"\nmax_count = 2\nspill = true'
    )
    here.feeds(*FEEDS)
    with (here.config / "feeds.toml").open("a") as file:
        file.write('keep = { max_age = "1d", max_mb = 5 }\n')
    with App(config.load(here.config, environ={}), clock=lambda: NOW) as opened:
        opened.prepare()
        yield opened


def test_a_feed_takes_the_general_age_where_it_states_none(app: App) -> None:
    day = timedelta(days=1)
    assert pruning.bounds(app.config) == (
        {"a": Keep(30 * day), "b": Keep(day, None, 5 * 2**20)},
        Keep(30 * day),
        Keep(max_count=2),
    )
    assert pruning.bounded(app.config)


def test_what_goes_is_written_aside_first(app: App) -> None:
    app.store.articles.commit([plan(*(article(f"x{number}") for number in range(4)))], NOW)
    assert pruning.doomed(app.config, app.store, NOW) == [1, 2]
    assert pruning.prune(app) == 2
    assert pruning.prune(app) == 0
    (path,) = (app.data / "pruned").iterdir()
    head, *lines = [json.loads(line) for line in gzip.decompress(path.read_bytes()).decode().splitlines()]
    assert head == {"kind": "header", "format": "aggregator", "version": 1}
    assert [line["id"] for line in lines] == [1, 2]
    assert lines[0]["revisions"][0]["text"] == "x0的正文，第一段。\n第二段。"
    app.store.articles.commit([plan(*(article(f"y{number}") for number in range(2)))], NOW)
    pruning.prune(app)
    lines = gzip.decompress(path.read_bytes()).decode().splitlines()
    assert [json.loads(line)["id"] for line in lines[1:]] == [1, 2, 3, 4]


def test_what_cannot_be_written_aside_stays(app: App) -> None:
    app.store.articles.commit([plan(*(article(f"x{number}") for number in range(4)))], NOW)
    (app.data / "pruned").write_text("in the way", "utf-8")
    with pytest.raises(StoreError, match="nothing was let go"):
        pruning.prune(app)
    assert pruning.doomed(app.config, app.store, NOW) == [1, 2]
