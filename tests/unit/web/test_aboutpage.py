from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from bs4 import BeautifulSoup

from aggregator import __version__, web
from aggregator.web import aboutpage
from aggregator.web.language import CHINESE, ENGLISH
from tests.support import asgi, stories
from tests.support.stories import FIGURES, NOW, FakeBackend


async def test_the_page_tells_state_sizes_growth_and_versions() -> None:
    backend = FakeBackend(subscriptions=stories.statuses())
    answer = await asgi.get(web.create_app(backend, clock=lambda: NOW), "/about?lang=en")
    tree: Any = BeautifulSoup(answer.body.decode(), "html.parser")
    told = {one.dt.get_text(): one.dd.get_text() for one in tree.select(".figures dl div")}
    assert answer.status == 200
    assert told["Articles"] == "12,345"
    assert told["Database"] == "96.0 MB"
    assert told["New a day"] == "210 articles"
    assert told["aggregator"] == __version__
    assert told["Subscriptions"].startswith(f"{len(backend.subscriptions)} in all")
    assert "/metrics" in [link["href"] for link in tree.select(".figures a")]


def test_the_version_of_a_server_is_told_where_there_is_one() -> None:
    assert dict(aboutpage.versions("15.18"))["PostgreSQL"] == "15.18"
    assert "PostgreSQL" not in dict(aboutpage.versions(None))


@pytest.mark.parametrize("t", [CHINESE, ENGLISH])
def test_a_disk_that_never_fills_and_one_that_does(t: Any) -> None:
    never = aboutpage.growth(replace(FIGURES, full=None), t)[-1][1]
    soon = aboutpage.growth(replace(FIGURES, full=date(2031, 5, 1)), t)[-1][1]
    assert "2031-05-01" in soon
    assert "2031" not in never


@pytest.mark.parametrize(
    ("size", "told"), [(0, "0 KB"), (831_000, "812 KB"), (3.4 * 2**20, "3.4 MB"), (12 * 2**30, "12.0 GB")]
)
def test_sizes_in_units(size: float, told: str) -> None:
    assert aboutpage.in_units(size) == told
