"""Pictures that are kept, and which articles show them. Those of articles that are stored already are not fetched."""

from __future__ import annotations

from typing import Any

import peewee

_SCHEMA = """
CREATE TABLE "media" ("hash" BLOB NOT NULL PRIMARY KEY, "type" TEXT NOT NULL, "size" INTEGER NOT NULL,
    "width" INTEGER, "height" INTEGER, "needed_at" INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX "media_needed_at" ON "media" ("needed_at");
CREATE TABLE "picture" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "url" TEXT NOT NULL, "page" TEXT,
    "media" BLOB, "attempts" INTEGER NOT NULL, "since" INTEGER NOT NULL, "next_at" INTEGER, "reason" TEXT);
CREATE UNIQUE INDEX "picture_url" ON "picture" ("url");
CREATE INDEX "picture_next_at" ON "picture" ("next_at") WHERE "next_at" IS NOT NULL;
CREATE INDEX "picture_media" ON "picture" ("media") WHERE "media" IS NOT NULL;
CREATE TABLE "picture_article" ("article" INTEGER NOT NULL REFERENCES "article" ("id") ON DELETE CASCADE,
    "picture" INTEGER NOT NULL REFERENCES "picture" ("id") ON DELETE CASCADE,
    PRIMARY KEY ("article", "picture")) WITHOUT ROWID;
CREATE INDEX "picturearticle_picture" ON "picture_article" ("picture");
CREATE TABLE "picture_mark" ("id" INTEGER NOT NULL PRIMARY KEY, "revision" INTEGER NOT NULL);
INSERT INTO "picture_mark" ("id", "revision") SELECT 1, COALESCE(MAX("id"), 0) FROM "revision"
"""


def up(_migrator: Any, db: peewee.Database) -> None:
    """Make the tables, empty."""
    for statement in _SCHEMA.split(";"):
        db.execute_sql(statement.strip())
