"""`raw` and `reclean`: the documents that articles were made from, and articles made from them again.

Called by cli; app/raw.py reads the files, app/recleaning.py does the work.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from aggregator.cli import frame, output
from aggregator.cli.upkeep import Json
from aggregator.errors import StoreError

if TYPE_CHECKING:
    from aggregator.models import StoredArticle


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("raw", cls=frame.Command)(documents)
    app.command(cls=frame.Command)(reclean)


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
        found = app.find(reference)
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


def reclean(
    ctx: typer.Context,
    references: Annotated[
        list[str] | None, typer.Argument(metavar="[ID]...", help="Articles, stories, docids or links. Default: all.")
    ] = None,
    since: Annotated[str | None, typer.Option(metavar="DATE", help="Only what came then or later: 2026-11-16.")] = None,
    site: Annotated[
        str | None, typer.Option(metavar="HOST|NAME", help="Only of this host, or of this file in config/sites.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would change.")] = False,
    as_json: Json = False,
) -> None:
    """Read and clean articles again from kept documents, by the rules of now; what differs is a new revision."""
    from aggregator.app import recleaning

    which = recleaning.Which(tuple(references or ()), frame.day(since), site)
    changed: dict[int, str] = {}

    def note(stored: StoredArticle) -> None:
        changed[stored.id] = stored.article.title

    with frame.app(ctx) as app, output.progress("cleaning") as step:
        report = recleaning.run(app, which, dry=dry_run, on_done=step, on_change=note)
    if as_json:
        output.as_json(
            {
                "found_again": report.found_again,
                "looked": report.looked,
                "changed": list(changed),
                "unchanged": report.unchanged,
                "skipped": dict(report.skipped),
                "failed": report.failed,
            }
        )
    else:
        for number, title in changed.items():
            typer.echo(output.safe(f"{number}\t{title}"))
        if report.found_again:
            typer.echo(f"entered {output.count(report.found_again, 'document')} of data/warc in the index again")
        told = "would change" if dry_run else "changed"
        typer.echo(
            f"looked at {output.count(report.looked, 'article')}: {report.changed} {told}, {report.unchanged} unchanged"
        )
        for reason, times in report.skipped.most_common():
            typer.echo(f"  {times} skipped: {reason}")
        for problem in report.failed:
            typer.echo(problem, err=True)
    if report.failed:
        raise typer.Exit(frame.FAILED)
