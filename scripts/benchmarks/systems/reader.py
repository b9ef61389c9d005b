"""lemon24/reader: `update_feeds(scheduled=False, workers=1)` in a new process. More workers do not make it faster."""

from __future__ import annotations

import sqlite3
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

from benchmarks import peers, places

_DRIVER = Path(__file__).parents[1] / "drivers" / "reader_cycle.py"


class Reader:
    """A database with all feeds added."""

    def __init__(self, folder: Path, urls: Sequence[str]) -> None:
        self._database = folder / "reader.sqlite"
        listed = folder / "urls"
        listed.write_text("\n".join(urls), "utf-8")
        subprocess.run([*self._driver("add"), str(listed)], env=self.environment(), check=True)

    def _driver(self, what: str) -> list[str]:
        return [str(places.PEERS / "bin" / "python"), str(_DRIVER), what, str(self._database)]

    def command(self) -> list[str]:
        """One cycle."""
        return self._driver("update")

    def environment(self) -> Mapping[str, str]:
        """Without proxies."""
        return peers.environment()

    def entries(self) -> int:
        """Rows of entries; an article in two feeds is two of them."""
        with closing(sqlite3.connect(self._database)) as database:
            count: int = database.execute("select count(*) from entries").fetchone()[0]
        return count

    def size(self) -> int:
        """Bytes of the database."""
        with closing(sqlite3.connect(self._database)) as database:
            database.execute("pragma wal_checkpoint(truncate)")
        return self._database.stat().st_size
