from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from aggregator.kit import days
from aggregator.models import SubscriptionState, SubscriptionStatus
from aggregator.web import words
from aggregator.web.language import CHINESE, ENGLISH, Language
from tests.support import stories
from tests.support.stories import NOW


@pytest.mark.parametrize(
    ("slug", "level", "label", "detail"),
    [
        ("yaowen", "ok", "正常", None),
        ("stock", "warn", "需留意", "30 天来没有新文章，这个频道可能已停更"),
        ("caixin", "fail", "连续失败 3 次", "https://rsshub.example.com/sample/finance: answered 503"),
        ("gone", "fail", "地址已失效", "https://old.example.org/feed.xml: answered 410"),
        ("fresh", "new", "等待首次抓取", None),
        ("removed", "off", "已移出配置", None),
    ],
)
def test_states_in_words(slug: str, level: str, label: str, detail: str | None) -> None:
    status = next(one for one in stories.statuses() if one.slug == slug)
    assert words.state(status) == words.State(level, label, detail)


def test_a_first_failure_and_a_switched_off_subscription() -> None:
    once = stories.status(failures=1, problem="x: timed out")
    assert words.state(once) == words.State("fail", "抓取失败", "x: timed out")
    assert words.state(stories.status(enabled=False, failures=9)).label == "已停用"
    never = SubscriptionStatus("a", "a", "b", True, True, 0, SubscriptionState("a", problem="x", failures=2))
    assert words.state(never).label == "连续失败 2 次"


SINCE = datetime(2026, 11, 20, 1, tzinfo=UTC)
ANSWERED = stories.status(last_polled=NOW, last_success=NOW).state


@pytest.mark.parametrize("t", [CHINESE, ENGLISH], ids=lambda t: t.code)
@pytest.mark.parametrize(
    ("state", "level", "label", "evidence"),
    [
        ({"no_feed_polls": 3, "problem": "x: a page", "failures": 3}, "fail", "不再是订阅源", "x: a page"),
        ({"empty_polls": 3, "items": 0, "poor_since": SINCE}, "warn", "已空", "09:00"),
        ({"empty_polls": 3, "items": 2, "usual_items": 20, "poor_since": SINCE}, "warn", "条目骤减", "20"),
        ({"overdue_at": NOW, "fresh_at": SINCE, "pause": timedelta(hours=5)}, "warn", "内容冻结", "5 "),
        ({"overdue_at": NOW, "fresh_at": SINCE, "last_new": NOW, "pause": timedelta(days=3)}, "warn", "全是旧文", "3 "),
        ({"overdue_at": NOW, "fresh_at": SINCE, "last_new": None, "changed_at": NOW}, "warn", "没有新文章", "09:00"),
    ],
)
def test_what_is_wrong_with_a_feed_that_answers_has_its_evidence(
    state: dict[str, Any], level: str, label: str, evidence: str, t: Language
) -> None:
    quiet = {"last_new": SINCE, "changed_at": SINCE}
    status = SubscriptionStatus("a", "a", "b", True, True, 0, replace(ANSWERED, **{**quiet, **state}))
    told = words.state(status, t)
    assert (told.level, evidence in (told.detail or "")) == (level, True)
    assert told.label == label if t is CHINESE else told.label.isascii()
    assert (told.detail or "").isascii() is (t is ENGLISH)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (datetime(2026, 11, 23, 11, 54, tzinfo=UTC), "19:54"),
        (datetime(2026, 11, 22, 16, 0, tzinfo=UTC), "00:00"),
        (datetime(2026, 11, 22, 15, 59, tzinfo=UTC), "昨天 23:59"),
        (datetime(2026, 11, 23, 16, 0, tzinfo=UTC), "明天 00:00"),
        (datetime(2026, 6, 14, 11, 54, tzinfo=UTC), "6月14日 19:54"),
        (datetime(2022, 6, 14, 11, 54, tzinfo=UTC), "2022年6月14日 19:54"),
        (datetime(2025, 12, 31, 16, 30, tzinfo=UTC), "1月1日 00:30"),
    ],
)
def test_clock_is_beijing_time(at: datetime, expected: str) -> None:
    assert words.clock(at, NOW) == expected


@pytest.mark.parametrize(
    ("away", "expected"),
    [
        (timedelta(0), "刚刚"),
        (timedelta(seconds=-59), "刚刚"),
        (timedelta(seconds=-60), "1 分钟前"),
        (timedelta(minutes=-59, seconds=-59), "59 分钟前"),
        (timedelta(hours=-1), "1 小时前"),
        (timedelta(hours=-23, minutes=-59), "23 小时前"),
        (timedelta(days=-1), "1 天前"),
        (timedelta(days=-400), "400 天前"),
        (timedelta(seconds=20), "即将"),
        (timedelta(minutes=2), "2 分钟后"),
    ],
)
def test_relative(away: timedelta, expected: str) -> None:
    assert words.relative(NOW + away, NOW) == expected


def test_due() -> None:
    assert words.due(None, NOW) == "即将"
    assert words.due(NOW - timedelta(hours=1), NOW) == "即将"
    assert words.due(NOW + timedelta(hours=1), NOW) == "1 小时后"


def test_days() -> None:
    today = date(2026, 11, 23)
    assert days.day(today, today) == "今天 · 11月23日 星期一"
    assert days.day(date(2026, 11, 22), today) == "昨天 · 11月22日 星期日"
    assert days.day(date(2026, 1, 3), today) == "1月3日 星期六"
    assert days.day(date(2025, 11, 23), today) == "2025年11月23日 星期日"
    assert days.day(today) == "2026年11月23日 星期一"
    assert days.stamp(NOW) == "2026-11-23 19:54:04"


def test_a_subscription_that_is_never_polled_again_is_gone() -> None:
    state = SubscriptionState("a", next_poll=datetime(9999, 1, 1, tzinfo=UTC))
    status = SubscriptionStatus("a", "A", "https://a.example/", enabled=True, configured=True, articles=1, state=state)
    assert status.state.gone
    assert words.state(status).label == "地址已失效"


def test_notices() -> None:
    assert words.notices({"status": "ok", "config_problem": None, "network": "up"}) == []
    (one,) = words.notices({"config_problem": "feeds.toml:3: x"})
    assert (one.level, one.detail) == ("fail", "feeds.toml:3: x")
    assert "另有" not in one.text
    refused, down = words.notices({"config_problem": "a\nb\nc", "network": "down"})
    assert refused.detail == "a"
    assert "另有 2 处" in refused.text
    assert down.text.startswith("网络不通")
