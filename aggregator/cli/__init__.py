"""The command line: `aggregator …` and `python -m aggregator …`. In: words. Out: text, JSON with --json, an exit code.

Commands hold no logic of their own: they read options, call app.App or config, and show what comes back. Each imports
what it needs when it runs, so that `aggregator --help` answers at once.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from aggregator import __version__
from aggregator.cli import daemon, feeds, frame, images, pages, raw, reading, safety, space, transfer, upkeep

app = typer.Typer(
    name="aggregator",
    help="Follows Chinese finance news, keeps every article whole, tells each story once, and publishes feeds.",
    epilog="To start: aggregator check, then aggregator run. Each command explains itself: aggregator run --help.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"aggregator {__version__}")
        raise typer.Exit


@app.callback()
def everywhere(
    ctx: typer.Context,
    config: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Config folder. Default: AGGREGATOR_CONFIG, ./config, the shipped one."),
    ] = None,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Log everything; show where errors come from.")
    ] = False,
    _version_too: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Takes what is common to all commands."""
    ctx.obj = frame.Options(config=config, verbose=verbose)


for module in (daemon, upkeep, reading, pages, feeds, transfer, safety, space, raw, images):
    module.register(app)


def main() -> None:
    """Run the command that the process was started with, and exit with its code."""
    app(args=frame.hoist(sys.argv[1:]), prog_name="aggregator")
