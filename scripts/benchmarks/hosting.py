"""Start the origin in a process of its own, talk to it, end it. Called by the subcommands."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

from benchmarks import places
from benchmarks.corpus import Corpus
from benchmarks.measure import Failed

#: Straight to the loopback, whatever proxy the environment names.
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))

_NEWEST_BEFORE = 7200  #: seconds between the newest entry and the start, so that delta's are not in the future either


class Origin:
    """The running origin, and the corpus that it serves, for comparison. A context manager."""

    def __init__(
        self, feeds: int, entries: int, *, seed: int = 1, delta: bool = True, newest: int = 0, waves: int = 0
    ) -> None:
        newest = newest or int(time.time()) - _NEWEST_BEFORE
        self.feeds, self.entries, self.seed, self.newest, self.waves = feeds, entries, seed, newest, waves
        self._corpus: Corpus | None = None
        places.SCRATCH.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "benchmarks.origin", "--feeds", str(feeds), "--entries", str(entries)]
        command += ["--seed", str(seed), "--newest", str(newest), "--folder", str(places.SCRATCH)]
        command += ["--waves", str(waves)]
        self._process = subprocess.Popen(
            [*command, "--delta"] if delta else command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
        )
        assert self._process.stdout is not None  # noqa: S101 (for the type checker)
        told = self._process.stdout.readline()
        if not told:
            raise Failed(f"the origin did not start (exit code {self._process.wait()})")
        self.port = int(json.loads(told)["port"])

    @property
    def pid(self) -> int:
        """The process, for whoever counts processes."""
        return self._process.pid

    @property
    def corpus(self) -> Corpus:
        """The truth about what is served, made when first asked for."""
        if self._corpus is None:
            from datetime import UTC, datetime

            newest = datetime.fromtimestamp(self.newest, UTC)
            self._corpus = Corpus(self.feeds, self.entries, newest=newest, seed=self.seed, waves=self.waves)
        return self._corpus

    def urls(self) -> list[str]:
        """One address per feed, each on a host of its own: real feeds stand on many, and politeness is per host."""
        return [
            f"http://127.{1 + feed // 62500}.{feed % 62500 // 250}.{1 + feed % 250}:{self.port}/feed/{feed}.xml"
            for feed in range(self.feeds)
        ]

    def switch(self, mode: str) -> None:
        """Serve in another mode, and count from zero."""
        self._get(f"/control/mode/{mode}")

    def wave(self, number: int) -> None:
        """Show so many of the entries that were held back."""
        self._get(f"/control/wave/{number}")

    def counts(self) -> dict[str, Any]:
        """What was served since the last switch, by status; `last`: when the last body was, by time.monotonic()."""
        counts: dict[str, Any] = self._get("/control/counts")
        return counts

    def _get(self, path: str) -> Any:
        with _DIRECT.open(f"http://127.0.0.1:{self.port}{path}", timeout=120) as answer:
            return json.load(answer)

    def close(self) -> None:
        """End the process."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                pipe.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
