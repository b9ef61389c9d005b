"""Where the pages of the past of outputs end. They are found in what is stored, behind."""

from __future__ import annotations

from typing import Any

import peewee


def up(_migrator: Any, db: peewee.Database) -> None:
    """Make the table, empty."""
    db.execute_sql(
        'CREATE TABLE "past_page" ("output" TEXT NOT NULL, "number" INTEGER NOT NULL, "last" INTEGER NOT NULL, '
        '"stories" INTEGER NOT NULL, "full" INTEGER NOT NULL, PRIMARY KEY ("output", "number")) WITHOUT ROWID'
    )
    db.execute_sql('CREATE INDEX "pastpage_output_last" ON "past_page" ("output", "last")')
