"""Runs the server inside the daemon's event loop: uvicorn around create_app().

In: host, port and a Backend. Out: an open port until told to stop. Handed to app.Daemon by cli/.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from aggregator.errors import ConfigError
from aggregator.web.backend import Backend
from aggregator.web.server import create_app

#: Seconds that open responses may still take when the daemon stops.
LAST_RESPONSES = 3

#: Connections beyond this are answered 503 at once, so that slow clients cannot take all memory.
MOST_CONNECTIONS = 1000


class _Uvicorn(uvicorn.Server):
    """uvicorn that leaves the signals to the daemon."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


class Server:
    """Listens from the moment it is made, answers while run() runs."""

    def __init__(self, backend: Backend, *, host: str, port: int) -> None:
        """Raises ConfigError when the address cannot be listened on."""
        self._backend = backend
        self._listener = listen(host, port)
        name = f"[{host}]" if ":" in host else host
        #: Where it listens; port 0 has become a real one.
        self.address = f"http://{name}:{self._listener.getsockname()[1]}"

    async def run(self, stop: asyncio.Event) -> None:
        """Answer until `stop` is set."""
        server = _Uvicorn(
            uvicorn.Config(
                create_app(self._backend),
                lifespan="off",
                access_log=False,
                log_config=None,
                server_header=False,
                limit_concurrency=MOST_CONNECTIONS,
                timeout_keep_alive=15,
                timeout_graceful_shutdown=LAST_RESPONSES,
            )
        )

        async def end() -> None:
            await stop.wait()
            server.should_exit = True

        ending = asyncio.create_task(end(), name="end server")
        try:
            await server.serve(sockets=[self._listener])
        finally:
            ending.cancel()
            self._listener.close()


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises ConfigError in words when the address is in use or not ours."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(512)
        listener.setblocking(False)
    except OSError as error:
        listener.close()
        raise ConfigError(
            f"cannot listen on {host}:{port}: {error.strerror or error}; choose another address with `listen` in "
            "aggregator.toml or AGGREGATOR_LISTEN"
        ) from error
    return listener
