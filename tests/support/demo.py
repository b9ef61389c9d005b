"""`scripts/demo`: the daemon at work without internet, on an origin that invents its news.

In: options. Out: a running daemon whose config and data lie in a folder of the demo's own. Every text is invented, and
nothing leaves the machine. Ends the daemon and the origin on Ctrl-C or SIGTERM, or when either of them ends.
"""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import tomlkit

from tests.support.origin import client

_REPO = Path(__file__).resolve().parents[2]
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))

_SETTINGS = """\
# Written by scripts/demo; the running demo follows when you edit it.
data_dir = "{data}"
listen = "127.0.0.1:{port}"
title = "财经聚合（演示）"

[limits]
allow_private_pages = true   # the articles of the demo are on this machine

[rsshub]
instances = ["{origin}/rsshub"]

[sources]
sina_roll = "{origin}/api/roll/get"
sina_live = "{origin}/api/zhibo/feed"
"""

_FEEDS = (
    ("样本财经－滚动", "roll", "sina:roll/384/2519", "15s", "滚动"),
    ("样本财经－国内", "china", "sina:roll/155/1686", "15s", "国内"),
    ("样本财经－7x24", "live", "sina:live/152", "15s", "快讯"),
    ("样本通讯社", "wire", "{origin}/rss.xml", "5s", "通讯社"),
    ("样本要闻（摘要）", "thin", "{origin}/thin.xml", "20s", "要闻"),
    ("样本 RSSHub", "rsshub", "rsshub:/sina/finance/china", "20s", "滚动"),
)

_OUTPUTS = """\
[[output]]
slug = "all"
title = "财经聚合－全部（演示）"
description = "演示：全部样本文章"
limit = 200

[[output]]
slug = "flash"
title = "财经聚合－快讯（演示）"
feeds = ["live"]

[[output]]
slug = "policy"
title = "财经聚合－政策（演示）"
include = ["央行", "监管"]
"""


def write_config(folder: Path, origin: str, port: int) -> Path:
    """Write `folder`/config for an origin's address and a port to listen on; returns the config folder."""
    config = folder / "config"
    (config / "sites").mkdir(parents=True, exist_ok=True)
    data = (folder / "data").as_posix()
    (config / "aggregator.toml").write_text(_SETTINGS.format(data=data, port=port, origin=origin), "utf-8")
    feeds = tomlkit.document()
    tables = tomlkit.aot()
    for name, slug, url, interval, category in _FEEDS:
        table = tomlkit.table()
        stated = {"name": name, "slug": slug, "url": url.format(origin=origin), "interval": interval}
        table.update(stated | {"categories": [category], "allow_private": True})
        tables.append(table)
    feeds.append("feed", tables)
    (config / "feeds.toml").write_text(tomlkit.dumps(feeds), "utf-8")
    (config / "outputs.toml").write_text(_OUTPUTS, "utf-8")
    for shipped in sorted((_REPO / "config" / "sites").glob("*.toml")):
        rules = tomlkit.parse(shipped.read_text("utf-8"))
        if shipped.stem == "sina":
            hosts = rules["hosts"]
            assert isinstance(hosts, list)
            hosts.append("127.0.0.1")
        (config / "sites" / shipped.name).write_text(tomlkit.dumps(rules), "utf-8")
    return config


def free_port(wanted: int) -> int:
    """`wanted`, or any other when something listens there already."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise RuntimeError("no port of 127.0.0.1 is free")


@contextmanager
def _daemon(config: Path) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, "-m", "aggregator", "run", "--config", str(config)], cwd=_REPO)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(daemon: subprocess.Popen[bytes], address: str, patience: float = 30) -> bool:
    """Until the daemon serves its page; False when it ended or does not come up."""
    until = time.monotonic() + patience
    while daemon.poll() is None and time.monotonic() < until:
        try:
            with _DIRECT.open(f"{address}/", timeout=2):
                return True
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    return False


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _words(address: str, origin: str, config: Path, every: float, *, kept: bool) -> str:
    return f"""
  Demo: invented news, nothing leaves this machine.
    read it at      {address}/
    subscribe to    {address}/feeds/all.atom   (.rss, .json)
    it follows      {origin}   (a new article every {every:g} s)
    config, data    {config.parent}   ({"kept" if kept else "removed at the end"})
    look inside     .venv/bin/aggregator status --config {config}
  Ctrl-C ends it.
"""


@dataclass(frozen=True)
class Demo:
    """A daemon that runs on an origin. `address` has no slash at its end."""

    address: str
    config: Path
    origin: client.Origin
    daemon: subprocess.Popen[bytes]


@contextmanager
def serving(folder: Path, *, port: int = 0, every: float = 0) -> Iterator[Demo]:
    """Run origin and daemon in `folder` while the block runs. Raises RuntimeError when the daemon does not come up."""
    with client.running(every=every) as origin:
        port = free_port(port)
        config = write_config(folder, origin.url, port)
        address = f"http://127.0.0.1:{port}"
        with _daemon(config) as daemon:
            if not _wait(daemon, address):
                raise RuntimeError(f"the daemon did not come up on {address}; its words are above")
            yield Demo(address, config, origin, daemon)


def settle(demo: Demo, patience: float = 120) -> None:
    """Until every feed was polled, and the newest article, which is edited here, is stored in its new state too.

    Raises RuntimeError when that takes longer than `patience` seconds.
    """
    until = time.monotonic() + patience
    # The newest may have been told by the shortest list alone; the one edited here stands in all of them.
    edited = demo.origin.truth()[3]
    _until(until, lambda: all(one["last_success"] for one in _told(demo, "status")))
    demo.origin.edit(edited["docid"])
    _until(until, lambda: any(one["revision"] > 1 for one in _told(demo, "list", "--limit", "1000")))


def _until(end: float, holds: Callable[[], bool]) -> None:
    while not holds():
        if time.monotonic() > end:
            raise RuntimeError("the demo did not come to rest")
        time.sleep(0.5)


def _told(demo: Demo, *command: str) -> list[dict[str, Any]]:
    """What a command of the program says in JSON."""
    program = [sys.executable, "-m", "aggregator", *command, "--json", "--config", str(demo.config)]
    done = subprocess.run(program, cwd=_REPO, capture_output=True, text=True, check=True, timeout=60)
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def run(folder: Path, *, port: int, every: float, kept: bool) -> int:
    """Run the demo in `folder` until it is interrupted; returns the exit code."""
    try:
        with serving(folder, port=port, every=every) as demo:
            print(_words(demo.address, demo.origin.url, demo.config, every, kept=kept), flush=True)  # noqa: T201
            return demo.daemon.wait()
    except RuntimeError as problem:
        print(f"demo: {problem}", file=sys.stderr)  # noqa: T201
        return 1


def main() -> int:
    """Read the options and run."""
    options = argparse.ArgumentParser(prog="scripts/demo", description="The daemon at work on invented news, offline.")
    options.add_argument("--port", type=int, default=8321, help="where to serve; another one is taken when it is busy")
    options.add_argument("--every", type=float, default=5, help="seconds between new articles")
    options.add_argument("--folder", type=Path, help="keep config and data here (default: a temporary folder)")
    given = options.parse_args()
    signal.signal(signal.SIGTERM, _interrupt)
    folder = given.folder.resolve() if given.folder else Path(tempfile.mkdtemp(prefix="aggregator-demo-"))
    try:
        return run(folder, port=given.port, every=given.every, kept=bool(given.folder))
    except KeyboardInterrupt:
        return 0
    finally:
        if not given.folder:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
