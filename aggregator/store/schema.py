"""The tables: what is kept, and which rules the database itself enforces.

Declared once, unbound; `Tables(database)` makes a copy of them that is bound to one database, so that two stores can
live in one process. References are plain integers: rows never fetch other rows behind the reader's back.
A change here needs a migration; a test compares both ways of making the schema.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import peewee
from peewee import BigIntegerField, BlobField, BooleanField, CompositeKey, IntegerField, TextField

from aggregator.store.columns import (
    DayField,
    DeflatedField,
    HashField,
    InstantField,
    JsonField,
    PrintField,
    SerialField,
    SpanField,
    UidField,
)
from aggregator.store.mediarows import MediaRow, PictureArticleRow, PictureMarkRow, PictureRow

#: How the declaration of a trigger begins: SQLite takes it with the indexes, PostgreSQL wants another (pgtables.py).
_TRIGGER = "CREATE TRIGGER"


def _to(table: str) -> list[peewee.Node]:
    return [peewee.SQL(f'REFERENCES "{table}" ("id") ON DELETE CASCADE')]


def _only_set(table: str, column: str) -> peewee.SQL:
    """An index of the rows in which a column is set."""
    return peewee.SQL(f'CREATE INDEX "{table}_{column}" ON "{table}" ("{column}") WHERE "{column}" IS NOT NULL')


def _forgets(trigger: str, event: str, which: str) -> peewee.SQL:
    """A trigger that forgets the last items of subscriptions, so that they are read again."""
    return peewee.SQL(f'{_TRIGGER} "{trigger}" AFTER {event} BEGIN DELETE FROM "last_items" WHERE {which}; END')  # noqa: S608


class SubscriptionRow(peewee.Model):
    """What is followed, with the SubscriptionState columns. Never deleted: articles keep where they were seen."""

    id = SerialField()
    slug = TextField(unique=True)
    name = TextField()
    url = TextField()
    categories = JsonField(default=list)
    configured = BooleanField(default=True)
    enabled = BooleanField(default=True)
    last_polled = InstantField(null=True)
    last_success = InstantField(null=True)
    last_new = InstantField(null=True)
    next_poll = InstantField(null=True)
    failures = IntegerField(default=0)
    problem = TextField(null=True)
    problem_since = InstantField(null=True)
    spacing = SpanField(null=True)
    deep_read_at = InstantField(null=True)
    empty_polls = IntegerField(default=0)
    warning = TextField(null=True)
    history = BlobField(null=True)
    pause = SpanField(null=True)
    fresh_at = InstantField(null=True)
    overdue_at = InstantField(null=True)
    changed_at = InstantField(null=True)
    items = IntegerField(null=True)
    usual_items = IntegerField(null=True)
    poor_since = InstantField(null=True)
    no_feed_polls = IntegerField(default=0, constraints=[peewee.SQL("DEFAULT 0")])

    class Meta:
        table_name = "subscription"


class EndpointRow(peewee.Model):
    """One concrete address of a subscription, with what HTTP said last."""

    subscription = IntegerField(constraints=_to("subscription"))
    url = TextField()
    etag = TextField(null=True)
    last_modified = TextField(null=True)
    body_hash = TextField(null=True)
    failures = IntegerField(default=0)
    retry_at = InstantField(null=True)
    gone = BooleanField(default=False)
    moved_to = TextField(null=True)
    moved_count = IntegerField(default=0)
    newest = InstantField(null=True)

    class Meta:
        table_name = "endpoint"
        primary_key = CompositeKey("subscription", "url")
        without_rowid = True


class LastItemsRow(peewee.Model):
    """What the last document of a subscription held (pipeline/skipping.py). Appearances and articles empty it."""

    subscription = IntegerField(primary_key=True, constraints=_to("subscription"))
    data = BlobField()

    class Meta:
        table_name = "last_items"


class StoryRow(peewee.Model):
    """One thing told. A story that was merged away stays, so that its uid leads to the survivor."""

    id = SerialField()
    uid = UidField(unique=True)
    at = InstantField()
    updated = InstantField()
    visible = BooleanField(default=True)  # False: merged away, or all its articles are withdrawn
    merged_into = IntegerField(null=True, constraints=_to("story"))

    class Meta:
        table_name = "story"
        indexes = ((("visible", "at"), False), _only_set("story", "merged_into"))


class StoryKeyRow(peewee.Model):
    """The user's rule: one title key on one Beijing day is one story.

    Day first: the keys of today lie together, so that writing them touches few pages however large the archive is.
    The story may have been merged away since; its `merged_into` leads on.
    """

    day = DayField()
    title_key = TextField()
    story = IntegerField(constraints=_to("story"))

    class Meta:
        table_name = "story_key"
        primary_key = CompositeKey("day", "title_key")
        without_rowid = True


class ArticleRow(peewee.Model):
    """What lists, filters and identity need of an article; what it says is in its revisions."""

    id = SerialField()
    docid = TextField(null=True, unique=True)
    story = IntegerField(index=True, constraints=_to("story"))
    number = IntegerField()  # of the current revision
    content_hash = HashField()  # of the current revision
    title = TextField()
    title_key = TextField()
    mark = TextField(default="")  # of a text split off although its title and day are another's
    day = DayField()
    published = InstantField(null=True)
    updated = InstantField(null=True)  # as the source states it
    first_seen = InstantField()
    revised_at = InstantField()
    fingerprint = PrintField(null=True)
    length = IntegerField()  # characters of text
    completeness = TextField()
    deleted = BooleanField(default=False)
    differs = BooleanField(default=False)
    outlet = TextField(null=True)
    pruned = InstantField(null=True)  # when its text was let go; see retention.py
    pinned = InstantField(null=True)  # never let go of it

    class Meta:
        table_name = "article"
        indexes = (
            _forgets(
                "article_identified",
                'UPDATE OF "docid" ON "article" WHEN OLD."docid" IS NOT NEW."docid"',
                '"subscription" IN (SELECT "subscription" FROM "appearance" WHERE "article" = NEW."id")',
            ),
        )


class BodyRow(peewee.Model):
    """The long texts of a few revisions that were stored together, in one frame; see bodies.py."""

    id = SerialField()
    at = InstantField(index=True)
    encoding = TextField()
    data = BlobField()

    class Meta:
        table_name = "body"


class RevisionRow(peewee.Model):
    """One immutable state of an article; its texts lie in a body, one behind the other, at `start`."""

    id = SerialField()
    article = IntegerField(constraints=_to("article"))
    number = IntegerField()
    at = InstantField()
    cause = TextField()
    content_hash = HashField()
    title = TextField()
    facts = JsonField()  # every other field of models.Article that is not empty
    original = DeflatedField(null=True)
    body = IntegerField(null=True)  # NULL: it has no text, or that was let go. No reference: bodies go first
    start = IntegerField()
    html_length = IntegerField()
    text_length = IntegerField()

    class Meta:
        table_name = "revision"
        indexes = ((("article", "number"), True), _only_set("revision", "body"))


class AliasRow(peewee.Model):
    """An address (kit.urls.key) under which a document is known."""

    url_key = TextField(primary_key=True)
    article = IntegerField(constraints=_to("article"))

    class Meta:
        table_name = "alias"
        without_rowid = True


class PrintRow(peewee.Model):
    """The fingerprint of an article within the span of time it lies in; prints.py finds near ones in memory."""

    span = IntegerField()
    article = IntegerField(constraints=_to("article"))
    fingerprint = PrintField()

    class Meta:
        table_name = "print"
        primary_key = CompositeKey("span", "article")
        without_rowid = True


class AppearanceRow(peewee.Model):
    """One article seen in one subscription under one entry id."""

    id = SerialField()
    subscription = IntegerField(constraints=_to("subscription"))
    entry_id = TextField()
    article = IntegerField(constraints=_to("article"))
    stated_hash = HashField()
    first_seen = InstantField()
    entry = BigIntegerField()  # a short hash of the entry id (columns.short), which may be a long address

    class Meta:
        table_name = "appearance"
        # Entry first: a batch asks for its entries over many subscriptions at once. One row for each entry id and
        # subscription: commits see to it, since different ids may have one short hash.
        indexes = (
            (("entry", "subscription"), False),
            (("article",), False),
            (("subscription", "article"), False),
            _forgets("appearance_changed", 'UPDATE ON "appearance"', '"subscription" = OLD."subscription"'),
            _forgets("appearance_deleted", 'DELETE ON "appearance"', '"subscription" = OLD."subscription"'),
        )


class LabelRow(peewee.Model):
    """A word that outputs filter by. `kind` is symbol, category or outlet; `value` is folded as tags.py says."""

    id = SerialField()
    kind = TextField()
    value = TextField()

    class Meta:
        table_name = "label"
        indexes = ((("value", "kind"), True),)


class TagRow(peewee.Model):
    """Which labels an article has."""

    label = IntegerField(constraints=_to("label"))
    article = IntegerField(constraints=_to("article"))

    class Meta:
        table_name = "tag"
        primary_key = CompositeKey("label", "article")
        without_rowid = True


class RetryRow(peewee.Model):
    """An article whose page must be tried again; `next_at` NULL: given up."""

    article = IntegerField(primary_key=True, constraints=_to("article"))
    url = TextField()
    attempts = IntegerField(default=0)
    since = InstantField()
    next_at = InstantField(null=True, index=True)
    reason = TextField()  # the last one
    history = JsonField(null=True)  # every attempt: [reason, first, last, count], times as microseconds

    class Meta:
        table_name = "retry"


class RawRow(peewee.Model):
    """A fetched document that is kept: the response or revisit record of a WARC file; see archive/warcfiles.py."""

    id = SerialField()
    url = TextField()
    fetched_at = InstantField()
    file = TextField()
    offset = BigIntegerField()
    length = BigIntegerField()
    kind = TextField()
    status = IntegerField()
    digest = HashField(index=True)  # of the payload
    revisit = BooleanField()  # the payload lies in an older record of the same digest

    class Meta:
        table_name = "raw"
        indexes = ((("file", "offset"), True),)


class RawArticleRow(peewee.Model):
    """Which articles a document made; `revision` is the newest state of the article that was made from it."""

    article = IntegerField(constraints=_to("article"))
    document = IntegerField(constraints=_to("raw"))
    revision = IntegerField()

    class Meta:
        table_name = "raw_article"
        primary_key = CompositeKey("article", "document")
        without_rowid = True
        indexes = ((("document",), False),)


class WordRow(peewee.Model):
    """A word that some output includes, folded as tags.py says; see words.py."""

    id = SerialField()
    word = TextField(null=True, unique=True)  # NULL: no output asks for it any more, its hits are being deleted
    mark = IntegerField()  # stored articles from this id on were looked into; 0: all
    used = InstantField()  # when an output asked for it, give or take a day

    class Meta:
        table_name = "word_filter"


class HitRow(peewee.Model):
    """An article whose newest title or text holds a word. Time first: an output wants the newest."""

    word = IntegerField(constraints=_to("word_filter"))
    at = InstantField()  # of the article, as records.Record.at says
    article = IntegerField(constraints=_to("article"))

    class Meta:
        table_name = "word_hit"
        primary_key = CompositeKey("word", "at", "article")
        without_rowid = True


class PageCheckRow(peewee.Model):
    """What looking at an article's page again came to; see presence.py. One never looked at has none."""

    article = IntegerField(primary_key=True, constraints=_to("article"))
    checked_at = InstantField(null=True)
    present_at = InstantField(null=True)
    absent = IntegerField(default=0)
    evidence = JsonField(null=True)  # [time as microseconds, words]
    removed_at = InstantField(null=True)
    failures = IntegerField(default=0)
    failure = TextField(null=True)
    next_at = InstantField(null=True)

    class Meta:
        table_name = "page_check"
        indexes = (_only_set("page_check", "removed_at"), _only_set("page_check", "next_at"))


class PastPageRow(peewee.Model):
    """Where a page of the past of an output ends; see past.py. The one that is not full yet: where it was looked at."""

    output = TextField()  # past.filters_of(): not its name
    number = IntegerField()
    last = IntegerField()  # id of its newest story. No reference: it may have been merged away
    stories = IntegerField()
    full = BooleanField()

    class Meta:
        table_name = "past_page"
        primary_key = CompositeKey("output", "number")
        without_rowid = True
        indexes = ((("output", "last"), False),)


Row = TypeVar("Row", bound=peewee.Model)
L = TypeVar("L")


class Tables:
    """The tables, bound to one database."""

    def __init__(self, database: peewee.Database) -> None:
        self.database = database
        self._lookups: dict[Callable[[Tables], Any], Any] = {}
        self.subscription = _bound(SubscriptionRow, database)
        self.endpoint = _bound(EndpointRow, database)
        self.last_items = _bound(LastItemsRow, database)
        self.story = _bound(StoryRow, database)
        self.story_key = _bound(StoryKeyRow, database)
        self.article = _bound(ArticleRow, database)
        self.body = _bound(BodyRow, database)
        self.revision = _bound(RevisionRow, database)
        self.alias = _bound(AliasRow, database)
        self.print = _bound(PrintRow, database)
        self.appearance = _bound(AppearanceRow, database)
        self.label = _bound(LabelRow, database)
        self.tag = _bound(TagRow, database)
        self.retry = _bound(RetryRow, database)
        self.raw = _bound(RawRow, database)
        self.raw_article = _bound(RawArticleRow, database)
        self.media = _bound(MediaRow, database)
        self.picture = _bound(PictureRow, database)
        self.picture_article = _bound(PictureArticleRow, database)
        self.picture_mark = _bound(PictureMarkRow, database)
        self.word_filter = _bound(WordRow, database)
        self.word_hit = _bound(HitRow, database)
        self.page_check = _bound(PageCheckRow, database)
        self.past_page = _bound(PastPageRow, database)

    def lookup(self, write: Callable[[Tables], L]) -> L:
        """What `write` makes of these tables, mostly an engine.Lookup; made once."""
        if write not in self._lookups:
            self._lookups[write] = write(self)
        found: L = self._lookups[write]
        return found

    @property
    def all(self) -> tuple[type[peewee.Model], ...]:
        """Every table, referenced ones first."""
        return (
            self.subscription,
            self.endpoint,
            self.last_items,
            self.story,
            self.story_key,
            self.article,
            self.body,
            self.revision,
            self.alias,
            self.print,
            self.appearance,
            self.label,
            self.tag,
            self.retry,
            self.raw,
            self.raw_article,
            self.media,
            self.picture,
            self.picture_article,
            self.picture_mark,
            self.word_filter,
            self.word_hit,
            self.page_check,
            self.past_page,
        )


def _bound(row: type[Row], database: peewee.Database) -> type[Row]:
    """A subclass of `row` for one database: same columns, keys and indexes."""
    declared: Any = row._meta
    options: dict[str, Any] = {"database": database, "table_name": declared.table_name}
    if isinstance(database, peewee.SqliteDatabase):
        options["without_rowid"] = declared.without_rowid
    else:
        options["without_rowid"] = False
        options["indexes"] = [one for one in declared.indexes if not str(getattr(one, "sql", "")).startswith(_TRIGGER)]
    if declared.composite_key:
        options["primary_key"] = CompositeKey(*declared.primary_key.field_names)
    meta = type("Meta", (), options)
    return type(row.__name__.removesuffix("Row"), (row,), {"Meta": meta, "__doc__": row.__doc__})
