"""The search index, written behind: a little of it here, much of it in a worker process.

In: the Store, and where CPU work is done. Out: an index that knows all that is stored. Called by app/daemon.py.
Splitting texts and FTS5 take a millisecond an article, half of it under the interpreter's lock: after a first cycle
that would slow down readers for as long as the cycle took.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from aggregator.pipeline.tools import Labour
from aggregator.store import Store, open_store
from aggregator.work.processes import WORTH_IT

#: States indexed in a thread of this process; what is behind further is left to another one.
FEW = 50

#: States that another process indexes in one call.
MANY = 1_000


async def catch_up(store: Store, labour: Labour, go_on: Callable[[], bool]) -> None:
    """Index what is missing, or one piece of it while `go_on` says no. Raises StoreError."""
    if await asyncio.to_thread(store.search.advance, FEW) < FEW:
        return
    while await labour.do(WORTH_IT, advance, store.url, store.path.parent, MANY) >= MANY and go_on():
        pass


def advance(url: str, folder: Path, limit: int) -> int:
    """Index up to `limit` states of a database whose index lies in `folder`; how many there were. Raises StoreError."""
    done = 0
    with open_store(url, folder) as store:
        while done < limit and (step := store.search.advance()):
            done += step
    return done
