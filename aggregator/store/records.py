"""An article row in memory: what a commit changes and stories are computed from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date, datetime
from operator import attrgetter
from typing import Any

import peewee

from aggregator.kit import text
from aggregator.models import Completeness, StoryKey
from aggregator.store.engine import Lookup
from aggregator.store.schema import Tables


@dataclass(slots=True, eq=False)
class Record:
    """One row of the article table, field by field."""

    id: int
    docid: str | None
    story: int
    number: int
    content_hash: str
    title: str
    title_key: str
    mark: str
    day: date
    published: datetime | None
    updated: datetime | None
    first_seen: datetime
    revised_at: datetime
    fingerprint: int | None
    length: int
    completeness: Completeness
    deleted: bool
    differs: bool
    outlet: str | None
    pruned: datetime | None = None

    @property
    def at(self) -> datetime:
        """Publish time, but never later than when we first saw it."""
        return min(self.published, self.first_seen) if self.published else self.first_seen

    @property
    def key(self) -> StoryKey:
        """Its own story key; the story may have others."""
        return StoryKey(f"{self.title_key}{text.SPLIT_MARK}{self.mark}" if self.mark else self.title_key, self.day)

    @property
    def is_shown(self) -> bool:
        """Whether it makes its story visible."""
        return not self.deleted and self.pruned is None

    def is_another(self, docid: str | None) -> bool:
        """True when both state a docid and they differ: one entry id or address is used for two documents."""
        return docid is not None and self.docid is not None and docid != self.docid


def base(key: StoryKey) -> str:
    """The folded title in a key, without the mark of a text that was split off."""
    return key.title_key.partition(text.SPLIT_MARK)[0]


def mark(key: StoryKey) -> str:
    """The mark of a text that was split off, mostly ''."""
    return key.title_key.partition(text.SPLIT_MARK)[2]


NAMES = tuple(field.name for field in fields(Record))
as_row = attrgetter(*NAMES)


def columns(tables: Tables) -> list[Any]:
    """The article columns in the order of Record's fields."""
    return [getattr(tables.article, name) for name in NAMES]


def at(article: Any) -> Any:
    """Record.at as SQL."""
    return peewee.Case(None, [(article.published < article.first_seen, article.published)], article.first_seen)


def load(tables: Tables, ids: Iterable[int], by: str = "id") -> list[Record]:
    """The records whose column `by` ('id' or 'story') is one of `ids`, in id order."""
    found = tables.lookup(_by_id if by == "id" else _by_story)(ids)
    return [from_row(row) for row in sorted(found)]


def from_row(row: tuple[Any, ...]) -> Record:
    """The record of a row selected with `columns`."""
    record = Record(*row)
    record.completeness = Completeness(record.completeness)
    return record


def _by_id(tables: Tables) -> Lookup:
    return Lookup(tables.article.select(*columns(tables)), tables.article.id)


def _by_story(tables: Tables) -> Lookup:
    return Lookup(tables.article.select(*columns(tables)), tables.article.story)
