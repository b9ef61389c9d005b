"""Runs the server inside the daemon's event loop: uvicorn around create_app().

In: host, port and a Backend. Out: an open port until told to stop. Handed to app.Daemon by cli/, which also takes its
event loop from here. uvicorn bounds neither the time nor the size of what a client sends before a request is complete,
nor how long one may leave its answer lying: that is done here.
"""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from aggregator.errors import ConfigError
from aggregator.web.backend import Backend
from aggregator.web.server import create_app

T = TypeVar("T")

#: Seconds that open responses may still take when the daemon stops.
LAST_RESPONSES = 3

#: Connections beyond this are answered 503 at once, so that slow clients cannot take all memory.
MOST_CONNECTIONS = 1000

#: Bytes that a client may send without a request coming out of them; other servers allow 8 to 64 KiB.
MOST_HEAD = 64 * 1024

_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"

#: Seconds between two looks at the connections. One that stands as it stood at the look before is ended.
PATIENCE = 20.0


class Connection(HttpToolsProtocol):
    """uvicorn's connection, with a bound on the header section, which httptools does not know."""

    _unread = 0

    def data_received(self, data: bytes) -> None:
        """Read on; hang up on a client that sends and sends without asking for anything."""
        before = self.cycle
        super().data_received(data)
        if self.cycle is not before:
            self._unread = 0
            return
        self._unread += len(data)
        if self._unread > MOST_HEAD and not self.transport.is_closing():
            if before is None or not before.more_body:
                self.transport.write(_TOO_LARGE)
            self.transport.close()

    def standing(self) -> object:
        """What this connection waits for its client to do; equal at two looks: it was not done. None: nothing.

        Either to take bytes of an answer, or to complete the request after the last one.
        """
        if left := self.transport.get_write_buffer_size():
            return self.cycle, left
        answered = self.cycle is None or self.cycle.response_complete
        # While the time runs that uvicorn gives between two requests, it looks after the connection itself.
        return (self.cycle,) if answered and self.timeout_keep_alive_task is None else None


class _Uvicorn(uvicorn.Server):
    """uvicorn that leaves the signals to the daemon."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


class Server:
    """Listens from the moment it is made, answers while run() runs."""

    def __init__(self, backend: Backend, *, host: str, port: int, patience: float = PATIENCE) -> None:
        """`patience`: seconds, see PATIENCE. Raises ConfigError when the address cannot be listened on."""
        self._backend = backend
        self._patience = patience
        self._listener = listen(host, port)
        name = f"[{host}]" if ":" in host else host
        #: Where it listens; port 0 has become a real one.
        self.address = f"http://{name}:{self._listener.getsockname()[1]}"

    async def run(self, stop: asyncio.Event) -> None:
        """Answer until `stop` is set."""
        server = _Uvicorn(
            uvicorn.Config(
                create_app(self._backend),
                http=Connection,
                ws="none",
                interface="asgi3",
                lifespan="off",
                proxy_headers=False,
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

        helpers = [
            asyncio.create_task(end(), name="end server"),
            asyncio.create_task(_end_the_slow(server, self._patience), name="end slow clients"),
        ]
        try:
            await server.serve(sockets=[self._listener])
        finally:
            for helper in helpers:
                helper.cancel()
            self._listener.close()


async def _end_the_slow(server: uvicorn.Server, patience: float) -> None:
    """End connections whose client keeps us waiting for `patience` seconds (up to twice that, by when the look falls).

    A timer per request would cost each request; so does nothing here.
    """
    before: dict[Connection, object] = {}
    while True:
        await asyncio.sleep(patience)
        now = {
            one: standing
            for one in server.server_state.connections
            if isinstance(one, Connection) and (standing := one.standing()) is not None
        }
        for one, standing in now.items():
            if before.get(one) == standing:
                one.transport.abort()
        before = now


def run(main: Coroutine[Any, Any, T]) -> T:
    """asyncio.run() on the event loop that serves best: see docs/decisions/0605."""
    with asyncio.Runner(loop_factory=_new_loop) as runner:
        return runner.run(main)


def _new_loop() -> asyncio.AbstractEventLoop:
    if sys.platform == "win32":
        return asyncio.new_event_loop()
    import uvloop

    return uvloop.new_event_loop()


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
