"""Rows that follow from others: prints, bodies nobody needs, the short hashes by which entries are found."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from aggregator.store import prints
from aggregator.store.audit.fault import Fault
from aggregator.store.columns import instant, short
from aggregator.store.engine import Engine
from aggregator.store.schema import Tables

_BATCH = 1_000


def faults(engine: Engine, _tables: Tables) -> Iterator[Fault]:
    """Rows that are there and should not be, or say something else than what they follow from.

    Prints that are missing are found with their articles.
    """
    yield from _prints(engine)
    yield from _hits(engine)
    yield from _bodies(engine)
    yield from _appearances(engine)
    yield from _twice(engine)


def _prints(engine: Engine) -> Iterator[Fault]:
    place: tuple[int, int] = (-(1 << 62), 0)
    sql = """SELECT p."span", p."article", p."fingerprint", a."fingerprint", a."published", a."first_seen"
        FROM "print" p JOIN "article" a ON a."id" = p."article"
        WHERE (p."span", p."article") > (?, ?) ORDER BY p."span", p."article" LIMIT ?"""
    while found := engine.execute_sql(sql, (*place, _BATCH)).fetchall():
        for span, article, print_, wanted, published, first_seen in found:
            at = first_seen if published is None else min(published, first_seen)
            if span == prints.span(instant(at)) and print_ == wanted:
                continue
            drop = 'DELETE FROM "print" WHERE "span" = ? AND "article" = ?'
            what = "its print is not the fingerprint of the article, or lies at another time"
            fix = partial(engine.execute_sql, drop, (span, article))
            yield Fault("print.wrong", f"article {article}", what, "it is made anew", fix)
        place = found[-1][0], found[-1][1]


def _hits(engine: Engine) -> Iterator[Fault]:
    """Words of outputs lie by the time of their article (docs/decisions/0607)."""
    place: tuple[int, int, int] = (0, -(1 << 62), 0)
    sql = """SELECT h."word", h."at", h."article", a."published", a."first_seen"
        FROM "word_hit" h JOIN "article" a ON a."id" = h."article"
        WHERE (h."word", h."at", h."article") > (?, ?, ?) ORDER BY h."word", h."at", h."article" LIMIT ?"""
    move = """INSERT INTO "word_hit" ("word", "at", "article") VALUES (?, ?, ?) ON CONFLICT DO NOTHING"""
    drop = 'DELETE FROM "word_hit" WHERE "word" = ? AND "at" = ? AND "article" = ?'

    def put(word: int, wrong: int, right: int, article: int) -> None:
        engine.execute_sql(drop, (word, wrong, article))
        engine.execute_sql(move, (word, right, article))

    while found := engine.execute_sql(sql, (*place, _BATCH)).fetchall():
        for word, at, article, published, first_seen in found:
            right = first_seen if published is None else min(published, first_seen)
            if at != right:
                what = "is noted under a word of outputs at another time than its own"
                fix = partial(put, word, at, right, article)
                yield Fault("hit.wrong", f"article {article}", what, "it is moved", fix)
        place = found[-1][0], found[-1][1], found[-1][2]


def _bodies(engine: Engine) -> Iterator[Fault]:
    sql = """SELECT b."id" FROM "body" b WHERE b."id" > ?
        AND NOT EXISTS (SELECT 1 FROM "revision" r WHERE r."body" = b."id") ORDER BY b."id" LIMIT ?"""
    yield from _each(
        engine,
        sql,
        lambda number: Fault(
            "body.unused",
            f"body {number}",
            "holds no text of any revision",
            "it is removed",
            partial(engine.execute_sql, 'DELETE FROM "body" WHERE "id" = ?', (number,)),
        ),
    )


def _appearances(engine: Engine) -> Iterator[Fault]:
    last = 0
    sql = 'SELECT "id", "entry_id", "entry", "article" FROM "appearance" WHERE "id" > ? ORDER BY "id" LIMIT ?'
    put = 'UPDATE "appearance" SET "entry" = ? WHERE "id" = ?'
    while found := engine.execute_sql(sql, (last, _BATCH)).fetchall():
        for number, entry_id, entry, article in found:
            if entry != (wanted := short(entry_id)):
                fix = partial(engine.execute_sql, put, (wanted, number))
                what = f"its hash of the entry id {entry_id!r} is wrong, so the entry is taken for a new one"
                yield Fault("appearance.entry", f"article {article}", what, "it is set", fix)
        last = found[-1][0]


def _twice(engine: Engine) -> Iterator[Fault]:
    """One row for each entry of a subscription: the index leads to those that may be one, in order."""
    sql = """SELECT "entry", "subscription" FROM "appearance"
        GROUP BY "entry", "subscription" HAVING count(*) > 1"""
    one = """SELECT min("id"), count(*), "entry_id" FROM "appearance" WHERE "entry" = ? AND "subscription" = ?
        GROUP BY "entry_id" HAVING count(*) > 1"""
    drop = 'DELETE FROM "appearance" WHERE "subscription" = ? AND "entry_id" = ? AND "id" > ?'
    for entry, subscription in engine.execute_sql(sql).fetchall():
        for first, count, entry_id in engine.execute_sql(one, (entry, subscription)).fetchall():
            fix = partial(engine.execute_sql, drop, (subscription, entry_id, first))
            where = f"subscription {subscription}, entry {entry_id!r}"
            yield Fault("appearance.twice", where, f"is noted {count} times", "the first one stays", fix)


def _each(engine: Engine, sql: str, fault: Any) -> Iterator[Fault]:
    last = 0
    while found := engine.execute_sql(sql, (last, _BATCH)).fetchall():
        for (number,) in found:
            yield fault(number)
        last = found[-1][0]
