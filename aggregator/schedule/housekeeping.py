"""The chores that no reader waits for. Called by app/daemon.py once an hour."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol

import structlog

log = structlog.get_logger(__name__)

#: Revisions to a transaction: a poll that wants to write never waits long.
PIECE = 500


class Prunes(Protocol):
    """The store's way to let go of old text."""

    def prune(self, before: datetime, limit: int = ...) -> int:
        """Blank at most `limit` revisions stored before `before`; 0 when none is left."""
        ...


def prune(retention: Prunes, max_age: timedelta | None, now: datetime) -> int:
    """Let go of text older than `max_age`; None keeps everything. Returns how many revisions were blanked."""
    if max_age is None:
        return 0
    total = 0
    while blanked := retention.prune(now - max_age, PIECE):
        total += blanked
    if total:
        log.info("pruned", revisions=total, older_than=str(max_age))
    return total
