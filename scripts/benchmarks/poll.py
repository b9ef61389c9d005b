"""`scripts/bench poll`: the cycle cold, warm and with a few new entries, us and the peers in turn.

In: options. Out: results as JSON values. Every repetition starts from an empty database; the modes run in their order
on one database. The systems take turns within a repetition, so that what else the machine does hits all alike.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
from collections import defaultdict
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from benchmarks import hosting, machine, measure, peers, places, poll_report, readmes, report, systems, verify
from benchmarks.origin import MODES
from benchmarks.systems import ours

TIMEOUT = 900.0  #: seconds for one cycle of one system

STARTS = 5  #: times that `aggregator --help` is started

section = poll_report.section
readme = readmes.block


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of the subcommand."""
    parser.add_argument("--feeds", type=report.positive, default=200)
    parser.add_argument("--entries", type=report.positive, default=50)
    parser.add_argument("--repeat", type=report.positive, default=3)
    peers.add_option(parser)


@dataclass(slots=True)
class Cell:
    """What one system did in one mode, over the repetitions."""

    runs: list[measure.Usage] = field(default_factory=list)
    entries: int = 0
    size: int = 0
    index: int = 0
    served: dict[str, int] = field(default_factory=dict)


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Measure, printing as it goes."""
    beside = peers.ready(options.peers)
    names = systems.of_peers(beside)
    cells: dict[tuple[str, str], Cell] = defaultdict(Cell)
    noises = []
    print(f"origin: rendering {options.feeds} feeds of {options.entries} entries", flush=True)
    with closing(hosting.Origin(options.feeds, options.entries)) as origin:
        for repetition in range(options.repeat):
            for name in names:
                noises.append(measure.noise())
                print(f"repetition {repetition + 1}, {name} (fixed loop {noises[-1]:.2f} s):", flush=True)
                _cycles(name, origin, cells)
    results = _results(options, names, cells) | {"help": _start()}
    return results | {"noise": [min(noises), max(noises)], "versions": peers.versions(beside)}


def _start() -> float:
    """Seconds from the start to the end of `aggregator --help`: the median of some."""
    command = [sys.executable, "-m", "aggregator", "--help"]
    return statistics.median(measure.run(command, env=ours.environment()).wall for _ in range(STARTS))


def _cycles(name: str, origin: hosting.Origin, cells: dict[tuple[str, str], Cell]) -> None:
    """One repetition of one system: all modes on one database."""
    folder = places.SCRATCH / name.replace(" ", "-")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    system = systems.find(name)(folder, origin.urls())
    for mode in MODES:
        origin.switch(mode)
        used = measure.run(system.command(), env=system.environment(), timeout=TIMEOUT)
        counts = origin.counts()
        cell = cells[name, mode]
        cell.runs.append(used)
        cell.served = {status: counts[status] for status in ("200", "304")}
        cell.entries, cell.size = system.entries(), system.size()
        print(
            f"  {mode:8} {used.wall:7.2f} s wall {used.cpu:7.2f} s CPU {used.rss / 2**20:6.0f} MB "
            f"{cell.entries:7} entries, served {counts['200']}/{counts['304']}",
            flush=True,
        )
        if isinstance(system, ours.Ours):
            cell.index = system.index_size()
            if mode in ("cold", "delta"):
                verify.check(system, origin.corpus, delta=mode == "delta")
    shutil.rmtree(folder)


def _results(options: argparse.Namespace, names: list[str], cells: dict[tuple[str, str], Cell]) -> dict[str, Any]:
    rows = [
        {
            "system": name,
            "mode": mode,
            **measure.median(cells[name, mode].runs).as_dict(),
            "entries": cells[name, mode].entries,
            "size": cells[name, mode].size,
            "index": cells[name, mode].index,
            "served": cells[name, mode].served,
        }
        for name in names
        for mode in MODES
    ]
    return {
        "facts": machine.facts(),
        "feeds": options.feeds,
        "entries": options.entries,
        "repeat": options.repeat,
        "rows": rows,
    }
