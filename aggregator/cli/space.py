"""`prune`, `pin`, `unpin`: what is kept of the archive. Called by cli; app does the work."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from aggregator.cli import frame, output

References = Annotated[list[str], typer.Argument(metavar="ID...", help="Ids, docids, links, or uids of stories.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (prune, pin, unpin):
        app.command(cls=frame.Command)(command)


def prune(
    ctx: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would go; change nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
) -> None:
    """Let go of old text as `keep` and [retention] say, now; the daemon does it hourly. Pinned articles stay."""
    from aggregator.app import pruning

    with frame.app(ctx) as app:
        if not pruning.bounded(app.config):
            typer.echo("nothing goes: neither [retention] in aggregator.toml nor a feed sets a bound", err=True)
        if dry_run:
            ids = pruning.doomed(app.config, app.store, app.clock())
            gone = len(ids)
        else:
            with output.progress("pruning") as step:
                gone = pruning.prune(app, step)
            ids = []
    if as_json:
        output.as_json({"articles": gone, "dry_run": dry_run, "ids": ids})
        return
    for number in ids:
        typer.echo(number)
    typer.echo(f"{output.count(gone, 'article')} {'would go' if dry_run else 'let go'}", err=dry_run)


def pin(ctx: typer.Context, references: References) -> None:
    """Never let go of these articles, whatever the bounds say."""
    from aggregator.app.core import utcnow

    _pin(ctx, references, utcnow())


def unpin(ctx: typer.Context, references: References) -> None:
    """Let the bounds decide about these articles again."""
    _pin(ctx, references, None)


def _pin(ctx: typer.Context, references: list[str], now: datetime | None) -> None:
    with frame.app(ctx) as app:
        found = [app.find(reference) for reference in references]
        app.store.retention.pin([one.id for one in found], now)
    for one in found:
        gone = "; its text was let go before" if one.pruned and now else ""
        typer.echo(f"{'pinned' if now else 'unpinned'} {one.id} {one.article.title}{gone}")
