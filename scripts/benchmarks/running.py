"""Our daemon as a process: start it on a free port of the loopback, ask it, end it. Called by serve and live."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from aggregator.store import open_store
from benchmarks import measure
from benchmarks.measure import Failed
from benchmarks.systems.ours import SLUG, Ours

_STARTS = 60.0  #: seconds until it must answer
_ENDS = 15.0  #: seconds that a stop may take
_PROBE = 0.01  #: seconds between two requests of a Prober


def free_port() -> int:
    """A port of the loopback that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
    return port


def wait(until: Callable[[], bool], seconds: float, what: str, step: float = 0.05) -> None:
    """Wait until something is so. Raises Failed when it takes too long."""
    deadline = time.monotonic() + seconds
    while not until():
        if time.monotonic() > deadline:
            raise Failed(f"{what} took more than {seconds:.0f} s")
        time.sleep(step)


class Daemon:
    """`aggregator run` with the config of `ours`. A context manager: it runs inside."""

    def __init__(self, ours: Ours) -> None:
        self.port = free_port()
        self._ours = ours
        self._log = ours.config.parent / "daemon.log"
        command = [sys.executable, "-m", "aggregator", "--config", str(ours.config), "run"]
        environment = {**ours.environment(), "AGGREGATOR_LISTEN": f"127.0.0.1:{self.port}"}
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        try:
            wait(self._answers, _STARTS, "the start of the daemon")
        except BaseException:
            self.close()
            raise

    def _answers(self) -> bool:
        if self._process.poll() is not None:
            raise Failed(f"the daemon ended\n{self._log.read_text('utf-8')[-2000:]}")
        try:
            return bool(self.health())
        except OSError:
            return False

    def get(self, path: str, headers: dict[str, str] | None = None) -> tuple[int, dict[str, str], bytes]:
        """Status, headers in lower case and body of one request."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", path, headers=headers or {})
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        finally:
            connection.close()

    def health(self) -> dict[str, Any]:
        """What /healthz says."""
        told: dict[str, Any] = json.loads(self.get("/healthz")[2])
        return told

    def polling(self) -> int:
        """How many updates run or wait for their turn."""
        return sum(one.startswith(SLUG) for one in self.health()["running"])

    def poll(self, slugs: Sequence[str]) -> None:
        """Leave word that these are due, as `aggregator update SLUG` does."""
        with open_store(f"sqlite:///{self._ours.database}") as store:
            store.subscriptions.poll_now(slugs)

    def cpu(self) -> float:
        """CPU seconds of it and its workers so far; a worker that ended counts no more."""
        return measure.cpu(self._process.pid)

    @property
    def files(self) -> Path:
        """Where the outputs are."""
        return self._ours.data / "public" / "feeds"

    def close(self) -> None:
        """End the process."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(_ENDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()


class Prober:
    """Asks /healthz every 10 ms from a thread until it is closed; what an answer takes, the event loop was held up."""

    def __init__(self, port: int) -> None:
        self.took: list[float] = []  #: seconds each
        self._port = port
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._ask, name="prober")
        self._thread.start()

    def _ask(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        while not self._stop.wait(_PROBE):
            started = time.perf_counter()
            connection.request("GET", "/healthz")
            connection.getresponse().read()
            self.took.append(time.perf_counter() - started)
        connection.close()

    def close(self) -> None:
        """End the thread."""
        self._stop.set()
        self._thread.join()


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` of `values` do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * round(share * 1000) // 1000) - 1)]
