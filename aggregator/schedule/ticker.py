"""The clockwork: APScheduler calls a handful of looks at fixed intervals, and holds no schedule of its own.

In: named coroutines with their interval. Out: their calls, in the running event loop. Built by app.py. What is due
stands in the database (subscription.next_poll), so nothing is lost when the machine sleeps or the daemon restarts.

`coalesce` and no misfire grace: under APScheduler's default grace of one second, jobs that come due together or
during a suspend are dropped, not delayed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from apscheduler.events import EVENT_JOB_ERROR, JobExecutionEvent
from apscheduler.schedulers.asyncio import AsyncIOScheduler

log = structlog.get_logger(__name__)

#: Seconds that looks may still take when the daemon stops.
LAST_LOOKS = 2.0


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

    def start(self) -> None:
        """Begin to tick."""
        for look in self._looks:
            job = self._scheduler.add_job(
                self._take, "interval", (look,), seconds=look.every.total_seconds(), id=look.name, name=look.name
            )
            if look.at_once:
                job.modify(next_run_time=datetime.now(UTC))
        self._scheduler.start()

    async def stop(self) -> None:
        """Tick no more; looks that run may end. APScheduler's own shutdown would cancel them halfway."""
        if not self._scheduler.running:
            return
        self._scheduler.pause()
        if self._running:
            await asyncio.wait(self._running, timeout=LAST_LOOKS)
        self._scheduler.shutdown(wait=False)

    async def _take(self, look: Look) -> None:
        task = asyncio.ensure_future(look.call())
        self._running.add(task)
        try:
            await task
        finally:
            self._running.discard(task)


def _failed(event: JobExecutionEvent) -> None:
    log.error("look.failed", look=event.job_id, problem=repr(event.exception))
