"""What the fetch tests share: a fetcher for the stand-in origin, and a canary that must stay unharmed."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from aggregator.errors import FetchError
from aggregator.fetch import http
from aggregator.models import Document, NotModified
from tests.support.origin import client

Ask = Callable[..., Awaitable[Document | NotModified]]


@dataclass
class Canary:
    """A server that mostly must not be asked. `hits` counts connections, `heard` keeps the requests."""

    port: int
    hits: int = 0
    heard: list[bytes] = field(default_factory=list)


@contextlib.asynccontextmanager
async def listening(
    host: str = "127.0.0.1",
    port: int = 0,
    answer: bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
    **more: Any,
) -> AsyncIterator[Canary]:
    """A tiny server in this process that gives the same answer to everything and keeps connections open."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        running.hits += 1
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while True:
                running.heard.append(await reader.readuntil(b"\r\n\r\n"))
                writer.write(answer)
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, host, port, **more)
    running = Canary(server.sockets[0].getsockname()[1])
    async with server:
        yield running


@pytest.fixture
async def canary() -> AsyncIterator[Canary]:
    async with listening() as running:
        yield running


@pytest.fixture
async def fetcher() -> AsyncIterator[http.Fetcher]:
    """A fetcher with short limits that trusts nobody."""
    limits = http.Limits(deadline=timedelta(seconds=5), connect=timedelta(seconds=2), per_host=8)
    async with http.Fetcher(limits) as running:
        yield running


@pytest.fixture
def ask(fetcher: http.Fetcher, origin: client.Origin) -> Ask:
    """Fetch a path of the zoo, as a configured address of this machine."""

    async def get(path: str, **options: Any) -> Document | NotModified:
        return await fetcher.get(f"{origin.url}/zoo/{path}", **{"allow_private": True} | options)

    return get


@pytest.fixture
async def abroad() -> AsyncIterator[http.Fetcher]:
    """A fetcher for which every host name is this machine, and this machine is the public Internet."""

    async def everywhere(host: str) -> Sequence[str]:
        return ["127.0.0.1"]

    limits = http.Limits(deadline=timedelta(seconds=5), per_host=8, trusted_networks=("127.0.0.0/8",))
    async with http.Fetcher(limits, lookup=everywhere) as running:
        yield running


async def failure(of: Awaitable[object]) -> FetchError:
    """The FetchError that must come."""
    with pytest.raises(FetchError) as caught:
        await of
    return caught.value
