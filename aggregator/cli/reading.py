"""`show`, `diff`, `list` and `search`: what is stored, for readers and programs. Called by cli.

views.py and changes.py give it form.
"""

from __future__ import annotations

from typing import Annotated

import typer

from aggregator.cli import frame, output
from aggregator.cli.upkeep import Json


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(cls=frame.Command)(show)
    app.command(cls=frame.Command)(diff)
    app.command("list", cls=frame.Command)(latest)
    app.command(cls=frame.Command)(search)


def show(
    ctx: typer.Context,
    reference: Annotated[
        str, typer.Argument(metavar="ID", help="Number of an article, id of a story, Sina docid, or link.")
    ],
    revision: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="As it stood in revision N. Default: as it stands.")
    ] = None,
    as_json: Json = False,
) -> None:
    """One article, whole, with its revisions."""
    from aggregator.cli import views

    with frame.app(ctx) as app:
        found = app.find(reference) if revision is None else app.as_of(reference, revision)
        known = app.dossier(found)
    if as_json:
        output.as_json(views.dossier(known))
    else:
        for line in views.reading(known):
            typer.echo(line)


def diff(
    ctx: typer.Context,
    reference: Annotated[
        str, typer.Argument(metavar="ID", help="Number of an article, id of a story, Sina docid, or link.")
    ],
    old: Annotated[int | None, typer.Argument(metavar="A", min=1, help="Number of the older revision.")] = None,
    new: Annotated[int | None, typer.Argument(metavar="B", min=1, help="Of the newer. Default: the last.")] = None,
    as_json: Json = False,
) -> None:
    """What changed between two revisions of an article, the last two unless named, down to the character."""
    from aggregator.cli import changes

    with frame.app(ctx) as app:
        compared = app.compare(reference, old, new)
    if as_json:
        output.as_json(changes.plain(compared))
        return
    for line in changes.lines(compared, coloured=output.coloured()):
        typer.echo(line)


def latest(
    ctx: typer.Context,
    limit: Annotated[int, typer.Option(min=1, max=10_000, metavar="N", help="How many stories.")] = 20,
    as_json: Json = False,
) -> None:
    """The latest stories, newest first: Beijing time, id, outlet, title."""
    from aggregator.cli import views

    with frame.app(ctx) as app:
        stories = app.store.stories.latest(limit)
    if as_json:
        output.as_json([views.story(one) for one in stories])
        return
    rows = [
        (views.when(one.at), one.head.id, one.head.article.outlet, one.head.article.title or "(no title)")
        for one in stories
    ]
    output.table(("Time", "ID", "Outlet", "Title"), rows)


def search(
    ctx: typer.Context,
    words: Annotated[list[str], typer.Argument(metavar="WORD...", help="All of them must stand in title or text.")],
    limit: Annotated[int, typer.Option(min=1, max=1_000, metavar="N", help="How many articles.")] = 20,
    as_json: Json = False,
) -> None:
    """Articles that hold all of the words, best first; Chinese words of any length are found."""
    from aggregator.cli import views

    with frame.app(ctx) as app, output.progress("indexing") as step:
        found = app.search(" ".join(words), limit, on_done=step)
    if as_json:
        output.as_json([views.stored(one) for one in found])
        return
    if not found:
        typer.echo("nothing holds all of these words")
        return
    rows = [(views.when(one.at), one.id, one.article.outlet, one.article.title or "(no title)") for one in found]
    output.table(("Time", "ID", "Outlet", "Title"), rows)
