"""`update`, `check`, `status`, `publish`, `migrate`: one piece of work, told, and done. Called by cli."""

from __future__ import annotations

from typing import Annotated

import typer

from aggregator.cli import frame, output
from aggregator.errors import AlreadyRunning

Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (update, check, status, publish, migrate):
        app.command(cls=frame.Command)(command)


def update(
    ctx: typer.Context,
    slugs: Annotated[
        list[str] | None, typer.Argument(metavar="[SLUG]...", help="Feeds to poll. Default: those due.")
    ] = None,
    all_feeds: Annotated[bool, typer.Option("--all", help="Poll every feed now, due or not.")] = False,
    as_json: Json = False,
) -> None:
    """Poll once and exit; 1 when a feed failed. A running daemon is asked to do it instead."""
    import asyncio

    from aggregator.cli import views

    with frame.app(ctx) as app:
        total = len(slugs) if slugs else len(app.config.subscriptions) if all_feeds else None
        try:
            with output.progress("polling", total) as step:
                outcomes = asyncio.run(app.update(slugs or [], force=all_feeds, on_done=step))
        except AlreadyRunning as running:
            asked = app.ask_daemon(slugs or [], force=all_feeds)
            _asked(running.holder_pid, asked, as_json=as_json)
            return
    if as_json:
        output.as_json([views.outcome(one) for one in outcomes])
    elif outcomes:
        rows = [
            (one.slug, one.new, one.revised, one.merged, one.unchanged, one.pages, f"{one.seconds:.1f} s", one.problem)
            for one in outcomes
        ]
        output.table(("Feed", "New", "Revised", "Merged", "Unchanged", "Pages", "Took", "Problem"), rows, notes=True)
    else:
        typer.echo("no feed is due; --all polls all of them now")
    if any(one.problem for one in outcomes):
        raise typer.Exit(frame.FAILED)


def _asked(daemon: int | None, slugs: list[str], *, as_json: bool) -> None:
    """Tell that the daemon will do it."""
    if as_json:
        output.as_json({"daemon": daemon, "asked": slugs})
        return
    if not slugs:
        typer.echo("no feed is due; --all polls all of them now")
        return
    typer.echo(
        f"the daemon (process {daemon}) was asked to poll {output.count(len(slugs), 'feed')} now; "
        "`aggregator status` shows what comes of it"
    )


def check(ctx: typer.Context) -> None:
    """Check the config: every mistake with file, line, key and how to mend it; 2 when there are any."""
    from aggregator.config.problems import show

    config = frame.config(ctx)
    parts = (
        output.count(len(config.subscriptions), "feed")
        + (f" (and {len(config.disabled)} paused)" if config.disabled else ""),
        output.count(len(config.outputs), "output"),
        output.count(len(config.sites), "site"),
    )
    typer.echo(f"{show(config.folder)}: no mistakes; {', '.join(parts)}")


def status(ctx: typer.Context, as_json: Json = False) -> None:
    """Every feed: when it last answered and brought something new, when it is next, what is wrong."""
    from aggregator.cli import views

    with frame.app(ctx) as app:
        statuses = app.statuses()
    if as_json:
        output.as_json([views.status(one) for one in statuses])
        return
    rows = [
        (
            one.slug,
            one.articles,
            views.when(one.state.last_success) or "never",
            views.when(one.state.last_new) or "never",
            views.next_poll(one),
            one.state.failures,
            views.summaries(one),
            views.trouble(one),
        )
        for one in statuses
    ]
    heads = ("Feed", "Articles", "Last success", "Last new", "Next poll", "Failures", "Summaries", "Problem")
    output.table(heads, rows, notes=True)


def publish(ctx: typer.Context) -> None:
    """Write all output feeds again; only files that differ are touched."""
    with frame.app(ctx) as app:
        changed = app.publish()
    typer.echo(
        f"wrote {output.count(len(changed), 'file')}{': ' + ', '.join(changed) if changed else ', all were up to date'}"
    )


def migrate(ctx: typer.Context) -> None:
    """Bring the database to this version's form. The daemon does it at every start."""
    from aggregator.app.core import App

    with App(frame.config(ctx)) as app:
        applied = app.prepare()
    typer.echo("\n".join(f"applied {name}" for name in applied) or "the database is up to date")
