"""The tables of pictures, declared as those in schema.py are, which binds them."""

from __future__ import annotations

import peewee
from peewee import BigIntegerField, CompositeKey, IntegerField, TextField

from aggregator.store.columns import HashField, InstantField, SerialField

_ARTICLE: list[peewee.Node] = [peewee.SQL('REFERENCES "article" ("id") ON DELETE CASCADE')]
_PICTURE: list[peewee.Node] = [peewee.SQL('REFERENCES "picture" ("id") ON DELETE CASCADE')]


def _only_set(column: str) -> peewee.SQL:
    """An index of the pictures in which a column is set."""
    return peewee.SQL(f'CREATE INDEX "picture_{column}" ON "picture" ("{column}") WHERE "{column}" IS NOT NULL')


class MediaRow(peewee.Model):
    """A picture that lies in data/media, by the hash of its bytes."""

    hash = HashField(primary_key=True)
    type = TextField()  # its extension
    size = BigIntegerField()
    width = IntegerField(null=True)
    height = IntegerField(null=True)
    needed_at = InstantField(index=True)  # when an article wanted it last

    class Meta:
        table_name = "media"
        without_rowid = True


class PictureRow(peewee.Model):
    """An address that articles show a picture from: what is kept of it, or when it is tried, or why it is lost."""

    id = SerialField()
    url = TextField(unique=True)
    page = TextField(null=True)  # of the article that wanted it last
    media = HashField(null=True)  # NULL: not kept. No reference: media go by themselves
    attempts = IntegerField(default=0)
    since = InstantField()
    next_at = InstantField(null=True)  # NULL: kept, or given up
    reason = TextField(null=True)

    class Meta:
        table_name = "picture"
        indexes = (_only_set("next_at"), _only_set("media"))


class PictureArticleRow(peewee.Model):
    """Which articles show a picture."""

    article = IntegerField(constraints=_ARTICLE)
    picture = IntegerField(constraints=_PICTURE)

    class Meta:
        table_name = "picture_article"
        primary_key = CompositeKey("article", "picture")
        without_rowid = True
        indexes = ((("picture",), False),)


class PictureMarkRow(peewee.Model):
    """How far the archive was looked through for pictures: one row."""

    id = IntegerField(primary_key=True)
    revision = IntegerField()

    class Meta:
        table_name = "picture_mark"
