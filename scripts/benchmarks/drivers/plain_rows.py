"""Plain rows: `FOLDER DATABASE [COUNT]` reads posts (YAML and text) and inserts title, date and HTML by peewee.

Runs in the environment of the program, which has peewee and PyYAML, and uses nothing else of it. 100 rows to an
`insert_many` and a transaction, WAL, synchronous NORMAL, as the program has it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from itertools import islice
from pathlib import Path

import peewee
import yaml

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_ROWS = 100


def rows(folder: Path) -> Iterator[dict[str, object]]:
    """The rows of all posts, in the order of their paths."""
    for path in sorted(folder.rglob("*.md")):
        _, front, body = path.read_text("utf-8").split("---\n", 2)
        facts = yaml.load(front, _LOADER)  # noqa: S506 (a safe one)
        yield {"title": facts["title"], "date": parsedate_to_datetime(facts["date"]), "html": body.strip()}


def main() -> None:
    """Read the command line and insert."""
    folder = Path(sys.argv[1])
    database = peewee.SqliteDatabase(sys.argv[2], pragmas={"journal_mode": "wal", "synchronous": "normal"})
    model = type(
        "Article",
        (peewee.Model,),
        {
            "title": peewee.TextField(),
            "date": peewee.DateTimeField(),
            "html": peewee.TextField(),
            "Meta": type("Meta", (), {"database": database}),
        },
    )
    database.create_tables([model])
    source = islice(rows(folder), int(sys.argv[3]) if len(sys.argv) > 3 else None)
    while group := list(islice(source, _ROWS)):
        with database.atomic("IMMEDIATE"):
            model.insert_many(group).execute()
    database.close()


if __name__ == "__main__":
    main()
