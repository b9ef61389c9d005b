"""`feeds list|add|remove|test`: the feed list. Called by cli; config.edit changes the file, App.preview reads one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Annotated

import typer

from aggregator.cli import frame, output
from aggregator.cli.upkeep import Json
from aggregator.errors import ConfigError, RefusedAddress

group = typer.Typer(
    help="The feed list: show it, change it, try an address.",
    epilog=frame.EPILOG,
    no_args_is_help=True,
    rich_markup_mode=None,
)


def register(app: typer.Typer) -> None:
    """Add the group."""
    app.add_typer(group, name="feeds")


@group.command("list", cls=frame.Command)
def listing(ctx: typer.Context, as_json: Json = False) -> None:
    """The feeds in feeds.toml."""
    from aggregator.cli import views
    from aggregator.config import units

    config = frame.config(ctx)
    feeds = [(one, True) for one in config.subscriptions] + [(one, False) for one in config.disabled]
    if as_json:
        output.as_json([views.subscription(one, enabled=enabled) for one, enabled in feeds])
        return
    rows = [
        (
            one.slug,
            one.name,
            one.url,
            units.shown(one.interval),
            "/".join(one.categories),
            "" if enabled else "paused",
        )
        for one, enabled in feeds
    ]
    output.table(("Slug", "Name", "Address", "Every", "Categories", ""), rows)


@group.command(cls=frame.Command)
def add(
    ctx: typer.Context,
    url: Annotated[
        str, typer.Argument(metavar="URL", help="https://…, sina:roll/384/2671, sina:live/152 or rsshub:/route.")
    ],
    name: Annotated[str | None, typer.Option(metavar="NAME", help="What to call it. Default: its address.")] = None,
    slug: Annotated[
        str | None, typer.Option(metavar="SLUG", help="Stable short name. Default: made from the name.")
    ] = None,
    interval: Annotated[
        str | None, typer.Option(metavar="TIME", help="Shortest time between two polls, like 5m.")
    ] = None,
    category: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Category of its articles; may be given several times.")
    ] = None,
    allow_private: Annotated[
        bool, typer.Option("--allow-private", help="The host may be on this machine or network.")
    ] = False,
) -> None:
    """Add a feed to feeds.toml, keeping all else as it is."""
    from aggregator.config import checks, edit, locate_folder
    from aggregator.config.problems import show

    folder = locate_folder(frame.options(ctx).config)
    with _own_option(checks.ALLOW_PRIVATE):
        added = edit.add_feed(
            folder,
            url,
            name=name or edit.name_for(url),
            slug=slug,
            interval=interval,
            categories=category or (),
            allow_private=allow_private,
        )
    typer.echo(f"added {added.slug} to {show(folder / 'feeds.toml')}; a running daemon follows it within seconds")


@group.command(cls=frame.Command)
def remove(
    ctx: typer.Context, slug: Annotated[str, typer.Argument(metavar="SLUG", help="Its slug, as `feeds list` shows it.")]
) -> None:
    """Take a feed out of feeds.toml. Its articles stay."""
    from aggregator.config import edit, locate_folder
    from aggregator.config.problems import show

    folder = locate_folder(frame.options(ctx).config)
    edit.remove_feed(folder, slug)
    typer.echo(f"removed {slug} from {show(folder / 'feeds.toml')}; its articles stay")


@group.command("test", cls=frame.Command)
def preview(
    ctx: typer.Context,
    url: Annotated[str, typer.Argument(metavar="URL", help="An address, or the slug of a feed in feeds.toml.")],
    count: Annotated[int, typer.Option(min=1, max=50, metavar="N", help="How many entries to make whole.")] = 5,
    allow_private: Annotated[
        bool, typer.Option("--allow-private", help="The host may be on this machine or network.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Show what following an address would bring in. Nothing is stored."""
    import asyncio

    from aggregator.cli import views

    with frame.app(ctx) as app, output.progress("reading"):
        known = (*app.config.subscriptions, *app.config.disabled)
        named = any(url in (one.slug, one.url) for one in known)  # then its own allow_private holds
        with nullcontext() if named else _own_option("feeds of your own network need allow_private"):
            found = asyncio.run(app.preview(url, count=count, allow_private=allow_private))
    if as_json:
        output.as_json(views.preview(found))
        return
    typer.echo(f"{found.feed.title or url}: {views.format_name(found.format)}, {found.entries} entries at {found.url}")
    for problem in found.problems:
        typer.echo(f"! {problem}")
    for article in found.articles:
        typer.echo()
        for line in views.excerpt(article):
            typer.echo(line)


@contextmanager
def _own_option(key: str) -> Iterator[None]:
    """Where an error says how to allow a private address in feeds.toml (`key`), name the option of the command."""
    option = "if that is meant, repeat the command with --allow-private"
    try:
        yield
    except ConfigError as fault:  # the feed to add is the last one in the file
        before, found, after = str(fault).rpartition(key)
        raise (ConfigError(before + option + after, problems=fault.problems) if found else fault) from None
    except RefusedAddress as fault:
        raise RefusedAddress(fault.url, fault.reason.replace(key, option)) from None
