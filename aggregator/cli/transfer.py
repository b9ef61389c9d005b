"""`import` and `export`: articles in and out as files. Called by cli; App does the work and reports."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from aggregator.cli import frame, output


class Archive(StrEnum):
    """Forms that articles can be exported in."""

    POSTS = "posts"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("import", cls=frame.Command)(import_)
    app.command(cls=frame.Command)(export)


def import_(
    ctx: typer.Context,
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Posts, or folders of posts (.md).")],
) -> None:
    """Store posts (front matter and HTML). The same posts again change nothing; 1 when one could not be read."""
    with frame.app(ctx) as app, output.progress("importing") as step:
        report = app.import_posts(paths, on_done=step)
    typer.echo(
        f"read {output.count(report.read, 'post')}: {report.new} new, {report.revised} revised, "
        f"{report.merged} merged, {report.unchanged} unchanged"
    )
    _end(report.errors)


def export(
    ctx: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DEST", help="Folder to write to; made when it is not there.")],
    form: Annotated[Archive, typer.Option("--format", help="What to write.")] = Archive.POSTS,
) -> None:
    """Write every stored article to files, folders by category."""
    if folder.exists() and not folder.is_dir():
        raise typer.BadParameter(f"{folder} is a file, not a folder")
    with frame.app(ctx) as app, output.progress("exporting") as step:
        report = app.export_posts(folder, on_done=step)
    typer.echo(f"wrote {output.count(report.written, form.value.removesuffix('s'))} to {folder}")
    _end(report.errors)


def _end(errors: Sequence[str]) -> None:
    """Tell what failed, and fail."""
    for error in errors:
        typer.echo(error, err=True)
    if errors:
        raise typer.Exit(frame.FAILED)
