"""Runs the server inside the daemon's event loop: uvicorn around create_app().

In: host, port and a Backend. Out: an open port until `stop` is set. Handed to app.Daemon by cli/.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn

from aggregator.errors import ConfigError
from aggregator.web.backend import Backend
from aggregator.web.server import create_app

#: Seconds that open responses may still take when the daemon stops.
LAST_RESPONSES = 3

#: Connections beyond this are answered 503 at once, so that slow clients cannot take all memory.
MOST_CONNECTIONS = 1000


class _Server(uvicorn.Server):
    """uvicorn that leaves the signals to the daemon."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


async def serve(
    backend: Backend, stop: asyncio.Event, *, host: str, port: int, on_ready: Callable[[str], None] | None = None
) -> None:
    """Serve until `stop` is set. `on_ready` gets the address listened on (port 0 becomes a real one).

    Raises ConfigError when the address cannot be listened on.
    """
    listener = listen(host, port)
    config = uvicorn.Config(
        create_app(backend),
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        limit_concurrency=MOST_CONNECTIONS,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=LAST_RESPONSES,
    )
    server = _Server(config)

    async def end() -> None:
        await stop.wait()
        server.should_exit = True

    ending = asyncio.create_task(end(), name="end server")
    if on_ready:
        name = f"[{host}]" if ":" in host else host
        on_ready(f"http://{name}:{listener.getsockname()[1]}")
    try:
        await server.serve(sockets=[listener])
    finally:
        ending.cancel()
        listener.close()


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises ConfigError in words when the address is in use or not ours."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(512)
        listener.setblocking(False)
    except OSError as error:
        listener.close()
        reason = error.strerror or str(error)
        raise ConfigError(
            f"cannot listen on {host}:{port}: {reason}; choose another address with `listen` in aggregator.toml "
            "or AGGREGATOR_LISTEN"
        ) from error
    return listener
