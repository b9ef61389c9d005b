"""Room given back: texts packed anew where most of a frame is gone, free pages returned, the WAL cut off.

In: an App. Out: a report. Called by cli/space.py. All in short transactions: a daemon polls, reads and serves on.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aggregator.errors import AlreadyRunning

if TYPE_CHECKING:
    from aggregator.app.core import App

#: Pages that are given back in one transaction, and seconds between two.
PAGES, PAUSE = 250, 0.01


@dataclass(slots=True)
class Compacted:
    """What a compaction did."""

    before: int  #: bytes of the file
    after: int = 0
    frames: int = 0  #: fewer than before
    advice: list[str] = field(default_factory=list)  #: what could not be done, and how it can, one sentence each


def compact(app: App, on_step: Callable[[object], None] = lambda _step: None) -> Compacted:
    """Give back what can be given back now. Raises StoreError."""
    space = app.store.space
    space.checkpoint()
    pages = space.pages()
    done = Compacted(pages.count * pages.size)
    after = 0
    while step := space.repack(after):
        after, fewer = step
        done.frames += fewer
        on_step(after)
        time.sleep(PAUSE if fewer else 0)
    if space.pages().gives_back:
        left = space.pages().free
        while left:
            now = space.shrink(PAGES)
            if now >= left:  # a writer frees as much as is given back
                break
            left = now
            on_step(left)
            time.sleep(PAUSE)
    else:
        _rebuild(app, done)
    if not space.checkpoint():
        done.advice.append("somebody reads the database just now, so the file gets shorter a little later")
    pages = space.pages()
    done.after = pages.count * pages.size
    return done


def _rebuild(app: App, done: Compacted) -> None:
    """A database of an older version gives nothing back until it was written anew once."""
    pages = app.store.space.pages()
    needed, free = 2 * pages.count * pages.size, shutil.disk_usage(app.store.path.parent).free
    if free < needed:
        done.advice.append(
            f"the database is to be written anew once, which takes {needed // 2**20} MB of free disk; "
            f"there are {free // 2**20} MB"
        )
        return
    try:
        with app.store.hold():
            app.store.space.rebuild()
    except AlreadyRunning as running:
        done.advice.append(
            "this database was made by an older version: it is to be written anew once, before it can give room back "
            f"while the daemon works; stop the daemon (process {running.holder_pid}) and repeat `aggregator compact`"
        )
