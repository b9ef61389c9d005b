"""Migrations: bring a database to this version's schema, and refuse one from a newer version.

The scripts lie in migrations/ and are run by peewee's own runner, all of them in one transaction. An empty PostgreSQL
database gets today's tables at once (pgtables.py).
"""

from __future__ import annotations

from pathlib import Path

from playhouse.migrations import Runner

from aggregator.errors import StoreError
from aggregator.store.engine import Engine

SCRIPTS = Path(__file__).with_name("migrations")

#: Applied to a database that was empty.
FIRST = "0001_initial"


def pending(engine: Engine) -> list[str]:
    """Names of the scripts not applied yet, in order. Raises StoreError when the database is newer than the program."""
    return _pending(Runner(engine, str(SCRIPTS)), engine)


def migrate(engine: Engine) -> list[str]:
    """Apply what is pending, all or nothing; returns the names. Raises StoreError when the database is newer."""
    runner = Runner(engine, str(SCRIPTS))
    if not _pending(runner, engine):
        return []
    with engine.restructuring():
        if engine.create():
            return list(runner.fake())
        applied: list[str] = runner.up()
        engine.mark()
    return applied


def _pending(runner: Runner, engine: Engine) -> list[str]:
    status = runner.status()
    unknown = [row.name for row in status if row.path is None]
    if unknown:
        raise StoreError(
            f"{engine.title} was written by a newer version of this program (it knows {unknown[-1]}); "
            "update the program, or restore a backup from before"
        )
    return [row.name for row in status if not row.applied]
