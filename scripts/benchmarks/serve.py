"""`scripts/bench serve`: requests a second of one output, idle and while the daemon polls, beside nginx.

In: options. Out: results as JSON values. One daemon with an empty database follows all feeds of the origin: while its
first cycle runs the output is asked for, then at rest, then in cycles with news. nginx serves the daemon's own files,
at rest. How long the event loop is held up is looked at alone: wrk would make /healthz wait by itself.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from benchmarks import hosting, machine, measure, peers, places, readmes, report, running, web
from benchmarks.systems.ours import Ours, slug

ENTRIES = 50
SHOWN = 75  #: entries of the output: some 500 KB
NEW = 2  #: new entries of each feed in a cycle with news
CALM = 0.1  #: share of a core that a daemon at rest may take (it looks every second what is due)
STALL = 0.05  #: seconds that the event loop may be held up at most

#: What is asked for -> headers. Any state of the output answers the last one with a 304, so the kind stays the same.
KINDS = {
    "200": {"Accept-Encoding": "identity"},
    "200 gzip": {"Accept-Encoding": "gzip"},
    "304": {"Accept-Encoding": "gzip", "If-None-Match": "*"},
}
#: Requests a second to reach at rest; half of them while polling.
GOALS = {"200 gzip": 8_000, "304": 30_000}

readme = readmes.block

_OUTPUT = "/feeds/all.rss"
_REST, _COLD, _NEWS = "at rest", "first cycle", "cycle with news"
_WORDS = places.TEXTS / "serve.md"


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of the subcommand."""
    parser.add_argument("--feeds", type=report.positive, default=500)
    parser.add_argument("--seconds", type=report.positive, default=4, help="of one measurement (default: 4)")


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Measure, printing as it goes."""
    program = web.wrk()
    folder = places.SCRATCH / "serve"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    noise = measure.noise()
    print(f"origin: rendering {options.feeds} feeds of {ENTRIES} entries", flush=True)
    waves = NEW * (1 + len(KINDS) + len(GOALS))
    with closing(hosting.Origin(options.feeds, ENTRIES, delta=False, waves=waves)) as origin:
        ours = Ours(folder, origin.urls())
        _shorten(ours)
        with closing(running.Daemon(ours)) as daemon:
            bench = Bench(program, options.seconds, daemon)
            bench.first_cycle()
            bench.at_rest()
            news = News(origin, daemon, [slug(feed) for feed in range(options.feeds)])
            bench.with_news(news)
            beside = bench.nginx(folder / "nginx", news)
            sizes = {"plain": bench.size("identity"), "gzip": bench.size("gzip")}
    shutil.rmtree(folder)
    facts = {"facts": machine.facts(), "noise": [noise, measure.noise()], "feeds": options.feeds}
    versions = {"wrk": peers.debian_version("wrk"), **({"nginx": peers.debian_version("nginx")} if beside else {})}
    return facts | {"seconds": options.seconds, "sizes": sizes, "versions": versions, **bench.results()}


def _shorten(ours: Ours) -> None:
    """Let the output with everything have SHOWN entries."""
    path = ours.config / "outputs.toml"
    text, count = re.subn(r"^limit = 200$", f"limit = {SHOWN}", path.read_text("utf-8"), flags=re.MULTILINE)
    if count != 1:
        raise RuntimeError("config/outputs.toml has no output of 200 entries; mend scripts/benchmarks/serve.py")
    path.write_text(text, "utf-8")


class News:
    """The origin's entries that were held back, and the daemon that is to poll them."""

    def __init__(self, origin: hosting.Origin, daemon: running.Daemon, slugs: Sequence[str]) -> None:
        self._origin, self._daemon, self._slugs = origin, daemon, slugs
        self._wave = 0

    def come(self) -> None:
        """Let each feed have NEW more, and all be due; returns when the daemon has begun."""
        self._wave += NEW
        self._origin.wave(self._wave)
        self._daemon.poll(self._slugs)
        running.wait(lambda: self._daemon.polling() > 0, 30, "the start of a cycle", step=0.01)


class Bench:
    """The measurements around one daemon."""

    def __init__(self, wrk: str, seconds: int, daemon: running.Daemon) -> None:
        self._wrk, self._seconds, self._daemon = wrk, seconds, daemon
        self._rates: list[dict[str, Any]] = []
        self._stalls: list[dict[str, Any]] = []

    def results(self) -> dict[str, Any]:
        """What was measured, as JSON values."""
        return {"rates": self._rates, "stalls": self._stalls}

    def first_cycle(self) -> None:
        """While everything is new, once the output is full."""
        running.wait(lambda: self._entries() == SHOWN, 60, "filling the output")
        with self._polled():
            self._probe(_COLD)
        for kind in KINDS:
            with self._polled():
                self._ask("aggregator", self._daemon.port, _COLD, kind)
        self._settle()

    def at_rest(self) -> None:
        """While nothing else is done."""
        self._probe(_REST)
        for kind in KINDS:
            self._ask("aggregator", self._daemon.port, _REST, kind)

    def with_news(self, news: News) -> None:
        """While each feed has new entries, a cycle for each measurement."""
        news.come()
        with self._polled():
            self._probe(_NEWS)
        self._settle()
        for kind in KINDS:
            self._once_more(news, "aggregator", self._daemon.port, kind)

    def nginx(self, folder: Path, news: News) -> bool:
        """The daemon's files by nginx, at rest and while the daemon polls; False where it cannot be had."""
        try:
            with closing(web.Nginx(folder, self._daemon.files)) as server:
                time.sleep(0.5)
                for kind in KINDS:
                    self._ask("nginx", server.port, _REST, kind)
                for kind in GOALS:
                    self._once_more(news, "nginx", server.port, kind)
        except peers.Missing as reason:
            print(f"bench: SKIPPED: nginx: {reason}", file=sys.stderr, flush=True)
            return False
        return True

    def _once_more(self, news: News, server: str, port: int, kind: str) -> None:
        news.come()
        with self._polled():
            self._ask(server, port, _NEWS, kind)
        self._settle()

    def size(self, coding: str) -> int:
        """Bytes of the output's body."""
        return len(self._daemon.get(_OUTPUT, {"Accept-Encoding": coding})[2])

    def _entries(self) -> int:
        status, _, body = self._daemon.get(_OUTPUT)
        return body.count(b"<item>") if status == 200 else 0

    def _settle(self) -> None:
        """Wait until the cycle is over, the outputs stand, and the search index knows all of it."""
        quiet = [time.monotonic(), self._daemon.cpu()]

        def still() -> bool:
            passed, spent = time.monotonic() - quiet[0], self._daemon.cpu() - quiet[1]
            if self._daemon.polling() or spent > CALM * max(passed, 0.5):
                quiet[:] = time.monotonic(), self._daemon.cpu()
            return time.monotonic() - quiet[0] > 2

        running.wait(still, 300, "the cycle, and what is done behind it", step=0.2)

    @contextmanager
    def _polled(self) -> Iterator[None]:
        """Note with what is measured inside how many updates were not done before and after it."""
        before, rates, stalls = self._daemon.polling(), len(self._rates), len(self._stalls)
        yield
        left = [before, self._daemon.polling()]
        for one in (*self._rates[rates:], *self._stalls[stalls:]):
            one["left"] = left

    def _probe(self, state: str) -> None:
        with closing(running.Prober(self._daemon.port)) as prober:
            time.sleep(self._seconds)
        took = prober.took
        self._stalls.append(
            {"state": state, "times": len(took), "p99": running.percentile(took, 0.99), "most": max(took)}
        )
        print(f"  {state}: /healthz answered after {max(took) * 1000:.1f} ms at most", flush=True)

    def _ask(self, server: str, port: int, state: str, kind: str) -> None:
        told = web.ask(self._wrk, f"http://127.0.0.1:{port}{_OUTPUT}", KINDS[kind], self._seconds)
        right = told["bytes"] < 1000 if kind == "304" else told["bytes"] > 50_000
        if not right:
            raise measure.Failed(f"{server} answered {kind} with {told['bytes']:.0f} bytes")
        self._rates.append({"server": server, "state": state, "kind": kind, **told})
        print(
            f"  {server}, {state}, {kind}: {told['rate']:.0f}/s, 99 of 100 in {told['p99'] * 1000:.2f} ms", flush=True
        )


# ------------------------------------------------------------------------------------------------ the page


def section(results: dict[str, Any]) -> str:
    """The section of docs/performance.md."""
    versions = ", ".join(f"{name} {version}" for name, version in results["versions"].items())
    words = (
        _WORDS.read_text("utf-8")
        .strip()
        .format(
            shown=SHOWN,
            plain=results["sizes"]["plain"] // 1000,
            gzip=results["sizes"]["gzip"] // 1000,
            connections=web.CONNECTIONS,
            new=NEW,
            **{name: results[name] for name in ("feeds", "seconds")},
        )
    )
    rates = [
        (one["server"], one["state"], one["kind"], f"{one['rate']:.0f}", f"{one['p99'] * 1000:.1f}", _left(one))
        for one in results["rates"]
    ]
    stalls = [
        (one["state"], one["times"], f"{one['p99'] * 1000:.1f}", f"{one['most'] * 1000:.1f}", _left(one))
        for one in results["stalls"]
    ]
    return "\n\n".join(
        (
            f"## Serving\n\n{report.facts(results)} With {versions}.",
            words,
            report.table(("server", "meanwhile", "answer", "requests/s", "99 of 100 within ms", "updates left"), rates),
            report.table(("meanwhile", "requests", "99 of 100 within ms", "longest ms", "updates left"), stalls),
            _goals(results),
        )
    )


def _left(one: dict[str, Any]) -> str:
    """How many updates were not done yet before and after a measurement."""
    return "{} to {}".format(*one["left"]) if "left" in one else ""


def _goals(results: dict[str, Any]) -> str:
    rows = []
    for one in results["rates"]:
        if one["server"] == "aggregator" and one["kind"] in GOALS:
            least = GOALS[one["kind"]] // (1 if one["state"] == _REST else 2)
            what = f"{one['kind']}, {one['state']}"
            rows.append((what, f"≥ {least} /s", f"{one['rate']:.0f} /s", report.verdict(one["rate"] >= least)))
    for one in results["stalls"]:
        what = f"event loop held up, {one['state']}"
        rows.append(
            (what, f"≤ {STALL * 1000:.0f} ms", f"{one['most'] * 1000:.0f} ms", report.verdict(one["most"] <= STALL))
        )
    return report.table(("figure", "to reach", "is", "reached"), rows)
