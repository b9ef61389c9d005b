"""The states an article went through.

In: article ids. Out: Revision, and the current states that a commit compares with. Called by articles.py,
ledger.py and loading.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from aggregator.models import Article, Revision
from aggregator.store import bodies, codec
from aggregator.store.engine import GIVEN, Lookup, Prepared, rows
from aggregator.store.schema import Tables


class Changed(NamedTuple):
    """What a reader that follows the archive learns of a new state."""

    mark: int  #: id of the revision; later ones are higher
    article_id: int
    title: str
    text: str  #: '' where it was let go
    current: bool  #: False: the article has a newer state, whose row follows


def history(tables: Tables, article_id: int) -> list[Revision]:
    """Every state of an article, oldest first."""
    r = tables.revision
    query = r.select(r.number, r.at, r.cause, r.content_hash, *content(tables))
    found = rows(query.where(r.article == article_id).order_by(r.number))
    told = texts(tables, [row[-4:] for row in found])
    return [
        Revision(number, at, cause, content_hash, article(told, columns))
        for number, at, cause, content_hash, *columns in found
    ]


def current(tables: Tables, ids: Iterable[int]) -> dict[int, Article]:
    """The current state of each article, by id."""
    found = tables.lookup(_by_article)(ids)
    told = texts(tables, [row[-4:] for row in found])
    return {number: article(told, columns) for number, *columns in found}


def changed(tables: Tables, mark: int, limit: int) -> list[Changed]:
    """See Articles.changed."""
    found = tables.lookup(_behind)(mark, limit)
    told = texts(tables, [row[3:7] for row in found])
    return [
        Changed(number, article, title, told.text(spot), current=revision == newest)
        for number, article, title, *spot, revision, newest in found
    ]


def content(tables: Tables) -> tuple[Any, ...]:
    """The columns that an article is decoded from; the last four say where its texts lie."""
    r = tables.revision
    return r.title, r.facts, r.original, r.body, r.start, r.html_length, r.text_length


def texts(tables: Tables, spots: Iterable[Sequence[int]]) -> bodies.Texts:
    """The texts that lie at the spots: one query, however many."""
    return bodies.Texts(tables.lookup(_by_body)(bodies.wanted(spots)))


def article(told: bodies.Texts, columns: Sequence[Any]) -> Article:
    """The article behind the columns that `content` names."""
    title, facts, original, *spot = columns
    return codec.decode(codec.Content(title, told.html(spot), told.text(spot), facts, original))


def _behind(tables: Tables) -> Prepared:
    a, r = tables.article, tables.revision
    query = r.select(r.id, r.article, r.title, r.body, r.start, r.html_length, r.text_length, r.number, a.number)
    return Prepared(query.join(a, on=(a.id == r.article)).where(r.id > GIVEN).order_by(r.id).limit(GIVEN))


def _by_article(tables: Tables) -> Lookup:
    a, r = tables.article, tables.revision
    return Lookup(r.select(r.article, *content(tables)).join(a, on=(a.id == r.article) & (a.number == r.number)), a.id)


def _by_body(tables: Tables) -> Lookup:
    b = tables.body
    return Lookup(b.select(b.id, b.encoding, b.data), b.id)
