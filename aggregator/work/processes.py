"""CPU work beside the event loop: in threads when there is little of it, in worker processes when there is much.

In: functions of pipeline/labour.py with their arguments. Out: their results. Built by app/core.py, used by the walk as
tools.Labour. Python runs one thread at a time, so threads only keep the loop free; a cycle in which hundreds of feeds
changed wants the other cores too. The processes start when enough work waits, and end when none came for a while.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, suppress
from typing import Any, TypeVar

from aggregator.errors import AggregatorError
from aggregator.kit import journal
from aggregator.work import links, room

log = journal.logger(__name__)

T = TypeVar("T")

#: Characters and bytes that must wait before processes are worth their start (a quarter of a second of CPU each).
WORTH_IT = 2 * 2**20

#: A call lighter than this costs less here than on its way to another process and back.
LIGHT = 16 * 2**10

#: Seconds for which work waits for more of it before it is done here; a few times over while more keeps coming. In a
#: big cycle all documents go to processes then, and the main one need not load what reads them (10 MB).
PATIENCE, ROUNDS = 0.05, 4

#: Seconds for which it holds that little is to be done.
DECIDED = 1.0

#: Seconds without work after which the processes end and give their memory back.
IDLE = 60.0

#: Calls handed to each process: one that it works on, and the next, so that it need not wait for us.
AHEAD = 2


def default_count() -> int:
    """One process for every core, at most four: the main process has half a core's work while they have all of one."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, 4)


class Gate:
    """Lets `size` calls in at a time; those marked `first` overtake the others."""

    def __init__(self, size: int) -> None:
        self._free = size
        self._waiting: list[tuple[bool, int, asyncio.Future[None]]] = []
        self._numbers = itertools.count()

    async def enter(self, *, first: bool) -> None:
        """Wait for a free place."""
        if self._free:
            self._free -= 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (not first, next(self._numbers), turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():  # the place was ours already
                self.leave()
            raise

    def leave(self) -> None:
        """Give the place to whoever is next."""
        while self._waiting:
            turn = heapq.heappop(self._waiting)[2]
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1


class Workers:
    """Labour in up to `count` processes; 0 for threads only."""

    def __init__(self, count: int, *, worth_it: int = WORTH_IT, idle: float = IDLE) -> None:
        self._count = count
        self._worth_it = max(worth_it, 1)
        self._idle = idle
        self._pending = 0
        self._enough = asyncio.Event()
        self._arrivals = 0
        self._decided = float("-inf")  # when it was found that little is to be done, by the clock that nobody sets
        self._room = room.Room()
        self._gate = Gate(max(count * AHEAD, 2))
        self._threads = ThreadPoolExecutor(2, "labour")
        self._processes: links.Links | None = None
        self._rest: asyncio.TimerHandle | None = None

    async def do(self, weight: int, call: Callable[..., T], *args: Any, first: bool = False) -> T:
        """Run `call(*args)`; see pipeline/tools.py, Labour.

        Raises what the call raises; AggregatorError when it kills the process that runs it, twice.
        """
        self._came(weight)
        try:
            await self._gate.enter(first=first)
            try:
                return await self._run(weight, call, args)
            finally:
                self._gate.leave()
        finally:
            self._went(weight)

    def fetching(self) -> AbstractAsyncContextManager[None]:
        """Held while a feed is fetched; waits while there is much to be done. See pipeline/tools.py, Labour."""
        return self._room.fetching()

    def close(self) -> None:
        """Wait for what runs, then end threads and processes."""
        self._threads.shutdown()
        self._end()

    async def _run(self, weight: int, call: Callable[..., T], args: tuple[Any, ...]) -> T:
        loop = asyncio.get_running_loop()
        if not await self._wanted(weight):
            return await loop.run_in_executor(self._threads, call, *args)
        for _ in range(2):
            processes = self._started()
            try:
                result: T = await asyncio.wrap_future(processes.submit(call, args))
            except links.Died as death:
                log.error("worker.died", problem=str(death), hint="its work is tried once more", pending=self._pending)
            else:
                return result
        raise AggregatorError("the processes that worked on it died; is there enough memory?")

    def _came(self, weight: int) -> None:
        self._pending += weight
        self._arrivals += 1
        self._room.take(weight)
        if self._pending >= self._worth_it:
            self._enough.set()

    def _went(self, weight: int) -> None:
        self._pending -= weight
        self._room.free(weight)
        if self._pending < self._worth_it:
            self._enough.clear()

    async def _wanted(self, weight: int) -> bool:
        """Whether processes are to do a call of this weight."""
        if not self._count or weight < LIGHT:
            return False
        if self._processes is None and not self._enough.is_set():
            await self._look_ahead()
        return self._processes is not None or self._enough.is_set()

    async def _look_ahead(self) -> None:
        """Wait while more work keeps coming, until there is enough of it for processes."""
        if time.monotonic() - self._decided < DECIDED:
            return
        for _ in range(ROUNDS):
            arrivals = self._arrivals
            with suppress(TimeoutError):
                await asyncio.wait_for(self._enough.wait(), PATIENCE)
            if self._enough.is_set():
                return
            if arrivals == self._arrivals:
                break
        self._decided = time.monotonic()

    def _started(self) -> links.Links:
        if self._processes is None:
            self._processes = links.Links(self._count)
        if self._rest is not None:
            self._rest.cancel()
        self._rest = asyncio.get_running_loop().call_later(self._idle, self._end_when_idle)
        return self._processes

    def _end_when_idle(self) -> None:
        if self._pending:
            self._rest = asyncio.get_running_loop().call_later(self._idle, self._end_when_idle)
        else:
            self._end(wait=False)

    def _end(self, *, wait: bool = True) -> None:
        if self._rest is not None:
            self._rest.cancel()
            self._rest = None
        if self._processes is not None:
            self._processes.close(wait=wait)
            self._processes = None
