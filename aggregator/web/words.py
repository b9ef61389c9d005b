"""How times and states read on a page, in Chinese. Pure: values in, strings out. Called by pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import MAXYEAR, datetime, timedelta
from typing import Any

from aggregator.kit import dates, days
from aggregator.models import Cause, Completeness, SubscriptionStatus


@dataclass(frozen=True, slots=True)
class State:
    """How a subscription fares: `level` picks the colour (ok, warn, fail, off, new), `label` says it in words."""

    level: str
    label: str
    detail: str | None = None


def state(status: SubscriptionStatus) -> State:
    """The state of one subscription. What an operator must act on comes before what mends itself."""
    now = status.state
    if not status.configured:
        return State("off", "已移出配置")
    if not status.enabled:
        return State("off", "已停用")
    if gone(status):
        return State("fail", "地址已失效", now.problem)
    if now.failures or now.problem:
        return State("fail", f"连续失败 {now.failures} 次" if now.failures > 1 else "抓取失败", now.problem)
    if now.last_polled is None:
        return State("new", "等待首次抓取")
    if now.warning:
        return State("warn", "需留意", now.warning)
    return State("ok", "正常")


def gone(status: SubscriptionStatus) -> bool:
    """Every address answered 410: nothing is polled until the operator asks."""
    if status.state.next_poll is not None and status.state.next_poll.year == MAXYEAR:
        return True
    return bool(status.state.endpoints) and all(one.gone for one in status.state.endpoints.values())


@dataclass(frozen=True, slots=True)
class Notice:
    """Something about the whole daemon that its operator should know; `detail` is shown as it stands."""

    level: str
    text: str
    detail: str | None = None


def notices(health: Mapping[str, Any]) -> list[Notice]:
    """What Backend.health() tells that no subscription's state does."""
    found = []
    if problem := str(health.get("config_problem") or "").strip():
        first, *more = problem.splitlines()
        rest = f"（另有 {len(more)} 处，见 aggregator check）" if more else ""
        found.append(Notice("fail", f"改过的配置有错，没有采用，仍按先前的配置运行{rest}：", first))
    if health.get("network") == "down":
        found.append(Notice("warn", "网络不通：所有订阅源暂时都连不上，恢复后自动继续。"))
    return found


def clock(at: datetime, now: datetime) -> str:
    """Beijing time, as short as it can be understood: 19:54, 昨天 19:54, 6月14日 19:54, 2022年6月14日 19:54."""
    local, today = at.astimezone(dates.BEIJING), now.astimezone(dates.BEIJING).date()
    time = f"{local:%H:%M}"
    away = (local.date() - today).days
    if away in _NEAR:
        return f"{_NEAR[away]}{time}"
    return f"{days.month_day(local.date(), today)} {time}"


def relative(at: datetime, now: datetime) -> str:
    """The distance to now: 刚刚, 5 分钟前, 3 小时后, 2 天前."""
    away = at - now
    side = "后" if away > timedelta(0) else "前"
    seconds = abs(away).total_seconds()
    if seconds < 60:
        return "即将" if side == "后" else "刚刚"
    for size, unit in ((86400, "天"), (3600, "小时"), (60, "分钟")):
        if seconds >= size:
            return f"{int(seconds // size)} {unit}{side}"
    raise AssertionError("a minute or more fits one of the units")


def due(next_poll: datetime | None, now: datetime) -> str:
    """When the next poll comes, relative."""
    return "即将" if next_poll is None or next_poll <= now else relative(next_poll, now)


def cause(of: str) -> str:
    """Why a state of an article was stored."""
    return _CAUSES.get(of, of)


def fact(name: str) -> str:
    """What a fact of kit.comparison is called."""
    return _FACTS.get(name, name)


def value(of: str | datetime | bool | tuple[str, ...] | None) -> tuple[str, ...]:
    """The value of a fact, as one or more texts; () where it is not known."""
    if isinstance(of, tuple):
        return of
    if isinstance(of, datetime):
        return (days.stamp(of),)
    if isinstance(of, bool):
        return ("是" if of else "否",)
    return (_COMPLETE.get(of, of),) if of else ()


_CAUSES: dict[str, str] = {
    Cause.STATED: "初次收录",
    Cause.EDITED: "源站修改",
    Cause.FULL_TEXT: "补全正文",
    Cause.RULE_CHANGE: "重新整理",
    Cause.IMPORT: "导入",
    Cause.WITHDRAWN: "源站撤回",
    Cause.RESTORED: "重新刊登",
}
_FACTS = {
    "title": "标题",
    "outlet": "来源",
    "byline": "记者",
    "author": "作者",
    "editor": "责任编辑",
    "published": "发布时间",
    "updated": "更新时间",
    "original title": "原标题",
    "complete": "完整程度",
    "withdrawn": "撤回",
    "link": "链接",
    "categories": "分类",
    "keywords": "关键词",
    "symbols": "证券",
    "pictures": "图片",
    "videos": "视频",
}
_COMPLETE: dict[str, str] = {Completeness.FULL: "全文", Completeness.SUMMARY: "摘要", Completeness.FLASH: "快讯"}
_NEAR = {0: "", -1: "昨天 ", 1: "明天 "}
