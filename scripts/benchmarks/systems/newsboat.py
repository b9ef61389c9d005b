"""newsboat: `newsboat -x reload`. It stores entries as they are, and sends no conditional requests in this mode."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

from benchmarks import peers

_CONFIG = "reload-threads {threads}\nmax-items 0\n"


class _Newsboat:
    """A folder with its three files."""

    threads: int

    def __init__(self, folder: Path, urls: Sequence[str]) -> None:
        self._folder = folder
        (folder / "urls").write_text("\n".join(urls) + "\n", "utf-8")
        (folder / "config").write_text(_CONFIG.format(threads=self.threads), "utf-8")

    def command(self) -> list[str]:
        """One cycle."""
        files = [f"--url-file={self._folder / 'urls'}", f"--cache-file={self._cache}"]
        return [peers.binary("newsboat"), *files, f"--config-file={self._folder / 'config'}", "--execute=reload"]

    @property
    def _cache(self) -> Path:
        return self._folder / "cache.db"

    def environment(self) -> Mapping[str, str]:
        """With a home of its own."""
        return {**peers.environment(), "HOME": str(self._folder)}

    def entries(self) -> int:
        """Rows of items; a guid that several feeds share is one of them."""
        with closing(sqlite3.connect(self._cache)) as database:
            count: int = database.execute("select count(*) from rss_item").fetchone()[0]
        return count

    def size(self) -> int:
        """Bytes of its cache."""
        return self._cache.stat().st_size


class OneThread(_Newsboat):
    """As it comes."""

    threads = 1


class FourThreads(_Newsboat):
    """With four threads that fetch and parse."""

    threads = 4
