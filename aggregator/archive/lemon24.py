"""lemon24/reader: its SQLite database.

In: a path. Out: the feeds, then the articles. Tables and columns are those of reader 3 (src/reader/_storage/_schema.py
there). Tags whose name begins with a dot are reader's own; those of feeds become categories.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from aggregator.archive import files, foreign
from aggregator.archive.items import Followed, Item, Stated

_COLUMNS = {
    "feeds": {"url", "title", "user_title", "updates_enabled"},
    "entries": {"id", "feed", "title", "link", "updated", "author", "published", "summary", "content", "enclosures"},
    "feed_tags": {"feed", "key"},
}
_FEEDS = "SELECT url, coalesce(user_title, title), updates_enabled FROM feeds ORDER BY added, url"
_TAGS = "SELECT feed, key FROM feed_tags WHERE key NOT LIKE '.%' ORDER BY feed, key"
_ENTRIES = """SELECT id, feed, title, link, updated, author, published, summary, content, enclosures FROM entries
    ORDER BY first_updated_epoch, feed, id LIMIT -1 OFFSET ?"""


def recognises(path: Path) -> bool:
    """Whether a SQLite database is one of reader."""
    return foreign.has_tables(path, _COLUMNS)


def read(path: Path, skip: int = 0) -> Iterator[Item]:
    """Feeds and articles, oldest first. Raises ArchiveError."""
    where = files.shown(path)
    with foreign.database(path) as connection:
        tags: dict[str, list[str]] = {}
        for feed, key in connection.execute(_TAGS):
            tags.setdefault(feed, []).append(key)
        for number, (url, title, enabled) in enumerate(connection.execute(_FEEDS), 1):
            settings = {} if enabled else {"enabled": "false"}
            yield Followed(f"{where}#feed {number}", url, str(title or ""), tuple(tags.get(url, ())), settings)
        for done, row in enumerate(connection.execute(_ENTRIES, (skip,)), skip + 1):
            guid, feed, title, link, updated, author, published, summary, content, enclosures = row
            told, is_text = _content(content, summary)
            entry = foreign.entry(
                foreign.Row(
                    feed=str(feed),
                    guid=str(guid),
                    title=str(title or ""),
                    link=str(link or ""),
                    content=told,
                    published=foreign.instant(published),
                    updated=foreign.instant(updated),
                    author=_author(author),
                    tags=tags.get(feed, ()),
                    images=[
                        str(one.get("href") or "")
                        for one in _objects(enclosures)
                        if str(one.get("type") or "").startswith("image/")
                    ],
                    is_text=is_text,
                )
            )
            yield Stated(f"{where}#entry {done}", entry, done)


def _content(stated: object, summary: object) -> tuple[str, bool]:
    """The content, HTML before plain text, else the summary; and whether it is plain text."""
    found = [(str(one["value"]), one.get("type") == "text/plain") for one in _objects(stated) if one.get("value")]
    return min(found, key=lambda one: one[1], default=(str(summary or ""), False))


def _author(stated: object) -> str | None:
    """A name, or since version 44 of the tables a list of people."""
    names = [str(one["name"]) for one in _objects(stated) if one.get("name")]
    return ", ".join(names) or (str(stated) if stated and not str(stated).startswith("[") else None)


def _objects(stated: object) -> list[dict[str, Any]]:
    """A JSON list of objects; nothing for anything else."""
    try:
        value = json.loads(stated) if isinstance(stated, str) and stated.startswith("[") else []
    except ValueError:
        return []
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
