"""The chores that no reader waits for. Called by app/daemon.py once an hour."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence

from aggregator.kit import journal

log = journal.logger(__name__)

#: The articles that may go now, some to a transaction.
Doomed = Callable[[], Awaitable[Iterable[Sequence[int]]]]

#: Lets go of them in one short transaction; returns how many went.
LetGo = Callable[[Sequence[int]], Awaitable[int]]


async def prune(doomed: Doomed, let_go: LetGo) -> int:
    """Let go of what the bounds let go of. Returns how many articles went.

    What else wants to write goes between two pieces.
    """
    total = 0
    for some in await doomed():
        total += await let_go(some)
    if total:
        log.info("pruned", articles=total)
    return total
