"""`prune`, `pin`, `unpin`, `compact`, `stats`: what is kept, and what it takes. Called by cli; app does the work."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from aggregator.cli import frame, output

Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
References = Annotated[list[str], typer.Argument(metavar="ID...", help="Ids, docids, links, or uids of stories.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (prune, pin, unpin, compact, stats):
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
        typer.echo(output.safe(f"{'pinned' if now else 'unpinned'} {one.id} {one.article.title}{gone}"))


def compact(ctx: typer.Context, as_json: Json = False) -> None:
    """Give disk space back that pruned text left, while the daemon works."""
    from aggregator.app import compacting

    with frame.app(ctx) as app, output.progress("compacting") as step:
        done = compacting.compact(app, step)
    if as_json:
        told = {"before": done.before, "after": done.after, "frames": done.frames, "advice": done.advice}
        output.as_json(told)
        return
    typer.echo(f"{_mb(done.before)} before, {_mb(done.after)} now; {output.count(done.frames, 'frame')} packed away")
    for advice in done.advice:
        typer.echo(advice, err=True)


def stats(ctx: typer.Context, as_json: Json = False) -> None:
    """What the archive holds and takes, how it grows, and when the disk will be full."""
    from aggregator.app import statistics
    from aggregator.cli import views

    with frame.app(ctx) as app:
        found = statistics.gather(app)
    if as_json:
        feeds = [{"slug": slug, "articles": articles, "appearances": seen} for slug, articles, seen in found.feeds]
        output.as_json(views.plain(found) | {"feeds": feeds})
        return
    rows: list[tuple[str, object]] = list(found.counts.items())
    rows += [(name, _mb(size)) for name, size in (found.sizes | found.tables).items() if size]
    rows += [
        ("an article", f"{found.article / 1024:.1f} KB in database and search index"),
        ("grows by", f"{found.per_day:.0f} articles a day, {found.per_year / 2**30:.2f} GB a year"),
        ("free disk", f"{_mb(found.free)}, full {found.full or 'not in a hundred years'} at this rate"),
    ]
    output.table(("What", "How much"), rows)
    output.table(("Feed", "Articles", "Appearances"), found.feeds)
    output.table(("Day", "Articles"), list(found.days.items()))


def _mb(size: float) -> str:
    return f"{size / 2**20:.1f} MB"
