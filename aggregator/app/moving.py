"""Everything into another database, ids and all. In: an App and an address. Out: rows of each table. Called by
cli/safety.py. Files beside the database stay where they are."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from aggregator.errors import StoreError
from aggregator.store import open_store
from aggregator.store.store import locate

if TYPE_CHECKING:
    from aggregator.app.core import App


def copy(app: App, url: str, on_rows: Callable[[int], None] = lambda _rows: None) -> dict[str, int]:
    """Copy the database to the empty one at `url`, as it stands at one instant; rows of each table.

    It is written under another name and renamed when it was compared: a copy that was stopped leaves nothing that
    could be taken for one. Raises StoreError, ConfigError.
    """
    target = locate(url)
    if target.exists() and target.stat().st_size:
        raise StoreError(f"{target} is there already; name a database that is not, or move it away")
    partial = target.with_name(f".copying-{target.name}")
    _remove(partial)
    try:
        with open_store(f"sqlite:///{partial}") as made:
            made.migrate()
            told = app.store.copy_to(made, on_rows)
            made.space.checkpoint()
        partial.replace(target)
    finally:
        _remove(partial)
    return told


def _remove(database: Path) -> None:
    for end in ("", "-wal", "-shm"):
        with suppress(FileNotFoundError):
            os.unlink(f"{database}{end}")  # noqa: PTH108
