"""`show` and `list`: what is stored, for readers and programs. Called by cli; views.py gives it form."""

from __future__ import annotations

from typing import Annotated

import typer

from aggregator.cli import frame, output
from aggregator.cli.upkeep import Json
from aggregator.errors import StoreError


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(cls=frame.Command)(show)
    app.command("list", cls=frame.Command)(latest)
    app.command(cls=frame.Command)(search)


def show(
    ctx: typer.Context,
    reference: Annotated[
        str, typer.Argument(metavar="ID", help="Number of an article, id of a story, Sina docid, or link.")
    ],
    as_json: Json = False,
) -> None:
    """One article, whole."""
    from aggregator.cli import views

    with frame.app(ctx) as app:
        found = app.store.articles.get(int(reference) if reference.isdecimal() else reference)
        if found is None:
            raise StoreError(f"nothing stored is called {reference}; `aggregator list` shows the ids")
        story = app.store.stories.get(found.story_uid)
    if as_json:
        output.as_json(views.stored(found) | {"others": views.others(story, found) if story else []})
    else:
        for line in views.reading(found, story):
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
