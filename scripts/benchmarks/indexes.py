"""What people build who want to search an archive in SQLite: LIKE, and FTS5 with the tokenizers that it brings.

In: articles, then searches. Out: ids. Called by searching. The articles lie in one plain table, with an index over
their times; each FTS5 index lies in a file of its own, without a second copy of the text (`content=''`), and is asked
for the best twenty by its own bm25. Words, fields and exclusions are given to each as its own language has them.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path

from benchmarks.queries import Asked, Text

LIKE = "LIKE"
#: Name on the page -> tokenizer.
TOKENIZERS = {"FTS5 trigram": "trigram", "FTS5 unicode61": "unicode61"}
BATCH = 500  #: articles to a transaction, as ours

_PRAGMAS = ("PRAGMA journal_mode = wal", "PRAGMA synchronous = normal", "PRAGMA cache_size = -8000")


class Plain:
    """The table of articles."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with closing(self._opened()) as database:
            database.execute("CREATE TABLE article (id INTEGER PRIMARY KEY, title, text, outlet, at REAL)")
            database.execute("CREATE INDEX article_at ON article (at)")

    def add(self, rows: Iterable[tuple[int, Text]]) -> None:
        """Store articles under their ids."""
        values = [(number, one.title, one.text, one.outlet, one.at.timestamp()) for number, one in rows]
        with closing(self._opened()) as database, database:
            database.executemany("INSERT INTO article VALUES (?, ?, ?, ?, ?)", values)

    def find(self, asked: Asked, limit: int = -1) -> list[int]:
        """Ids by LIKE, the newest first; -1: all."""
        terms, given = _rest(asked)
        for word in asked.wanted:
            terms.append("(a.title LIKE ? OR a.text LIKE ?)")
            given += [f"%{word}%"] * 2
        for word in asked.in_title:
            terms.append("a.title LIKE ?")
            given.append(f"%{word}%")
        for word in asked.unwanted:
            terms.append("NOT (a.title LIKE ? OR a.text LIKE ?)")
            given += [f"%{word}%"] * 2
        sql = f"SELECT a.id FROM article a WHERE {' AND '.join(terms)} ORDER BY a.at DESC LIMIT ?"  # noqa: S608
        with closing(self._opened()) as database:
            return [number for (number,) in database.execute(sql, (*given, limit))]

    def _opened(self) -> sqlite3.Connection:
        database = sqlite3.connect(self.path)
        for pragma in _PRAGMAS:
            database.execute(pragma)
        return database


class Full:
    """An FTS5 index beside the table."""

    def __init__(self, path: Path, tokenizer: str, plain: Plain) -> None:
        self.path = path
        self._plain = plain
        self.seconds = 0.0  #: CPU that indexing took
        with closing(self._opened()) as database:
            columns = f"title, text, content='', tokenize='{tokenizer}'"
            database.execute(f"CREATE VIRTUAL TABLE words USING fts5({columns})")

    def add(self, rows: Sequence[tuple[int, Text]]) -> None:
        """Index articles."""
        values = [(number, one.title, one.text) for number, one in rows]
        with closing(self._opened()) as database:
            started = time.process_time()
            with database:
                database.executemany("INSERT INTO words (rowid, title, text) VALUES (?, ?, ?)", values)
            self.seconds += time.process_time() - started

    def find(self, asked: Asked, limit: int = -1) -> list[int]:
        """Ids of the best; -1: all."""
        terms, given = _rest(asked)
        wanted = [*map(_quoted, asked.wanted), *(f"title : {_quoted(word)}" for word in asked.in_title)]
        expression = " AND ".join(wanted)
        for word in asked.unwanted:
            expression = f"({expression}) NOT {_quoted(word)}"
        sql = (
            "SELECT a.id FROM words JOIN plain.article a ON a.id = words.rowid "  # noqa: S608
            f"WHERE words MATCH ? AND {' AND '.join(terms)} ORDER BY bm25(words, 5.0, 1.0) LIMIT ?"
        )
        with closing(self._opened()) as database:
            database.execute("ATTACH ? AS plain", (str(self._plain.path),))
            return [number for (number,) in database.execute(sql, (expression, *given, limit))]

    def _opened(self) -> sqlite3.Connection:
        database = sqlite3.connect(self.path)
        for pragma in _PRAGMAS:
            database.execute(pragma)
        return database


def size(path: Path) -> int:
    """Bytes of a database file with nothing left in its journal."""
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA wal_checkpoint(truncate)")
    return path.stat().st_size


def _rest(asked: Asked) -> tuple[list[str], list[object]]:
    terms: list[str] = ["1"]
    given: list[object] = []
    if asked.outlet:
        terms.append("a.outlet = ?")
        given.append(asked.outlet)
    if asked.since:
        terms.append("a.at >= ?")
        given.append(asked.since.timestamp())
    return terms, given


def _quoted(word: str) -> str:
    return '"' + word.replace('"', '""') + '"'
