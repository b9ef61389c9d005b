"""How subscriptions and the daemon fare, as the API tells it. Pure; schema.py describes the same. Used by routes."""

from __future__ import annotations

import platform
import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from aggregator import __version__
from aggregator.kit import dates
from aggregator.models import Statistics, SubscriptionState, SubscriptionStatus
from aggregator.schedule import habit, vitality
from aggregator.schedule.vitality import Finding
from aggregator.web import words
from aggregator.web.language import ENGLISH

#: Levels of words.State, each counted also where there is none.
LEVELS = ("ok", "warn", "fail", "new", "off")

#: What takes room on the disk: its name here, and in Statistics.sizes.
_SIZES = {"database": "database", "search_index": "search index"} | {
    name: name for name in ("outputs", "media", "warc", "pruned")
}


def subscription(one: SubscriptionStatus) -> dict[str, Any]:
    """One subscription, and how it fares."""
    known, now, found = one.state, words.state(one, ENGLISH), vitality.silence(one)
    return {
        "slug": one.slug,
        "name": one.name,
        "url": one.url,
        "configured": one.configured,
        "enabled": one.enabled,
        "level": now.level,
        "state": now.label,
        "detail": now.detail,
        "silence": _silence(found) if found else None,
        "usual_pause": _seconds(known.pause),
        "articles": one.articles,
        "waiting": one.waiting,
        "given_up": one.given_up,
        "failures": known.failures,
        "problem": known.problem,
        "warning": known.warning,
        "last_polled": _time(known.last_polled),
        "last_success": _time(known.last_success),
        "last_new": _time(known.last_new),
        "next_poll": None if known.gone else _time(known.next_poll),
        "problem_since": _time(known.problem_since),
    }


def with_rhythm(one: SubscriptionStatus) -> dict[str, Any]:
    """One subscription with what its chart is drawn from."""
    return subscription(one) | {"rhythm": _rhythm(one.state)}


def about(health: Mapping[str, Any], statuses: Sequence[SubscriptionStatus], figures: Statistics) -> dict[str, Any]:
    """How the daemon fares, which versions run, what the archive holds and takes, how it grows."""
    levels = Counter(words.state(one, ENGLISH).level for one in statuses)
    return {
        "status": str(health.get("status")),
        "last_poll": plain(health).get("last_poll"),
        "running": len(health.get("running") or ()),
        "subscriptions": {level: levels[level] for level in LEVELS},
        "versions": {
            "aggregator": __version__,
            "python": platform.python_version(),
            "sqlite": sqlite3.sqlite_version,
            "postgresql": figures.server,
        },
        "holds": {name: figures.counts.get(name, 0) for name in ("articles", "stories", "revisions")},
        "bytes": {name: figures.sizes.get(key, 0) for name, key in _SIZES.items()},
        "growth": {
            "articles_a_day": round(figures.per_day, 1),
            "bytes_an_article": round(figures.article),
            "bytes_a_year": round(figures.per_year),
            "bytes_free": figures.free,
            "disk_full": figures.full.isoformat() if figures.full else None,
        },
    }


def plain(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts of /healthz."""
    return {key: _time(value) if isinstance(value, datetime) else value for key, value in facts.items()}


def _silence(found: Finding) -> dict[str, Any]:
    label, detail = words.fault(found, ENGLISH)
    return {
        "fault": found.fault.value,
        "since": _time(found.since),
        "usual_pause": _seconds(found.pause),
        "items": found.items,
        "usual_items": found.usual_items,
        "label": label,
        "detail": detail,
    }


def _rhythm(state: SubscriptionState) -> list[dict[str, Any]]:
    """Days with new entries, oldest first, and the Beijing hours in which they came."""
    return [
        {
            "day": dates.beijing_day(habit.instant(day.number * 24)).isoformat(),
            "hours": [hour for hour in range(24) if day.hours >> hour & 1],
        }
        for day in habit.unpack(state.history)
    ]


def _seconds(span: timedelta | None) -> int | None:
    return round(span.total_seconds()) if span is not None else None


def _time(at: datetime | None) -> str | None:
    return dates.rfc3339(at) if at else None
