"""The guard in action: no spelling, no name and no change of mind of the DNS reaches a private address."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Sequence
from datetime import timedelta
from itertools import count

import pytest

from aggregator.errors import FetchError, RefusedAddress, Unreachable
from aggregator.fetch import http
from aggregator.models import Document
from tests.integration.fetch.conftest import Canary, failure, listening

SPELLINGS = [
    "127.0.0.1", "127.0.0.1.", "127.1", "127.0.1", "2130706433", "017700000001", "0x7f000001", "0x7F.0.0.1",
    "0177.0.0.1", "0177.0.0.01", "127.0.0.0x1", "127.255.255.254", "１２７.０.０.１", "127。0。0。1",
    "①②⑦.⓪.⓪.①", "0", "0.0.0.0", "0x0", "00000000", "localhost", "LOCALHOST", "localhost.", "[::1]",
    "[0:0:0:0:0:0:0:1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:127.0.0.1]",
    "[::127.0.0.1]", "[64:ff9b::127.0.0.1]", "[64:ff9b:1::7f00:1]", "[2002:7f00:1::]", "[fec0::1]", "[fe80::1]",
    "[fe80::1%25lo]", "[fc00::1]", "[ff02::1]", "[2001::1]", "10.1.2.3", "172.16.0.1", "192.168.1.1",
    "100.64.0.1", "169.254.169.254", "192.0.0.8", "198.18.0.1", "224.0.0.1", "239.255.255.250",
    "255.255.255.255", "news.test@127.0.0.1", "news.test%00@127.0.0.1", "127.0.0.1#@news.test",
    "127.0.0.1\\@news.test", "news.test\\@127.0.0.1", "127%2e0%2e0%2e1", "127.0.0.1 ", "127.0.0.1\t",
]  # fmt: skip


@pytest.mark.parametrize("spelling", SPELLINGS)
async def test_every_spelling_of_a_private_address_is_refused(
    fetcher: http.Fetcher, canary: Canary, spelling: str
) -> None:
    host, mark, rest = spelling.partition("#")
    error = await failure(fetcher.get(f"http://{host}:{canary.port}/{mark}{rest}"))
    assert isinstance(error, RefusedAddress)
    assert canary.hits == 0


async def test_the_canary_can_sing(fetcher: http.Fetcher, canary: Canary) -> None:
    for spelling in ("127.0.0.1", "localhost", "2130706433", "[::ffff:127.0.0.1]"):
        document = await fetcher.get(f"http://{spelling}:{canary.port}/", allow_private=True)
        assert isinstance(document, Document)
        assert document.body == b"hi"
    assert canary.hits


async def test_permission_does_not_cover_link_local(fetcher: http.Fetcher) -> None:
    error = await failure(fetcher.get("http://169.254.169.254/latest/meta-data/", allow_private=True))
    assert isinstance(error, RefusedAddress)


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://news.test/", "gopher://127.0.0.1/", "news.test", "", "http://"]
)
async def test_only_http_is_spoken(fetcher: http.Fetcher, url: str) -> None:
    assert isinstance(await failure(fetcher.get(url)), RefusedAddress)


async def test_a_name_that_changes_its_mind_gains_nothing() -> None:
    """127.0.0.2 plays the public Internet; the canary listens on the same port of 127.0.0.1."""
    turn = count()

    async def rebinding(host: str) -> Sequence[str]:
        return [["127.0.0.2"], ["127.0.0.1"], ["127.0.0.1", "127.0.0.2"], ["127.0.0.2", "127.0.0.1"]][next(turn) % 4]

    closing = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi"
    limits = http.Limits(trusted_networks=("127.0.0.2/32",))
    refused = 0
    async with (
        listening("127.0.0.2", answer=closing) as public,
        listening("127.0.0.1", public.port) as canary,
        http.Fetcher(limits, lookup=rebinding) as fetcher,
    ):
        for _ in range(100):
            try:
                await fetcher.get(f"http://news.test:{public.port}/")
            except RefusedAddress:
                refused += 1
    assert (public.hits, refused, canary.hits) == (75, 25, 0)


async def test_a_kept_connection_of_a_private_feed_serves_nobody_else(fetcher: http.Fetcher, canary: Canary) -> None:
    url = f"http://127.0.0.1:{canary.port}/"
    await fetcher.get(url, allow_private=True)
    hits = canary.hits
    assert isinstance(await failure(fetcher.get(url)), RefusedAddress)
    assert isinstance(await failure(fetcher.get(f"http://localhost:{canary.port}/")), RefusedAddress)
    assert canary.hits == hits


async def test_proxies_of_the_environment_are_ignored(
    fetcher: http.Fetcher, canary: Canary, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{canary.port}")
    async with listening() as other:
        document = await fetcher.get(f"http://127.0.0.1:{other.port}/", allow_private=True)
    assert isinstance(document, Document)
    assert (other.hits, canary.hits) == (1, 0)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (OSError("no such host"), "does not resolve"),
        (socket.gaierror(socket.EAI_AGAIN, "try again"), "does not resolve"),
        ([], "no address"),
    ],
)
async def test_names_that_do_not_resolve(answer: OSError | list[str], words: str) -> None:
    async def lookup(host: str) -> Sequence[str]:
        if isinstance(answer, OSError):
            raise answer
        return answer

    async with http.Fetcher(lookup=lookup) as fetcher:
        error = await failure(fetcher.get("http://news.test/"))
    assert isinstance(error, Unreachable)
    assert words in str(error)


async def test_nobody_listens(fetcher: http.Fetcher, canary: Canary) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        error = await failure(fetcher.get(f"http://127.0.0.1:{taken.getsockname()[1]}/", allow_private=True))
    assert isinstance(error, Unreachable)
    assert "cannot connect" in str(error)


async def test_a_host_that_swallows_packets() -> None:
    """A full backlog drops further connections without a word."""
    with socket.socket() as deaf, contextlib.ExitStack() as queue:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        for _ in range(4):
            waiting = queue.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(deaf.getsockname())
        async with http.Fetcher(http.Limits(connect=timedelta(seconds=0.2))) as fetcher:
            error = await failure(fetcher.get(f"http://127.0.0.1:{deaf.getsockname()[1]}/", allow_private=True))
    assert isinstance(error, Unreachable)
    assert "no connection in time" in str(error)


async def test_a_silent_name_server_ends_by_the_deadline() -> None:
    async def lookup(host: str) -> Sequence[str]:
        await asyncio.sleep(60)
        return []

    async with http.Fetcher(http.Limits(deadline=timedelta(seconds=0.2)), lookup=lookup) as fetcher:
        error: FetchError = await failure(fetcher.get("http://news.test/"))
    assert "longer than 0.2 s" in str(error)
