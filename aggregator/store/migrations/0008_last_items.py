"""What the last document of each subscription held, so that items that stand in it unchanged need not be read again.

Whoever changes or deletes an appearance makes its subscription's items be read anew; so does a document id that an
article gets later.
"""

from __future__ import annotations

from typing import Any

import peewee

_STATEMENTS = (
    'CREATE TABLE "last_items" ("subscription" INTEGER NOT NULL PRIMARY KEY '
    'REFERENCES "subscription" ("id") ON DELETE CASCADE, "data" BLOB NOT NULL)',
    'CREATE TRIGGER "appearance_changed" AFTER UPDATE ON "appearance" BEGIN '
    'DELETE FROM "last_items" WHERE "subscription" = OLD."subscription"; END',
    'CREATE TRIGGER "appearance_deleted" AFTER DELETE ON "appearance" BEGIN '
    'DELETE FROM "last_items" WHERE "subscription" = OLD."subscription"; END',
    'CREATE TRIGGER "article_identified" AFTER UPDATE OF "docid" ON "article" WHEN OLD."docid" IS NOT NEW."docid" '
    'BEGIN DELETE FROM "last_items" WHERE "subscription" IN '
    '(SELECT "subscription" FROM "appearance" WHERE "article" = NEW."id"); END',
)


def up(_migrator: Any, db: peewee.Database) -> None:
    """Make the table and what empties it."""
    for statement in _STATEMENTS:
        db.execute_sql(statement)
