"""Words that outputs include, and the articles that hold them. Both begin empty: words are learnt when asked for."""

from __future__ import annotations

from typing import Any

import peewee

_SCHEMA = """
CREATE TABLE "word_filter" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "word" TEXT, "mark" INTEGER NOT NULL,
    "used" INTEGER NOT NULL);
CREATE UNIQUE INDEX "word_word" ON "word_filter" ("word");
CREATE TABLE "word_hit" ("word" INTEGER NOT NULL REFERENCES "word_filter" ("id") ON DELETE CASCADE,
    "at" INTEGER NOT NULL, "article" INTEGER NOT NULL REFERENCES "article" ("id") ON DELETE CASCADE,
    PRIMARY KEY ("word", "at", "article")) WITHOUT ROWID
"""


def up(_migrator: Any, db: peewee.Database) -> None:
    """Create both tables."""
    for statement in _SCHEMA.split(";"):
        db.execute_sql(statement.strip())
