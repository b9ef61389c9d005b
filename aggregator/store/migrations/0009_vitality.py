"""What is learnt of each feed's habits, so that it is noticed when one dies while it goes on answering."""

from __future__ import annotations

from typing import Any

import peewee

_COLUMNS = (
    '"history" BLOB',
    '"pause" INTEGER',
    '"fresh_at" INTEGER',
    '"overdue_at" INTEGER',
    '"changed_at" INTEGER',
    '"items" INTEGER',
    '"usual_items" INTEGER',
    '"poor_since" INTEGER',
    '"no_feed_polls" INTEGER NOT NULL DEFAULT 0',
)


def up(_migrator: Any, db: peewee.Database) -> None:
    """Add the columns; what they tell is learnt by the next polls."""
    for column in _COLUMNS:
        db.execute_sql(f'ALTER TABLE "subscription" ADD COLUMN {column}')
