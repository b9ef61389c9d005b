"""`import` and `export`: articles in and out as files. Called by cli; App does the work and reports."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aggregator.cli import frame, output
from aggregator.cli.upkeep import Json

if TYPE_CHECKING:
    from aggregator.app import exporting, importing

Named = Annotated[list[str] | None, typer.Option(metavar="NAME", help="Only these; may be given several times.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("import", cls=frame.Command)(import_)
    app.command(cls=frame.Command)(export)


def import_(
    ctx: typer.Context,
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Files, or folders of files.")],
    form: Annotated[
        str | None,
        typer.Option("--format", metavar="NAME", help="What the files are. Default: by their names and first bytes."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would be stored.")] = False,
    no_feeds: Annotated[
        bool, typer.Option("--no-feeds", help="Do not add the feeds that the files name to feeds.toml.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Store what stands in files; the same files again change nothing. 1 when something could not be read."""
    from aggregator import archive
    from aggregator.app import importing

    found = _format(form) if form else None
    with frame.app(ctx) as app, output.progress("importing") as step:
        told = importing.Told(step, lambda words: typer.echo(words, err=True))
        report = app.import_(
            paths, archive.chosen(found) if found else None, dry=dry_run, told=told, follow=not no_feeds
        )
    if as_json:
        output.as_json(_imported(report))
    else:
        for line in _summary(report, dry=dry_run):
            typer.echo(output.safe(line))
    if report.failed or report.doubtful:
        raise typer.Exit(frame.FAILED)


def export(
    ctx: typer.Context,
    words: Annotated[
        list[str], typer.Argument(metavar="[FORMAT] DEST", help="What to write (default: posts), and where to.")
    ],
    form: Annotated[str | None, typer.Option("--format", metavar="NAME", help="The same as FORMAT.")] = None,
    since: Annotated[str | None, typer.Option(metavar="DATE", help="Published then or later: 2026-11-16.")] = None,
    until: Annotated[str | None, typer.Option(metavar="DATE", help="Published before the end of that day.")] = None,
    category: Named = None,
    symbol: Annotated[list[str] | None, typer.Option(metavar="CODE", help="Only these: 600941.SH.")] = None,
    feed: Annotated[list[str] | None, typer.Option(metavar="SLUG", help="Only what was seen in these feeds.")] = None,
    query: Annotated[str, typer.Option(metavar="WORDS", help="Only what holds all of the words.")] = "",
    as_json: Json = False,
) -> None:
    """Write what is stored to files; what stands there already is left alone. Filters must all pass."""
    from aggregator import archive
    from aggregator.models import Wanted

    *named, dest = words
    if len(named) > 1 or (named and form and named[0] != form):
        raise typer.BadParameter("export takes a format and a destination: aggregator export posts DEST")
    name = _format((named and named[0]) or form or "posts", written=True)
    chosen = archive.chosen(name, written=True)
    if unfit := chosen.unfit(Path(dest)):
        raise typer.BadParameter(unfit)
    wanted = Wanted(
        since=frame.day(since),
        until=frame.day(until, end=True),
        categories=tuple(category or ()),
        symbols=tuple(symbol or ()),
        feeds=tuple(feed or ()),
        query=query,
    )
    with frame.app(ctx) as app, output.progress("exporting") as step:
        report = app.export(chosen, Path(dest), wanted, on_done=step)
    if as_json:
        output.as_json({"written": report.written, "kept": report.kept, "errors": report.errors})
    else:
        there = f", {report.kept} were there already" if report.kept else ""
        typer.echo(f"wrote {_things(name, report)} to {dest}{there}")
        for error in report.errors:
            typer.echo(error, err=True)
    if report.errors:
        raise typer.Exit(frame.FAILED)


def _format(name: str, *, written: bool = False) -> str:
    """The name of a format; a word of the command line that is none is a mistake in it."""
    from aggregator import archive
    from aggregator.errors import ArchiveError

    try:
        return archive.chosen(name, written=written).name
    except ArchiveError as error:
        raise typer.BadParameter(str(error)) from None


def _summary(report: importing.Report, *, dry: bool) -> list[str]:
    """The summary of an import."""
    unread = sum(report.failed.values())
    lines = [
        f"{'would store: ' if dry else ''}read {output.count(report.read, 'item')}: {report.new} new, "
        f"{report.revised} revised, {report.merged} merged, {report.unchanged} unchanged"
    ]
    if report.went_on:
        lines.append(f"went on behind {output.count(report.went_on, 'record')} that were stored before")
    if report.found_again:
        lines.append(f"entered {output.count(report.found_again, 'document')} of data/warc in the index again")
    if report.skipped:
        lines.append(f"left out {output.count(report.skipped, 'file')} of other kinds")
    if report.left_out:
        lines += [f"no articles: {sum(report.left_out.values())}", *_reasons(report.left_out)]
    if report.followed:
        feeds = report.feeds
        lines.append(
            f"{output.count(len(report.followed), 'feed')} named: {len(feeds.added)} added to feeds.toml, "
            f"{feeds.known} already there"
        )
    if unread:
        lines += [f"failed: {unread}", *_reasons(report.failed)]
    if report.doubtful:
        lines += [f"taken with a fault: {sum(report.doubtful.values())}", *_reasons(report.doubtful)]
    return lines


def _reasons(counts: Counter[str]) -> list[str]:
    return [f"  {number} × {reason}" for reason, number in counts.most_common()]


def _imported(report: importing.Report) -> dict[str, object]:
    names = ("read", "new", "revised", "merged", "unchanged", "skipped", "went_on", "found_again")
    return {name: getattr(report, name) for name in names} | {
        "left_out": dict(report.left_out),
        "failed": dict(report.failed),
        "doubtful": dict(report.doubtful),
        "feeds": [one.url for one in report.followed],
    }


def _things(name: str, report: exporting.Report) -> str:
    return output.count(report.written, name.removesuffix("s") if name.endswith("s") else "item")
