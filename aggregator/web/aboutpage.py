"""`/about`: how the daemon fares, which versions run, what the archive holds and takes, how it grows.

Backend and Looks in, HTML out. Put together by server. The sizes may be some minutes old.
"""

from __future__ import annotations

import platform
import sqlite3
from collections import Counter
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from aggregator import __version__
from aggregator.kit import days
from aggregator.models import Statistics, SubscriptionStatus
from aggregator.web import looks, words
from aggregator.web.backend import Backend
from aggregator.web.language import Language
from aggregator.web.looks import Looks

PATH = "/about"

#: What programs ask, below the site's own address.
FOR_PROGRAMS = ("/healthz", "/readyz", "/metrics", "/api/v1/openapi.json", "/outputs.opml")

Facts = list[tuple[str, str]]


class AboutPage:
    """The page."""

    def __init__(self, backend: Backend, frame: Looks) -> None:
        self._backend = backend
        self._looks = frame

    async def serve(self, request: Request) -> Response:
        """Everything in words and numbers."""
        t = looks.chosen(request.scope).language
        health, statuses = self._backend.health(), await self._backend.statuses()
        figures = await self._backend.figures()
        sections = [
            (t("about.state"), state(health, statuses, t)),
            (t("about.archive"), archive(figures, t)),
            (t("about.growth"), growth(figures, t)),
            (t("about.versions"), versions(figures.server)),
        ]
        return self._looks.page(
            request.scope,
            "about.html",
            sections=[{"heading": heading, "facts": facts} for heading, facts in sections],
            programs=FOR_PROGRAMS,
            notices=words.notices(health, t),
        )


def state(health: Any, statuses: list[SubscriptionStatus], t: Language) -> Facts:
    """How the daemon fares."""
    levels = Counter(words.state(one, t).level for one in statuses)
    polled = health.get("last_poll")
    at = datetime.fromisoformat(polled) if isinstance(polled, str) else polled
    return [
        (t("about.daemon"), t("about.daemon.ok" if health.get("status") == "ok" else "about.daemon.stuck")),
        (t("about.last"), days.stamp(at) if at else t("sources.never")),
        (t("about.running"), t("about.running.n", n=len(health.get("running") or ()))),
        (
            t("nav.subscriptions"),
            t("about.subscriptions", n=sum(levels.values()), ok=levels["ok"], ill=levels["fail"] + levels["warn"]),
        ),
    ]


def archive(figures: Statistics, t: Language) -> Facts:
    """What it holds, and what that takes."""
    held = [(t(f"about.{name}"), f"{figures.counts[name]:,}") for name in ("articles", "stories", "revisions")
            if name in figures.counts]  # fmt: skip
    sizes = {name: size for name, size in figures.sizes.items() if name in _SIZES and size}
    return held + [(t(f"about.size.{_SIZES[name]}"), in_units(size)) for name, size in sizes.items()]


def growth(figures: Statistics, t: Language) -> Facts:
    """What comes in, and how long the disk will do."""
    full = t("about.full.on", day=figures.full.isoformat()) if figures.full else t("about.full.never")
    return [
        (t("about.per_day"), t("about.per_day.n", n=round(figures.per_day))),
        (t("about.per_article"), in_units(figures.article)),
        (t("about.per_year"), in_units(figures.per_year)),
        (t("about.free"), in_units(figures.free)),
        (t("about.full"), full),
    ]


def versions(server: str | None) -> Facts:
    """What runs. `server`: the version of PostgreSQL, where one holds the database."""
    return [
        ("aggregator", __version__),
        ("Python", platform.python_version()),
        ("SQLite", sqlite3.sqlite_version),
        *([("PostgreSQL", server)] if server else []),
    ]


def in_units(size: float) -> str:
    """Bytes as people read them: 0 KB, 812 KB, 3.4 MB, 12.0 GB."""
    for unit, one in (("GB", 2**30), ("MB", 2**20)):
        if size >= one:
            return f"{size / one:,.1f} {unit}"
    return f"{size / 1024:.0f} KB"


#: What takes room, and the key of its text.
_SIZES = {"database": "database", "search index": "index", "outputs": "outputs", "media": "media", "warc": "warc",
          "pruned": "pruned"}  # fmt: skip
