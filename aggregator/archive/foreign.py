"""What the archives of other aggregators have in common: a database to be read, entries to be made of what it states.

In: a path, or the columns of a row. Out: rows, and Entries as a feed would state them. Called by the formats that read
FreshRSS, Miniflux and lemon24/reader.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from aggregator.archive import files
from aggregator.errors import ArchiveError
from aggregator.kit import dates, hashing, text, urls
from aggregator.models import Entry, Image

#: Begins an entry id that is one everywhere, not only in its feed.
_GLOBAL = ("http://", "https://", "urn:", "tag:")


@dataclass(frozen=True, slots=True)
class Row:
    """An article of another program."""

    feed: str  #: address of the feed
    guid: str
    title: str
    link: str
    content: str
    published: datetime | None
    updated: datetime | None = None
    author: str | None = None
    category: str | None = None  #: of the feed
    tags: Sequence[str] = ()  #: of the article
    images: Sequence[str] = ()
    is_text: bool = False  #: `content` is plain text


def entry(row: Row) -> Entry:
    """The entry as its feed would have stated it."""
    guid = row.guid.strip()
    link = urls.absolute(None, row.link)
    link = urls.unwrap(link) if link else None
    title = text.title(row.title)
    if not guid:
        guid = urls.key(link) if link else hashing.digest(row.feed, title, str(row.published))
    else:
        guid = bound(row.feed, guid)
    named = (row.category, *row.tags)
    pictures = (urls.absolute(link, image) for image in row.images)
    return Entry(
        id=text.strip_controls(guid),
        title=title,
        link=link,
        docid=urls.docid(link) or urls.docid(row.guid),
        published=row.published,
        updated=row.updated,
        author=text.line(row.author or "") or None,
        content=text.strip_controls(row.content) or None,
        content_is_text=row.is_text,
        categories=tuple(dict.fromkeys(word for name in named if (word := text.line(name or "")))),
        images=tuple(Image(url) for url in pictures if url),
    )


def bound(feed: str, guid: str) -> str:
    """An entry id that is one everywhere: imported entries of all feeds stand side by side."""
    return guid if guid.startswith(_GLOBAL) else hashing.digest(feed, guid)


def instant(stated: object) -> datetime | None:
    """Epoch seconds, or a time as databases write it: UTC where it names no zone."""
    if isinstance(stated, int | float):
        return dates.from_epoch(stated)
    return dates.parse(stated, zone="UTC") if isinstance(stated, str) and stated else None


@contextmanager
def database(path: Path) -> Iterator[sqlite3.Connection]:
    """A database, only to be read. Raises ArchiveError in words, also for what the block meets in it."""
    where = files.shown(path)
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
            yield connection
    except sqlite3.Error as error:
        raise ArchiveError(where, f"the database cannot be read ({error})") from error


def has_tables(path: Path, wanted: dict[str, set[str]]) -> bool:
    """Whether a database has these tables with at least these columns; False for what is none, or is damaged."""
    try:
        with database(path) as connection:
            return all(
                columns <= {row[1] for row in connection.execute(f'PRAGMA table_info("{table}")')}
                for table, columns in wanted.items()
            )
    except ArchiveError:
        return False
