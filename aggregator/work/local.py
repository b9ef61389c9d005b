"""The work of one process: updates side by side, one writer, reads beside it.

In: slugs of due subscriptions. Out: Outcomes, and whatever the store then holds. Built by app.py, fed by
schedule/ticker.py and by `aggregator update`. peewee is synchronous: all writes go through one thread, in which the
plans of many updates share a transaction; reads use a small pool of their own.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any, Protocol, TypeVar
from urllib.parse import urlsplit

from aggregator.errors import StoreBusy
from aggregator.kit import journal
from aggregator.models import Outcome, Plan

log = journal.logger(__name__)

T = TypeVar("T")

#: A host that answered this recently proves that the network is up.
PROOF_LASTS = 600.0

#: One silent host says nothing of the network; this many, and no answering one, do.
SILENT_HOSTS = 2

#: Waits before a plan is given up when another process holds the database, in seconds.
BUSY_WAITS = (0.5, 2.0, 5.0)


class Commits(Protocol):
    """The store's one writing call."""

    def commit(self, plans: Sequence[Plan], now: datetime) -> list[Outcome]:
        """Write the plans in one transaction."""
        ...


class Threads:
    """One thread that writes, a few that read: SQLite has one writer, WAL lets readers pass."""

    def __init__(self, readers: int = 2) -> None:
        self._writer = ThreadPoolExecutor(1, "store-writer")
        self._readers = ThreadPoolExecutor(readers, "store-reader")

    async def read(self, call: Callable[..., T], *args: Any) -> T:
        """Run a reading call."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, call, *args)

    async def write(self, call: Callable[..., T], *args: Any) -> T:
        """Run a writing call, after those that came before it."""
        return await asyncio.get_running_loop().run_in_executor(self._writer, call, *args)

    def close(self) -> None:
        """Wait for what runs, then end the threads."""
        self._writer.shutdown()
        self._readers.shutdown()


class Committer:
    """Group commit: plans that arrive while a transaction runs go together into the next one."""

    def __init__(self, articles: Commits, threads: Threads, clock: Callable[[], datetime]) -> None:
        self._articles = articles
        self._threads = threads
        self._clock = clock
        self._waiting: list[tuple[Plan, asyncio.Future[Outcome]]] = []
        self._flushing: asyncio.Task[None] | None = None

    async def commit(self, plan: Plan) -> Outcome:
        """Store one plan; returns when its transaction is committed. Raises StoreError."""
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._waiting.append((plan, future))
        if self._flushing is None or self._flushing.done():
            self._flushing = asyncio.create_task(self._flush(), name="commit")
        # A cancelled update must not cancel the transaction in which other plans travel.
        return await asyncio.shield(future)

    async def drain(self) -> None:
        """Wait until nothing waits to be written."""
        while self._flushing is not None and not self._flushing.done():
            await asyncio.wait([self._flushing])

    async def _flush(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                outcomes = await self._write([plan for plan, _ in batch])
            except Exception as error:  # noqa: BLE001 - handed to those who wait for it
                await self._one_by_one(batch, error)
                continue
            for (_, future), outcome in zip(batch, outcomes, strict=True):
                _resolve(future, outcome)

    async def _one_by_one(self, batch: list[tuple[Plan, asyncio.Future[Outcome]]], error: Exception) -> None:
        """The transaction failed as a whole: a plan that cannot be stored must not take the others with it."""
        if len(batch) == 1:
            _resolve(batch[0][1], error)
            return
        for plan, future in batch:
            try:
                (outcome,) = await self._write([plan])
            except Exception as own:  # noqa: BLE001 - handed to the one who waits for it
                _resolve(future, own)
            else:
                _resolve(future, outcome)

    async def _write(self, plans: list[Plan]) -> list[Outcome]:
        for wait in BUSY_WAITS:
            try:
                return await self._threads.write(self._articles.commit, plans, self._clock())
            except StoreBusy as error:
                log.warning("store.busy", problem=str(error), again_in=wait)
                await asyncio.sleep(wait)
        return await self._threads.write(self._articles.commit, plans, self._clock())


def _resolve(future: asyncio.Future[Outcome], result: Outcome | Exception) -> None:
    if future.done():  # its update was cancelled meanwhile
        return
    if isinstance(result, Exception):
        future.set_exception(result)
    else:
        future.set_result(result)


class NetworkWeather:
    """Tells one broken host from a network that is down: see pipeline/tools.py, Weather."""

    def __init__(self) -> None:
        self._silent: set[str] = set()
        self._dead: set[str] = set()  # silent while others answered: their silence says nothing of the network
        self._proof: float | None = None

    def report(self, url: str, *, reached: bool) -> None:
        """Note whether the host of `url` could be reached."""
        host = urlsplit(url).hostname or ""
        if reached:
            self._proof = time.monotonic()
            self._silent.discard(host)
            self._dead |= self._silent
            self._silent.clear()
            self._dead.discard(host)
        elif host not in self._dead:
            self._silent.add(host)

    @property
    def down(self) -> bool:
        """True when several hosts are silent and none has answered since."""
        if len(self._silent) >= SILENT_HOSTS:
            return True
        return bool(self._silent) and self._proof is not None and time.monotonic() - self._proof > PROOF_LASTS


class Pool:
    """Runs jobs by name, each name once at a time, at most `limit` side by side."""

    def __init__(self, limit: int) -> None:
        self._slots = asyncio.Semaphore(limit)
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._closed = False

    @property
    def running(self) -> frozenset[str]:
        """Names of the jobs that run or wait for a slot."""
        return frozenset(self._tasks)

    def submit(self, name: str, job: Callable[[], Coroutine[Any, Any, object]]) -> bool:
        """Start `job`; False when one of that name runs already, or the pool is closed."""
        if self._closed or name in self._tasks:
            return False
        task = asyncio.create_task(self._run(name, job), name=name)
        self._tasks[name] = task
        task.add_done_callback(lambda _: self._tasks.pop(name, None))
        return True

    async def close(self, timeout: float) -> int:
        """Take no more work, wait up to `timeout` seconds, cancel the rest. Returns how many were cancelled."""
        self._closed = True
        tasks = list(self._tasks.values())
        if not tasks:
            return 0
        _, late = await asyncio.wait(tasks, timeout=timeout)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        return len(late)

    async def _run(self, name: str, job: Callable[[], Awaitable[object]]) -> None:
        async with self._slots:
            try:
                await job()
            except Exception:
                log.exception("job.failed", job=name)
