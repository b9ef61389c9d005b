"""The audit of one store: every check in its order. In: a database and its index. Out: faults, as they are found."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import peewee

from aggregator.store.audit import articles, derived, index, layout, references, stories
from aggregator.store.audit.fault import RESCUE, Fault
from aggregator.store.engine import Engine
from aggregator.store.schema import Tables
from aggregator.store.seam import guard
from aggregator.store.search import Search

#: Faults of the file that say nothing about its rows.
HARMLESS = ("index.missing", "trigger.missing", "table.counter")

#: With these the index may differ from the rows and be right.
DECEIVING = ("article.", "revision.", "body.frame")


class Audit:
    """Looks through a store; for one thread."""

    def __init__(self, engine: Engine, tables: Tables, search: Search) -> None:
        self._engine = engine
        self._tables = tables
        self._search = search

    def faults(self) -> Iterator[Fault]:
        """Every fault, as it is found; no transaction is open while the caller looks at it. Raises StoreError."""
        with guard("looking through the database"):
            try:
                yield from self._parts()
            except (peewee.DatabaseError, sqlite3.DatabaseError) as error:
                yield Fault("database.page", self._engine.title, f"reading it fails ({error})", RESCUE)

    def _parts(self) -> Iterator[Fault]:
        sound = True
        for fault in layout.faults(self._engine, self._tables):
            sound = sound and fault.kind in HARMLESS
            yield fault
        if not sound:
            return  # what such a file says in its rows means nothing
        # References first: what they lack is made, and only then looked at.
        for part in (references, derived, articles, stories):
            for fault in part.faults(self._engine, self._tables):
                sound = sound and not fault.kind.startswith(DECEIVING)
                yield fault
        yield from index.faults(self._engine, self._tables, self._search, compare=sound)

    def mend(self, fault: Fault) -> bool:
        """Do what the fault says; False where it has no cure, or the cure did not work."""
        if fault.fix is None:
            return False
        try:
            with guard("mending"), self._engine.atomic("IMMEDIATE"):
                fault.fix()
        except peewee.IntegrityError:  # it contradicts another row: the next look tells both
            return False
        return True
