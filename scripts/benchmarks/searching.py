"""`scripts/bench search`: whether searches find all there is, how long they take, and what the index costs.

In: options. Out: results as JSON values. Every search is answered by a plain scan over all articles first; what ours
finds has to be exactly that, else the run fails. Beside it, on the same articles: LIKE, and FTS5 with the tokenizers of
SQLite. All in this process, one after another, so that no answer is told by a network.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aggregator.store import Store, open_store
from benchmarks import archive, indexes, machine, measure, places, queries, report
from benchmarks.indexes import Full, Plain
from benchmarks.measure import Failed
from benchmarks.queries import Asked, Text

BEST, NEWEST = "**ours**, best first", "**ours**, newest first"
SERVER_BEST, SERVER_NEWEST = "**ours** on PostgreSQL, best first", "**ours** on PostgreSQL, newest first"
LIMIT = 20  #: stories of a page
ROUNDS = 5  #: LIKE is asked once: it reads the whole table each time

_WORDS = places.TEXTS / "search.md"
_SAMPLE = 400  #: articles whose headlines and numbers are typed

_Find = Callable[[Asked], object]


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of the subcommand."""
    parser.add_argument("--articles", type=report.positive, default=100_000, help="default: 100000")
    parser.add_argument("--queries", type=report.positive, default=100, help="default: 100")
    parser.add_argument("--postgresql", metavar="URL", help="an empty database of a server, to search in too")


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Measure, printing as it goes. Raises Failed where ours finds something else than the scan."""
    folder = places.SCRATCH / "search"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    path = folder / "a.sqlite"
    shutil.copyfile(archive.database(options.articles), path)
    now = datetime.now(UTC)
    with ExitStack() as opened:
        store = opened.enter_context(open_store(f"sqlite:///{path}"))
        moved = opened.enter_context(_moved(store, options.postgresql, folder)) if options.postgresql else None
        bench = _Bench(store, moved, folder, options.articles, now)
        bench.index()
        bench.ask(options.queries)
    shutil.rmtree(folder)
    return {
        "facts": machine.facts(),
        "articles": options.articles,
        "queries": [one.typed for one in bench.asked],
        "met": [len(met) for met in bench.met],
        "kinds": bench.kinds(),
        "noise": [min(bench.noises), max(bench.noises)],
        "systems": bench.systems,
    }


def _moved(store: Store, url: str, folder: Path) -> Store:
    """The same articles on a server."""
    moved = open_store(url, folder)
    moved.migrate()
    started = time.monotonic()
    rows = sum(store.copy_to(moved, lambda _rows: None).values())
    print(f"  {rows} rows to PostgreSQL in {time.monotonic() - started:.0f} s", flush=True)
    return moved


class _Bench:
    """One archive, and the indexes over it."""

    def __init__(self, store: Store, moved: Store | None, folder: Path, count: int, now: datetime) -> None:
        self._store, self._moved, self._count, self._now = store, moved, count, now
        self._plain = Plain(folder / "plain.sqlite")
        self._full = {
            name: Full(folder / f"{kind}.sqlite", kind, self._plain) for name, kind in indexes.TOKENIZERS.items()
        }
        self.noises = [measure.noise()]
        self.asked: list[Asked] = []
        self.met: list[set[int]] = []
        self.systems: dict[str, dict[str, Any]] = defaultdict(dict)
        self._times: dict[str, list[list[float]]] = {}

    def index(self) -> None:
        """Index the articles, ours and the others."""
        started = time.process_time()
        while self._store.search.advance():
            pass
        self._cost(BEST, time.process_time() - started, self._store.search.path)
        while self._moved and self._moved.search.advance():
            pass
        rows: list[tuple[int, Text]] = []
        for one in self._articles():
            rows.append(one)
            if len(rows) == indexes.BATCH:
                self._add(rows)
                rows = []
        self._add(rows)
        for name, full in self._full.items():
            self._cost(name, full.seconds, full.path)

    def ask(self, count: int) -> None:
        """Ask every search of all, and compare what they find with the scan."""
        self._scan(count)
        store, now = self._store, self._now
        ways: dict[str, tuple[_Find, int]] = {
            BEST: (lambda one: store.search.results(one.typed, now, limit=LIMIT), ROUNDS),
            NEWEST: (lambda one: store.search.page(one.typed, LIMIT, now), ROUNDS),
            **{name: (lambda one, full=full: full.find(one, LIMIT), ROUNDS) for name, full in self._full.items()},
            indexes.LIKE: (lambda one: self._plain.find(one, LIMIT), 1),
        }
        if moved := self._moved:
            ways[SERVER_BEST] = (lambda one: moved.search.results(one.typed, now, limit=LIMIT), ROUNDS)
            ways[SERVER_NEWEST] = (lambda one: moved.search.page(one.typed, LIMIT, now), ROUNDS)
        for name, (find, rounds) in ways.items():
            self.noises.append(measure.noise())
            self._times[name] = times = [[_milliseconds(find, one) for _ in range(rounds)] for one in self.asked]
            every = [statistics.median(one) for one in times]
            self.systems[name] |= {"p50": _part(every, 50), "p95": _part(every, 95), "most": max(every),
                                   "first": _part([one[0] for one in times], 95)}  # fmt: skip
            print(
                f"  {name}: p50 {self.systems[name]['p50']:.1f} ms, p95 {self.systems[name]['p95']:.1f} ms", flush=True
            )
        self._recall(BEST, lambda one: [n for page in store.search.articles(one.typed, now) for n in page], strict=True)
        if moved:
            self._same(moved)
        for name, full in self._full.items():
            self._recall(name, full.find)
        self._recall(indexes.LIKE, self._plain.find)

    def _same(self, moved: Store) -> None:
        """Raises Failed where a search finds anything else, or in another order, on the server."""
        for one in self.asked:
            if moved.search.find(one.typed, 5_000, self._now) != self._store.search.find(one.typed, 5_000, self._now):
                raise Failed(f"{one.typed!r} finds something else on PostgreSQL")
        for name in (SERVER_BEST, SERVER_NEWEST):
            self.systems[name] |= {key: self.systems[BEST][key] for key in ("recall", "wrong", "blind")}
        print("  PostgreSQL: the same hits in the same order", flush=True)

    def kinds(self) -> list[dict[str, Any]]:
        """By kind of search: how many, how much is found, and how long ours takes."""
        groups: dict[str, list[int]] = defaultdict(list)
        for place, one in enumerate(self.asked):
            groups[one.kind].append(place)
        return [
            {"kind": kind, "typed": self.asked[places_[0]].typed, "queries": len(places_),
             "met": statistics.median(len(self.met[place]) for place in places_),
             **{name: statistics.median(statistics.median(times[place]) for place in places_)
                for name, times in self._times.items()}}
            for kind, places_ in groups.items()
        ]  # fmt: skip

    def _articles(self) -> Iterator[tuple[int, Text]]:
        for stored in self._store.articles.iterate():
            one = stored.article
            yield stored.id, Text(one.title, one.text, one.outlet or "", stored.at)

    def _add(self, rows: Sequence[tuple[int, Text]]) -> None:
        self._plain.add(rows)
        for full in self._full.values():
            full.add(rows)

    def _cost(self, name: str, seconds: float, path: Path) -> None:
        self.systems[name] |= {"each": seconds / self._count * 1000, "bytes": indexes.size(path) / self._count}
        print(f"  {name}: {seconds:.1f} s CPU to index, {self.systems[name]['bytes']:.0f} bytes an article", flush=True)

    def _scan(self, count: int) -> None:
        """Make the searches, and look at every article for each of them."""
        step = max(1, self._count // _SAMPLE)
        known = [one for number, one in self._articles() if number % step == 0]
        self.asked = queries.generate(known, archive.vocabulary(), count, self._now)
        self.met = [set() for _ in self.asked]
        started = time.monotonic()
        for number, text in self._articles():
            for one, met in zip(self.asked, self.met, strict=True):
                if one.held(text):
                    met.add(number)
        print(f"  plain scan: {time.monotonic() - started:.0f} s for {len(self.asked)} searches", flush=True)

    def _recall(self, name: str, find: Callable[[Asked], Sequence[int]], *, strict: bool = False) -> None:
        """Which part of what there is was found, and which part of what was found is right, over all searches."""
        recalls, wrong, found_all = [], 0, 0
        for one, met in zip(self.asked, self.met, strict=True):
            found = find(one)
            if strict and (set(found) != met or len(found) != len(met)):
                raise Failed(f"{one.typed!r} finds {len(set(found))} articles, {len(found)} times; the scan {len(met)}")
            recalls.append(len(met.intersection(found)) / len(met) if met else 1.0)
            wrong += len(set(found) - met)
            found_all += len(found)
        told = {"recall": statistics.mean(recalls), "wrong": wrong / found_all if found_all else 0.0,
                "blind": sum(not one for one in recalls)}  # fmt: skip
        self.systems[name] |= told
        if name == BEST:
            self.systems[NEWEST] |= told
        print(f"  {name}: recall {told['recall']:.3f}, {told['blind']} searches find nothing", flush=True)


def _milliseconds(find: _Find, one: Asked) -> float:
    started = time.perf_counter()
    find(one)
    return (time.perf_counter() - started) * 1000


def _part(values: Sequence[float], percent: int) -> float:
    return sorted(values)[min(len(values) * percent // 100, len(values) - 1)]


def section(results: dict[str, Any]) -> str:
    """The section of docs/performance.md."""
    systems, count = results["systems"], len(results["queries"])
    some = sum(met > 0 for met in results["met"])
    text = _WORDS.read_text("utf-8").format(articles=results["articles"], queries=count, some=some)
    how, _, last = text.partition("\n\n")
    head = ("by", "recall", "finds nothing", "wrong", "p50 ms", "p95 ms", "p95 first", "slowest ms")
    rows = [
        (name, f"{one['recall']:.3f}", one["blind"], f"{one['wrong']:.1%}", f"{one['p50']:.1f}", f"{one['p95']:.1f}",
         f"{one['first']:.1f}", f"{one['most']:.0f}")
        for name, one in systems.items()
    ]  # fmt: skip
    names = [BEST, NEWEST, *indexes.TOKENIZERS, indexes.LIKE]
    kinds = [
        (one["kind"], one["typed"], one["queries"], f"{one['met']:.0f}", *(f"{one[name]:.1f}" for name in names))
        for one in results["kinds"]
    ]
    parts = [
        f"## Searching {results['articles']} articles\n\n{report.facts(results)}",
        how,
        report.table(head, rows),
        report.table(("kind, median ms", "such as", "searches", "found", *names), kinds),
        _cost(systems),
        last,
        _goals(systems),
    ]
    return "\n\n".join(part.strip() for part in parts)


def _cost(systems: dict[str, dict[str, Any]]) -> str:
    ours = systems[BEST]
    rows = [
        (name, f"{one['bytes']:.0f}", f"{one['bytes'] / ours['bytes']:.2f} ×", f"{one['each']:.2f}",
         f"{one['each'] / ours['each']:.2f} ×")
        for name, one in systems.items() if "bytes" in one
    ]  # fmt: skip
    return report.table(("index", "bytes an article", "beside ours", "CPU ms an article", "beside ours"), rows)


def _goals(systems: dict[str, dict[str, Any]]) -> str:
    ours = systems[BEST]
    return report.table(
        ("figure", "to reach", "is", "reached"),
        [
            ("recall against the plain scan", "1.000", f"{ours['recall']:.3f}", report.verdict(ours["recall"] == 1)),
        ],
    )
