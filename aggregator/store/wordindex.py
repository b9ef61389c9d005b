"""The word index: which states of articles hold which words, and how well.

In: FTS5 expressions of kit/searchwords.py. Out: ids of revisions. Called by search.py. The index lies in a file of its
own beside the database and is written behind, in batches: a batch and the mark of how far it reaches are one
transaction, so that a kill at any moment costs one batch of work. It can be deleted at any time and is made again. FTS5
(contentless, with positions) over the terms of kit/searchwords.py; a row is a revision, never changed: what an article
said before is found no more because the newest state is asked for, not because something was taken out.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import peewee

from aggregator.errors import StoreError
from aggregator.kit import searchwords
from aggregator.store.revisions import Changed
from aggregator.store.seam import guard, result_code

#: Articles to a transaction: larger ones are cheaper each, and hold up others that want to write the index.
BATCH = 500

#: A hit in the title counts as much as this many in the text.
_TITLE_WEIGHT = 5.0

#: Places of the index that are looked into for one expression; then all that meets it is read. An archive that was
#: imported in another order than that of its dates has neighbours in time far apart.
_SOUGHT = 32

#: To read on over so many states costs less than to look anew.
_CLOSE = 200

_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS mark (revision INTEGER NOT NULL, version INTEGER NOT NULL)",
    # The ascii tokenizer leaves every character beyond ASCII alone: the terms are made by us. Points stand in numbers.
    """CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5(title, text, content='', tokenize="ascii tokenchars '.'")""",
    # Merge less often than by default (4): a third cheaper to write, and a search reads a few pages more.
    "INSERT INTO words (words, rank) VALUES ('automerge', 16)",
)


def beside(database: Path) -> Path:
    """Where the index of a database lies."""
    return database.with_name(f"{database.stem}-search{database.suffix}")


class WordIndex:
    """The index beside a database. Every method may be called from any thread."""

    def __init__(self, path: Path, changed: Callable[[int, int], Sequence[Changed]], *, timeout: float = 30.0) -> None:
        """`changed`: states of articles behind a mark, in order (Articles.changed)."""
        self.path = path
        self._changed = changed
        self._database = peewee.SqliteDatabase(
            str(path),
            pragmas={"journal_mode": "wal", "synchronous": "normal", "cache_size": -8_000},
            timeout=timeout,
        )

    @guard("writing the search index")
    def advance(self, limit: int = BATCH) -> int:
        """Index the next states; returns how many were looked at, 0 when the index is up to date.

        A damaged index is thrown away: nothing is lost with it, and the next call begins a new one.
        """
        try:
            return self._advance(limit)
        except peewee.DatabaseError as error:
            if result_code(error) not in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
                raise
            self.forget()
            return 1

    def forget(self) -> None:
        """Throw the index away; it is made again."""
        for end in ("", "-wal", "-shm"):
            self.path.with_name(self.path.name + end).unlink(missing_ok=True)

    def _advance(self, limit: int) -> int:
        with self._database.connection_context(), self._database.atomic("IMMEDIATE"):
            mark = self._ready()
            behind = self._changed(mark, limit)
            if behind:
                rows = [
                    (one.mark, searchwords.terms(one.title), searchwords.terms(one.text))
                    for one in behind
                    if one.current
                ]
                self._database.connection().executemany("INSERT INTO words (rowid, title, text) VALUES (?, ?, ?)", rows)
                self._database.execute_sql("UPDATE mark SET revision = ?", (behind[-1].mark,))
            return len(behind)

    @contextmanager
    def reading(self) -> Iterator[Words | None]:
        """What was indexed so far; None where nothing was. Raises StoreError."""
        with guard("searching"):
            if not self.path.exists():
                yield None
                return
            with self._database.connection_context():
                self._ready()
                yield Words(self._database)

    @contextmanager
    def opened(self) -> Iterator[peewee.Database]:
        """The database of the index, for who looks through it."""
        with self._database.connection_context():
            yield self._database

    def reach(self) -> int:
        """The newest revision that was indexed, within `opened`."""
        return self._ready()

    def _ready(self) -> int:
        """How far the index reaches; it is made anew where it is missing, or was made by other rules."""
        try:
            row = self._database.execute_sql("SELECT revision, version FROM mark").fetchone()
        except peewee.OperationalError:
            row = None
        if row is not None and row[1] == searchwords.VERSION:
            return int(row[0])
        for table in ("mark", "words"):
            self._database.execute_sql(f"DROP TABLE IF EXISTS {table}")
        try:
            for statement in _SCHEMA:
                self._database.execute_sql(statement)
        except peewee.OperationalError as error:
            if "fts5" in str(error):
                raise StoreError(f"this SQLite ({sqlite3.sqlite_version}) has no FTS5, which search needs") from error
            raise
        self._database.execute_sql("INSERT INTO mark VALUES (0, ?)", (searchwords.VERSION,))
        return 0


class Words:
    """The index while it is open."""

    def __init__(self, database: peewee.Database) -> None:
        self._database = database
        self._sought: Counter[str] = Counter()  #: times that `among` looked into the index for an expression
        self._met: dict[str, set[int]] = {}  #: all states that meet an expression

    def newest(self, expression: str, limit: int) -> list[int]:
        """States that meet an expression, the last stored first."""
        return self._ids("words MATCH ? ORDER BY rowid DESC LIMIT ?", expression, limit)

    def onward(self, expression: str, after: int, limit: int) -> list[int]:
        """States that meet an expression, by id from behind `after`."""
        return self._ids("words MATCH ? AND rowid > ? ORDER BY rowid LIMIT ?", expression, after, limit)

    def among(self, expression: str, ids: Iterable[int]) -> set[int]:
        """Those of the states that meet an expression. States that were stored together cost little."""
        if expression not in self._met:
            runs = list(_runs(sorted(ids)))
            self._sought[expression] += len(runs)
            if self._sought[expression] <= _SOUGHT:
                where = "words MATCH ? AND rowid BETWEEN ? AND ?"
                return {one for run in runs for one in self._ids(where, expression, *run)}.intersection(ids)
            self._met[expression] = set(self._ids("words MATCH ?", expression))
        return self._met[expression].intersection(ids)

    def scored(self, expression: str) -> list[tuple[int, float]]:
        """States that meet an expression with how well (BM25; higher is better), the best first."""
        sql = "SELECT rowid, -bm25(words, ?, 1.0) FROM words WHERE words MATCH ? ORDER BY 2 DESC, rowid DESC"
        return list(self._database.execute_sql(sql, (_TITLE_WEIGHT, expression)).fetchall())

    def _ids(self, where: str, *given: object) -> list[int]:
        found = self._database.execute_sql(f"SELECT rowid FROM words WHERE {where}", given)  # noqa: S608
        return [number for (number,) in found.fetchall()]


def _runs(ids: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The first and the last of those that lie close together."""
    start = 0
    for place in range(1, len(ids) + 1):
        if place == len(ids) or ids[place] - ids[place - 1] > _CLOSE:
            yield ids[start], ids[place - 1]
            start = place
