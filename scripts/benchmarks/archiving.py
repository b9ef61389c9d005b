"""`scripts/bench archive`: posts in and out, and all of it as JSON Lines out and in; beside plain rows and reader.

In: options. Out: results as JSON values: one row for each step, whole processes in turn, one go. What comes out is
compared with what went in, byte for byte; a difference fails the run. (`archive.py` fills databases for scale.)
"""

from __future__ import annotations

import argparse
import shutil
import sqlite3
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks import archiving_report, machine, measure, peers, places, posts, readmes, report, systems
from benchmarks.measure import Failed
from benchmarks.systems import ours
from benchmarks.systems.ours import Ours

TIMEOUT = 7200.0  #: seconds for one step
PLAIN = "plain rows"
PEERS = ("reader",)

_DRIVERS = Path(__file__).with_name("drivers")
_NOWHERE = ("http://127.0.0.1:9/",)  #: a feed that outputs can name; nothing polls it

section = archiving_report.section
readme = readmes.block


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of the subcommand."""
    parser.add_argument("--posts", type=report.positive, default=50_000, help="default: 50000")
    told = "how many of them reader gets, which commits each (default: 5000)"
    parser.add_argument("--peer-posts", type=report.positive, default=5_000, help=told)
    peers.add_option(parser, PEERS)


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Measure, printing as it goes."""
    beside = peers.ready([one for one in options.peers if one in PEERS])
    folder = places.SCRATCH / "archive"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    print(f"writing {options.posts} posts", flush=True)
    made = posts.write(folder / "posts", options.posts)
    bench = _Bench(folder, made.count)
    bench.ours()
    bench.plain()
    if "reader" in beside:
        bench.reader(min(options.peer_posts, made.count))
    shutil.rmtree(folder)
    return {
        "facts": machine.facts(),
        "posts": made.count,
        "bytes": made.size,
        "versions": peers.versions(beside),
        "noise": [min(bench.noises), max(bench.noises)],
        "packed": bench.packed,
        "rows": bench.rows,
    }


class _Bench:
    """The steps over one folder of posts."""

    def __init__(self, folder: Path, count: int) -> None:
        self._folder = folder
        self._count = count
        self._posts = folder / "posts"
        self.rows: list[dict[str, Any]] = []
        self.noises: list[float] = []
        self.packed = 0  #: bytes of the JSON Lines

    def ours(self) -> None:
        """All steps of the program, and whether nothing was lost on any way."""
        first, second = self._home("first"), self._home("second")
        out, lines, again = (self._folder / name for name in ("out", "all.jsonl.zst", "again.jsonl.zst"))
        self._step("import posts", first, "import", self._posts)
        before = state(first.database)
        self._check("articles after the import", before[0], self._count)
        self._step("import posts again", first, "import", self._posts)
        self._check("articles, revisions and appearances after the same import again", state(first.database), before)
        self._step("export posts", first, "export", "posts", out)
        posts.compare(self._posts, out)
        self._step("export JSON Lines", first, "export", "jsonl", lines)
        self.packed = lines.stat().st_size
        self._step("import JSON Lines", second, "import", lines)
        self._check("articles, revisions and appearances after JSON Lines", state(second.database), before)
        measure.run(_command(second, "export", "jsonl", again), env=second.environment(), timeout=TIMEOUT)
        if lines.read_bytes() != again.read_bytes():
            raise Failed("JSON Lines that were imported do not come out again as they went in")

    def plain(self) -> None:
        """Rows of title, date and HTML by peewee."""
        database = self._folder / "plain.sqlite"
        command = [sys.executable, _DRIVERS / "plain_rows.py", self._posts, database]
        self._measure("import posts", PLAIN, command, ours.environment(), self._count)
        self._sized(database, "article", self._count)

    def reader(self, count: int) -> None:
        """Entries by reader's `add_entry`."""
        database = self._folder / "reader.sqlite"
        command = [places.PEERS / "bin" / "python", _DRIVERS / "reader_posts.py", self._posts, database, str(count)]
        self._measure("import posts", "reader", command, peers.environment(), count)
        self._sized(database, "entries", count)

    def _home(self, name: str) -> Ours:
        folder = self._folder / name
        folder.mkdir()
        return Ours(folder, _NOWHERE)

    def _step(self, step: str, home: Ours, *arguments: str | Path) -> None:
        self._measure(step, systems.OURS, _command(home, *arguments), home.environment(), self._count)
        if arguments[0] == "import":
            self.rows[-1] |= {"size": home.size(), "index": home.index_size()}

    def _measure(
        self, step: str, system: str, command: Sequence[str | Path], env: Mapping[str, str], count: int
    ) -> None:
        self.noises.append(measure.noise())
        used = measure.run(command, env=env, cwd=self._folder, timeout=TIMEOUT)
        figures = {name: value for name, value in asdict(used).items() if name not in ("code", "tail")}
        self.rows.append({"step": step, "system": system, "posts": count, **figures, "size": None, "index": None})
        print(
            f"  {step}, {system}: {used.wall:.2f} s wall, {used.cpu:.2f} s CPU, {used.rss / 2**20:.0f} MB, "
            f"{count / used.wall:.0f} articles/s (fixed loop {self.noises[-1]:.2f} s)",
            flush=True,
        )

    def _sized(self, database: Path, table: str, count: int) -> None:
        """Note the bytes of a peer's database, and compare the number of its rows."""
        with closing(sqlite3.connect(database)) as opened:
            (stored,) = opened.execute(f"select count(*) from {table}").fetchone()  # noqa: S608 (a name of ours)
            opened.execute("pragma wal_checkpoint(truncate)")
        self._check(f"rows of {table}", stored, count)
        self.rows[-1]["size"] = database.stat().st_size

    @staticmethod
    def _check(what: str, found: object, right: object) -> None:
        if found != right:
            raise Failed(f"{what}: {found}, {right} right")


def state(database: Path) -> tuple[int, int, int]:
    """How many articles, revisions and appearances are stored."""
    with closing(sqlite3.connect(database)) as opened:
        articles, revisions, appearances = (
            opened.execute(f"select count(*) from {table}").fetchone()[0]  # noqa: S608 (names of ours)
            for table in ("article", "revision", "appearance")
        )
    return articles, revisions, appearances


def _command(home: Ours, *arguments: str | Path) -> list[str | Path]:
    """As a user types it."""
    return [sys.executable, "-m", "aggregator", "--config", home.config, *arguments]
