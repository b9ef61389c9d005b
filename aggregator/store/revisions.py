"""The states an article went through.

In: article ids. Out: Revision, and the current states that a commit compares with. Called by articles.py and ledger.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from aggregator.models import Article
from aggregator.store import codec
from aggregator.store.engine import chunked, rows
from aggregator.store.schema import Tables


@dataclass(frozen=True, slots=True)
class Revision:
    """One immutable stored state of an article."""

    number: int  #: from 1
    at: datetime  #: when it was stored
    cause: str  #: stated, edited, full text, import, withdrawn, restored
    content_hash: str
    article: Article


def history(tables: Tables, article_id: int) -> list[Revision]:
    """Every state of an article, oldest first."""
    r = tables.revision
    query = r.select(r.number, r.at, r.cause, r.content_hash, r.title, r.html, r.text, r.facts, r.original)
    return [
        Revision(number, at, cause, content_hash, codec.decode(codec.Content(*content)))
        for number, at, cause, content_hash, *content in rows(query.where(r.article == article_id).order_by(r.number))
    ]


def current(tables: Tables, ids: Iterable[int]) -> dict[int, Article]:
    """The current state of each article, by id."""
    a, r = tables.article, tables.revision
    found: dict[int, Article] = {}
    for some in chunked(ids):
        query = (
            r.select(r.article, r.title, r.html, r.text, r.facts, r.original)
            .join(a, on=(a.id == r.article) & (a.number == r.number))
            .where(a.id << some)
        )
        found.update((row[0], codec.decode(codec.Content(*row[1:]))) for row in rows(query))
    return found
