"""Room: what the database takes and how it grows, and giving back what was let go of while others read and write.

In: nothing, or how much to do at once. Out: plain numbers, bytes. Called by app/compacting.py and app/statistics.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import peewee

from aggregator.errors import StoreError
from aggregator.store import bodies
from aggregator.store.columns import EPOCH
from aggregator.store.engine import Engine, Pages, rows
from aggregator.store.schema import Tables
from aggregator.store.seam import guard

#: Frames that are looked at in one go.
FRAMES = 50

#: A frame of which less than this part is text that somebody has is packed anew.
SPARSE = 0.5

_DAY = 24 * 3600 * 1_000_000
_BEIJING = 8 * 3600 * 1_000_000


class Space:
    """The room a database takes."""

    def __init__(self, engine: Engine, tables: Tables) -> None:
        self._engine = engine
        self._tables = tables

    @guard("measuring the database")
    def pages(self) -> Pages:
        """How many pages there are."""
        return self._engine.pages()

    @guard("giving back free pages")
    def shrink(self, pages: int) -> int:
        """Give back at most so many free pages, in one short transaction; how many are left."""
        return self._engine.shrink(pages)

    @guard("taking the WAL into the database")
    def checkpoint(self) -> bool:
        """Bring what was written lately to its place; False when a reader held that up."""
        return self._engine.checkpoint()

    @guard("writing the database anew")
    def rebuild(self) -> None:
        """Write everything anew, so that it gives back pages by itself from now on. Nobody else may write."""
        self._engine.rebuild()

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
        """Bytes of each table with its indexes, largest first; {} where the database cannot tell."""
        return self._engine.tables()

    @guard("counting the articles of each day")
    def days(self, now: int, count: int) -> dict[str, int]:
        """Articles first seen on each of the last `count` whole days in Beijing before `now` (microseconds), by day."""
        today = (now + _BEIJING) // _DAY
        sql = """SELECT ("first_seen" + ?) / ?, count(*) FROM "article"
            WHERE "first_seen" >= ? AND "first_seen" < ? GROUP BY 1 ORDER BY 1"""
        first, last = (today - count) * _DAY - _BEIJING, today * _DAY - _BEIJING
        found = self._engine.execute_sql(sql, (_BEIJING, _DAY, first, last)).fetchall()
        return {(EPOCH + timedelta(days=day)).date().isoformat(): articles for day, articles in found}

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
