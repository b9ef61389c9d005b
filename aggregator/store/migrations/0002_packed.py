"""Texts go into compressed bodies, hashes and ids become bytes, and what identifies today's articles lies together.

Every table that changes is copied, in the order of its rows and a few hundred texts at a time, within the transaction
of the migration: a kill leaves the old database. Articles, ids, uids and hashes are the same for every reader.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Callable
from typing import Any

import peewee

from aggregator.store import bodies

_TABLES = ("story", "story_key", "article", "revision", "alias", "appearance", "tag")
_INDEXES = (
    *("story_uid", "story_visible_at", "story_merged_into", "storykey_story", "article_docid", "article_story"),
    *("article_title_key_day", "revision_article_number", "alias_article", "appearance_entry_id_subscription"),
    *("appearance_article", "appearance_subscription_article", "tag_kind_value_article"),
)
_TO_STORY = 'REFERENCES "story" ("id") ON DELETE CASCADE'
_TO_ARTICLE = 'REFERENCES "article" ("id") ON DELETE CASCADE'
_SERIAL = '"id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT'
_SCHEMA = f"""
CREATE TABLE "story" ({_SERIAL}, "uid" BLOB NOT NULL, "at" INTEGER NOT NULL, "updated" INTEGER NOT NULL,
    "visible" INTEGER NOT NULL, "merged_into" INTEGER {_TO_STORY});
CREATE UNIQUE INDEX "story_uid" ON "story" ("uid");
CREATE INDEX "story_visible_at" ON "story" ("visible", "at");
CREATE INDEX "story_merged_into" ON "story" ("merged_into") WHERE "merged_into" IS NOT NULL;
CREATE TABLE "story_key" ("day" TEXT NOT NULL, "title_key" TEXT NOT NULL, "story" INTEGER NOT NULL {_TO_STORY},
    PRIMARY KEY ("day", "title_key")) WITHOUT ROWID;
CREATE TABLE "article" ({_SERIAL}, "docid" TEXT, "story" INTEGER NOT NULL {_TO_STORY}, "number" INTEGER NOT NULL,
    "content_hash" BLOB NOT NULL, "title" TEXT NOT NULL, "title_key" TEXT NOT NULL, "mark" TEXT NOT NULL,
    "day" TEXT NOT NULL, "published" INTEGER, "updated" INTEGER, "first_seen" INTEGER NOT NULL,
    "revised_at" INTEGER NOT NULL, "fingerprint" INTEGER, "length" INTEGER NOT NULL, "completeness" TEXT NOT NULL,
    "deleted" INTEGER NOT NULL, "differs" INTEGER NOT NULL, "outlet" TEXT);
CREATE UNIQUE INDEX "article_docid" ON "article" ("docid");
CREATE INDEX "article_story" ON "article" ("story");
CREATE TABLE "body" ({_SERIAL}, "at" INTEGER NOT NULL, "encoding" TEXT NOT NULL, "data" BLOB NOT NULL);
CREATE INDEX "body_at" ON "body" ("at");
CREATE TABLE "revision" ({_SERIAL}, "article" INTEGER NOT NULL {_TO_ARTICLE}, "number" INTEGER NOT NULL,
    "at" INTEGER NOT NULL, "cause" TEXT NOT NULL, "content_hash" BLOB NOT NULL, "title" TEXT NOT NULL,
    "facts" TEXT NOT NULL, "original" BLOB, "body" INTEGER, "start" INTEGER NOT NULL,
    "html_length" INTEGER NOT NULL, "text_length" INTEGER NOT NULL);
CREATE UNIQUE INDEX "revision_article_number" ON "revision" ("article", "number");
CREATE INDEX "revision_body" ON "revision" ("body") WHERE "body" IS NOT NULL;
CREATE TABLE "alias" ("url_key" TEXT NOT NULL PRIMARY KEY, "article" INTEGER NOT NULL {_TO_ARTICLE}) WITHOUT ROWID;
CREATE TABLE "print" ("span" INTEGER NOT NULL, "article" INTEGER NOT NULL {_TO_ARTICLE},
    "fingerprint" INTEGER NOT NULL, PRIMARY KEY ("span", "article")) WITHOUT ROWID;
CREATE TABLE "appearance" ({_SERIAL},
    "subscription" INTEGER NOT NULL REFERENCES "subscription" ("id") ON DELETE CASCADE, "entry_id" TEXT NOT NULL,
    "article" INTEGER NOT NULL {_TO_ARTICLE}, "stated_hash" BLOB NOT NULL, "first_seen" INTEGER NOT NULL,
    "entry" INTEGER NOT NULL);
CREATE INDEX "appearance_entry_subscription" ON "appearance" ("entry", "subscription");
CREATE INDEX "appearance_article" ON "appearance" ("article");
CREATE INDEX "appearance_subscription_article" ON "appearance" ("subscription", "article");
CREATE TABLE "label" ({_SERIAL}, "kind" TEXT NOT NULL, "value" TEXT NOT NULL);
CREATE UNIQUE INDEX "label_value_kind" ON "label" ("value", "kind");
CREATE TABLE "tag" ("label" INTEGER NOT NULL REFERENCES "label" ("id") ON DELETE CASCADE,
    "article" INTEGER NOT NULL {_TO_ARTICLE}, PRIMARY KEY ("label", "article")) WITHOUT ROWID
"""
#: `min` of two is NULL where one is, so an article without a date counts from its first sight.
_COPY = """
INSERT INTO "story" SELECT "id", hash_bytes(replace(replace("uid", 'urn:uuid:', ''), '-', '')), "at", "updated",
    "visible", "merged_into" FROM "old_story" ORDER BY "id";
INSERT INTO "story_key" SELECT "day", "title_key", "story" FROM "old_story_key" ORDER BY "day", "title_key";
INSERT INTO "article" SELECT "id", "docid", "story", "number", hash_bytes("content_hash"), "title", "title_key",
    "mark", "day", "published", "updated", "first_seen", "revised_at", "fingerprint", "length", "completeness",
    "deleted", "differs", "outlet" FROM "old_article" ORDER BY "id";
INSERT INTO "alias" SELECT "url_key", "article" FROM "old_alias" ORDER BY "url_key";
INSERT INTO "print" SELECT span(coalesce(min("published", "first_seen"), "first_seen")), "id", "fingerprint"
    FROM "old_article" WHERE "fingerprint" IS NOT NULL ORDER BY 1, 2;
INSERT INTO "appearance" SELECT "id", "subscription", "entry_id", "article", hash_bytes("stated_hash"), "first_seen",
    short("entry_id") FROM "old_appearance" ORDER BY "id";
INSERT INTO "label" ("kind", "value") SELECT DISTINCT "kind", "value" FROM "old_tag" ORDER BY "kind", "value";
INSERT INTO "tag" SELECT "l"."id", "t"."article" FROM "old_tag" AS "t"
    JOIN "label" AS "l" ON "l"."value" = "t"."value" AND "l"."kind" = "t"."kind" ORDER BY 1, 2
"""
_SPAN = 4 * 24 * 60 * 60 * 1_000_000  # microseconds
_BATCH = 200


def up(_migrator: Any, db: peewee.Database) -> None:
    """Copy every table that changes."""
    connection: sqlite3.Connection = db.connection()
    _functions(connection, short=_short, span=lambda at: at // _SPAN, hash_bytes=_hash_bytes)
    # Renaming must not lead the references of other tables to the old ones.
    db.execute_sql("PRAGMA legacy_alter_table = 1")
    try:
        for index in _INDEXES:
            db.execute_sql(f'DROP INDEX IF EXISTS "{index}"')
        for table in _TABLES:
            db.execute_sql(f'ALTER TABLE "{table}" RENAME TO "old_{table}"')
        for statement in (*_SCHEMA.split(";"), *_COPY.split(";")):
            db.execute_sql(statement.strip())
        _pack(db)
        for table in _TABLES:
            db.execute_sql(
                "UPDATE sqlite_sequence SET seq = (SELECT max(o.seq, sqlite_sequence.seq) FROM sqlite_sequence o "
                "WHERE o.name = ?) WHERE name = ? AND EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = ?)",
                (f"old_{table}", table, f"old_{table}"),
            )
            db.execute_sql(f'DROP TABLE "old_{table}"')
        db.execute_sql('DROP TABLE "band"')
    finally:
        db.execute_sql("PRAGMA legacy_alter_table = 0")


def _pack(db: peewee.Database) -> None:
    """Copy the revisions, and put their texts into bodies."""
    last = 0
    while True:
        rows = db.execute_sql(
            'SELECT "id", "article", "number", "at", "cause", hash_bytes("content_hash"), "title", "facts", '
            '"original", "html", "text" FROM "old_revision" WHERE "id" > ? ORDER BY "id" LIMIT ?',
            (last, _BATCH),
        ).fetchall()
        if not rows:
            return
        last = rows[-1][0]
        packed = bodies.pack(bodies.pair(html, text, original) for *_, original, html, text in rows)
        ((first,),) = db.execute_sql('SELECT coalesce(max("id"), 0) + 1 FROM "body"')
        times: dict[int, int] = {}
        for row, spot in zip(rows, packed.spots, strict=True):
            if spot.frame is not None:
                times[spot.frame] = max(times.get(spot.frame, row[3]), row[3])
        cursor = db.cursor()
        cursor.executemany(
            'INSERT INTO "body" ("id", "at", "encoding", "data") VALUES (?, ?, ?, ?)',
            [(first + number, times[number], *frame) for number, frame in enumerate(packed.frames)],
        )
        cursor.executemany(
            'INSERT INTO "revision" ("id", "article", "number", "at", "cause", "content_hash", "title", "facts", '
            '"original", "body", "start", "html_length", "text_length") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
            [
                (*row[:9], None if spot.frame is None else first + spot.frame, *spot[1:])
                for row, spot in zip(rows, packed.spots, strict=True)
            ],
        )


def _hash_bytes(value: str) -> bytes | str:
    try:
        raw = bytes.fromhex(value)
    except ValueError:
        return value
    return raw if raw.hex() == value else value


def _short(entry_id: str) -> int:
    return zlib.crc32(entry_id.encode("utf-8", "surrogatepass"))


def _functions(connection: sqlite3.Connection, **functions: Callable[[Any], Any]) -> None:
    for name, function in functions.items():
        connection.create_function(name, 1, function, deterministic=True)
