"""`feeds …`: the feed list. Called by cli; config/edit.py changes the file, app/feedlist.py reads lists and pages."""

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
    typer.echo(
        output.safe(
            f"{found.feed.title or url}: {views.format_name(found.format)}, {found.entries} entries at {found.url}"
        )
    )
    for problem in found.problems:
        typer.echo(output.safe(f"! {problem}"))
    for article in found.articles:
        typer.echo()
        for line in views.excerpt(article):
            typer.echo(output.safe(line))


@group.command("import", cls=frame.Command)
def bring_in(
    ctx: typer.Context,
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="OPML files; - is standard input.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would be added.")] = False,
    allow_private: Annotated[
        bool, typer.Option("--allow-private", help="Hosts may be on this machine or network.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Add the feeds of an OPML list to feeds.toml; folders become categories. 1 when one could not be added."""
    from aggregator.app import feedlist
    from aggregator.config import locate_folder

    bodies = [(name, _body(name)) for name in files]
    folder = locate_folder(frame.options(ctx).config)
    done = feedlist.bring_in(folder, bodies, allow_private=allow_private, write=not dry_run)
    if as_json:
        refused = [f"{one.where}: {one.reason}" for one in done.refused]
        output.as_json({"added": done.added, "known": done.known, "refused": refused})
    else:
        verb = "would add" if dry_run else "added"
        typer.echo(f"{verb} {output.count(len(done.added), 'feed')}; {done.known} already there")
        for one in done.refused:
            typer.echo(output.safe(f"{one.where}: {one.reason}"), err=True)
    if done.refused:
        raise typer.Exit(frame.FAILED)


def _body(name: str) -> bytes:
    import sys
    from pathlib import Path

    return sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()


@group.command(cls=frame.Command)
def export(
    ctx: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="Where to; - is standard output.")] = "-",
) -> None:
    """Write the feed list as OPML 2.0, with folders by category, for other readers or for `feeds import`."""
    import sys
    from pathlib import Path

    from aggregator.app import feedlist
    from aggregator.archive import files

    body = feedlist.as_opml(frame.config(ctx))
    if file == "-":
        sys.stdout.buffer.write(body)
    else:
        with files.replacing(Path(file)) as whole:
            whole.write(body)
        typer.echo(f"wrote {file}")


@group.command(cls=frame.Command)
def discover(
    ctx: typer.Context,
    url: Annotated[str, typer.Argument(metavar="URL", help="A web page, or a feed.")],
    allow_private: Annotated[
        bool, typer.Option("--allow-private", help="The host may be on this machine or network.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Find the feeds of a web page, and show how to follow them. 1 when there is none."""
    import asyncio
    import shlex

    from aggregator.app import feedlist
    from aggregator.app.core import utcnow
    from aggregator.cli import views

    config = frame.config(ctx)
    with output.progress("looking"), _own_option("feeds of your own network need allow_private"):
        found = asyncio.run(feedlist.discover(config, url, utcnow, allow_private=allow_private))
    if as_json:
        output.as_json(views.plain(found))
    elif found.offers:
        rows = [
            (one.url, one.title, views.format_name(one.format), one.entries, views.when(one.newest) or "")
            for one in found.offers
        ]
        output.table(("Address", "Title", "Format", "Entries", "Newest"), rows)
        private = " --allow-private" if allow_private else ""
        for one in found.offers:
            name = f" --name {shlex.quote(one.title)}" if one.title else ""
            typer.echo(f"follow it: aggregator feeds add {shlex.quote(one.url)}{name}{private}", err=True)
    for address, problem in found.failed:
        typer.echo(f"{address}: named as a feed, but {problem.removeprefix(f'{address}: ')}", err=True)
    if not found.offers:
        typer.echo(f"no feed found at {url}; RSSHub may have a route for it", err=True)
        raise typer.Exit(frame.FAILED)


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
