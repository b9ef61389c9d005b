"""A database as the first schema held it: plain texts, hexadecimal hashes, bands. For tests of the migrations."""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from playhouse.migrations import Runner

from aggregator.models import Plan, StoryKey, Write
from aggregator.store import codec, upgrade
from aggregator.store.columns import micros, signed
from aggregator.store.founding import uid
from aggregator.store.sqlite import SqliteEngine
from tests.support.writes import NOW


def make(path: Path, plans: Iterable[Plan]) -> None:
    """Store plans as the first version did: each write is an article and a story of its own, none is met twice.

    A write whose article carries `flags=("edited",)` gets an older revision with another text before it.
    """
    engine = SqliteEngine(path)
    with engine.atomic("IMMEDIATE"):
        Runner(engine, str(upgrade.SCRIPTS)).up("0001_initial")
        engine.mark()
    engine.close_all()
    with sqlite3.connect(path) as connection:
        for slug, number in (("a", 1), ("b", 2)):
            _put(connection, "subscription", id=number, slug=slug, name=slug.upper(), url="https://x.example.com/",
                 categories="[]", configured=1, enabled=1, failures=0, empty_polls=0)  # fmt: skip
        number = 0
        for plan in plans:
            for write in plan.writes:
                number += 1
                _article(connection, number, write, {"a": 1, "b": 2}[plan.slug])
    connection.close()


def _article(connection: sqlite3.Connection, number: int, write: Write, subscription: int) -> None:
    article, key, seen = write.article, write.place.key, micros(write.first_seen)
    published = micros(article.published) if article.published else None
    at = min(published or seen, seen)
    _put(connection, "story", id=number, uid=uid(key), at=at, updated=at, visible=int(not article.deleted))
    _key(connection, key, number)
    states = [(1, "stated", "旧文" * 10), (2, "edited", None)] if "edited" in article.flags else [(1, "stated", None)]
    _put(connection, "article", id=number, docid=article.docid, story=number, number=len(states),
         content_hash=write.content_hash, title=article.title, title_key=key.title_key, mark="",
         day=key.day.isoformat(), published=published, first_seen=seen, revised_at=micros(NOW),
         fingerprint=None if write.fingerprint is None else signed(write.fingerprint), length=len(article.text),
         completeness=article.completeness.value, deleted=int(article.deleted), differs=0,
         outlet=article.outlet)  # fmt: skip
    content = codec.encode(article)
    for revision, cause, old in states:
        packed = None if content.original is None else zlib.compress(content.original.encode())
        _put(connection, "revision", article=number, number=revision, at=micros(NOW), cause=cause,
             content_hash=write.content_hash if old is None else "00" * 21, title=content.title,
             html=f"<p>{old}</p>" if old else content.html, text=old or content.text,
             facts=json.dumps(content.facts, ensure_ascii=False), original=packed)  # fmt: skip
    if write.fingerprint is not None:
        _put(connection, "band", key=write.fingerprint & 0xFFFF, article=number)
    _put(connection, "appearance", subscription=subscription, entry_id=article.entry_id, article=number,
         stated_hash=write.stated_hash, first_seen=seen)  # fmt: skip
    if article.url:
        _put(connection, "alias", url_key=article.url.removeprefix("https:").lstrip("/"), article=number)
    for symbol in article.symbols:
        _put(connection, "tag", article=number, kind="symbol", value=symbol.code.casefold())
    if article.outlet:
        _put(connection, "tag", article=number, kind="outlet", value=article.outlet)


def _key(connection: sqlite3.Connection, key: StoryKey, story: int) -> None:
    _put(connection, "story_key", title_key=key.title_key, day=key.day.isoformat(), story=story)


def _put(connection: sqlite3.Connection, table: str, **row: Any) -> None:
    names = ", ".join(f'"{name}"' for name in row)
    connection.execute(
        f'INSERT INTO "{table}" ({names}) VALUES ({", ".join("?" * len(row))})',  # noqa: S608
        list(row.values()),
    )
