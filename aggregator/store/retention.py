"""Letting go of old text, on the operator's word only: what was told stays known, so nothing purged comes back.

In: bounds by age, number and size, of each subscription and of all; ids. Out: which articles go, and their text gone.
Of an article that is let go everything that identifies it stays: its row, keys, addresses, appearances, title, facts.
Its story is shown no more when all its articles are gone. Called by app/pruning.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from aggregator.models import Keep
from aggregator.store import spilling
from aggregator.store.columns import micros
from aggregator.store.engine import Engine, Lookup, chunked, rows
from aggregator.store.schema import Tables
from aggregator.store.seam import guard


class Retention:
    """Which texts go, and letting them go."""

    def __init__(self, engine: Engine, tables: Tables) -> None:
        self._engine = engine
        self._tables = tables

    @guard("looking which texts may go")
    def doomed(self, bounds: Mapping[str, Keep], others: Keep, whole: Keep, now: datetime) -> list[int]:
        """Ids of the articles that the bounds let go of now, oldest first. What is pinned stays.

        `bounds`: by slug; `others`: of subscriptions that it does not name. An article of several goes only when all of
        them let it go. `whole`: of the archive as a whole, its newest articles stay whatever the others say.
        """
        with self._engine.atomic("DEFERRED"):
            limited = [*bounds.values(), others, whole]
            sizes = _sizes(self._engine) if any(one.max_bytes is not None for one in limited) else {}
            gone = self._let_go_by_all(bounds, others, now, sizes)
            sql = """SELECT "id", "first_seen", "pinned" FROM "article" WHERE "pruned" IS NULL
                ORDER BY "first_seen" DESC, "id" DESC"""
            kept = ((number, at) for number, at, _ in self._rows(sql) if number not in gone)
            gone.update(_beyond(kept, whole, now, sizes))
            a = self._tables.article
            pinned = {number for (number,) in rows(a.select(a.id).where(a.pinned.is_null(False)))}
            return sorted(gone - pinned)

    def _let_go_by_all(
        self, bounds: Mapping[str, Keep], others: Keep, now: datetime, sizes: Mapping[int, int]
    ) -> set[int]:
        s = self._tables.subscription
        sql = """SELECT DISTINCT a."id", a."first_seen" FROM "appearance" x JOIN "article" a ON a."id" = x."article"
            WHERE x."subscription" = ? AND a."pruned" IS NULL ORDER BY a."first_seen" DESC, a."id" DESC"""
        votes: Counter[int] = Counter()
        for number, slug in rows(s.select(s.id, s.slug)):
            bound = bounds.get(slug, others)
            if bound != Keep():
                votes.update(_beyond(self._rows(sql, number), bound, now, sizes))
        gone: set[int] = set()
        for some in chunked(votes):
            seen = Counter(number for number, _ in set(self._tables.lookup(_seen)(some)))
            gone.update(number for number in some if votes[number] == seen[number])
        return gone

    def _rows(self, sql: str, *given: Any) -> Iterator[Any]:
        return iter(self._engine.execute_sql(sql, given))

    @guard("letting go of old text")
    def let_go(self, ids: Sequence[int], now: datetime) -> int:
        """Blank these articles, but for those that were pinned or let go of meanwhile; how many that were.

        One short transaction: ask for some hundred at a time, so that whoever wants to write passes between.
        """
        a, body, r = self._tables.article, self._tables.body, self._tables.revision
        with self._engine.atomic("IMMEDIATE"):
            free = (a.id << list(ids)) & a.pinned.is_null() & a.pruned.is_null()
            found = dict(rows(a.select(a.id, a.story).where(free)))
            numbers = list(found)
            if not found:
                return 0
            own = rows(r.select(r.body).where((r.article << numbers) & r.body.is_null(False)).distinct())
            emptied = {number for (number,) in own}
            r.update(body=None, start=0, html_length=0, text_length=0, original=None).where(
                r.article << numbers
            ).execute()
            # A body may hold texts that are still needed.
            held = {number for (number,) in rows(r.select(r.body).where(r.body << list(emptied)).distinct())}
            body.delete().where(body.id << list(emptied - held)).execute()
            a.update(pruned=now).where(a.id << numbers).execute()
            self._tables.retry.delete().where(self._tables.retry.article << numbers).execute()
            self._hide(sorted(set(found.values())))
            return len(found)

    def _hide(self, stories: Sequence[int]) -> None:
        """Stories without an article that can be shown."""
        a, s = self._tables.article, self._tables.story
        shown = rows(a.select(a.story).where((a.story << stories) & (a.deleted == 0) & a.pruned.is_null()).distinct())
        hidden = set(stories) - {number for (number,) in shown}
        s.update(visible=False).where((s.id << list(hidden)) & (s.visible == 1)).execute()

    @guard("reading what is let go of")
    def records(self, ids: Sequence[int]) -> list[dict[str, Any]]:
        """These articles whole, as lines of a JSONL archive; what is pinned or gone is left out."""
        a = self._tables.article
        with self._engine.atomic("DEFERRED"):
            free = (a.id << list(ids)) & a.pinned.is_null() & a.pruned.is_null()
            return spilling.spilled(self._tables, [number for (number,) in rows(a.select(a.id).where(free))])

    @guard("pinning")
    def pin(self, ids: Sequence[int], now: datetime | None) -> int:
        """Never let go of these articles; None: let it happen again. How many were not so before."""
        a = self._tables.article
        with self._engine.atomic("IMMEDIATE"):
            changed: int = a.update(pinned=now).where((a.id << list(ids)) & a.pinned.is_null(now is not None)).execute()
        return changed

    @guard("reading what is pinned")
    def pinned(self) -> list[tuple[int, datetime, str]]:
        """Every pinned article: id, since when, title."""
        a = self._tables.article
        return rows(a.select(a.id, a.pinned, a.title).where(a.pinned.is_null(False)).order_by(a.id))


def _beyond(newest_first: Iterator[Any], bound: Keep, now: datetime, sizes: Mapping[int, int]) -> Iterator[int]:
    """Of (id, first seen), newest first: those that lie beyond a bound. From the first one on that is too much, all."""
    if bound == Keep():
        return
    oldest = micros(now - bound.max_age) if bound.max_age is not None else None
    size = 0
    for count, (number, at) in enumerate(newest_first, 1):
        size += sizes.get(number, 0)
        if (
            (oldest is not None and at < oldest)
            or (bound.max_count is not None and count > bound.max_count)
            or (bound.max_bytes is not None and size > bound.max_bytes)
        ):
            yield number


def _sizes(engine: Engine) -> dict[int, int]:
    """Bytes that the texts of each article take in the database: of a frame its share, by characters."""
    sql = f"""WITH "frame" AS (
            SELECT b."id" AS "body",
                CAST(length(b."data") AS DOUBLE PRECISION)
                    / CASE WHEN sum(r."html_length" + r."text_length") > 0
                        THEN sum(r."html_length" + r."text_length") ELSE 1 END AS "each"
            FROM "body" b JOIN "revision" r ON r."body" = b."id" GROUP BY b."id")
        SELECT r."article", CAST(sum({engine.octets('r."facts"')} + coalesce(length(r."original"), 0)
            + coalesce((r."html_length" + r."text_length") * f."each", 0)) AS BIGINT)
        FROM "revision" r LEFT JOIN "frame" f ON f."body" = r."body" GROUP BY r."article" """  # noqa: S608 (our own columns)
    return dict(engine.execute_sql(sql).fetchall())


def _seen(tables: Tables) -> Lookup:
    x = tables.appearance
    return Lookup(x.select(x.article, x.subscription), x.article)
