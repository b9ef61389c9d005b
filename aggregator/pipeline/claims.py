"""One document is made whole by one update at a time, however many subscriptions list it at the same moment.

In: the identities of a group of entries. Out: a turn, and whether another update held one of them before, in which
case the store knows more by now. Used by pipeline/update.py; one Claims for all updates of the process.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager


class Claims:
    """Identities that are being worked on. All of a group are taken at once, so that two groups never lock up."""

    def __init__(self) -> None:
        self._held: dict[str, asyncio.Event] = {}

    @asynccontextmanager
    async def hold(self, identities: Iterable[str]) -> AsyncIterator[bool]:
        """Wait until nobody holds any of `identities`, then hold them for the block. Gives True after a wait."""
        wanted = frozenset(identities)
        waited = False
        while taken := [self._held[identity] for identity in wanted if identity in self._held]:
            waited = True
            await taken[0].wait()
        done = asyncio.Event()
        self._held.update(dict.fromkeys(wanted, done))
        try:
            yield waited
        finally:
            for identity in wanted:
                del self._held[identity]
            done.set()
