"""`show`, `diff`, `list` and `search`: what is stored, for readers and programs. Called by cli.

views.py and changes.py give it form.
"""

from __future__ import annotations

import re
import sys
from typing import Annotated, Any

import typer

from aggregator.cli import frame, output
from aggregator.cli.upkeep import Json

#: What is excluded: no option begins with a minus and a Chinese character, a quote, or a field.
_EXCLUDED = re.compile(r'-(?=[^\x00-\x7f]|"|[a-z]+:)')

#: The language of searches knows it as a minus, the command line does not (U+2212).
_MINUS = "\u2212"


class Search(frame.Command):
    """`search`, with `-word` as words."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the command line: `-国债` and `-title:国债` are no options; Latin words, `-etf`, stand behind `--`."""
        end = args.index("--") if "--" in args else len(args)
        shielded = [_MINUS + word[1:] if _EXCLUDED.match(word) else word for word in args[:end]]
        return super().parse_args(ctx, shielded + args[end:])


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(cls=frame.Command)(show)
    app.command(cls=frame.Command)(diff)
    app.command("list", cls=frame.Command)(latest)
    app.command(cls=Search)(search)


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
            typer.echo(output.safe(line))


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
    """Articles that meet a search, best first; Chinese words of any length are found.

    Words, "phrases", -word, and title: outlet: symbol: category: feed: after: before: WORD. A Latin word to exclude
    comes behind --, as in: search 茅台 -- -etf
    """
    from aggregator.cli import views
    from aggregator.kit import querying

    query = querying.parse(" ".join(words))
    with frame.app(ctx) as app, output.progress("indexing") as step:
        found = app.search(query, limit, on_done=step)
    if as_json:
        output.as_json([views.hit(one, query) for one in found])
        return
    if not found:
        typer.echo("nothing holds all of these words" if query else "a search needs at least one letter or digit")
        return
    if sys.stdout.isatty():
        for one in found:
            for line in views.found(one, query, coloured=output.coloured()):
                typer.echo(line)
        return
    rows = [(views.when(one.at), one.id, one.article.outlet, one.article.title or "(no title)") for one in found]
    output.table(("Time", "ID", "Outlet", "Title"), rows)
