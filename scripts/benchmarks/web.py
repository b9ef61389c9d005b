"""Requests for one address: wrk to ask, nginx to compare with. Called by serve."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks import peers, running
from benchmarks.measure import Failed

CONNECTIONS = 8
_UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0}
_BYTES = {"B": 1, "KB": 2**10, "MB": 2**20, "GB": 2**30}

_NGINX = """
{user}
daemon off;
worker_processes 1;
pid {folder}/pid;
error_log stderr;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    keepalive_requests 10000000;
    gzip_static on;
    types {{ application/rss+xml rss; application/atom+xml atom; application/feed+json json; }}
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port};
        location /feeds/ {{ alias {files}/; }}
    }}
}}
"""


def wrk() -> str:
    """The program, after getting it. Raises Failed where it cannot be had."""
    try:
        peers.debian(("wrk",), ("wrk",))
        return peers.binary("wrk")
    except (peers.Missing, subprocess.SubprocessError, OSError) as reason:
        raise Failed(f"wrk is needed: {reason}") from reason


def ask(program: str, url: str, headers: Mapping[str, str], seconds: int) -> dict[str, float]:
    """One thread, 8 connections: requests a second, 99 of 100 answered within, bytes of an answer."""
    command = [program, "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency"]
    for name, value in headers.items():
        command += ["-H", f"{name}: {value}"]
    done = subprocess.run([*command, url], env=peers.environment(), capture_output=True, text=True, timeout=60)
    if done.returncode:
        raise Failed(f"wrk: {done.stderr[-400:]}")
    return understood(done.stdout)


def understood(told: str) -> dict[str, float]:
    """What wrk printed. Raises Failed where answers were no 2xx or 3xx, or connections broke."""
    rate = re.search(r"^Requests/sec:\s+([\d.]+)", told, re.MULTILINE)
    late = re.search(r"^\s+99%\s+([\d.]+)(us|ms|s|m)\b", told, re.MULTILINE)
    read = re.search(r"^\s+(\d+) requests in \S+, ([\d.]+)(B|KB|MB|GB) read", told, re.MULTILINE)
    if not (rate and late and read) or "Non-2xx" in told or "Socket errors" in told:
        raise Failed(f"wrk told:\n{told}")
    return {
        "rate": float(rate[1]),
        "p99": float(late[1]) * _UNITS[late[2]],
        "bytes": float(read[2]) * _BYTES[read[3]] / max(1, int(read[1])),
    }


class Nginx:
    """nginx with one worker that serves a folder as /feeds/. To be closed. Raises Missing."""

    def __init__(self, folder: Path, files: Path) -> None:
        peers.debian(("nginx",), ("nginx",), unpack=True)
        folder.mkdir(parents=True)
        self.port = running.free_port()
        config = folder / "nginx.conf"
        user = "user root;" if os.geteuid() == 0 else ""  # the files are ours alone
        config.write_text(_NGINX.format(user=user, folder=folder, port=self.port, files=files), "utf-8")
        command = [peers.binary("nginx"), "-e", "stderr", "-p", str(folder), "-c", str(config)]
        self._process: subprocess.Popen[Any] = subprocess.Popen(command, env=peers.environment())

    def close(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait(10)
