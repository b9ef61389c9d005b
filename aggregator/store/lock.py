"""One daemon per database: an operating system lock on `<database>.lock`.

The lock belongs to the process, not to the file: after kill -9 the file stays behind and blocks nobody.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aggregator.errors import AlreadyRunning, StoreError


@contextmanager
def hold(database: Path, title: str = "") -> Iterator[None]:
    """Hold the lock of `database` (its path, not the lock's) for the block; `title`: what messages call it.

    Raises AlreadyRunning at once, naming the holder's process, when another daemon holds it; StoreError when the lock
    file cannot be written. The file is never removed: removing it would let two processes lock two files of one name.
    """
    path = Path(f"{database}.lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a+", encoding="ascii", errors="replace")
    except OSError as error:
        raise StoreError(f"{path}: the lock file cannot be written: {error.strerror}") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            raise AlreadyRunning(_pid(file.read(32)), title or str(database)) from error
        except OSError as error:
            raise StoreError(f"{path}: this file system has no locks: {error.strerror}") from error
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        try:
            yield
        finally:
            file.truncate(0)


def _pid(text: str) -> int | None:
    return int(text) if text.strip().isdigit() else None
