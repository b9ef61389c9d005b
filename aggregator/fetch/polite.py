"""How often a host is asked: a turn is taken before each request. Called by fetch.http.

A host is its bare name, without port: politeness is owed to the machine. All limits are per process.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

#: First pause when an origin refuses without saying for how long; doubles with each refusal in a row.
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(minutes=30)

#: Hosts remembered before idle ones are forgotten.
_REMEMBERED = 1000


@dataclass(slots=True)
class _Host:
    slots: asyncio.Semaphore
    gate: asyncio.Lock = field(default_factory=asyncio.Lock)
    users: int = 0
    last: float = float("-inf")  #: loop time of the last request's start
    until: datetime | None = None
    strikes: int = 0
    forgiven: int = 0  #: strikes that the last good answer took away


def utcnow() -> datetime:
    """The system clock, aware."""
    return datetime.now(UTC)


class Pace:
    """Concurrency and spacing per host, a bound over all, and pauses that origins ask for."""

    def __init__(
        self,
        *,
        per_host: int = 2,
        total: int = 32,
        spacing: timedelta = timedelta(),
        clock: Callable[[], datetime] = utcnow,
    ) -> None:
        self._per_host = per_host
        self._total = asyncio.Semaphore(total)
        self._spacing = spacing
        self._clock = clock
        self._hosts: dict[str, _Host] = {}

    @asynccontextmanager
    async def turn(self, host: str, spacing: timedelta | None = None) -> AsyncIterator[None]:
        """Wait until `host` may be asked, and hold the turn for the length of one request.

        `spacing` is the least time between the starts of two requests to this host (default: the one given at
        construction). Pauses are not waited for: check `paused_until` inside the turn.
        """
        gap = (self._spacing if spacing is None else spacing).total_seconds()
        state = self._state(host)
        state.users += 1
        try:
            async with state.slots:
                await self._pass_gate(state, gap)
                try:
                    yield
                finally:
                    self._total.release()
        finally:
            state.users -= 1

    async def _pass_gate(self, state: _Host, gap: float) -> None:
        # The gate is held until the overall slot is granted: two requests that both waited long for it would otherwise
        # start together. Nobody who holds an overall slot waits for a gate, so this cannot lock up.
        loop = asyncio.get_running_loop()
        async with state.gate:
            wait = state.last + gap - loop.time()
            if gap and wait > 0 and not self._paused(state):
                await asyncio.sleep(wait)
            await self._total.acquire()
            state.last = loop.time()

    def pause(self, host: str, until: datetime) -> None:
        """Send nothing to `host` before `until`. The later of two pauses holds."""
        state = self._state(host)
        state.until = max(until, state.until) if state.until else until

    def paused_until(self, host: str) -> datetime | None:
        """When the pause of `host` ends; None when it is not paused."""
        state = self._hosts.get(host)
        return self._paused(state) if state else None

    def penalise(self, host: str, asked: timedelta | None = None, *, disguised: bool = False) -> datetime:
        """The host refused us: pause it for as long as it `asked`, else 30 s, doubling up to 30 min. Gives the end.

        `disguised`: the refusal looked like a good answer, so what it was forgiven for counts again.
        """
        state = self._state(host)
        running = self._paused(state)
        if not asked and running:
            return running  # answers to requests that were already under way are one refusal
        if disguised:
            state.strikes = max(state.strikes, state.forgiven)
        wait = asked or min(FIRST_PAUSE * 2 ** min(state.strikes, 10), LONGEST_PAUSE)
        state.strikes += 1
        self.pause(host, self._clock() + wait)
        return self._paused(state) or self._clock()

    def forgive(self, host: str) -> None:
        """The host answered well: its next refusal counts as the first."""
        state = self._hosts.get(host)
        if state and not self._paused(state):
            state.strikes, state.forgiven = 0, state.strikes

    def _paused(self, state: _Host) -> datetime | None:
        if state.until is not None and state.until <= self._clock():
            state.until = None
        return state.until

    def _state(self, host: str) -> _Host:
        state = self._hosts.get(host)
        if state is None:
            if len(self._hosts) >= _REMEMBERED:
                self._forget_idle()
            state = self._hosts[host] = _Host(asyncio.Semaphore(self._per_host))
        return state

    def _forget_idle(self) -> None:
        long_ago = asyncio.get_running_loop().time() - 60
        for host, state in list(self._hosts.items()):
            if not state.users and state.last < long_ago and not state.strikes and not self._paused(state):
                del self._hosts[host]
