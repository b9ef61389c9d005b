"""A restore that has begun to put things in place: a mark beside the database until all of it is there.

In: the path of a database. Out: a file `.NAME.restoring`, or StoreError in words for one that a killed restore left.
Called by app/restoring.py, and by App.prepare before anything works with the database.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from aggregator.errors import StoreError


def begin(database: Path, source: Path) -> bool:
    """From now on the database may be the backup's while its files are not; False: so it was before. Raises OSError."""
    fresh = not _mark(database).exists()
    with _mark(database).open("w", encoding="utf-8", errors="surrogateescape") as file:
        file.write(f"{source.absolute()}\n")
        file.flush()
        os.fsync(file.fileno())
    return fresh


def end(database: Path) -> None:
    """All that comes back is back."""
    _mark(database).unlink(missing_ok=True)


def refuse(database: Path) -> None:
    """Raises StoreError where a restore was stopped half-way; says how to end it."""
    mark = _mark(database)
    if not mark.exists():
        return
    source = ""
    with suppress(OSError):
        source = mark.read_text("utf-8", "surrogateescape").strip()
    raise StoreError(
        f"{database}: a restore was stopped half-way, and files of the backup may be missing; repeat it "
        f"(`aggregator restore {source or 'SRC'} --force`), or remove {mark} to go on with what is there"
    )


def _mark(database: Path) -> Path:
    return database.with_name(f".{database.name}.restoring")
