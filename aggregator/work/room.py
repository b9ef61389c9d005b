"""Room for what was fetched and waits for work: when there is much of it, fetching pauses.

In: weights of work that comes and goes. Out: leave to fetch. Used by work/processes.py.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

#: Bytes that may wait for work before no more are fetched, and what is reckoned for a document on its way.
ROOM, USUAL = 4 * 2**20, 64 * 2**10


class Room:
    """Holds back fetching while what was fetched waits for work: it would only lie in memory."""

    def __init__(self, size: int = ROOM, usual: int = USUAL) -> None:
        self._size = size
        self._usual = usual
        self._taken = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    def take(self, weight: int) -> None:
        """Note work that came, whether there is room for it or not."""
        self._taken += weight

    def free(self, weight: int) -> None:
        """Note work that is done: what waits may go on, as far as there is room now."""
        self._taken -= weight
        while self._waiting and self._taken < self._size:
            turn = self._waiting.popleft()
            if not turn.done():
                self._taken += self._usual
                turn.set_result(None)

    @asynccontextmanager
    async def fetching(self) -> AsyncIterator[None]:
        """Wait for room in the order of arrival; what is on its way takes some. Nobody inside may wait for room."""
        if self._taken < self._size and not self._waiting:
            self._taken += self._usual
        else:
            turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
            try:
                await turn
            except asyncio.CancelledError:
                if turn.done() and not turn.cancelled():  # the room was ours already
                    self.free(self._usual)
                raise
        try:
            yield
        finally:
            self.free(self._usual)
