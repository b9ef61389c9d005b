"""Everything into another database, ids and all. In: an App and an address. Out: rows of each table. Called by
cli/safety.py. Files beside the database stay where they are."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aggregator.errors import AlreadyRunning, StoreError
from aggregator.store import backup, lock, open_store
from aggregator.store.store import is_server, locate

if TYPE_CHECKING:
    from pathlib import Path

    from aggregator.app.core import App


@dataclass(frozen=True, slots=True)
class Copied:
    """What a copy holds."""

    counts: dict[str, int]  #: rows of each table
    where: str  #: in words, without a password
    anew: bool = False  #: an earlier copy to that place was stopped half-way; what it had written was thrown away


def copy(app: App, url: str, on_rows: Callable[[int], None] = lambda _rows: None) -> Copied:
    """Copy the database to the empty one at `url`, as it stands at one instant.

    A file is written under another name and renamed when it was compared: a copy that was stopped leaves nothing that
    could be taken for one, and the next begins anew. Raises StoreError, ConfigError.
    """
    if is_server(url):
        return _copy_to_server(app, url, on_rows)
    target = locate(url)
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with lock.hold(target):
            return _copy(app, target, on_rows)
    except AlreadyRunning as error:
        raise StoreError(f"{target} is in use (process {error.holder_pid}); wait for it, or name another") from error


def _copy_to_server(app: App, url: str, on_rows: Callable[[int], None]) -> Copied:
    """One transaction, so that nothing is there before all of it is."""
    with open_store(url, app.data) as made:
        try:
            with made.hold():
                made.migrate()
                return Copied(app.store.copy_to(made, on_rows), made.title)
        except AlreadyRunning as error:
            raise StoreError(f"{made.title} is in use; wait for it, or name another") from error


def _copy(app: App, target: Path, on_rows: Callable[[int], None]) -> Copied:
    if target.exists() and target.stat().st_size:
        raise StoreError(f"{target} is there already; name a database that is not, or move it away")
    partial = target.with_name(f".copying-{target.name}")
    anew = partial.exists()
    backup.remove(partial)
    _room(app, target.parent)
    try:
        with open_store(f"sqlite:///{partial}") as made:
            made.migrate()
            told = app.store.copy_to(made, on_rows)
            if not made.space.checkpoint():
                raise StoreError(f"{partial} is being read by another program; try again")
        partial.replace(target)
    finally:
        backup.remove(partial)
    _flush(target.parent)
    return Copied(told, str(target), anew)


def _room(app: App, folder: Path) -> None:
    pages = app.store.space.pages()
    needed, free = pages.count * pages.size, shutil.disk_usage(folder).free
    if free < needed:
        raise StoreError(f"{folder} has {free // 2**20} MB free, the copy takes {needed // 2**20} MB; free some space")


def _flush(folder: Path) -> None:
    """The rename lasts through a power cut from now on."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
