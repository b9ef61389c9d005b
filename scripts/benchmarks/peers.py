"""The programs that we are compared with: get them, or say why not.

Python peers go into a virtual environment of their own; Debian packages are used where installed, else installed by
root, else unpacked below .bench/. What cannot be had is skipped, loudly. Nothing here is a dependency of the program.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks import places
from benchmarks.measure import Failed

_PINS = Path(__file__).with_name("peers.txt")

#: Peer -> its Debian packages, and the programs of them that are called. None: from peers.txt.
KNOWN: dict[str, tuple[tuple[str, ...], tuple[str, ...]] | None] = {
    "reader": None,
    "newsboat": (("newsboat",), ("newsboat",)),
    "sfeed": (("sfeed", "curl"), ("sfeed_update", "sfeed", "curl")),
}


class Missing(Exception):  # noqa: N818 (named for what happened)
    """A peer cannot be had; the text says why."""


def add_option(parser: argparse.ArgumentParser, names: Sequence[str] = tuple(KNOWN)) -> None:
    """--peers for a subcommand; `names` are its default."""
    told = f"comma-separated, '' for none (default: {','.join(names)})"
    parser.add_argument("--peers", type=_names, default=tuple(names), help=told)


def _names(text: str) -> tuple[str, ...]:
    names = tuple(one.strip() for one in text.split(",") if one.strip())
    for name in names:
        if name not in KNOWN:
            raise argparse.ArgumentTypeError(f"{name!r} is no peer; known: {', '.join(KNOWN)}")
    return names


def ready(names: Sequence[str]) -> list[str]:
    """Those of `names` that can be run, after getting what is missing."""
    found = []
    for name in names:
        try:
            packages = KNOWN[name]
            if packages is None:
                _virtual_environment()
            else:
                debian(*packages)
        except (Missing, subprocess.SubprocessError, OSError) as reason:
            print(f"bench: SKIPPED: {name}: {reason}", file=sys.stderr, flush=True)
        else:
            found.append(name)
    return found


def versions(names: Sequence[str]) -> dict[str, str]:
    """Version of every peer of `names`."""
    found = {}
    for name in names:
        if KNOWN[name] is None:
            pin = re.search(rf"^{name}==(\S+)", _PINS.read_text("utf-8"), re.MULTILINE)
            found[name] = pin[1] if pin else "?"
        else:
            found[name] = debian_version(name)
    return found


def debian_version(package: str) -> str:
    """Version of a Debian package, installed or unpacked."""
    unpacked = places.DEBIAN / f"{package}.version"
    if unpacked.exists():
        return unpacked.read_text("utf-8")
    query = ["dpkg-query", "--show", "--showformat=${Version}", package]
    return subprocess.run(query, capture_output=True, text=True).stdout or "?"


def environment() -> Mapping[str, str]:
    """What peers are run in: no proxy, nothing of ours, and the unpacked packages at hand."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.lower().endswith("_proxy") and not name.startswith(("PYTHON", "AGGREGATOR_"))
    }
    unpacked = (places.DEBIAN / "usr" / "bin", places.DEBIAN / "usr" / "sbin")
    kept["PATH"] = ":".join([kept.get("PATH", "/usr/bin:/bin"), "/usr/sbin", *map(str, unpacked)])
    below = places.DEBIAN / "usr" / "lib"
    libraries = [str(one) for one in (below, *sorted(below.glob("*-linux-*"))) if one.is_dir()]
    if libraries:
        kept["LD_LIBRARY_PATH"] = ":".join([*filter(None, [kept.get("LD_LIBRARY_PATH")]), *libraries])
    return kept


def binary(name: str) -> str:
    """The program called `name`. Raises Missing."""
    found = shutil.which(name, path=environment()["PATH"])
    if not found:
        raise Missing(f"there is no program {name}")
    return found


def tool(name: str) -> str:
    """A program out of peers.txt. Raises Failed where it cannot be had."""
    try:
        _virtual_environment()
    except (Missing, subprocess.SubprocessError, OSError) as reason:
        raise Failed(f"{name} is needed: {reason}") from reason
    return str(places.PEERS / "bin" / name)


def _virtual_environment() -> None:
    """Make .bench/peers, or make it anew when the list has changed."""
    stamp = places.PEERS / "installed.txt"
    if stamp.exists() and stamp.read_bytes() == _PINS.read_bytes():
        return
    print("bench: installing the Python peers into .bench/peers", flush=True)
    shutil.rmtree(places.PEERS, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "venv", str(places.PEERS)], check=True)
    pip = [str(places.PEERS / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "--quiet", "--no-input"]
    done = subprocess.run([*pip, "install", "-r", str(_PINS)], capture_output=True, text=True)
    if done.returncode:
        raise Missing(f"pip: {done.stderr.strip()[-400:]}")
    shutil.copy(_PINS, stamp)


def debian(packages: Sequence[str], programs: Sequence[str], *, unpack: bool = False) -> None:
    """Get Debian packages where `programs` are not there. Raises Missing.

    `unpack` even as root: installing a server starts it, too.
    """
    search = environment()["PATH"]
    if all(shutil.which(one, path=search) for one in programs):
        return
    if not shutil.which("apt-get"):
        raise Missing(f"not installed, and there is no apt-get to get it with: {' '.join(packages)}")
    if os.geteuid() == 0 and not unpack:
        print(f"bench: apt-get install {' '.join(packages)}", flush=True)
        command = ["apt-get", "install", "--yes", "--no-install-recommends", "-qq", *packages]
        done = subprocess.run(
            command, capture_output=True, text=True, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        )
        if done.returncode:
            raise Missing(f"apt-get install: {done.stderr.strip()[-400:]}")
    else:
        _unpack(packages)
    for program in programs:
        binary(program)


def _unpack(packages: Sequence[str]) -> None:
    """Packages, and those they need that are not installed, into .bench/debian, without being root."""
    print(f"bench: unpacking {' '.join(packages)} into .bench/debian", flush=True)
    places.DEBIAN.mkdir(parents=True, exist_ok=True)
    command = ["apt-get", "install", "--simulate", "--no-install-recommends", "-qq", *packages]
    planned = subprocess.run(command, capture_output=True, text=True)
    wanted = re.findall(r"^Inst (\S+) \((\S+)", planned.stdout, re.MULTILINE)
    if planned.returncode or not wanted:
        raise Missing(f"apt-get: {planned.stderr.strip()[-400:]}")
    for name, version in wanted:
        got = subprocess.run(["apt-get", "download", "-qq", name], cwd=places.DEBIAN, capture_output=True, text=True)
        if got.returncode:
            raise Missing(f"apt-get download {name}: {got.stderr.strip()[-400:]}")
        for file in places.DEBIAN.glob(f"{name}_*.deb"):
            subprocess.run(["dpkg", "-x", str(file), str(places.DEBIAN)], check=True)
            file.unlink()
        (places.DEBIAN / f"{name}.version").write_text(version, "utf-8")
