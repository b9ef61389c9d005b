from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup

from aggregator import web
from aggregator.schedule import habit
from aggregator.web import subscriptionspage
from aggregator.web.language import CHINESE, ENGLISH
from tests.support import asgi, stories
from tests.support.stories import NOW, FakeBackend

PLACE = "/subscriptions/yaowen/poll"
OWN = {"host": "127.0.0.1:8321"}


@pytest.fixture
def backend() -> FakeBackend:
    return FakeBackend(subscriptions=stories.statuses())


async def ask(
    backend: FakeBackend, path: str, headers: dict[str, str] | None = None, method: str = "GET"
) -> asgi.Answer:
    return await asgi.get(web.create_app(backend, clock=lambda: NOW), path, {**OWN, **(headers or {})}, method=method)


async def test_every_subscription_has_its_state_and_those_in_need_come_first(backend: FakeBackend) -> None:
    answer = await ask(backend, "/subscriptions")
    tree: Any = BeautifulSoup(answer.body.decode(), "html.parser")
    names = [" ".join(cell.get_text().split()) for cell in tree.select("tbody th .name")]
    assert len(names) == len(backend.subscriptions)
    assert names[:2] == ["样例网 金融（RSSHub）", "旧博客"]
    assert names[-1] == "已移除的订阅"
    actions = [form.get("action") for form in tree.select("tbody form[method=post]")]
    assert PLACE in actions
    assert "/subscriptions/removed/poll" not in actions
    assert answer.headers["referrer-policy"] == "same-origin"  # else a browser names no origin when the button is used


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"sec-fetch-site": "same-origin"}, 303),
        ({"sec-fetch-site": "same-origin", "origin": "null"}, 303),
        ({"sec-fetch-site": "cross-site", "origin": "http://127.0.0.1:8321"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"sec-fetch-site": "none"}, 403),
        ({"origin": "http://127.0.0.1:8321"}, 303),
        ({"origin": stories.SITE.base_url}, 303),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "http://127.0.0.1:8321.evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({}, 403),
    ],
)
async def test_only_a_page_of_ours_may_ask_for_a_poll(
    backend: FakeBackend, headers: dict[str, str], status: int
) -> None:
    answer = await ask(backend, PLACE, headers, "POST")
    assert answer.status == status
    assert backend.polled == (["yaowen"] if status == 303 else [])
    if status == 303:
        assert answer.headers["location"].endswith("/subscriptions?asked=yaowen")


async def test_reading_polls_nothing_and_unknown_names_are_told(backend: FakeBackend) -> None:
    assert (await ask(backend, PLACE)).status == 405
    assert (await ask(backend, "/subscriptions/none/poll", {"sec-fetch-site": "same-origin"}, "POST")).status == 404
    assert backend.polled == []
    told = (await ask(backend, "/subscriptions?asked=yaowen")).body.decode()
    assert "马上抓取「新浪财经 要闻」" in told
    assert "马上抓取" not in (await ask(backend, "/subscriptions?asked=%3Cscript%3E")).body.decode().split("<main")[0]


def test_a_rhythm_is_drawn_from_the_days_with_news() -> None:
    today = habit.hour(NOW) // 24
    days = [habit.Day(today - 50, 1), habit.Day(today - 41, 1), habit.Day(today, (1 << 10) - 1)]
    state = replace(stories.status().state, history=habit.pack(days), pause=timedelta(hours=5))
    shown = subscriptionspage.rhythm(state, NOW, CHINESE)
    assert shown is not None
    assert [(bar["x"], bar["y"], bar["height"]) for bar in shown["bars"]] == [(0, 21, 3), (41, 14, 10)]
    assert "5 个工作小时" in shown["about"]
    english = subscriptionspage.rhythm(state, NOW, ENGLISH)
    assert english is not None
    assert english["about"].isascii()
    assert subscriptionspage.rhythm(stories.status().state, NOW, CHINESE) is None


async def test_ready_only_once_every_output_is_rendered(backend: FakeBackend) -> None:
    answer = await ask(backend, "/readyz")
    assert (answer.status, b"all" in answer.body) == (503, True)
    backend.configured = []
    assert (await ask(backend, "/readyz")).status == 200
    backend.facts["status"] = "stuck"
    assert (await ask(backend, "/readyz")).status == 503
