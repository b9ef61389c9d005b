"""Pages: every reason why one could not be read, and what looking at it again came to. Adds only."""

from __future__ import annotations

from typing import Any

import peewee

_SCHEMA = """
ALTER TABLE "retry" ADD COLUMN "history" TEXT;
CREATE TABLE "page_check" ("article" INTEGER NOT NULL PRIMARY KEY REFERENCES "article" ("id") ON DELETE CASCADE,
    "checked_at" INTEGER, "present_at" INTEGER, "absent" INTEGER NOT NULL, "evidence" TEXT, "removed_at" INTEGER,
    "failures" INTEGER NOT NULL, "failure" TEXT, "next_at" INTEGER);
CREATE INDEX "page_check_removed_at" ON "page_check" ("removed_at") WHERE "removed_at" IS NOT NULL;
CREATE INDEX "page_check_next_at" ON "page_check" ("next_at") WHERE "next_at" IS NOT NULL
"""


def up(_migrator: Any, db: peewee.Database) -> None:
    """Make the table and the column; what is queued keeps its last reason."""
    for statement in _SCHEMA.split(";"):
        db.execute_sql(statement.strip())
