"""The revisions of some articles, read one by one, so that a damaged one hides no other. In: article ids, within a
transaction. Out: what each says, or which faults it has. Called by articles.py."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aggregator.errors import StoreError
from aggregator.kit import hashing
from aggregator.models import Article
from aggregator.store import bodies, codec
from aggregator.store.audit.fault import RESTORE, Fault
from aggregator.store.columns import HashField, instant
from aggregator.store.engine import Engine

_HASH = HashField()


@dataclass(slots=True)
class State:
    """One revision."""

    number: int
    at: datetime
    content_hash: str
    blank: bool  #: it has no text, or that was let go
    article: Article | None  #: None: it cannot be read
    faults: list[Fault] = field(default_factory=list)


def load(engine: Engine, ids: Sequence[int]) -> dict[int, list[State]]:
    """The states of each article, oldest first."""
    marks = ",".join("?" * len(ids))
    sql = f"""SELECT "article", "number", "at", "content_hash", "title", "facts", "original", "body", "start",
        "html_length", "text_length" FROM "revision" WHERE "article" IN ({marks}) ORDER BY "article", "number" """  # noqa: S608
    found = engine.execute_sql(sql, tuple(ids)).fetchall()
    frames = _frames(engine, sorted({row[7] for row in found if row[7] is not None}))
    states: dict[int, list[State]] = {}
    for row in found:
        states.setdefault(row[0], []).append(_state(row, frames))
    return states


def _frames(engine: Engine, ids: Sequence[int]) -> dict[int, str | StoreError]:
    if not ids:
        return {}
    marks = ",".join("?" * len(ids))
    sql = f'SELECT "id", "encoding", "data" FROM "body" WHERE "id" IN ({marks})'  # noqa: S608
    frames: dict[int, str | StoreError] = {}
    for number, encoding, data in engine.execute_sql(sql, tuple(ids)).fetchall():
        try:
            frames[number] = bodies.expand(encoding, data)
        except StoreError as error:
            frames[number] = error
        except (LookupError, TypeError) as error:  # an encoding that does not exist, no bytes
            frames[number] = StoreError(f"a text in the database is damaged ({error})")
    return frames


def _state(row: Sequence[Any], frames: dict[int, str | StoreError]) -> State:
    article, number, at, content_hash, title, facts, original, body, start, html_length, text_length = row
    where = f"article {article}, revision {number}"
    state = State(number, instant(at), str(_HASH.python_value(content_hash)), body is None, None)
    text = _text(state, where, body, frames, start + html_length + text_length)
    try:
        told = json.loads(facts)
        post = None if original is None else zlib.decompress(original).decode()
        if text is not None:
            html, plain = text[start : start + html_length], text[start + html_length :][:text_length]
            state.article = codec.decode(codec.Content(title, html, plain, told, post))
    except (ValueError, KeyError, TypeError, zlib.error) as error:
        state.faults.append(Fault("revision.facts", where, f"its facts cannot be read ({error})", RESTORE))
    if state.article and body is not None and not _agrees(state.article, state.content_hash):
        state.faults.append(Fault("revision.hash", where, "what it says is not what its hash says", RESTORE))
    return state


def _text(state: State, where: str, body: int | None, frames: dict[int, str | StoreError], end: int) -> str | None:
    """The frame in which the texts lie; '' where there is none."""
    if body is None:
        return ""
    frame = frames.get(body)
    if frame is None:
        state.faults.append(Fault("revision.body", where, f"its text was in body {body}, which is not there", RESTORE))
    elif isinstance(frame, StoreError):
        state.faults.append(Fault("body.frame", where, f"its text in body {body} cannot be unpacked", RESTORE))
    elif len(frame) < end:
        state.faults.append(Fault("revision.length", where, f"its text reaches beyond the end of body {body}", RESTORE))
    else:
        return frame
    return None


def _agrees(article: Article, content_hash: str) -> bool:
    """True where the hash is that of the article, by the recipe it was made with."""
    return hashing.content(article, hashing.recipe(content_hash)) == content_hash
