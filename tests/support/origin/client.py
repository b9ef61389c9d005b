"""Start the stand-in origin in a process of its own and steer it over its `/_control` addresses."""

from __future__ import annotations

import json
import selectors
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

_REPO = Path(__file__).resolve().parents[3]
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True)
class Origin:
    """A running origin. `url` has no slash at its end; `pid` is that of its process."""

    url: str
    pid: int

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self.url.rpartition(":")[2])

    def control(self, what: str, **fields: Any) -> Any:
        """POST `fields` to `/_control/<what>` and give its JSON answer."""
        request = urllib.request.Request(
            f"{self.url}/_control/{what}",
            data=json.dumps(fields).encode(),
            headers={"Content-Type": "application/json"},
        )
        with _DIRECT.open(request, timeout=30) as answer:
            return json.load(answer)

    def reset(self, **fields: Any) -> None:
        """Back to the first day: same articles, empty log, no faults. Options: `seed`, `backlog`, `now` (epoch)."""
        self.control("reset", **fields)

    def log(self, path: str | None = None) -> list[dict[str, Any]]:
        """Requests seen since the reset, oldest first: at, method, path, query, headers (lower-case names), status."""
        seen: list[dict[str, Any]] = self.control("log")
        return [one for one in seen if path is None or one["path"] == path]

    def publish(self, count: int = 1, **fields: Any) -> list[dict[str, Any]]:
        """Publish articles now; `fields` override what would be invented (title, outlet, kind …). Gives the truth."""
        published: list[dict[str, Any]] = self.control("publish", count=count, **fields)
        return published

    def edit(self, docid: str | None = None, **fields: Any) -> dict[str, Any]:
        """Edit one article (the newest, when none is named): text and mtime change. Gives the truth."""
        edited: dict[str, Any] = self.control("edit", docid=docid, **fields)
        return edited

    def withdraw(self) -> dict[str, Any]:
        """Mark the newest 7x24 row as deleted. Gives the row's id and title."""
        gone: dict[str, Any] = self.control("withdraw")
        return gone

    def truth(self) -> list[dict[str, Any]]:
        """Every article as it is meant to be read, newest first."""
        articles: list[dict[str, Any]] = self.control("truth")
        return articles

    def fault(self, path: str, **what: Any) -> None:
        """Answer `path` (a `*` at its end: everything below) otherwise from now on.

        `status`, `headers`, `body` (text, sent in `encoding`, `repeat` times) replace the answer, `delay` (seconds)
        comes before it, `times` limits how often. A fault without status, headers and body delays the true answer.
        """
        self.control("fault", path=path, **what)

    def heal(self) -> None:
        """Take all faults away."""
        self.control("heal")


@contextmanager
def running(*, port: int = 0, every: float = 0, patience: float = 20) -> Iterator[Origin]:
    """Run an origin while the block runs. Raises RuntimeError when it does not come up within `patience` seconds."""
    command = [sys.executable, "-m", "tests.support.origin", "--port", str(port), "--every", str(every)]
    process = subprocess.Popen(command, cwd=_REPO, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        line = _first_line(process.stdout, patience).strip()
        if not line.startswith("http://"):
            raise RuntimeError(f"the stand-in origin did not start: {line or 'it said nothing'}")
        yield Origin(line, process.pid)
    finally:
        _stop(process)


def _first_line(stream: IO[str], patience: float) -> str:
    with selectors.DefaultSelector() as ready:
        ready.register(stream, selectors.EVENT_READ)
        return stream.readline() if ready.select(patience) else ""


def _stop(process: subprocess.Popen[str]) -> None:
    """Closing its stdin is enough; the rest is for a process that hangs."""
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            stream.close()
    for signal_number in (None, signal.SIGTERM, signal.SIGKILL):
        if signal_number is not None:
            process.send_signal(signal_number)
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            continue
        return
