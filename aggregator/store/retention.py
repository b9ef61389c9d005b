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
        """Blank at most `limit` revisions stored before `before`; 0 when none is left that holds text."""
        revision = self._tables.revision
        holds_text = (revision.html != "") | (revision.text != "") | revision.original.is_null(False)
        with self._engine.atomic("IMMEDIATE"):
            query = revision.select(revision.id).where((revision.at < before) & holds_text)
            ids = [number for (number,) in rows(query.order_by(revision.id).limit(limit))]
            if ids:
                blank = revision.update(html="", text="", original=None)
                blank.where(revision.id.in_(ids)).execute()
            return len(ids)
