"""Which articles were let go of, and which never may be. What older versions blanked is marked and hidden."""

from __future__ import annotations

from typing import Any

import peewee

_MARK = """UPDATE "article" SET "pruned" = "revised_at" WHERE "length" > 0 AND EXISTS (SELECT 1 FROM "revision" r
    WHERE r."article" = "article"."id" AND r."number" = "article"."number" AND r."body" IS NULL)"""
_HIDE = """UPDATE "story" SET "visible" = 0 WHERE "visible" = 1 AND "id" IN (SELECT "story" FROM "article"
    WHERE "pruned" IS NOT NULL) AND NOT EXISTS (SELECT 1 FROM "article" a
    WHERE a."story" = "story"."id" AND a."deleted" = 0 AND a."pruned" IS NULL)"""


def up(_migrator: Any, db: peewee.Database) -> None:
    """Add both columns, and mark."""
    for name in ("pruned", "pinned"):
        db.execute_sql(f'ALTER TABLE "article" ADD COLUMN "{name}" INTEGER')
    db.execute_sql(_MARK)
    db.execute_sql(_HIDE)
