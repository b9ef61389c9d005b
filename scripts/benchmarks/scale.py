"""`scripts/bench scale`: does an article cost the same when there are more feeds, and when much is stored already?

In: options. Out: results as JSON values: one cold cycle for each number of feeds, and one cycle of 200 feeds with all
their entries new for each number of stored articles.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from benchmarks import archive, hosting, machine, measure, peers, places, report, systems, verify
from benchmarks.systems.ours import Ours

ENTRIES = 50
SMALL = 200  #: feeds up to which the cycle is repeated, compared with the peers and checked article by article
PEERS = ("reader",)

_HEAD = ("program", "wall s", "CPU s", "CPU ms an article", "beside the smallest", "reached", "peak MB", "runs")
_WORDS = places.TEXTS / "scale.md"


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of the subcommand."""
    parser.add_argument("--feeds", type=_numbers, default=(50, 200, 800, 3200), help="default: 50,200,800,3200")
    parser.add_argument("--stored", type=_numbers, default=(10_000, 300_000), help="default: 10000,300000; '' for none")
    parser.add_argument("--repeat", type=report.positive, default=3, help="of cycles up to 200 feeds (default: 3)")
    peers.add_option(parser, PEERS)


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(report.positive(one) for one in text.split(",") if one)


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Measure, printing as it goes."""
    beside = peers.ready(options.peers)
    names = systems.of_peers(beside)
    noises: list[float] = []
    grown = [row for feeds in options.feeds for row in _grow(feeds, names, options.repeat, noises)]
    stored = _with_stored(options.stored, options.repeat, noises) if options.stored else []
    return {
        "facts": machine.facts(),
        "entries": ENTRIES,
        "repeat": options.repeat,
        "versions": peers.versions(beside),
        "noise": [min(noises), max(noises)] if noises else None,
        "grown": grown,
        "stored": stored,
    }


def _grow(feeds: int, names: Sequence[str], repeat: int, noises: list[float]) -> list[dict[str, Any]]:
    """Cold cycles of one number of feeds."""
    runs: dict[str, list[measure.Usage]] = {name: [] for name in names if name == systems.OURS or feeds <= SMALL}
    entries = dict.fromkeys(runs, 0)
    with closing(hosting.Origin(feeds, ENTRIES, delta=False)) as origin:
        for _ in range(repeat if feeds <= SMALL else 1):
            for name, done in runs.items():
                system = systems.find(name)(_empty(name), origin.urls())
                noises.append(measure.noise())
                done.append(_cycle(system, feeds))
                entries[name] = system.entries()
                _say(f"{feeds} feeds, {name}", done[-1], entries[name], noises[-1])
                if isinstance(system, Ours):
                    check = verify.check_counts if feeds > SMALL else lambda *both: verify.check(*both, delta=False)
                    check(system, origin.corpus)
    return [{"feeds": feeds, "system": name, "entries": entries[name], **_figures(done)} for name, done in runs.items()]


def _with_stored(counts: Sequence[int], repeat: int, noises: list[float]) -> list[dict[str, Any]]:
    """Cycles of 200 feeds with new articles only, on databases that hold `counts` articles; in turn."""
    runs: dict[int, list[measure.Usage]] = {count: [] for count in counts}
    filled = {count: archive.database(count) for count in counts}
    with closing(hosting.Origin(SMALL, ENTRIES, delta=False)) as origin:
        new = len({one.docid for _, one in origin.corpus.seen()})
        for _ in range(repeat):
            for count, done in runs.items():
                ours = Ours(_empty(systems.OURS), origin.urls())
                ours.data.mkdir()
                shutil.copy(filled[count], ours.database)
                noises.append(measure.noise())
                done.append(_cycle(ours, SMALL))
                _say(f"{count} stored", done[-1], ours.entries(), noises[-1])
                if ours.entries() != count + new:
                    raise measure.Failed(f"{ours.entries()} articles stored, {count + new} right")
    shutil.rmtree(places.SCRATCH / systems.OURS)
    return [{"stored": count, "entries": new, **_figures(done)} for count, done in runs.items()]


def _cycle(system: systems.System, feeds: int) -> measure.Usage:
    """One cycle within a time that grows with the feeds, so that one size out of bounds is noticed early."""
    return measure.run(system.command(), env=system.environment(), timeout=120 + 1.0 * feeds)


def _empty(name: str) -> Path:
    folder = places.SCRATCH / name.replace(" ", "-")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _figures(runs: Sequence[measure.Usage]) -> dict[str, float]:
    return {**measure.median(runs).as_dict(), "cpu": statistics.median(one.cpu for one in runs)}


def _say(what: str, used: measure.Usage, entries: int, noise: float) -> None:
    print(
        f"  {what}: {used.wall:.2f} s wall, {used.cpu:.2f} s CPU, {used.rss / 2**20:.0f} MB, {entries} entries "
        f"(fixed loop {noise:.2f} s)",
        flush=True,
    )


# ------------------------------------------------------------------------------------------------ the page


def section(results: dict[str, Any]) -> str:
    """The section of docs/performance.md."""
    words = _WORDS.read_text("utf-8").format(entries=results["entries"], small=SMALL, a_day=archive.A_DAY)
    more, _, much = (part.strip() for part in words.partition("\n\n"))
    parts = [f"## Growth\n\n{report.facts(results)}"]
    parts += ["### More feeds", more, report.table(("feeds", *_HEAD), _rows(results["grown"], "feeds", 1.2))]
    if results["stored"]:
        parts += ["### Much stored", much, report.table(("stored", *_HEAD), _rows(results["stored"], "stored", 1.3))]
    return "\n\n".join(parts)


def _rows(results: Sequence[dict[str, Any]], key: str, most: float) -> list[tuple[object, ...]]:
    least: dict[str, float] = {}
    rows: list[tuple[object, ...]] = []
    for one in results:
        system = one.get("system", systems.OURS)
        each = one["cpu"] / one["entries"] * 1000
        ratio = each / least.setdefault(system, each)
        reached = "–" if ratio == 1 or system != systems.OURS else report.verdict(ratio <= most)
        figures = (f"{one['wall']:.1f}", f"{one['cpu']:.1f}", f"{each:.2f}", f"{ratio:.2f} ×")
        rows.append((one[key], system, *figures, reached, report.megabytes(one["rss"]), one["runs"]))
    return rows
