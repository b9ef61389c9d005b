"""What an export of pages holds, in any order that its lists need: titles, days, categories, symbols, never texts.

In: readings, one by one. Out: lines of lists, sorted and grouped, as streams. Called by site.py, which reads all
articles once to fill this, and once more to write their texts.

It lies in a temporary database of SQLite, which has no name, takes no memory to speak of, and is gone with the process.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import groupby
from typing import NamedTuple

from aggregator.archive.items import Reading
from aggregator.kit import dates

_SCHEMA = """
CREATE TABLE article (id INTEGER PRIMARY KEY, story TEXT, at INTEGER, day TEXT, title TEXT, outlet TEXT, url TEXT);
CREATE TABLE tag (kind TEXT, name TEXT, article INTEGER, PRIMARY KEY (kind, name, article)) WITHOUT ROWID;
CREATE TABLE label (code TEXT PRIMARY KEY, name TEXT) WITHOUT ROWID;
"""
_INDEXES = """
CREATE INDEX article_story ON article (story);
CREATE INDEX article_at ON article (at, id);
CREATE INDEX article_day ON article (day, at, id);
"""
_GROUPED = """
CREATE TABLE grouped (kind TEXT, name TEXT, count INTEGER, PRIMARY KEY (kind, name)) WITHOUT ROWID;
INSERT INTO grouped SELECT kind, name, COUNT(*) FROM tag GROUP BY kind, name;
"""
_LINE = "a.id, a.story, a.at, a.title, a.outlet, a.url"


class Line(NamedTuple):
    """An article in a list."""

    id: int
    story: str
    at: datetime
    title: str
    outlet: str
    url: str | None


@dataclass(frozen=True, slots=True)
class Tag:
    """A day, a category or a symbol, and how many articles it has."""

    name: str
    count: int
    label: str = ""  #: the name of a symbol, as far as it is known


class Catalogue:
    """The lists of one export: filled by `add`, then `finish`ed, then asked."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection
        self._db.executescript("PRAGMA synchronous = OFF; PRAGMA cache_size = -8000;" + _SCHEMA)

    def add(self, one: Reading) -> None:
        """Put an article into the lists."""
        at = int(one.at.timestamp())
        day = dates.beijing_day(one.at).isoformat()
        row = (one.id, one.story, at, day, one.title, one.outlet, one.url)
        self._db.execute("INSERT OR REPLACE INTO article VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        tags = [("category", name, one.id) for name in one.categories] + [("symbol", c, one.id) for c, _ in one.symbols]
        self._db.executemany("INSERT OR IGNORE INTO tag VALUES (?, ?, ?)", tags)
        labels = [pair for pair in one.symbols if pair[1]]
        self._db.executemany("INSERT OR IGNORE INTO label VALUES (?, ?)", labels)

    def finish(self) -> None:
        """Everything was added."""
        self._db.executescript(_INDEXES + _GROUPED)

    def __len__(self) -> int:
        return int(self._db.execute("SELECT COUNT(*) FROM article").fetchone()[0])

    def __contains__(self, number: int) -> bool:
        return self._db.execute("SELECT 1 FROM article WHERE id = ?", (number,)).fetchone() is not None

    def newest(self, limit: int) -> list[Line]:
        """The newest articles."""
        query = f"SELECT {_LINE} FROM article a ORDER BY at DESC, id DESC LIMIT ?"  # noqa: S608
        return list(_lines(self._db.execute(query, (limit,))))

    def days(self) -> list[Tag]:
        """The days that have articles, oldest first; a day's name is its ISO form."""
        return [Tag(*row) for row in self._db.execute("SELECT day, COUNT(*) FROM article GROUP BY day ORDER BY day")]

    def of_days(self, *, newest_first: bool = True) -> Iterator[tuple[date, Iterator[Line]]]:
        """Every day with its articles."""
        order = "DESC" if newest_first else "ASC"
        query = f"SELECT day, {_LINE} FROM article a ORDER BY day {order}, at {order}, id {order}"  # noqa: S608
        for day, rows in groupby(self._db.execute(query), key=lambda row: str(row[0])):
            yield date.fromisoformat(day), _lines(row[1:] for row in rows)

    def tags(self, kind: str, limit: int, start: int = 0) -> list[Tag]:
        """The categories or the symbols, those with most articles first. There are as many as somebody thought of."""
        query = (
            "SELECT g.name, g.count, COALESCE(l.name, '') FROM grouped g LEFT JOIN label l ON l.code = g.name "
            "WHERE g.kind = ? ORDER BY g.count DESC, g.name LIMIT ? OFFSET ?"
        )
        return [Tag(*row) for row in self._db.execute(query, (kind, limit, start))]

    def tag(self, kind: str, name: str) -> Tag:
        """One of them."""
        query = (
            "SELECT g.name, g.count, COALESCE(l.name, '') FROM grouped g LEFT JOIN label l ON l.code = g.name "
            "WHERE g.kind = ? AND g.name = ?"
        )
        return Tag(*self._db.execute(query, (kind, name)).fetchone())

    def count(self, kind: str) -> int:
        """How many of the kind there are."""
        return int(self._db.execute("SELECT COUNT(*) FROM grouped WHERE kind = ?", (kind,)).fetchone()[0])

    def of_tags(self, kind: str) -> Iterator[tuple[str, Iterator[Line]]]:
        """Every category or symbol with its articles, newest first."""
        query = (
            f"SELECT t.name, {_LINE} FROM tag t JOIN article a ON a.id = t.article "  # noqa: S608
            "WHERE t.kind = ? ORDER BY t.name, a.at DESC, a.id DESC"
        )
        for name, rows in groupby(self._db.execute(query, (kind,)), key=lambda row: str(row[0])):
            yield name, _lines(row[1:] for row in rows)

    def others(self, one: Reading) -> list[Line]:
        """The other articles of its story, oldest first."""
        query = f"SELECT {_LINE} FROM article a WHERE story = ? AND id <> ? ORDER BY at, id LIMIT 200"  # noqa: S608
        return list(_lines(self._db.execute(query, (one.story, one.id))))

    def beside(self, one: Reading) -> tuple[Line | None, Line | None]:
        """The next newer and the next older article of the same Beijing day."""
        place = (dates.beijing_day(one.at).isoformat(), int(one.at.timestamp()), one.id)
        found = []
        for sign, order in ((">", "ASC"), ("<", "DESC")):
            query = (
                f"SELECT {_LINE} FROM article a WHERE day = ? AND (at, id) {sign} (?, ?) "  # noqa: S608
                f"ORDER BY at {order}, id {order} LIMIT 1"
            )
            found.append(next(_lines(self._db.execute(query, place)), None))
        return found[0], found[1]


@contextmanager
def made(readings: Iterable[Reading]) -> Iterator[Catalogue]:
    """The catalogue of all of them."""
    with closing(sqlite3.connect("")) as connection:
        catalogue = Catalogue(connection)
        for one in readings:
            catalogue.add(one)
        catalogue.finish()
        yield catalogue


def _lines(rows: Iterable[Sequence[object]]) -> Iterator[Line]:
    for number, story, at, title, outlet, url in rows:
        when = datetime.fromtimestamp(int(str(at)), UTC)
        yield Line(int(str(number)), str(story), when, str(title), str(outlet), None if url is None else str(url))
