"""Migrations: bring a database to this version's schema, and refuse one from a newer version.

The scripts lie in migrations/ and are run by peewee's own runner, all of them in one transaction.
"""

from __future__ import annotations

from pathlib import Path

from playhouse.migrations import Runner

from aggregator.errors import StoreError
from aggregator.store.engine import Engine

SCRIPTS = Path(__file__).with_name("migrations")


def pending(engine: Engine) -> list[str]:
    """Names of the scripts not applied yet, in order. Raises StoreError when the database is newer than the program."""
    return _pending(Runner(engine, str(SCRIPTS)), engine)


def migrate(engine: Engine) -> list[str]:
    """Apply what is pending, all or nothing; returns the names. Raises StoreError when the database is newer."""
    runner = Runner(engine, str(SCRIPTS))
    if not _pending(runner, engine):
        return []
    # SQLite ignores this pragma within a transaction, and table rebuilds must not cascade.
    engine.pragma("foreign_keys", 0)
    try:
        with engine.atomic("IMMEDIATE"):
            applied: list[str] = runner.up()
            broken = engine.execute_sql("PRAGMA foreign_key_check").fetchall()
            if broken:
                raise StoreError(f"the migration was undone: it would leave broken references in {broken[0][0]}")
            engine.mark()
    finally:
        engine.pragma("foreign_keys", 1)
    return applied


def _pending(runner: Runner, engine: Engine) -> list[str]:
    status = runner.status()
    unknown = [row.name for row in status if row.path is None]
    if unknown:
        raise StoreError(
            f"{engine.path} was written by a newer version of this program (it knows {unknown[-1]}); "
            "update the program, or restore a backup from before"
        )
    return [row.name for row in status if not row.applied]
