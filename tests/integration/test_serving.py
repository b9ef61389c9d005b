"""The built-in server as readers meet it: a real uvicorn on loopback, real connections, real files."""

from __future__ import annotations

import asyncio
import gzip
import http.client
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass
from email.utils import format_datetime
from itertools import product
from pathlib import Path

import feedparser
import pytest
import pytest_asyncio

from aggregator import publish, web
from aggregator.models import Output
from aggregator.publish.static import Rendered, Shelf
from aggregator.web import serving
from tests.support import stories
from tests.support.stories import NOW, OUTPUT, SITE, FakeBackend


@dataclass(frozen=True)
class Answer:
    """One response as it came over the wire. `body` is what followed the header section, byte for byte."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class Server:
    """The running server and what it serves from."""

    port: int
    shelf: Shelf
    backend: FakeBackend

    async def ask(self, path: str, *headers: tuple[str, str], method: str = "GET") -> Answer:
        """One request on a connection of its own; `path` goes out as it is."""
        lines = [f"{method} {path} HTTP/1.1", "Host: evil.example", "Connection: close"]
        return await self.raw("\r\n".join([*lines, *(f"{name}: {value}" for name, value in headers), "", ""]).encode())

    async def raw(self, request: bytes) -> Answer:
        """The answer to `request`, up to the end of the connection."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(request)
            await writer.drain()
            answer = await asyncio.wait_for(reader.read(-1), 10)
        finally:
            writer.close()
        head, _, body = answer.partition(b"\r\n\r\n")
        status, *fields = head.decode("latin-1").split("\r\n")
        pairs = (field.split(": ", 1) for field in fields)
        return Answer(int(status.split()[1]), {name.lower(): value for name, value in pairs}, body)


@pytest_asyncio.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    shelf = Shelf(tmp_path / "feeds")
    for name in publish.FORMATS:
        shelf.put("all", name, publish.render(name, OUTPUT, SITE, stories.stories(), now=NOW), NOW)

    backend = FakeBackend(shelf=shelf, stories=stories.stories(), subscriptions=stories.statuses())
    async with running(backend) as port:
        yield Server(port, shelf, backend)


@asynccontextmanager
async def running(backend: web.Backend, patience: float = serving.PATIENCE) -> AsyncIterator[int]:
    """The server as the daemon runs it, on this loop. Gives its port."""
    server, stop = serving.Server(backend, host="127.0.0.1", port=0, patience=patience), asyncio.Event()
    task = asyncio.create_task(server.run(stop))
    try:
        yield int(server.address.rpartition(":")[2])
    finally:
        stop.set()
        await task


@pytest.mark.parametrize("extension", ["rss", "atom", "json"])
async def test_conditional_matrix(server: Server, extension: str) -> None:
    """Every mix of method, coding and precondition gives the status, headers and body that RFC 9110 asks for."""
    rendered = server.shelf.get("all", extension)
    assert rendered
    date = format_datetime(rendered.modified, usegmt=True)
    older = format_datetime(rendered.modified.replace(year=2020), usegmt=True)
    codings = {"": False, "gzip": True, "gzip;q=0": False, "br, *;q=0.1": True}
    for method, (coding, zipped) in product(("GET", "HEAD"), codings.items()):
        etag = rendered.gzip_etag if zipped else rendered.etag
        content = rendered.gzip if zipped else rendered.body
        cases: list[tuple[list[tuple[str, str]], int]] = [
            ([], 200),
            ([("If-None-Match", etag)], 304),
            ([("If-None-Match", f'"x", W/{etag}')], 304),
            ([("If-None-Match", "*")], 304),
            ([("If-None-Match", '"x"')], 200),
            ([("If-Modified-Since", date)], 304),
            ([("If-Modified-Since", older)], 200),
            ([("If-None-Match", '"x"'), ("If-Modified-Since", date)], 200),
            ([("If-None-Match", etag), ("If-Modified-Since", older)], 304),
            ([("Range", "bytes=0-10")], 200),
        ]
        for conditions, status in cases:
            headers = [("Accept-Encoding", coding)] if coding else []
            answer = await server.ask(f"/feeds/all.{extension}", *headers, *conditions, method=method)
            where = (method, coding, conditions)
            assert answer.status == status, where
            assert answer.headers["etag"] == etag, where
            assert answer.headers["last-modified"] == date, where
            vary = "Accept, Accept-Encoding, Sec-Fetch-Dest, Upgrade-Insecure-Requests"
            assert answer.headers["vary"] == vary, where
            assert answer.headers["cache-control"] == "public, max-age=60", where
            assert "date" in answer.headers, where
            assert answer.body == (content if (method, status) == ("GET", 200) else b""), where
            if status == 200:
                assert answer.headers["content-length"] == str(len(content)), where
                assert answer.headers["content-type"] == rendered.media_type, where
                assert answer.headers.get("content-encoding") == ("gzip" if zipped else None), where
            else:
                assert not {"content-type", "content-length", "transfer-encoding"} & set(answer.headers), where


async def test_the_tag_changes_exactly_when_the_bytes_do(server: Server) -> None:
    first = await server.ask("/feeds/all.rss")
    server.shelf.put("all", "rss", first.body, NOW.replace(year=2027))
    assert (await server.ask("/feeds/all.rss")).headers["etag"] == first.headers["etag"]
    server.shelf.put("all", "rss", publish.render("rss", OUTPUT, SITE, stories.stories()[:2], now=NOW), NOW)
    changed = await server.ask("/feeds/all.rss", ("If-None-Match", first.headers["etag"]))
    assert changed.status == 200
    assert changed.headers["etag"] != first.headers["etag"]


async def test_etags_and_dates_survive_a_restart(server: Server, tmp_path: Path) -> None:
    first = await server.ask("/feeds/all.atom")
    again = Shelf(tmp_path / "feeds")
    again.load()
    rendered = again.get("all", "atom")
    assert rendered
    assert rendered.etag == first.headers["etag"]
    assert format_datetime(rendered.modified, usegmt=True) == first.headers["last-modified"]


async def test_a_reader_polls_and_gets_nothing_twice(server: Server) -> None:
    address = f"http://127.0.0.1:{server.port}/feeds/all.atom"
    first = await asyncio.to_thread(feedparser.parse, address)
    assert first.status == 200
    assert not first.bozo
    assert len(first.entries) == len(stories.stories())
    second = await asyncio.to_thread(feedparser.parse, address, etag=first.etag, modified=first.modified)
    assert second.status == 304
    assert second.entries == []


async def test_crooked_paths_are_not_found(server: Server) -> None:
    for path in (
        "/feeds/../../etc/passwd",
        "/feeds/%2e%2e/%2e%2e/etc/passwd",
        "/feeds/%252e%252e%252fall.rss",
        "/feeds/..%2fall.rss",
        "/feeds/all.rss%00.html",
        "/feeds/%ff.rss",
        "/static/%2e%2e%2fserver.py",
        "//evil.example/feeds/all.rss",
        "/feeds/all.rss/",
    ):
        answer = await server.ask(path)
        assert answer.status == 404, path
        # The switch of language leads back here, as a path of ours.
        assert b"//evil" not in answer.body, path
        assert "location" not in answer.headers, path


async def test_pages_health_and_style(server: Server) -> None:
    page = await server.ask("/", ("Accept-Encoding", "gzip"))
    assert page.status == 200
    assert "样例股份前三季度营收增长8.3%" in gzip.decompress(page.body).decode()
    head = await server.ask("/", method="HEAD")
    assert (head.status, head.body) == (200, b"")
    assert int(head.headers["content-length"]) > 5000
    health = await server.ask("/healthz")
    assert (health.status, json.loads(health.body)["status"]) == (200, "ok")
    assert (await server.ask("/static/style.css")).headers["content-type"] == "text/css; charset=utf-8"


async def test_methods_and_missing_renderings(server: Server) -> None:
    assert (await server.ask("/feeds/all.rss", ("Content-Length", "0"), method="POST")).status == 405
    server.backend.configured = [OUTPUT, Output("bank", "银行")]
    answer = await server.ask("/feeds/bank.rss")
    assert (answer.status, answer.headers["retry-after"]) == (503, "30")


async def test_many_slow_readers_do_not_starve_the_others(server: Server) -> None:
    idle = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(200)]
    for _, writer in idle:
        writer.write(b"GET /feeds/all.rss HT")
    answers = await asyncio.wait_for(asyncio.gather(*(server.ask("/feeds/all.rss") for _ in range(20))), 5)
    assert {answer.status for answer in answers} == {200}
    for _, writer in idle:
        writer.close()


@pytest.mark.parametrize(
    "request_head",
    [
        b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: x\r\n",
        b"GET /feeds/all.rss HTTP/1.1\r\nHost: x\r\n" + b"".join(b"X-%d: y\r\n" % number for number in range(10_000)),
        b"\x16\x03\x01 not HTTP at all\r\n",
    ],
    ids=["request line of 70 kB", "10,000 headers", "TLS on a plain port"],
)
async def test_oversized_requests_harm_nobody(server: Server, request_head: bytes) -> None:
    with suppress(ConnectionError):  # the server may hang up before it has read everything
        answer = await server.raw(request_head + b"Connection: close\r\n\r\n")
        assert answer.status in (200, 400, 404, 414, 431)
    assert (await server.ask("/feeds/all.rss")).status == 200


async def test_a_header_section_without_end_is_cut_off(server: Server) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b"GET /feeds/all.rss HTTP/1.1\r\nHost: x\r\n")
    answer = asyncio.create_task(reader.read(-1))
    sent = 0
    with suppress(ConnectionError):
        while not answer.done() and sent < 4 * serving.MOST_HEAD:
            writer.write(b"X-More: " + b"y" * 4096 + b"\r\n")
            await writer.drain()
            await asyncio.sleep(0.005)
            sent += 4096
        assert (await asyncio.wait_for(answer, 10)).startswith(b"HTTP/1.1 431 ")
    assert sent < 3 * serving.MOST_HEAD
    writer.close()
    assert (await server.ask("/feeds/all.rss")).status == 200


@pytest.mark.parametrize("start", [b"", b"GET /feeds/all.rss HTTP/1.1\r\nX-Slow: "], ids=["silent", "never complete"])
async def test_a_client_that_does_not_complete_its_request_is_let_go(start: bytes) -> None:
    async with running(FakeBackend(), patience=0.1) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(start)

        async def drip() -> None:
            while start:
                writer.write(b"y")
                await asyncio.sleep(0.02)

        dripping = asyncio.create_task(drip())
        with suppress(ConnectionResetError):
            assert await asyncio.wait_for(reader.read(-1), 10) == b""
        dripping.cancel()
        writer.close()


class OneBig(FakeBackend):
    """Serves one output that no buffer of a connection takes whole."""

    big = Rendered(b"x" * 32_000_000, b"", '"big"', '"big-gz"', NOW, "application/rss+xml")

    def picture(self, name: str) -> Path | None:
        """None: it has no pictures."""

    def rendered(self, slug: str, extension: str) -> Rendered | None:
        return self.big


async def test_a_client_that_does_not_take_its_answer_is_let_go() -> None:
    async with running(OneBig(), patience=0.3) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
        writer.write(b"GET /feeds/all.rss HTTP/1.1\r\nHost: x\r\n\r\n")
        await asyncio.sleep(1.5)
        taken = 0
        with suppress(ConnectionError):
            while chunk := await asyncio.wait_for(reader.read(1 << 20), 10):
                taken += len(chunk)
        assert 0 < taken < len(OneBig.big.body)
        writer.close()


async def test_a_client_that_takes_its_time_is_served(server: Server) -> None:
    async with running(server.backend, patience=0.1) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(3):  # on one connection, with pauses in which nothing is asked
            writer.write(b"HEAD /feeds/all.rss HTTP/1.1\r\nHost: x\r\n\r\n")
            assert (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)).startswith(b"HTTP/1.1 200 ")
            await asyncio.sleep(0.4)
        writer.close()


def test_the_loop_of_the_daemon_serves(tmp_path: Path) -> None:
    """The same on the loop that the daemon runs on, which is not the one of these tests."""
    shelf = Shelf(tmp_path)
    shelf.put("all", "rss", publish.render("rss", OUTPUT, SITE, stories.stories(), now=NOW), NOW)

    async def serve_and_ask() -> list[tuple[int, bytes]]:
        async with running(FakeBackend(shelf=shelf)) as port:
            return await asyncio.to_thread(ask_twice, port)

    def ask_twice(port: int) -> list[tuple[int, bytes]]:
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
            connection.request("GET", "/feeds/all.rss")
            first = connection.getresponse()
            found = [(first.status, first.read())]
            connection.request("GET", "/feeds/all.rss", headers={"If-None-Match": first.headers["etag"]})
            second = connection.getresponse()
            return [*found, (second.status, second.read())]

    rendered = shelf.get("all", "rss")
    assert rendered
    assert serving.run(serve_and_ask()) == [(200, rendered.body), (304, b"")]
