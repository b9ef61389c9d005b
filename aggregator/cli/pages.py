"""`retry` and `recheck`: article pages asked again. Called by cli; App does the work, or asks the daemon to do it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from aggregator.cli import frame, output
from aggregator.cli.upkeep import Json
from aggregator.errors import AlreadyRunning

if TYPE_CHECKING:
    from aggregator.app.pages import Looked, Tried

Articles = Annotated[
    list[str] | None, typer.Argument(metavar="[ID]...", help="Articles: numbers, story ids, docids or links.")
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(cls=frame.Command)(retry)
    app.command(cls=frame.Command)(recheck)


def retry(ctx: typer.Context, articles: Articles = None, as_json: Json = False) -> None:
    """Try for missing full texts now: of all summaries, or of those named, also where it was given up.

    1 when a page could not be read again. A running daemon is asked to do it instead.
    """
    import asyncio

    from aggregator.cli import views

    with frame.app(ctx) as app:
        try:
            with output.progress("reading pages") as step:
                tried = asyncio.run(app.retry(articles or [], step))
        except AlreadyRunning as running:
            _asked(running.holder_pid, app.ask_retry(articles or []), "try for", as_json=as_json)
            return
    if as_json:
        output.as_json([views.plain(one) for one in tried])
    elif tried:
        rows = [(one.article_id, _result(one), one.title, one.left and one.left.reason) for one in tried]
        output.table(("ID", "Result", "Title", "Problem"), rows, notes=True)
    else:
        typer.echo("no full text is missing")
    if any(one.left for one in tried):
        raise typer.Exit(frame.FAILED)


def recheck(
    ctx: typer.Context,
    articles: Articles = None,
    since: Annotated[
        str | None, typer.Option(metavar="TIME", help="All articles since a day (2026-11-16), or this long ago (7d).")
    ] = None,
    as_json: Json = False,
) -> None:
    """Look at article pages again: edits become revisions, pages that are gone are counted. The stored text stays.

    1 when a page could not be read. A running daemon is asked to do it instead.
    """
    import asyncio

    from aggregator.cli import views

    if bool(articles) == bool(since):
        raise typer.BadParameter("name articles, or say --since 7d")
    with frame.app(ctx) as app:
        wanted = app.to_recheck(articles or [], _instant(since, app.clock()) if since else None)
        try:
            with output.progress("looking at pages", len(wanted)) as step:
                looked = asyncio.run(app.recheck(wanted, step))
        except AlreadyRunning as running:
            _asked(running.holder_pid, app.ask_recheck(wanted), "look at", as_json=as_json)
            return
    if as_json:
        output.as_json([views.looked(one) for one in looked])
    elif looked:
        rows = [(one.look.article_id, _found(one), one.look.title, one.look.seen.words) for one in looked]
        output.table(("ID", "Found", "Title", "Words"), rows, notes=True)
    else:
        typer.echo("nothing is stored since then")
    if any(one.look.seen.sight == "failed" for one in looked):
        raise typer.Exit(frame.FAILED)


def _result(tried: Tried) -> str:
    from aggregator.cli import views

    if tried.left is None:
        return "whole"
    return f"again {views.when(tried.left.next_at)}" if tried.left.next_at else "given up"


def _found(looked: Looked) -> str:
    look, check = looked.look, looked.check
    if look.revised:
        return "revised"
    if look.seen.sight == "absent" and check:
        return "removed at source" if check.removed_at else f"gone ({output.count(check.absent, 'look')})"
    return "unchanged" if look.seen.sight == "present" else "failed"


def _asked(daemon: int | None, numbers: list[int], what: str, *, as_json: bool) -> None:
    """Tell that the daemon will do it."""
    if as_json:
        output.as_json({"daemon": daemon, "asked": numbers})
        return
    told = f"{what} {output.count(len(numbers), 'page')}, within a minute or as its hosts allow"
    typer.echo(f"the daemon (process {daemon}) was asked to {told}; `aggregator show ID` shows what comes of it")


def _instant(text: str, now: datetime) -> datetime:
    """A day in Beijing, or a time ago. Raises BadParameter."""
    from aggregator.config import units
    from aggregator.config.problems import Mistake
    from aggregator.kit import dates

    try:
        day = datetime.fromisoformat(text)
    except ValueError:
        try:
            return now - units.duration(text)
        except Mistake:
            message = f"--since takes a day or a time: 2026-11-16, 12h, 7d; {text!r} is neither"
            raise typer.BadParameter(message) from None
    return day if day.tzinfo else day.replace(tzinfo=dates.BEIJING)
