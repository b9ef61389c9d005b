"""How times and states read on a page, in the language of the reader. Pure: values in, strings out. Called by pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from aggregator.errors import QueryError
from aggregator.kit import dates, days
from aggregator.models import SubscriptionStatus
from aggregator.schedule import vitality
from aggregator.web.language import CHINESE, Language


@dataclass(frozen=True, slots=True)
class State:
    """How a subscription fares: `level` picks the colour (ok, warn, fail, off, new), `label` says it in words."""

    level: str
    label: str
    detail: str | None = None


def state(status: SubscriptionStatus, t: Language = CHINESE) -> State:
    """The state of one subscription. What an operator must act on comes before what mends itself."""
    now = status.state
    if not status.configured:
        return State("off", t("state.removed"))
    if not status.enabled:
        return State("off", t("state.off"))
    if status.state.gone:
        return State("fail", t("state.gone"), now.problem)
    found = vitality.silence(status)
    if found and now.no_feed_polls:
        label, detail = fault(found, t)
        return State("fail", label, f"{detail} {now.problem or ''}".strip())
    if now.failures or now.problem:
        label = t("state.failures", n=now.failures) if now.failures > 1 else t("state.failed")
        return State("fail", label, now.problem)
    if now.last_polled is None:
        return State("new", t("state.new"))
    if found:
        return State("warn", *fault(found, t))
    if now.warning:
        return State("warn", t("state.warn"), now.warning)
    return State("ok", t("state.ok"))


def misread(error: QueryError, t: Language) -> tuple[str, str]:
    """Where and why a search cannot be read, and how to mend it."""
    what = t("search.at", n=error.position + 1) + t(f"query.{error.kind}", **error.values)
    return what, t(f"query.{error.kind}.mend", **error.values)


def fault(found: vitality.Finding, t: Language = CHINESE) -> tuple[str, str]:
    """What seems to be wrong with a feed that answers, in a few words, and in a sentence with its evidence."""
    usual = span(found.pause, t) if found.pause else t("span.day")
    kind = found.fault.value
    told = t(f"fault.{kind}.detail", usual=usual, items=found.items or 0, least=found.usual_items or 0)
    since = t("fault.since", at=days.stamp(found.since)) if found.since else ""
    return t(f"fault.{kind}"), f"{told}{since}"


def span(pause: timedelta, t: Language = CHINESE) -> str:
    """A pause of a feed, in its working time: 3 个工作小时, 2 working days."""
    hours = round(pause / timedelta(hours=1))
    return t("span.hours", n=hours) if hours < 48 else t("span.days", n=hours // 24)


@dataclass(frozen=True, slots=True)
class Notice:
    """Something about the whole daemon that its operator should know; `detail` is shown as it stands."""

    level: str
    text: str
    detail: str | None = None


def notices(health: Mapping[str, Any], t: Language = CHINESE) -> list[Notice]:
    """What Backend.health() tells that no subscription's state does."""
    found = []
    if problem := str(health.get("config_problem") or "").strip():
        first, *more = problem.splitlines()
        rest = t("notice.config.rest", n=len(more)) if more else ""
        found.append(Notice("fail", t("notice.config", rest=rest), first))
    if health.get("network") == "down":
        found.append(Notice("warn", t("notice.network")))
    return found


def moment(at: datetime | None, now: datetime, t: Language = CHINESE) -> dict[str, str] | None:
    """A time for the macros `when` and `twice`: machine, full, clock and relative form."""
    if at is None:
        return None
    return {
        "machine": dates.rfc3339(at),
        "full": days.stamp(at),
        "clock": clock(at, now, t),
        "relative": relative(at, now, t),
    }


def clock(at: datetime, now: datetime, t: Language = CHINESE) -> str:
    """Beijing time, as short as it can be understood: 19:54, 昨天 19:54, 6月14日 19:54, 2022年6月14日 19:54."""
    local, today = at.astimezone(dates.BEIJING), dates.beijing_day(now)
    away = (local.date() - today).days
    if away == 0:
        return f"{local:%H:%M}"
    named = t(_NEAR[away]) if away in _NEAR else month_day(local.date(), today, t)
    return f"{named} {local:%H:%M}"


def day(on: date, today: date | None = None, t: Language = CHINESE) -> str:
    """A day as a heading: 今天 · 6月14日 星期二, Today · Tue 14 Jun."""
    if t.code == "zh":
        return days.day(on, today)
    named = _NEAR.get((on - today).days) if today else None
    written = f"{_WEEKDAY_NAMES[on.weekday()][:3]} {month_day(on, today, t)}"
    return f"{t(named)} · {written}" if named else written


def month_day(on: date, today: date | None = None, t: Language = CHINESE) -> str:
    """A day without its weekday; without its year where `today` is of the same."""
    if t.code == "zh":
        return days.month_day(on, today)
    year = "" if today and on.year == today.year else f" {on.year}"
    return f"{on.day} {_MONTHS[on.month - 1]}{year}"


def month(on: date, t: Language = CHINESE) -> str:
    """The short name of its month: 6月, Jun."""
    return f"{on.month}月" if t.code == "zh" else _MONTHS[on.month - 1]


def month_of_year(on: date, t: Language = CHINESE) -> str:
    """Its month with the year: 2026年11月, Nov 2026."""
    return f"{on.year}年{on.month}月" if t.code == "zh" else f"{_MONTHS[on.month - 1]} {on.year}"


def weekdays(t: Language = CHINESE) -> list[tuple[str, str]]:
    """The days of the week from Monday on, short and in full: (一, 星期一), (Mo, Monday)."""
    if t.code == "zh":
        return [(name, f"星期{name}") for name in days.WEEKDAYS]
    return [(name[:2], name) for name in _WEEKDAY_NAMES]


def relative(at: datetime, now: datetime, t: Language = CHINESE) -> str:
    """The distance to now: 刚刚, 5 分钟前, 3 小时后, 2 天前."""
    away = at - now
    ahead = away > timedelta(0)
    seconds = abs(away).total_seconds()
    if seconds < 60:
        return t("time.soon" if ahead else "time.now")
    for size, unit in ((86400, "time.days"), (3600, "time.hours"), (60, "time.minutes")):
        if seconds >= size:
            return t("time.future" if ahead else "time.past", time=t(unit, n=int(seconds // size)))
    raise AssertionError("a minute or more fits one of the units")


def due(next_poll: datetime | None, now: datetime, t: Language = CHINESE) -> str:
    """When the next poll comes, relative."""
    return t("time.soon") if next_poll is None or next_poll <= now else relative(next_poll, now, t)


def cause(of: str, t: Language = CHINESE) -> str:
    """Why a state of an article was stored."""
    return t.texts.get(f"cause.{of}", of)


def fact(name: str, t: Language = CHINESE) -> str:
    """What a fact of kit.comparison is called."""
    return t.texts.get(f"fact.{name}", name)


def value(of: str | datetime | bool | tuple[str, ...] | None, t: Language = CHINESE) -> tuple[str, ...]:
    """The value of a fact, as one or more texts; () where it is not known."""
    if isinstance(of, tuple):
        return of
    if isinstance(of, datetime):
        return (days.stamp(of),)
    if isinstance(of, bool):
        return (t("value.yes" if of else "value.no"),)
    return (t.texts.get(f"value.{of}", of),) if of else ()


_NEAR = {0: "day.today", -1: "day.yesterday", 1: "day.tomorrow"}
_WEEKDAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
