"""`scripts/bench profile`: where the time of a cold cycle goes, as a table and as a flame graph.

In: options. Out: results as JSON values, and docs/images/cold-cycle.svg. py-spy samples all processes of the cycle;
each sample is booked on the first step of STEPS that one of its frames belongs to. The shares of the samples are
applied to the CPU time of the same cycle without py-spy.
"""

from __future__ import annotations

import argparse
import re
import shutil
from collections import Counter
from contextlib import closing
from typing import Any

from benchmarks import flames, hosting, machine, measure, peers, places, report
from benchmarks.systems.ours import Ours

_PICTURE = places.PAGE.parent / "images" / "cold-cycle.svg"
_RATE = 200  #: samples a second

#: Step -> what a frame of it looks like: `function (file:line)`. The first that fits a sample counts.
STEPS = {
    "imports, start of workers": r"_find_and_load \(",
    "render outputs": r"\(aggregator/(publish/|work/republish)",
    "clean": r"\(aggregator/clean/",
    "print for near-duplicates": r"\(aggregator/dedup/fingerprint",
    "hashes of entries and articles": r"\(aggregator/kit/hashing",
    "fetch": r"\((aggregator/fetch/|aiohttp/)",
    "parse": r"\(aggregator/(parse/|kit/charset)",
    "what is known": r"known \(aggregator/store/",
    "what is near": r"neighbours \(aggregator/store/",
    "commit": r"\(aggregator/store/(articles|commit|founding|changes|merge|records|engine)",
    "other use of the store": r"\(aggregator/store/",
    "is the stated text whole": r"is_thin \(",
    "decide, place": r"\(aggregator/(pipeline|dedup)/",
    "hand over to worker processes": r"\(aggregator/work/(links|worker|processes)",
    "config, command line": r"\((aggregator/(config|cli)/|typer/|click/|rich/)",
    "event loop": r"\(asyncio/",
}
_REST = "all else"

#: Innermost frames of threads that wait, although the system calls them running.
_WAITS = re.compile(r"^(_worker|select|.*\.select|.*[Ww]ait|_follow_parent|acquire|_recv|.*\._recv|accept|poll) \(")


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of the subcommand."""
    parser.add_argument("--feeds", type=report.positive, default=200)
    parser.add_argument("--entries", type=report.positive, default=50)


def run(options: argparse.Namespace) -> dict[str, Any]:
    """One cycle as it is, one under py-spy."""
    spy = peers.tool("py-spy")
    noise = measure.noise()
    with closing(hosting.Origin(options.feeds, options.entries, delta=False)) as origin:
        plain = _fresh(origin)
        used = measure.run(plain.command(), env=plain.environment(), timeout=900)
        articles = plain.entries()
        print(f"  as it is: {used.wall:.2f} s wall, {used.cpu:.2f} s CPU", flush=True)
        spied = _fresh(origin)
        raw = places.SCRATCH / "stacks"
        recording = [spy, "record", "--rate", str(_RATE), "--subprocesses", "--format", "raw", "--output", str(raw)]
        watched = measure.run([*recording, "--", *spied.command()], env=spied.environment(), timeout=1800)
        print(f"  under py-spy: {watched.wall:.2f} s wall", flush=True)
    stacks = _stacks(raw.read_text("utf-8"))
    size = flames.draw(_drawn(stacks), _PICTURE, "A cold poll, all processes: width is time")
    print(f"  wrote {_PICTURE.relative_to(places.ROOT)}, {size / 1000:.0f} kB", flush=True)
    shutil.rmtree(places.SCRATCH / "profile")
    return {
        "facts": machine.facts(),
        "noise": [noise, noise],
        "feeds": options.feeds,
        "entries": options.entries,
        "articles": articles,
        "wall": used.wall,
        "cpu": used.cpu,
        "steps": _booked(stacks),
    }


def _fresh(origin: hosting.Origin) -> Ours:
    folder = places.SCRATCH / "profile"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return Ours(folder, origin.urls())


def _stacks(raw: str) -> Counter[tuple[str, ...]]:
    """Stacks, outermost frame first, without threads that wait; processes are called main and worker."""
    stacks: Counter[tuple[str, ...]] = Counter()
    for line in raw.splitlines():
        frames, _, count = line.rpartition(" ")
        stack = frames.split(";")
        processes = [one for one in stack if one.startswith("process ")]
        stack = [re.sub(r":\d+\)$", ")", one) for one in stack if not one.startswith(("process ", "thread "))]
        if stack and not _WAITS.match(stack[-1]):
            stacks["main process" if len(processes) < 2 else "worker process", *stack] += int(count)
    return stacks


def _drawn(stacks: Counter[tuple[str, ...]]) -> Counter[tuple[str, ...]]:
    """The stacks without the five frames that each import within an import adds: they make a tower of nothing."""
    drawn: Counter[tuple[str, ...]] = Counter()
    for stack, count in stacks.items():
        drawn[tuple(one for one in stack if "<frozen importlib" not in one)] += count
    return drawn


def _booked(stacks: Counter[tuple[str, ...]]) -> dict[str, list[int]]:
    """Samples of every step: in the main process, in others."""
    booked: dict[str, list[int]] = {step: [0, 0] for step in (*STEPS, _REST)}
    for stack, count in stacks.items():
        step = next((name for name, like in STEPS.items() if any(re.search(like, one) for one in stack)), _REST)
        booked[step][stack[0] != "main process"] += count
    return booked


def section(results: dict[str, Any]) -> str:
    """The section of docs/performance.md."""
    total = sum(map(sum, results["steps"].values())) or 1
    rows = []
    for step, (main, worker) in sorted(results["steps"].items(), key=lambda one: -sum(one[1])):
        if main + worker:
            cpu = (main + worker) / total * results["cpu"]
            shares = (f"{(main + worker) / total:.1%}", f"{main / total:.1%}", f"{worker / total:.1%}")
            rows.append((step, *shares, f"{cpu:.2f}", f"{cpu / results['articles'] * 1000:.3f}"))
    head = ("step", "share", "main process", "workers", "CPU s", "ms an article")
    served = f"{results['feeds']} feeds × {results['entries']} entries"
    words = (places.TEXTS / "profile.md").read_text("utf-8").strip()
    figures = f"{results['wall']:.2f} s wall, {results['cpu']:.2f} s CPU, {results['articles']} articles"
    return "\n\n".join(
        (
            "## Where the time of a cold poll goes",
            f"{report.facts(results)} {served}; without py-spy {figures}.",
            report.table(head, rows),
            words,
        )
    )
