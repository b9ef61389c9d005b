"""What differs between two revisions, as `aggregator diff` shows it. In: app.history.Compared. Out: lines, or JSON.

Pure. On a terminal what went is red and struck through, what came is green; elsewhere it stands in [-…-] and {+…+}, the
marks of wdiff and `git diff --word-diff`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import typer

from aggregator.app.history import Compared
from aggregator.cli import output, views
from aggregator.kit import dates
from aggregator.kit.comparison import Fact
from aggregator.kit.difference import Kind, Row
from aggregator.models import Revision

#: Characters of unchanged text shown before and after a change.
_AROUND = 20


def plain(shown: Compared) -> dict[str, Any]:
    """Both revisions, the facts that differ, and every paragraph that changed; `old` is null without a second."""
    made = shown.comparison
    return {
        "id": shown.stored.id,
        "uid": shown.stored.story_uid,
        "old": views.revisions([shown.old])[0] if shown.old else None,
        "new": views.revisions([shown.new])[0],
        "facts": views.plain(made.facts) if made else [],
        "paragraphs": [
            {
                "old": row.old,
                "new": row.new,
                "pieces": [{"kind": kind.value, "text": text} for kind, text in row.pieces],
            }
            for row in (made.rows if made else ())
            if row.changed
        ],
    }


def lines(shown: Compared, *, coloured: bool) -> Iterator[str]:
    """The difference for a reader."""
    yield shown.new.article.title or "(no title)"
    if shown.old is None or shown.comparison is None:
        yield f"  {_named(shown.new)}: the only one, so there is nothing to compare"
        return
    yield f"  from  {_named(shown.old)}"
    yield f"  to    {_named(shown.new)}"
    if shown.comparison.empty:
        yield "  nothing that a reader could see differs"
        return
    for fact in shown.comparison.facts:
        yield f"  {fact.name + ':':<15} {_change(fact, coloured=coloured)}"
    if any(row.changed for row in shown.comparison.rows):
        yield ""
        yield from _text(shown.comparison.rows, coloured=coloured)


def _named(revision: Revision) -> str:
    return f"revision {revision.number}, {revision.cause}, {views.both(revision.at)}"


def _change(fact: Fact, *, coloured: bool) -> str:
    if isinstance(fact.old, tuple) and isinstance(fact.new, tuple):
        parts = [(Kind.GONE, one) for one in fact.old] + [(Kind.NEW, one) for one in fact.new]
        return ", ".join(_marked(kind, one, coloured=coloured) for kind, one in parts)
    gone, new = _value(fact.old), _value(fact.new)
    return f"{_marked(Kind.GONE, gone, coloured=coloured)} → {_marked(Kind.NEW, new, coloured=coloured)}"


def _value(value: object) -> str:
    if isinstance(value, datetime):
        return f"{value.astimezone(dates.BEIJING):%Y-%m-%d %H:%M:%S}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) if value else "(none)"


def _text(rows: tuple[Row, ...], *, coloured: bool) -> Iterator[str]:
    """The paragraphs that changed, and how many stand unchanged between them."""
    unchanged = 0
    for row in rows:
        if not row.changed:
            unchanged += 1
            continue
        if unchanged:
            yield _between(unchanged)
            unchanged = 0
        yield _paragraph(row, coloured=coloured)
    if unchanged:
        yield _between(unchanged)


def _between(count: int) -> str:
    return f"  … {count} unchanged {'paragraph' if count == 1 else 'paragraphs'} …"


def _paragraph(row: Row, *, coloured: bool) -> str:
    last = len(row.pieces) - 1
    return "".join(
        _short(text, first=place == 0, last=place == last)
        if kind is Kind.SAME
        else _marked(kind, text, coloured=coloured)
        for place, (kind, text) in enumerate(row.pieces)
    )


def _short(text: str, *, first: bool, last: bool) -> str:
    """Unchanged text, of which only what stands next to a change is shown."""
    text = output.safe(text)
    head, tail = 0 if first else _AROUND, 0 if last else _AROUND
    if len(text) <= head + tail + 4:
        return text
    return f"{text[:head]} … {text[len(text) - tail :]}".strip() if head + tail else text


def _marked(kind: Kind, text: str, *, coloured: bool) -> str:
    text = output.safe(text)
    if coloured:
        gone = kind is Kind.GONE
        return typer.style(text, fg=typer.colors.RED if gone else typer.colors.GREEN, strikethrough=gone)
    return f"[-{text}-]" if kind is Kind.GONE else f"{{+{text}+}}"
