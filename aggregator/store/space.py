"""Room: what the database takes and how it grows, and giving back what was let go of while others read and write.

In: nothing, or how much to do at once. Out: plain numbers, bytes. Called by app/compacting.py and app/statistics.py.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import peewee

from aggregator.errors import StoreError
from aggregator.store import bodies
from aggregator.store.engine import INCREMENTAL, Engine, rows
from aggregator.store.schema import Tables
from aggregator.store.seam import guard

#: Frames that are looked at in one go.
FRAMES = 50

#: A frame of which less than this part is text that somebody has is packed anew.
SPARSE = 0.5

_DAY = 24 * 3600 * 1_000_000
_BEIJING = 8 * 3600 * 1_000_000


@dataclass(frozen=True, slots=True)
class Pages:
    """The database file, as it stands."""

    size: int  #: bytes of one page
    count: int
    free: int  #: of these, pages that hold nothing
    gives_back: bool  #: free pages can be given back while others work


class Space:
    """The room a database takes."""

    def __init__(self, engine: Engine, tables: Tables) -> None:
        self._engine = engine
        self._tables = tables

    @guard("measuring the database")
    def pages(self) -> Pages:
        """How many pages there are."""
        ask = self._engine.pragma
        gives_back = ask("auto_vacuum") == INCREMENTAL
        return Pages(ask("page_size"), ask("page_count"), ask("freelist_count"), gives_back)

    @guard("giving back free pages")
    def shrink(self, pages: int) -> int:
        """Give back at most so many free pages, in one short transaction; how many are left."""
        # Each row that is fetched is a page that was moved: all must be.
        self._engine.execute_sql(f"PRAGMA incremental_vacuum({pages:d})").fetchall()
        left: int = self._engine.pragma("freelist_count")
        return left

    @guard("taking the WAL into the database")
    def checkpoint(self) -> bool:
        """Copy the WAL into the file and cut it off; False when a reader held that up."""
        ((busy, *_),) = self._engine.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        return not busy

    @guard("writing the database anew")
    def rebuild(self) -> None:
        """Write the whole file anew, so that it gives back pages by itself from now on. Nobody else may write."""
        self._engine.pragma("auto_vacuum", INCREMENTAL)
        self._engine.execute_sql("VACUUM")

    @guard("packing texts anew")
    def repack(self, after: int) -> tuple[int, int] | None:
        """Look at the next frames behind the body `after`, and pack together what is left in the sparse ones.

        The last body looked at, and how many frames are fewer now; None when there was none to look at. One short
        transaction, and none where nothing is sparse.
        """
        b = self._tables.body
        query = b.select(b.id, b.encoding, b.data).where(b.id > after).order_by(b.id).limit(FRAMES)
        with self._engine.atomic("DEFERRED"):
            found = rows(query)
            if not found:
                return None
            sparse = self._sparse(found)
        if not sparse:
            return found[-1][0], 0
        with self._engine.atomic("IMMEDIATE"):
            again = rows(b.select(b.id, b.encoding, b.data, b.at).where(b.id << sparse).order_by(b.id))
            return found[-1][0], self._pack(again)

    def _sparse(self, found: Sequence[Any]) -> list[int]:
        used = dict.fromkeys((row[0] for row in found), 0)
        r = self._tables.revision
        query = r.select(r.body, r.html_length, r.text_length).where(r.body << list(used))
        for body, html, text in rows(query):
            used[body] += html + text
        sparse = []
        for number, encoding, data in found:
            try:
                whole = len(bodies.expand(encoding, data))
            except StoreError:  # verify tells of it
                continue
            if used[number] < SPARSE * whole:
                sparse.append(number)
        return sparse

    def _pack(self, found: Sequence[Any]) -> int:
        b, r = self._tables.body, self._tables.revision
        old = [row[0] for row in found]
        query = r.select(r.id, r.body, r.start, r.html_length, r.text_length).where(r.body << old).order_by(r.id)
        spots = rows(query)
        texts = bodies.Texts(row[:3] for row in found)
        packed = bodies.pack((texts.html(spot), texts.text(spot)) for _, *spot in spots)
        numbers = self._engine.ids().take(b, len(packed.frames))
        at = max((row[3] for row in found), default=None)
        self._engine.put(
            [b.id, b.at, b.encoding, b.data],
            [(number, at, *frame) for number, frame in zip(numbers, packed.frames, strict=True)],
        )
        self._engine.update(
            [r.body, r.start, r.html_length, r.text_length],
            r.id,
            [
                (None if spot.frame is None else numbers[spot.frame], *spot[1:], row[0])
                for row, spot in zip(spots, packed.spots, strict=True)
            ],
        )
        b.delete().where(b.id << old).execute()
        return len(old) - len(packed.frames)

    @guard("measuring the tables")
    def tables(self) -> dict[str, int]:
        """Bytes of each table with its indexes, largest first; {} where this SQLite cannot tell (no dbstat)."""
        sql = """SELECT coalesce(m."tbl_name", d."name"), sum(d."pgsize") FROM dbstat d
            LEFT JOIN sqlite_master m ON m."name" = d."name" WHERE d."aggregate" = TRUE GROUP BY 1 ORDER BY 2 DESC, 1"""
        try:
            return dict(self._engine.execute_sql(sql).fetchall())
        except (peewee.OperationalError, sqlite3.OperationalError) as error:
            if "dbstat" not in str(error):
                raise
            return {}

    @guard("counting the articles of each day")
    def days(self, now: int, count: int) -> dict[str, int]:
        """Articles first seen on each of the last `count` whole days in Beijing before `now` (microseconds), by day."""
        today = (now + _BEIJING) // _DAY
        sql = """SELECT date(("first_seen" + ?) / 1000000, 'unixepoch'), count(*) FROM "article"
            WHERE "first_seen" >= ? AND "first_seen" < ? GROUP BY 1 ORDER BY 1"""
        first, last = (today - count) * _DAY - _BEIJING, today * _DAY - _BEIJING
        return dict(self._engine.execute_sql(sql, (_BEIJING, first, last)).fetchall())

    @guard("counting the articles of each feed")
    def feeds(self) -> list[tuple[str, int, int]]:
        """Slug, articles and appearances of each subscription, most articles first."""
        x, s = self._tables.appearance, self._tables.subscription
        articles, seen = peewee.fn.COUNT(x.article.distinct()), peewee.fn.COUNT(x.id)
        query = s.select(s.slug, articles, seen).join(x, on=x.subscription == s.id).group_by(s.slug)
        return rows(query.order_by(articles.desc(), s.slug))

    @guard("counting")
    def earliest(self) -> int | None:
        """When the first article was first seen, microseconds since 1970; None without any."""
        ((first,),) = self._engine.execute_sql('SELECT min("first_seen") FROM "article"').fetchall()
        return None if first is None else int(first)
