"""A config folder and a data folder of its own for one test, pointing at the stand-in origin; and the CLI in it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_REPO = Path(__file__).resolve().parents[2]
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))

OUTPUTS = """
[[output]]
slug = "all"
title = "全部"
description = "测试"
"""


@dataclass(frozen=True)
class Place:
    """`folder/config` and `folder/data`. `base` is where the daemon of this place serves."""

    folder: Path
    port: int

    @property
    def config(self) -> Path:
        """The config folder."""
        return self.folder / "config"

    @property
    def data(self) -> Path:
        """The data folder."""
        return self.folder / "data"

    @property
    def base(self) -> str:
        """Address of this place's own server."""
        return f"http://127.0.0.1:{self.port}"

    def feeds(self, *feeds: Mapping[str, Any]) -> None:
        """Write feeds.toml."""
        tables = (
            "\n".join(f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in feed.items())
            for feed in feeds
        )
        (self.config / "feeds.toml").write_text("\n".join(f"[[feed]]\n{table}\n" for table in tables), "utf-8")

    def environment(self) -> dict[str, str]:
        """The environment of a command run in this place."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        return kept | {"AGGREGATOR_CONFIG": str(self.config), "PYTHONWARNINGS": "error", "PYTHONUTF8": "1"}

    def run(self, *words: str, timeout: float = 60, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run one command to its end."""
        return subprocess.run(
            [sys.executable, "-m", "aggregator", *words],
            cwd=_REPO,
            env=self.environment() | environment,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def json(self, *words: str) -> Any:
        """Run a command with --json and give what it printed."""
        done = self.run(*words, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def get(self, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
        """GET from this place's server: status, headers in lower case, body."""
        request = urllib.request.Request(f"{self.base}{path}", headers=headers)
        try:
            with _DIRECT.open(request, timeout=30) as answer:
                return answer.status, {name.lower(): value for name, value in answer.headers.items()}, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, {name.lower(): value for name, value in error.headers.items()}, error.read()

    @contextmanager
    def daemon(self) -> Iterator[subprocess.Popen[str]]:
        """The daemon of this place, answering; ended by SIGTERM when the block is left."""
        log = (self.folder / "daemon.log").open("a")
        process = subprocess.Popen(
            [sys.executable, "-m", "aggregator", "run"],
            cwd=_REPO,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            eventually(lambda: self._answers(process), 30, self.log)
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                raise
            finally:
                log.close()

    def log(self) -> str:
        """What the daemon said."""
        return (self.folder / "daemon.log").read_text("utf-8")

    def _answers(self, process: subprocess.Popen[str]) -> bool:
        assert process.poll() is None, f"the daemon ended by itself:\n{self.log()}"
        try:
            return self.get("/healthz")[0] == 200
        except OSError:
            return False


def make(folder: Path, origin_url: str, **settings: str) -> Place:
    """A place with one output, `all`, Sina's APIs at `origin_url`, the shipped site rules, and no feed."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        place = Place(folder, free.getsockname()[1])
    (place.config / "sites").mkdir(parents=True)
    general = f"""
data_dir = "{place.data}"
listen = "127.0.0.1:{place.port}"
[limits]
allow_private_pages = true
deadline = "5s"
connect = "3s"
[sources]
sina_roll = "{origin_url}/api/roll/get"
sina_live = "{origin_url}/api/zhibo/feed"
"""
    extra = "".join(f"{line}\n" for line in settings.values())
    (place.config / "aggregator.toml").write_text(general + extra, "utf-8")
    (place.config / "outputs.toml").write_text(OUTPUTS, "utf-8")
    (place.config / "feeds.toml").write_text("", "utf-8")
    for site in (_REPO / "config" / "sites").glob("*.toml"):
        text = site.read_text("utf-8").replace("hosts = [", 'hosts = ["127.0.0.1", ', 1)
        (place.config / "sites" / site.name).write_text(text, "utf-8")
    return place


def eventually(holds: Callable[[], bool], seconds: float = 60, explain: Callable[[], str] = str) -> None:
    """Wait until `holds()`; fail with what `explain()` says when it does not within `seconds`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():
            return
        time.sleep(0.1)
    raise AssertionError(f"not within {seconds} s\n{explain()}")
