"""The least that a step could cost: what a bare library takes for the same bytes, without what the step is for.

In: the bytes, entries or texts of one group. Out: nothing that is used. Called by parts, which times them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any

import feedparser
import nh3
import peewee
from bs4 import BeautifulSoup
from feedgen.feed import FeedGenerator
from lxml import etree
from lxml import html as lxml_html

from aggregator.models import Article, Entry, Output, Site, Story

#: As many rows as the store has, with texts as long.
_FILL = """with recursive n(i) as (select 1 union all select i + 1 from n where i < ?)
insert into article (docid, title, html) select 'fill' || i, 'fill', hex(zeroblob(?)) from n"""
_TEXT = 5000  #: bytes of a text


def tree_to_dicts(body: bytes) -> list[dict[str, str | None]]:
    """An XML tree, and the text of every child of every item."""
    items = etree.fromstring(body).iterfind("channel/item")
    return [{str(child.tag): child.text for child in item} for item in items]


def feedparser_flags_off(body: bytes) -> None:
    """feedparser without sanitising and without resolving addresses."""
    feedparser.parse(body, sanitize_html=False, resolve_relative_uris=False)


def hashes(texts: Sequence[str]) -> None:
    """BLAKE2b of texts."""
    for one in texts:
        blake2b(one.encode(), digest_size=20).hexdigest()


def trees(texts: Sequence[str]) -> None:
    """HTML trees by lxml, and HTML again."""
    for one in texts:
        lxml_html.tostring(lxml_html.fromstring(one), encoding="unicode")


def sanitised(texts: Sequence[str]) -> None:
    """nh3 with its own settings."""
    for one in texts:
        nh3.clean(one)


def soups(texts: Sequence[str]) -> None:
    """HTML trees by BeautifulSoup over lxml."""
    for one in texts:
        BeautifulSoup(one, "lxml")


def runs(texts: Sequence[str]) -> None:
    """The different runs of three characters of each text."""
    for one in texts:
        set(map("".join, zip(one, one[1:], one[2:], strict=False)))


class Bare:
    """A table of texts with unique ids, used by SQLite alone, and one used by peewee; `stored` rows in each."""

    def __init__(self, folder: Path, stored: int) -> None:
        self._connection = sqlite3.connect(folder / "bare.sqlite", isolation_level=None)
        self._connection.execute("pragma journal_mode = wal")
        self._connection.execute("pragma synchronous = normal")
        self._connection.execute("create table article (id integer primary key, docid text unique, title text, html)")
        self._connection.execute("create virtual table search using fts5(title, body, content='', tokenize='ascii')")
        self._connection.execute("insert into search (search, rank) values ('hashsize', 67108864)")
        pragmas = {"journal_mode": "wal", "synchronous": "normal"}
        self._peewee = peewee.SqliteDatabase(str(folder / "peewee.sqlite"), pragmas=pragmas)
        self._model: Any = type(
            "Article",
            (peewee.Model,),
            {
                "docid": peewee.TextField(unique=True),
                "title": peewee.TextField(),
                "html": peewee.TextField(),
                "Meta": type("Meta", (), {"database": self._peewee}),
            },
        )
        self._peewee.create_tables([self._model])
        self._connection.execute(_FILL, (stored, _TEXT // 2))
        self._peewee.execute_sql(_FILL, (stored, _TEXT // 2))

    def look_up(self, entries: Sequence[Entry]) -> None:
        """One query for the ids of a group."""
        ids = [one.docid for one in entries]
        marks = ",".join("?" * len(ids))
        self._connection.execute(f"select docid, id from article where docid in ({marks})", ids).fetchall()  # noqa: S608

    def insert(self, articles: Sequence[Article]) -> None:
        """One transaction, executemany."""
        self._connection.execute("begin immediate")
        rows = [(one.docid, one.title, one.html) for one in articles]
        self._connection.executemany("insert into article (docid, title, html) values (?, ?, ?)", rows)
        self._connection.execute("commit")

    def insert_many(self, articles: Sequence[Article]) -> None:
        """One transaction, peewee's insert_many."""
        rows = [{"docid": one.docid, "title": one.title, "html": one.html} for one in articles]
        with self._peewee.atomic("IMMEDIATE"):
            self._model.insert_many(rows).execute()

    def index(self, tokens: Sequence[tuple[str, str]]) -> None:
        """Titles and bodies that are split into words already, into FTS5."""
        self._connection.execute("begin immediate")
        self._connection.executemany("insert into search (title, body) values (?, ?)", tokens)
        self._connection.execute("commit")

    def close(self) -> None:
        """Close both databases."""
        self._connection.close()
        self._peewee.close()


def joined(entries: Sequence[dict[str, bytes]]) -> None:
    """The ready entries of each format behind one another."""
    for name in ("rss", "atom", "json"):
        b"\n".join([one[name] for one in entries])


def feedgen(output: Output, site: Site, stories: Sequence[Story]) -> None:
    """The RSS of feedgen, with the few fields that every feed has."""
    feed = FeedGenerator()
    feed.title(output.title)
    feed.link(href=site.base_url)
    feed.description(output.description or output.title)
    for story in stories:
        article = story.head.article
        entry = feed.add_entry(order="append")
        entry.id(story.uid)
        entry.title(article.title)
        entry.link(href=article.url or site.base_url)
        entry.published(story.at)
        entry.content(article.html, type="CDATA")
    feed.rss_str()
