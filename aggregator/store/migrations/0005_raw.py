"""Which fetched documents are kept in WARC files, and which articles they made."""

from __future__ import annotations

from typing import Any

import peewee

_SCHEMA = """
CREATE TABLE "raw" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "url" TEXT NOT NULL,
    "fetched_at" INTEGER NOT NULL, "file" TEXT NOT NULL, "offset" INTEGER NOT NULL, "length" INTEGER NOT NULL,
    "kind" TEXT NOT NULL, "status" INTEGER NOT NULL, "digest" BLOB NOT NULL, "revisit" INTEGER NOT NULL);
CREATE UNIQUE INDEX "raw_file_offset" ON "raw" ("file", "offset");
CREATE INDEX "raw_digest" ON "raw" ("digest");
CREATE TABLE "raw_article" ("article" INTEGER NOT NULL REFERENCES "article" ("id") ON DELETE CASCADE,
    "document" INTEGER NOT NULL REFERENCES "raw" ("id") ON DELETE CASCADE, "revision" INTEGER NOT NULL,
    PRIMARY KEY ("article", "document")) WITHOUT ROWID;
CREATE INDEX "rawarticle_document" ON "raw_article" ("document")
"""


def up(_migrator: Any, db: peewee.Database) -> None:
    """Make both tables, empty."""
    for statement in _SCHEMA.split(";"):
        db.execute_sql(statement.strip())
