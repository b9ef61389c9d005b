"""The programs that are compared. One file each, one line in SYSTEMS.

A system is made for one empty folder and the addresses of the feeds; its command is one whole cycle.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Protocol

#: Name in the tables -> where it is made. A peer is chosen on the command line by what stands before the blank.
SYSTEMS: dict[str, str] = {
    "aggregator": "benchmarks.systems.ours:Ours",
    "reader": "benchmarks.systems.reader:Reader",
    "newsboat 1": "benchmarks.systems.newsboat:OneThread",
    "newsboat 4": "benchmarks.systems.newsboat:FourThreads",
    "sfeed": "benchmarks.systems.sfeed:Sfeed",
}
OURS = "aggregator"


class System(Protocol):
    """One program with its data in one folder."""

    def __init__(self, folder: Path, urls: Sequence[str]) -> None:
        """Write config and feed list; not timed."""

    def command(self) -> list[str]:
        """One cycle, from start to exit."""

    def environment(self) -> Mapping[str, str]:
        """The environment to run it in."""

    def entries(self) -> int:
        """How many entries are stored."""

    def size(self) -> int:
        """Bytes that they take, nothing waiting in a journal."""


def find(name: str) -> Callable[[Path, Sequence[str]], System]:
    """What makes the system called `name`."""
    module, _, attribute = SYSTEMS[name].partition(":")
    made: Callable[[Path, Sequence[str]], System] = getattr(import_module(module), attribute)
    return made


def of_peers(peers: Sequence[str]) -> list[str]:
    """Names in SYSTEMS: ours first, then those of the chosen peers."""
    return [OURS, *(name for name in SYSTEMS if name.partition(" ")[0] in peers)]
