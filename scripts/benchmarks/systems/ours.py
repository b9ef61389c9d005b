"""Us: `aggregator update --all` with the settings that are shipped."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

from benchmarks import places
from benchmarks.corpus import HOST

SLUG = "bench-"  #: what the slugs of our feeds begin with


class Ours:
    """A folder with config/ and data/.

    config/ is the one that is shipped, but for the feeds; their slugs replace the ones that outputs.toml names, and
    the origin's invented host gets the rules of the site whose mark-up it speaks.
    """

    def __init__(self, folder: Path, urls: Sequence[str]) -> None:
        self.config, self.data = folder / "config", folder / "data"
        self.database = self.data / "aggregator.sqlite"
        shutil.copytree(places.ROOT / "config", self.config)
        feeds = [
            f'[[feed]]\nname = "样本财经 {number}"\nslug = "{slug(number)}"\nurl = "{url}"\nallow_private = true\n'
            for number, url in enumerate(urls)
        ]
        (self.config / "feeds.toml").write_text("\n".join(feeds), "utf-8")
        self._replace("outputs.toml", r"^feeds = \[.*\]$", f'feeds = ["{slug(0)}"]')
        # Its pictures stand nowhere, and no peer fetches any.
        self._replace("aggregator.toml", r'^images = "lead" ', 'images = "none" ')
        self._replace("sites/sina.toml", r"^hosts = \[", f"hosts = ['{HOST}', ")

    def _replace(self, name: str, what: str, by: str) -> None:
        path = self.config / name
        text, count = re.subn(what, by, path.read_text("utf-8"), flags=re.MULTILINE)
        if not count:
            raise RuntimeError(f"config/{name} has no line {what}; mend scripts/benchmarks/systems/ours.py")
        path.write_text(text, "utf-8")

    def command(self) -> list[str]:
        """As a user types it."""
        return [sys.executable, "-m", "aggregator", "--config", str(self.config), "update", "--all"]

    def environment(self) -> Mapping[str, str]:
        """See environment()."""
        return environment()

    def entries(self) -> int:
        """Distinct articles."""
        with closing(sqlite3.connect(self.database)) as database:
            count: int = database.execute("select count(*) from article").fetchone()[0]
        return count

    def size(self) -> int:
        """Bytes of the database but for its search index."""
        with closing(sqlite3.connect(self.database)) as database:
            database.execute("pragma wal_checkpoint(truncate)")
            return self.database.stat().st_size - _search_pages(database)

    def index_size(self) -> int:
        """Bytes of the search index: tables of the database called search…, and databases beside it."""
        with closing(sqlite3.connect(self.database)) as database:
            inside = _search_pages(database)
        return inside + sum(one.stat().st_size for one in self.data.glob("*.sqlite") if one != self.database)


def environment() -> dict[str, str]:
    """Nothing of ours from outside, no proxy. Bytecode is kept, as that of the peers is: who polls, polls again."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("AGGREGATOR_")
        and not name.lower().endswith("_proxy")
        and name not in ("PYTHONPATH", "PYTHONDONTWRITEBYTECODE")
    } | {"PYTHONPATH": str(places.ROOT)}


def _search_pages(database: sqlite3.Connection) -> int:
    """Bytes of pages; 0 where SQLite was built without the means to tell."""
    query = "select coalesce(sum(pgsize), 0) from dbstat where aggregate and name like 'search%'"
    try:
        count: int = database.execute(query).fetchone()[0]
    except sqlite3.OperationalError:
        return 0
    return count


def slug(feed: int) -> str:
    """What a feed is called in config."""
    return f"{SLUG}{feed}"
