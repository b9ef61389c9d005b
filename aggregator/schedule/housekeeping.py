"""The chores that no reader waits for. Called by app/daemon.py once an hour."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog

log = structlog.get_logger(__name__)

#: Revisions to a transaction: a poll that wants to write never waits long.
PIECE = 500

#: Blanks at most so many revisions stored before an instant; returns how many, 0 when none is left.
Blank = Callable[[datetime, int], Awaitable[int]]


async def prune(blank: Blank, max_age: timedelta | None, now: datetime) -> int:
    """Let go of text older than `max_age`; None keeps everything. Returns how many revisions were blanked.

    What else wants to write goes between two pieces.
    """
    if max_age is None:
        return 0
    total = 0
    while blanked := await blank(now - max_age, PIECE):
        total += blanked
    if total:
        log.info("pruned", revisions=total, older_than=str(max_age))
    return total
