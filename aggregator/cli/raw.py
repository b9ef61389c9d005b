"""`raw`: the documents that an article was made from, as they came. Called by cli; app/raw.py reads the files."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from aggregator.cli import frame, output
from aggregator.cli.upkeep import Json
from aggregator.errors import StoreError


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("raw", cls=frame.Command)(documents)


def documents(
    ctx: typer.Context,
    reference: Annotated[
        str, typer.Argument(metavar="ID", help="Number of an article, id of a story, Sina docid, or link.")
    ],
    body: Annotated[bool, typer.Option("--body", help="Print the bytes of the newest document.")] = False,
    number: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="With --body: those of the N-th document instead.")
    ] = None,
    as_json: Json = False,
) -> None:
    """The fetched documents that are kept of an article, newest first: when, what, where they lie."""
    from aggregator.app import raw
    from aggregator.cli import views

    with frame.app(ctx) as app:
        found = app.store.articles.get(int(reference) if reference.isdecimal() else reference)
        if found is None:
            raise StoreError(f"nothing stored is called {reference}; `aggregator list` shows the ids")
        sources = raw.sources(app.store, found.id)
        if body or number:
            if not 0 < (wanted := number or 1) <= len(sources):
                raise StoreError(
                    f"{output.count(len(sources), 'document')} of article {found.id} kept, none is {wanted}"
                )
            kept = raw.read(app.store, app.data, sources[wanted - 1].document)
            sys.stdout.buffer.write(kept.document.body)
            sys.stdout.buffer.flush()
            return
    if as_json:
        output.as_json([views.raw_source(one) for one in sources])
    elif not sources:
        typer.echo("no document of this article is kept; archive.raw in aggregator.toml says what is")
    else:
        rows = [
            (
                place,
                views.when(one.document.fetched_at),
                one.document.kind.value,
                one.document.status,
                f"r{one.revision}",
                f"{one.document.file}:{one.document.offset}",
                one.document.url,
            )
            for place, one in enumerate(sources, start=1)
        ]
        output.table(("N", "Time", "Kind", "Status", "State", "Place", "Address"), rows)
