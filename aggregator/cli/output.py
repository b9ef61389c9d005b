"""Writing to the terminal: JSON, tables, progress. In: plain values. Out: stdout for results, stderr for the rest.

On a terminal tables are drawn; into a pipe they are lines with tabs, whole and uncut, for other programs.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import typer

Step = Callable[[object], None]

#: What a terminal would obey instead of showing it: controls but for line ends and tabs, and marks of direction.
_OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def as_json(value: Any) -> None:
    """One JSON value, readable, with Chinese as it is."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


def table(heads: Sequence[str], rows: Iterable[Sequence[object]], *, notes: bool = False) -> None:
    """A table: drawn on a terminal, tab-separated lines elsewhere.

    With `notes` the last column is long text, which a terminal shows below the table, behind the row's first cell.
    """
    texts = [[_cell(value) for value in row] for row in rows]
    if not sys.stdout.isatty():
        for line in ([head.lower() for head in heads], *texts):
            typer.echo("\t".join(line))
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    columns = len(heads) - notes
    for place, head in enumerate(heads[:columns]):
        drawn.add_column(head, no_wrap=place == 0, overflow="fold")
    for row in texts:
        drawn.add_row(*(Text(cell) for cell in row[:columns]))  # Text: what feeds state is no markup
    console = Console()
    console.print(drawn)
    for row in texts if notes else ():
        if row[-1]:
            console.print(Text(f"{row[0]}: {row[-1]}"))


@contextmanager
def progress(what: str, total: int | None = None) -> Iterator[Step]:
    """A bar on stderr while it is a terminal; the block calls what it gets once a piece of work is done."""
    if not sys.stderr.isatty():
        yield lambda _done: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda _done: bar.advance(task)


def safe(words: str) -> str:
    """What feeds and pages state, without what a terminal would obey: \ufffd stands in its place."""
    return _OBEYED.sub("\ufffd", words)


def coloured() -> bool:
    """True where what is printed may be coloured: a terminal, unless NO_COLOR is set (https://no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def count(number: int, noun: str) -> str:
    """1 feed, 2 feeds."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _cell(value: object) -> str:
    return "" if value is None else safe(" ".join(str(value).split()))
