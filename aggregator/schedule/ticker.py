"""The clockwork: APScheduler calls a handful of looks at fixed intervals, and holds no schedule of its own.

In: named coroutines with their interval. Out: their calls, in the running event loop. Built by app.py. What is due
stands in the database (subscription.next_poll), so nothing is lost when the machine sleeps or the daemon restarts.

`coalesce` and no misfire grace: under APScheduler's default grace of one second, jobs that come due together or
during a suspend are dropped, not delayed. It goes by the wall clock; when that is set back it would wait until the
old time comes again, so the clock is watched.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.events import EVENT_JOB_ERROR, JobExecutionEvent
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from aggregator.errors import AggregatorError
from aggregator.kit import journal

log = journal.logger(__name__)

#: Seconds that looks may still take when the daemon stops.
LAST_LOOKS = 2.0

#: How often the clock is looked at, and a step that is worth a word, in seconds.
WATCH, STEP = 1.0, 1.0

#: Seconds after which a failure that goes on is told again.
AGAIN = 60.0


@dataclass(frozen=True, slots=True)
class Look:
    """Something to be done again and again; never twice at the same time."""

    name: str
    every: timedelta
    call: Callable[[], Coroutine[Any, Any, Any]]
    at_once: bool = True  #: also right after the start


class Ticker:
    """Runs the looks between start() and stop(). start() needs a running event loop."""

    def __init__(self, looks: Sequence[Look]) -> None:
        self._looks = tuple(looks)
        self._running: set[asyncio.Future[Any]] = set()
        self._scheduler = AsyncIOScheduler(
            timezone=UTC, job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1}
        )
        self._scheduler.add_listener(_failed, EVENT_JOB_ERROR)
        self._watch: asyncio.Task[None] | None = None
        self._told: dict[str, tuple[str, float]] = {}  # the last failure of each look, and when it was told

    def start(self) -> None:
        """Begin to tick."""
        for look in self._looks:
            job = self._scheduler.add_job(
                self._take, "interval", (look,), seconds=look.every.total_seconds(), id=look.name, name=look.name
            )
            if look.at_once:
                job.modify(next_run_time=datetime.now(UTC))
        self._scheduler.start()
        self._watch = asyncio.create_task(self._watch_clock(), name="clock")

    async def stop(self) -> None:
        """Tick no more; looks that run may end. APScheduler's own shutdown would cancel them halfway."""
        if not self._scheduler.running:
            return
        if self._watch:
            self._watch.cancel()
        self._scheduler.pause()
        if self._running:
            await asyncio.wait(self._running, timeout=LAST_LOOKS)
        self._scheduler.shutdown(wait=False)

    async def _watch_clock(self) -> None:
        ahead = time.time() - time.monotonic()
        while True:
            await asyncio.sleep(WATCH)
            before, ahead = ahead, time.time() - time.monotonic()
            if ahead < before - STEP:
                log.warning("clock.set_back", seconds=round(before - ahead))
                for job in self._scheduler.get_jobs():
                    job.modify(next_run_time=datetime.now(UTC))

    async def _take(self, look: Look) -> None:
        task = asyncio.ensure_future(look.call())
        self._running.add(task)
        try:
            await task
        except AggregatorError as error:
            self._tell(look.name, str(error))
        finally:
            self._running.discard(task)

    def _tell(self, name: str, problem: str) -> None:
        """Say that a look failed, in words; the same again at most once a minute: some looks come every second."""
        before, now = self._told.get(name), time.monotonic()
        if before is None or before[0] != problem or now - before[1] >= AGAIN:
            self._told[name] = problem, now
            log.error("look.failed", look=name, problem=problem)


def _failed(event: JobExecutionEvent) -> None:
    log.error("look.failed", look=event.job_id, problem=repr(event.exception))
