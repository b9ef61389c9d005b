"""`images`: fetch the pictures of articles. Called by cli; app/pictures.py does the work."""

from __future__ import annotations

from typing import Annotated

import typer

from aggregator.cli import frame, output
from aggregator.cli.upkeep import Json
from aggregator.errors import AlreadyRunning


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(cls=frame.Command)(images)


def images(
    ctx: typer.Context,
    limit: Annotated[int | None, typer.Option(min=1, metavar="N", help="At most so many. Default: all due.")] = None,
    retry: Annotated[bool, typer.Option("--retry", help="Also those that failed, or were let go of, before.")] = False,
    since: Annotated[
        str | None, typer.Option(metavar="DATE", help="Also of articles stored since then: 2026-11-16.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Fetch the pictures of new articles that are due; archive.images says which. The daemon does it by itself."""
    import asyncio

    from aggregator.app import pictures

    daemon, report = None, pictures.Report()
    with frame.app(ctx) as app:
        wanted = app.config.settings.archive.images
        try:
            with output.progress("fetching") as step:
                work = pictures.run(app, limit=limit, retry=retry, since=frame.day(since), on_done=step)
                report = asyncio.run(work)
        except AlreadyRunning as running:
            daemon = running.holder_pid
        counts = app.store.media.counts()
    if as_json:
        failed = [{"url": url, "reason": reason, "given_up": gone} for url, reason, gone in report.failed]
        told = {"kept": report.kept, "bytes": report.bytes, "let_go": report.let_go, "failed": failed}
        output.as_json({"daemon": daemon, "images": wanted, **told, "stored": counts})
    else:
        if daemon is not None:
            typer.echo(f"the daemon (process {daemon}) fetches pictures; it was told what is wanted")
        elif wanted == "none":
            typer.echo('no pictures are kept: archive.images in aggregator.toml is "none"')
        else:
            went = f", {report.let_go} let go of" if report.let_go else ""
            typer.echo(f"fetched {output.count(report.kept, 'picture')}, {report.bytes / 2**20:.1f} MB{went}")
        for url, reason, gone in report.failed:
            typer.echo(output.safe(f"{url}: {reason}; {'given up' if gone else 'tried again later'}"), err=True)
        kept, size = output.count(counts["kept"], "picture"), f"{counts['bytes'] / 2**20:.1f} MB"
        typer.echo(f"in all {kept} kept ({size}), {counts['waiting']} waiting, {counts['lost']} lost")
    if report.failed:
        raise typer.Exit(frame.FAILED)
