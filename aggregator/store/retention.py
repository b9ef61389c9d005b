"""Letting go of old text, on the operator's word only: what was told stays known, so nothing purged comes back.

In: an instant. Out: how many revisions lost their text. Called by schedule/housekeeping.py.
"""

from __future__ import annotations

from datetime import datetime

from aggregator.store.engine import Engine, rows
from aggregator.store.schema import Tables
from aggregator.store.seam import guard


class Retention:
    """Blanks the text of old revisions; titles, links, keys and appearances stay."""

    def __init__(self, engine: Engine, tables: Tables) -> None:
        self._engine = engine
        self._tables = tables

    @guard("letting go of old text")
    def prune(self, before: datetime, limit: int = 500) -> int:
        """Blank at most `limit` revisions stored before `before`; 0 when none is left that holds text.

        One short transaction, found by index, oldest text first; whoever wants to write passes between two calls.
        """
        revision, body = self._tables.revision, self._tables.body
        with self._engine.atomic("IMMEDIATE"):
            query = (
                body.select(revision.id, body.id)
                .join(revision, on=(revision.body == body.id))
                .where(body.at < before)
                .order_by(body.at, body.id, revision.id)
            )
            found = rows(query.limit(limit))
            if not found:
                return 0
            blank = revision.update(body=None, start=0, html_length=0, text_length=0, original=None)
            blank.where(revision.id << [number for number, _ in found]).execute()
            # The last body may hold texts that are still needed.
            emptied = {number for _, number in found}
            held = rows(revision.select(revision.body).where(revision.body << list(emptied)).distinct())
            body.delete().where(body.id << list(emptied - {number for (number,) in held})).execute()
            return len(found)
