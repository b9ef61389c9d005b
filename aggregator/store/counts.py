"""How much was told: stories per Beijing day, how often an instrument is mentioned and beside which others.

In: spans of time, a symbol. Out: plain counts. Called by app for pages and the API. Every answer reads no more than is
stated here, newest first: an archive of any size answers within a bound.
"""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any

import peewee

from aggregator.models import Mentions
from aggregator.store import tags
from aggregator.store.columns import EPOCH
from aggregator.store.engine import Engine, rows
from aggregator.store.schema import Tables
from aggregator.store.seam import guard

#: The newest articles on an instrument that its mentions are counted in.
MENTIONS = 20_000
#: The newest of these whose other symbols are counted.
COMPANY = 500
#: The newest articles whose outlets and categories are offered to filter by.
RECENT = 5_000

_DAY = 86_400_000_000
_EAST = 8 * 3_600_000_000


class Counts:
    """Counts of stories and articles."""

    def __init__(self, engine: Engine, tables: Tables) -> None:
        self._engine = engine
        self._tables = tables

    @guard("counting stories")
    def per_day(self, since: datetime, until: datetime) -> dict[date, int]:
        """Visible stories for each Beijing day between two instants; days without any are left out."""
        s = self._tables.story
        day = _day(s)
        query = s.select(day, peewee.fn.COUNT(s.id)).where((s.visible == 1) & (s.at >= since) & (s.at < until))
        return {_date(number): count for number, count in rows(query.group_by(day))}

    @guard("counting mentions")
    def mentions(self, code: str, since: datetime, most: int) -> Mentions:
        """How often the instrument of this code (600941.SH) is told of since an instant, and with which `most` others.

        Counted in its newest MENTIONS articles; company in the newest COMPANY.
        """
        with self._engine.atomic("DEFERRED"):
            pair = (tags.SYMBOL, tags.fold(code))
            label = tags.known(self._tables, [pair]).get(pair)
            if label is None:
                return Mentions()
            days = self._days(label, since)
            times, names = self._company(label)
            own = times.pop(code, 0)
        beside = tuple((other, names.get(other), count) for other, count in times.most_common(most))
        return Mentions(names.get(code), days, beside, own)

    @guard("reading what to filter by")
    def recent(self, kind: str, most: int) -> list[str]:
        """The commonest outlets (as written) or categories (folded) of the newest RECENT articles. `kind`: of tags."""
        tag, label, a = self._tables.tag, self._tables.label, self._tables.article
        last = rows(a.select(a.id).order_by(a.id.desc()).limit(1))
        floor = last[0][0] - RECENT if last else 0
        name: Any = a.outlet
        times: Any = peewee.fn.COUNT(a.id)
        query: Any = a.select(name, times).where((a.id > floor) & (a.outlet != ""))
        if kind != tags.OUTLET:
            name, times = label.value, peewee.fn.COUNT(tag.article)
            query = label.select(name, times).join(tag, on=(tag.label == label.id))
            query = query.where((label.kind == kind) & (tag.article > floor))
        return [found for found, _ in rows(query.group_by(name).order_by(times.desc(), name).limit(most))]

    def _days(self, label: int, since: datetime) -> dict[date, int]:
        a, s = self._tables.article, self._tables.story
        day = _day(s)
        query = (
            s.select(day, peewee.fn.COUNT(s.id.distinct()))
            .join(a, on=(a.story == s.id))
            .where(a.id << self._newest(label, MENTIONS), a.deleted == 0, s.visible == 1, s.at >= since)
        )
        return {_date(number): count for number, count in rows(query.group_by(day))}

    def _company(self, label: int) -> tuple[Counter[str], dict[str, str]]:
        """How many articles have each instrument, and what each is called: facts hold both, the newest first."""
        a, r = self._tables.article, self._tables.revision
        query = (
            r.select(r.facts)
            .join(a, on=(a.id == r.article) & (a.number == r.number))
            .where(a.id << self._newest(label, COMPANY), a.deleted == 0)
            .order_by(a.id.desc())
        )
        times: Counter[str] = Counter()
        names: dict[str, str] = {}
        for (facts,) in rows(query):
            found = {one["code"]: one.get("name") for one in facts.get("symbols", ())}
            times.update(found.keys())
            for code, name in found.items():
                if name:
                    names.setdefault(code, name)
        return times, names

    def _newest(self, label: int, most: int) -> Any:
        tag = self._tables.tag
        return tag.select(tag.article).where(tag.label == label).order_by(tag.article.desc()).limit(most)


def _day(story: Any) -> Any:
    """The Beijing day of a story as a number, counted from 1970."""
    return peewee.NodeList((peewee.SQL("("), story.at, peewee.SQL(f"+ {_EAST}) / {_DAY}")))


def _date(number: int) -> date:
    return (EPOCH + timedelta(days=int(number))).date()
