"""`run`: the daemon with its web server, until it is stopped. Called by cli; app.Daemon does the work."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from aggregator.cli import frame, output

if TYPE_CHECKING:
    from aggregator.config import Config


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(cls=frame.Command)(run)


def run(ctx: typer.Context) -> None:
    """Poll, keep, publish and serve until stopped (Ctrl-C or SIGTERM)."""
    from aggregator.app.core import App
    from aggregator.app.daemon import Daemon
    from aggregator.cli import logs
    from aggregator.web import serving

    config = frame.config(ctx)
    log = config.settings.log
    logs.configure("debug" if frame.options(ctx).verbose else log.level, log.format)

    def open_server(daemon: Daemon) -> serving.Server:
        server = serving.Server(daemon, host=config.settings.host, port=config.settings.port)
        _welcome(config, server.address)
        return server

    with App(config) as app:
        serving.run(Daemon(app).run(open_server))


def _welcome(config: Config, address: str) -> None:
    """Tell in a few lines what runs, where to look, and how to end it."""
    names = ", ".join(one.name for one in config.subscriptions[:4])
    more = ", …" if len(config.subscriptions) > 4 else ""
    outputs = [f"{address}/feeds/{one.slug}.{one.formats[0]}" for one in config.outputs]
    for line in (
        f"follows   {output.count(len(config.subscriptions), 'feed')}{f': {names}{more}' if names else ''}",
        f"pages     {address}/",
        f"publishes {', '.join(outputs) or 'nothing yet: add an [[output]] to outputs.toml'}",
        f"data      {config.settings.data_dir}",
        f"config    {config.folder} (changes are taken over while it runs)",
        "stop      Ctrl-C, or SIGTERM",
    ):
        typer.echo(output.safe(line))
