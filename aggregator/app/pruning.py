"""What the bounds of config let go of: which articles, their text written aside where that is wanted, and gone.

In: an App. Out: a report. Called by cli/space.py and, once an hour, by app/daemon.py through schedule/housekeeping.py.
"""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aggregator.config import Config
from aggregator.errors import AlreadyRunning, StoreError
from aggregator.models import Keep
from aggregator.store import Store

if TYPE_CHECKING:
    from aggregator.app.core import App

#: Articles to a transaction: a poll that wants to write never waits long.
PIECE = 100

#: The first line of a file; docs/operating.md says how to read the others.
HEAD = {"kind": "header", "format": "aggregator", "version": 1}


def bounds(config: Config) -> tuple[dict[str, Keep], Keep, Keep]:
    """By slug, of all other subscriptions, of the archive as a whole."""
    general = config.settings.retention
    by_slug = {
        one.slug: replace(one.keep, max_age=one.keep.max_age or general.max_age)
        for one in (*config.subscriptions, *config.disabled)
    }
    whole = Keep(max_count=general.max_count or None, max_bytes=general.max_mb * 2**20 or None)
    return by_slug, Keep(max_age=general.max_age), whole


def bounded(config: Config) -> bool:
    """Whether anything may ever go."""
    by_slug, others, whole = bounds(config)
    return any(one != Keep() for one in (*by_slug.values(), others, whole))


def doomed(config: Config, store: Store, now: datetime) -> list[int]:
    """Articles that go now. Raises StoreError."""
    return store.retention.doomed(*bounds(config), now) if bounded(config) else []


def let_go(config: Config, store: Store, ids: Sequence[int], now: datetime) -> int:
    """Let go of some articles; how many went. Their text is on the disk first, where config wants it there.

    Raises StoreError; then nothing went.
    """
    if config.settings.retention.spill:
        spill(config.settings.data_dir / "pruned", store.retention.records(ids), now)
    return store.retention.let_go(ids, now)


def pieces(ids: Sequence[int]) -> Iterable[Sequence[int]]:
    """Some at a time."""
    return (ids[start : start + PIECE] for start in range(0, len(ids), PIECE))


def spill(folder: Path, records: Iterable[Mapping[str, Any]], now: datetime) -> None:
    """Append records to the file of the month, as one gzip member: a kill leaves the members before it whole."""
    path = folder / f"{now:%Y-%m}.jsonl.gz"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lines = [] if path.exists() else [HEAD]
        text = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in (*lines, *records))
        with path.open("ab") as file:
            start = file.tell()
            try:
                file.write(gzip.compress(text.encode("utf-8", "surrogatepass"), 6))
                file.flush()
                os.fsync(file.fileno())
            except OSError:
                file.truncate(start)
                raise
    except OSError as error:
        raise StoreError(f"{path}: cannot be written ({error.strerror}), so nothing was let go") from error


def prune(app: App, on_done: Callable[[object], None] = lambda _some: None) -> int:
    """Let go now of what the bounds let go of, and bring the outputs up to date; how many articles went."""
    now, total = app.clock(), 0
    for some in pieces(doomed(app.config, app.store, now)):
        app.fresh.lost()
        total += let_go(app.config, app.store, some, now)
        on_done(some)
    if total:
        with suppress(AlreadyRunning), app.store.hold():  # a running daemon sees it by itself
            app.refresh()
    return total
