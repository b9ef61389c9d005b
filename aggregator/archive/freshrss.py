"""FreshRSS: the SQLite database of one user, as its export (or its data folder) has it.

In: a path. Out: the feeds with their categories, then the articles. Tables and columns are those of FreshRSS 1.20 to
1.28 (app/SQL/install.sql.sqlite.php there). Read and favourite marks are left: nobody reads here.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from aggregator.archive import files, foreign
from aggregator.archive.items import Followed, Item, Stated

_COLUMNS = {
    "category": {"id", "name"},
    "feed": {"id", "url", "category", "name"},
    "entry": {"id", "guid", "title", "author", "content", "link", "date", "id_feed", "tags"},
}
#: FreshRSS's own words for "in no category".
_NO_CATEGORY = 1

_FEEDS = """SELECT f.id, f.url, f.name, f.category, c.name FROM feed AS f
    LEFT JOIN category AS c ON c.id = f.category ORDER BY f.id"""
_ENTRIES = """SELECT e.guid, e.title, e.author, e.content, e.link, e.date, e.tags, f.url, f.category, c.name
    FROM entry AS e JOIN feed AS f ON f.id = e.id_feed LEFT JOIN category AS c ON c.id = f.category
    ORDER BY e.id LIMIT -1 OFFSET ?"""


def recognises(path: Path) -> bool:
    """Whether a SQLite database is one of FreshRSS."""
    return foreign.has_tables(path, _COLUMNS)


def read(path: Path, skip: int = 0) -> Iterator[Item]:
    """Feeds and articles, oldest first. Raises ArchiveError."""
    where = files.shown(path)
    with foreign.database(path) as connection:
        for number, url, name, category, category_name in connection.execute(_FEEDS):
            words = () if category == _NO_CATEGORY or not category_name else (str(category_name),)
            yield Followed(f"{where}#feed {number}", str(url), str(name or ""), words)
        for done, row in enumerate(connection.execute(_ENTRIES, (skip,)), skip + 1):
            guid, title, author, content, link, date, tags, feed, category, category_name = row
            entry = foreign.entry(
                foreign.Row(
                    feed=str(feed),
                    guid=str(guid),
                    title=str(title or ""),
                    link=str(link or ""),
                    content=str(content or ""),
                    published=foreign.instant(date),
                    author=str(author or "").replace(";", ", ").strip(", "),
                    category=None if category == _NO_CATEGORY else category_name,
                    tags=[word.strip() for word in str(tags or "").split("#") if word.strip()],
                )
            )
            yield Stated(f"{where}#entry {done}", entry, done)
