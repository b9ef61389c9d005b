"""The schema as PostgreSQL has it: made whole from the tables as they are declared now, with what is not declared.

Called by upgrade.py for a database that is empty. A migration later than the ones that were there at that time runs on
it as on SQLite.
"""

from __future__ import annotations

from aggregator.store.engine import Engine
from aggregator.store.schema import Tables

#: The triggers of schema.py, as PostgreSQL wants them.
_TRIGGERS = (
    """CREATE FUNCTION "forget_items"() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        DELETE FROM "last_items" WHERE "subscription" = OLD."subscription"; RETURN NULL; END $$""",
    """CREATE FUNCTION "forget_items_of"() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        DELETE FROM "last_items"
            WHERE "subscription" IN (SELECT "subscription" FROM "appearance" WHERE "article" = NEW."id");
        RETURN NULL; END $$""",
    """CREATE TRIGGER "appearance_changed" AFTER UPDATE OR DELETE ON "appearance"
        FOR EACH ROW EXECUTE FUNCTION "forget_items"()""",
    """CREATE TRIGGER "article_identified" AFTER UPDATE OF "docid" ON "article"
        FOR EACH ROW WHEN (OLD."docid" IS DISTINCT FROM NEW."docid") EXECUTE FUNCTION "forget_items_of"()""",
)

#: References that a copy may look at in the end, when all rows are there.
_REFERENCES = """SELECT "conrelid"::regclass::text, quote_ident("conname") FROM pg_constraint
    WHERE "contype" = 'f' AND "connamespace" = current_schema()::regnamespace"""


def create(engine: Engine, writes: str) -> None:
    """Make every table; `writes`: the one that marks the schema as ours, and counts who wrote."""
    for table in Tables(engine).all:
        table.create_table(safe=False)
    for table, name in engine.execute_sql(_REFERENCES).fetchall():
        engine.execute_sql(f"ALTER TABLE {table} ALTER CONSTRAINT {name} DEFERRABLE")
    for statement in _TRIGGERS:
        engine.execute_sql(statement)
    engine.execute_sql(f'CREATE TABLE "{writes}" ("number" BIGINT NOT NULL)')
    engine.execute_sql(f'INSERT INTO "{writes}" VALUES (0)')  # noqa: S608 (our own table)
    engine.execute_sql('INSERT INTO "picture_mark" ("id", "revision") VALUES (1, 0)')
