"""The first schema: subscriptions, stories, articles with their revisions, and what finds them."""

from __future__ import annotations

from typing import Any

import peewee
from peewee import BigIntegerField, BooleanField, CompositeKey, IntegerField, TextField


def up(_migrator: Any, db: peewee.Database) -> None:
    """Create every table."""
    db.create_tables([*_followed(db), *_told(db), *_found(db), *_seen(db)], safe=False)


def _serial(db: peewee.Database) -> peewee.AutoField:
    sqlite = isinstance(db, peewee.SqliteDatabase)
    return peewee.AutoField(constraints=[peewee.SQL("AUTOINCREMENT")] if sqlite else [])


def _to(table: str) -> list[peewee.Node]:
    return [peewee.SQL(f'REFERENCES "{table}" ("id") ON DELETE CASCADE')]


def _followed(db: peewee.Database) -> list[type[peewee.Model]]:
    class Subscription(peewee.Model):
        id = _serial(db)
        slug = TextField(unique=True)
        name = TextField()
        url = TextField()
        categories = TextField()
        configured = BooleanField()
        enabled = BooleanField()
        last_polled = BigIntegerField(null=True)
        last_success = BigIntegerField(null=True)
        last_new = BigIntegerField(null=True)
        next_poll = BigIntegerField(null=True)
        failures = IntegerField()
        problem = TextField(null=True)
        problem_since = BigIntegerField(null=True)
        spacing = BigIntegerField(null=True)
        deep_read_at = BigIntegerField(null=True)
        empty_polls = IntegerField()
        warning = TextField(null=True)

        class Meta:
            database = db
            table_name = "subscription"

    class Endpoint(peewee.Model):
        subscription = IntegerField(constraints=_to("subscription"))
        url = TextField()
        etag = TextField(null=True)
        last_modified = TextField(null=True)
        body_hash = TextField(null=True)
        failures = IntegerField()
        retry_at = BigIntegerField(null=True)
        gone = BooleanField()
        moved_to = TextField(null=True)
        moved_count = IntegerField()
        newest = BigIntegerField(null=True)

        class Meta:
            database = db
            table_name = "endpoint"
            primary_key = CompositeKey("subscription", "url")
            without_rowid = True

    return [Subscription, Endpoint]


def _told(db: peewee.Database) -> list[type[peewee.Model]]:
    class Story(peewee.Model):
        id = _serial(db)
        uid = TextField(unique=True)
        at = BigIntegerField()
        updated = BigIntegerField()
        visible = BooleanField()
        merged_into = IntegerField(null=True, index=True, constraints=_to("story"))

        class Meta:
            database = db
            table_name = "story"
            indexes = ((("visible", "at"), False),)

    class Article(peewee.Model):
        id = _serial(db)
        docid = TextField(null=True, unique=True)
        story = IntegerField(index=True, constraints=_to("story"))
        number = IntegerField()
        content_hash = TextField()
        title = TextField()
        title_key = TextField()
        mark = TextField()
        day = TextField()
        published = BigIntegerField(null=True)
        updated = BigIntegerField(null=True)
        first_seen = BigIntegerField()
        revised_at = BigIntegerField()
        fingerprint = BigIntegerField(null=True)
        length = IntegerField()
        completeness = TextField()
        deleted = BooleanField()
        differs = BooleanField()
        outlet = TextField(null=True)

        class Meta:
            database = db
            table_name = "article"
            indexes = ((("title_key", "day"), False),)

    class Revision(peewee.Model):
        id = _serial(db)
        article = IntegerField(constraints=_to("article"))
        number = IntegerField()
        at = BigIntegerField()
        cause = TextField()
        content_hash = TextField()
        title = TextField()
        html = TextField()
        text = TextField()
        facts = TextField()
        original = peewee.BlobField(null=True)

        class Meta:
            database = db
            table_name = "revision"
            indexes = ((("article", "number"), True),)

    return [Story, Article, Revision]


def _found(db: peewee.Database) -> list[type[peewee.Model]]:
    class StoryKey(peewee.Model):
        title_key = TextField()
        day = TextField()
        story = IntegerField(index=True, constraints=_to("story"))

        class Meta:
            database = db
            table_name = "story_key"
            primary_key = CompositeKey("title_key", "day")
            without_rowid = True

    class Alias(peewee.Model):
        url_key = TextField(primary_key=True)
        article = IntegerField(index=True, constraints=_to("article"))

        class Meta:
            database = db
            table_name = "alias"
            without_rowid = True

    class Band(peewee.Model):
        key = BigIntegerField()
        article = IntegerField(index=True, constraints=_to("article"))

        class Meta:
            database = db
            table_name = "band"
            primary_key = CompositeKey("key", "article")
            without_rowid = True

    return [StoryKey, Alias, Band]


def _seen(db: peewee.Database) -> list[type[peewee.Model]]:
    class Appearance(peewee.Model):
        id = _serial(db)
        subscription = IntegerField(constraints=_to("subscription"))
        entry_id = TextField()
        article = IntegerField(constraints=_to("article"))
        stated_hash = TextField()
        first_seen = BigIntegerField()

        class Meta:
            database = db
            table_name = "appearance"
            indexes = (
                (("entry_id", "subscription"), True),
                (("article",), False),
                (("subscription", "article"), False),
            )

    class Tag(peewee.Model):
        article = IntegerField(constraints=_to("article"))
        kind = TextField()
        value = TextField()

        class Meta:
            database = db
            table_name = "tag"
            primary_key = CompositeKey("article", "kind", "value")
            without_rowid = True
            indexes = ((("kind", "value", "article"), False),)

    class Retry(peewee.Model):
        article = IntegerField(primary_key=True, constraints=_to("article"))
        url = TextField()
        attempts = IntegerField()
        since = BigIntegerField()
        next_at = BigIntegerField(null=True, index=True)
        reason = TextField()

        class Meta:
            database = db
            table_name = "retry"

    return [Appearance, Tag, Retry]
