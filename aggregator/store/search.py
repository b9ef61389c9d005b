"""The search index: which states of articles hold which words, and how well.

In: words. Out: ids of articles, best first. Called by app/ and cli/. The index lies in a file of its own beside the
database and is written behind, in batches: a batch and the mark of how far it reaches are one transaction, so that a
kill at any moment costs one batch of work. It can be deleted at any time and is made again. FTS5 (contentless, with
positions) over the terms of kit/searchwords.py; a row is a revision, never changed: what an article said before is
found no more because the newest state is asked for, not because something was taken out.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
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

_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS mark (revision INTEGER NOT NULL, version INTEGER NOT NULL)",
    # The ascii tokenizer leaves every character beyond ASCII alone: the terms are made by us.
    "CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5(title, text, content='', tokenize='ascii')",
    # Merge less often than by default (4): a third cheaper to write, and a search reads a few pages more.
    "INSERT INTO words (words, rank) VALUES ('automerge', 16)",
)


@dataclass(frozen=True, slots=True)
class Hit:
    """An article that holds what was looked for."""

    revision: int  #: id of the state that holds it
    score: float  #: higher is better; only to compare hits of one query


def beside(database: Path) -> Path:
    """Where the index of a database lies."""
    return database.with_name(f"{database.stem}-search{database.suffix}")


class Search:
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

    @guard("searching")
    def find(self, words: str, limit: int = 100) -> list[Hit]:
        """The states that hold all of `words` (blanks separate them), best first; none where there is nothing to find.

        Knows what was indexed so far.
        """
        expression = searchwords.query(words)
        if not expression or not self.path.exists():
            return []
        with self._database.connection_context():
            self._ready()
            found = self._database.execute_sql(
                "SELECT rowid, -bm25(words, ?, 1.0) FROM words WHERE words MATCH ? ORDER BY 2 DESC, rowid DESC LIMIT ?",
                (_TITLE_WEIGHT, expression, limit),
            )
            return [Hit(revision, score) for revision, score in found.fetchall()]

    @guard("searching")
    def matching(self, words: str, after: int = 0, limit: int = 5_000) -> list[int]:
        """Every state that holds all of `words`, by id from behind `after`, `limit` at a time: for who wants all."""
        expression = searchwords.query(words)
        if not expression or not self.path.exists():
            return []
        with self._database.connection_context():
            self._ready()
            found = self._database.execute_sql(
                "SELECT rowid FROM words WHERE words MATCH ? AND rowid > ? ORDER BY rowid LIMIT ?",
                (expression, after, limit),
            )
            return [number for (number,) in found.fetchall()]

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
