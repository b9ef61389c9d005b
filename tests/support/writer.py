"""A process that stores articles without pause, for tests of what is done beside a writer.

`python -m tests.support.writer DATABASE FOLDER`: five articles a transaction, a line with their number behind each.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from aggregator.store import Store, open_store
from tests.support.writes import NOW, article, plan

_REPO = Path(__file__).resolve().parents[2]

#: Articles to a transaction: a copy that holds another multiple of them is torn.
EACH = 5


@dataclass
class Writer:
    """The process, and how many articles it has stored."""

    process: subprocess.Popen[str]
    stored: int = 0

    def step(self) -> int:
        """Wait until the next transaction is committed."""
        assert self.process.stdout is not None
        self.stored = int(self.process.stdout.readline())
        return self.stored


@contextmanager
def writing(store: Store) -> Iterator[Writer]:
    """A process that writes to the database of a store until the block ends."""
    words = [sys.executable, "-m", "tests.support.writer", store.url, str(store.path.parent)]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=_REPO)
    try:
        writer = Writer(process)
        writer.step()
        yield writer
    finally:
        process.kill()
        process.communicate()


def main(database: str, folder: str) -> None:
    """Write until killed."""
    with open_store(database, Path(folder)) as store:
        for number in range(0, 1_000_000, EACH):
            articles = (article(f"w{number + one}", text=f"第{number + one}段。" * 60) for one in range(EACH))
            store.articles.commit([plan(*articles)], NOW)
            print(number + EACH, flush=True)  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
