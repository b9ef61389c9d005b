"""The origin: `python -m benchmarks.origin` serves the feeds of a corpus on every loopback address.

In: the numbers of the corpus on the command line. Out: one line of JSON with the port once everything is rendered; then
HTTP until it is ended, or until whoever started it closes its standard input. Feed N is at /feed/N.xml.
/control/mode/MODE switches and sets the counters to zero, /control/counts tells them, /control/wave/N shows the first N
of the entries that were held back. Started by hosting.py.

Written on protocols and uvloop: what is measured is the programs that ask, so answers must cost next to nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import IO, cast

import uvloop

from benchmarks.corpus import NEW_WITHIN, Corpus

MODES = ("cold", "warm304", "warm200", "delta")
IN_MEMORY = 256 * 2**20  #: bodies above this in all are kept in an unnamed file, that is in the page cache


class Bodies:
    """The rendered feeds of one state of the corpus."""

    def __init__(self, corpus: Corpus, *, delta: bool, folder: Path, wave: int = 0) -> None:
        self._file: IO[bytes] | None = None
        self._held: list[bytes | tuple[int, int]] = []
        self.etags: list[bytes] = []
        size = 0
        for feed in range(corpus.feeds):
            body = corpus.render(feed, delta=delta, wave=wave)
            self.etags.append(b'"%s"' % hashlib.blake2b(body, digest_size=8).hexdigest().encode())
            size += len(body)
            if size <= IN_MEMORY:
                self._held.append(body)
                continue
            if self._file is None:
                self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 (lives as long as the process)
            self._held.append((self._file.tell(), len(body)))
            self._file.write(body)
        if self._file:
            self._file.flush()

    def __len__(self) -> int:
        return len(self._held)

    def __getitem__(self, feed: int) -> bytes:
        held = self._held[feed]
        if isinstance(held, bytes):
            return held
        assert self._file is not None  # noqa: S101 (for the type checker)
        self._file.seek(held[0])
        return self._file.read(held[1])


class Site:
    """What is served now, and how often it was."""

    def __init__(self, corpus: Corpus, folder: Path) -> None:
        self.mode = "cold"
        self.counts: Counter[str] = Counter()
        self.last = 0.0  #: when the last body was sent, in seconds of the clock that all processes share
        self._corpus = corpus
        self._folder = folder
        self._bodies = {False: Bodies(corpus, delta=False, folder=folder)}
        self._modified = {
            delta: format_datetime(corpus.newest + NEW_WITHIN * delta, usegmt=True).encode() for delta in (False, True)
        }

    def render_delta(self) -> None:
        """Get ready for the mode delta."""
        if True not in self._bodies:
            self._bodies[True] = Bodies(self._corpus, delta=True, folder=self._folder)

    def answer(self, path: bytes, headers: bytes) -> tuple[bytes, bytes]:
        """Head and body for one GET. `headers`: the request's."""
        if path.startswith(b"/control/"):
            return self._control(path.decode("ascii", "replace"))
        number = path.removeprefix(b"/feed/").removesuffix(b".xml")
        delta = self.mode == "delta"
        bodies = self._bodies[delta]
        if not number.isdigit() or int(number) >= len(bodies):
            return _head(b"404 Not Found", 0), b""
        feed = int(number)
        if self.mode == "warm200":
            self.counts["200"] += 1
            return _head(b"200 OK", len(bodies[feed])), bodies[feed]
        etag, modified = bodies.etags[feed], self._modified[delta]
        validators = b"ETag: " + etag + b"\r\nLast-Modified: " + modified + b"\r\n"
        if _fresh(headers, etag, modified):
            self.counts["304"] += 1
            return b"HTTP/1.1 304 Not Modified\r\n" + validators + b"\r\n", b""
        self.counts["200"] += 1
        self.last = time.monotonic()
        body = bodies[feed]
        return _head(b"200 OK", len(body), validators), body

    def _control(self, path: str) -> tuple[bytes, bytes]:
        mode = path.removeprefix("/control/mode/")
        if mode in MODES:
            self.mode = mode
            self.counts.clear()
            if mode == "delta":
                self.render_delta()
        elif path.startswith("/control/wave/"):
            wave = int(path.removeprefix("/control/wave/"))
            self._bodies[False] = Bodies(self._corpus, delta=False, folder=self._folder, wave=wave)
            self._modified[False] = format_datetime(self._corpus.newest + timedelta(seconds=wave), usegmt=True).encode()
        elif path != "/control/counts":
            return _head(b"404 Not Found", 0), b""
        told = {"mode": self.mode, "200": self.counts["200"], "304": self.counts["304"], "last": self.last}
        body = json.dumps(told).encode()
        return _head(b"200 OK", len(body)), body


def _fresh(headers: bytes, etag: bytes, modified: bytes) -> bool:
    """Whether the client has this already (RFC 9110 §13.2.2: If-Modified-Since counts without If-None-Match only)."""
    lower = headers.lower()
    if b"if-none-match:" in lower:
        return b"if-none-match: " + etag in lower
    return b"if-modified-since: " + modified.lower() in lower


def _head(status: bytes, length: int, more: bytes = b"") -> bytes:
    return b"HTTP/1.1 %s\r\nContent-Type: application/rss+xml; charset=utf-8\r\nContent-Length: %d\r\n%s\r\n" % (
        status,
        length,
        more,
    )


class Connection(asyncio.Protocol):
    """One client. Requests have no body; answers go out in the order of the requests."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._waiting = b""
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Only this machine is served, although the socket listens on all its addresses."""
        self._transport = cast(asyncio.Transport, transport)
        if not transport.get_extra_info("peername")[0].startswith("127."):
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        """Answer every request that is whole."""
        self._waiting += data
        while b"\r\n\r\n" in self._waiting:
            request, _, self._waiting = self._waiting.partition(b"\r\n\r\n")
            line, _, headers = request.partition(b"\r\n")
            head, body = self._site.answer(line.split(b" ")[1], headers)
            self._transport.writelines((head, body))
            if b"\r\nconnection: close" in b"\r\n" + headers.lower() or line.endswith(b"HTTP/1.0"):
                self._transport.close()


async def serve(site: Site, ready: Callable[[int], None]) -> None:
    """Serve until standard input ends."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(site), "0.0.0.0", 0, backlog=1024)  # noqa: S104 (127.0.0.0/8)
    ready(server.sockets[0].getsockname()[1])
    ended = asyncio.Event()
    loop.add_reader(sys.stdin.fileno(), ended.set)
    await ended.wait()
    server.close()


def main() -> None:
    """Read the numbers, render, serve."""
    options = argparse.ArgumentParser(description="The origin of the benchmarks.")
    options.add_argument("--feeds", type=int, required=True)
    options.add_argument("--entries", type=int, required=True)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--newest", type=int, required=True, help="Unix time of the newest entry before delta")
    options.add_argument("--waves", type=int, default=0, help="entries of each feed that are held back")
    options.add_argument("--folder", type=Path, required=True, help="for what does not fit into memory")
    options.add_argument("--delta", action="store_true", help="render the mode delta at once, too")
    numbers = options.parse_args()
    newest = datetime.fromtimestamp(numbers.newest, UTC)
    corpus = Corpus(numbers.feeds, numbers.entries, newest=newest, seed=numbers.seed, waves=numbers.waves)
    site = Site(corpus, numbers.folder)
    if numbers.delta:
        site.render_delta()

    def ready(port: int) -> None:
        print(json.dumps({"port": port}), flush=True)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(site, ready))


if __name__ == "__main__":
    main()
