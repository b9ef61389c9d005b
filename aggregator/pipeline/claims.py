"""One document is made whole by one update at a time, however many subscriptions list it at the same moment.

In: the identities of a group of entries, and when the store was asked about them. Out: a turn, and whether another
update was at one of them since, in which case the store knows more by now. Used by pipeline/update.py; one Claims for
all updates of the process.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

#: Identities remembered after their claim has ended: more than all updates of a moment hold together.
REMEMBERED = 10_000


class Claims:
    """Identities that are being worked on. All of a group are taken at once, so that two groups never lock up."""

    def __init__(self) -> None:
        self._held: dict[str, asyncio.Event] = {}
        # identity -> moment; a dict looks for its first key behind all that were deleted, this one knows it
        self._ended: OrderedDict[str, int] = OrderedDict()
        self._moment = 0

    def moment(self) -> int:
        """Now, in a count of ended claims: to be taken before the store is asked what it knows."""
        return self._moment

    @asynccontextmanager
    async def hold(self, identities: Iterable[str], since: int) -> AsyncIterator[bool]:
        """Wait until nobody holds any of `identities`, then hold them for the block.

        Gives True when another update has worked on one of them after the moment `since`.
        """
        wanted = frozenset(identities)
        while taken := [self._held[identity] for identity in wanted if identity in self._held]:
            await taken[0].wait()
        done = asyncio.Event()
        self._held.update(dict.fromkeys(wanted, done))
        try:
            yield any(self._ended.get(identity, 0) > since for identity in wanted)
        finally:
            self._end(wanted)
            done.set()

    def _end(self, identities: Iterable[str]) -> None:
        self._moment += 1
        for identity in identities:
            del self._held[identity]
            self._ended[identity] = self._moment
            self._ended.move_to_end(identity)
        while len(self._ended) > REMEMBERED:
            self._ended.popitem(last=False)
