"""`scripts/bench parts`: each step of the walk alone, beside the least that bare libraries take for the same bytes.

In: options. Out: results as JSON values: CPU milliseconds an article, in this one process and run. The articles are
those of the origin; each is used once, so nothing is remembered from an earlier round. A group is one feed document;
the figures of a step are the best and the median of the groups.
"""

from __future__ import annotations

import argparse
import gzip
import pickle
import shutil
import statistics
import time
import zlib
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar

from aggregator import config, publish
from aggregator.dedup import fingerprint, identity
from aggregator.kit import hashing, searchwords
from aggregator.models import Document, Output, Plan, Site, Subscription
from aggregator.parse import parse
from aggregator.pipeline import decide, labour, reuse
from aggregator.publish.fragments import Fragments
from aggregator.store import Store, open_store
from benchmarks import archive, floors, machine, measure, places, report
from benchmarks.corpus import SHARED_BY, Corpus

OURS = "**ours**"
GROUP = 50  #: entries of a group
SHOWN = 100  #: entries of the rendered output
RENDERINGS = 8
BATCH = 500  #: articles that are indexed in one go
GOAL = 0.7  #: milliseconds an article for the search index

_ORIGIN = "sina:roll/384/2519"  #: an address whose articles are cleaned by the rules of the mark-up they are in
_AGAIN, _INDEX, _SELECT = "known, all stored", "search index, behind", "select the stories"
_WORDS = places.TEXTS / "parts.md"

#: Steps of ours that are not part of the walk of a new article.
_ASIDE = (_AGAIN, _INDEX, _SELECT)

T = TypeVar("T")


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of the subcommand."""
    parser.add_argument("--groups", type=report.positive, default=20, help=f"of {GROUP} articles (default: 20)")
    parser.add_argument("--stored", type=report.positive, default=10_000, help="before (default: 10000)")


class Clock:
    """Takes the CPU time of steps and of their floors."""

    def __init__(self) -> None:
        self.taken: dict[tuple[str, str], list[float]] = defaultdict(list)

    def time(self, step: str, what: str, call: Callable[[], T], *, of: int = GROUP) -> T:
        """Run `call`, which works on `of` articles, and note what it took."""
        started = time.process_time()
        result = call()
        self.note(step, what, time.process_time() - started, of)
        return result

    def note(self, step: str, what: str, seconds: float, of: int) -> None:
        """Note what work on `of` articles took."""
        self.taken[step, what].append(seconds / of * 1000)

    def rows(self) -> list[dict[str, Any]]:
        """Best and median of every step, in the order of their first run."""
        return [
            {"step": step, "what": what, "best": min(times), "median": statistics.median(times), "times": len(times)}
            for (step, what), times in self.taken.items()
        ]


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Measure."""
    folder = places.SCRATCH / "parts"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shutil.copy(archive.database(options.stored), folder / "store.sqlite")
    noise = measure.noise()
    # The first feeds of a corpus share nothing among each other.
    corpus = Corpus((options.groups + 1) * SHARED_BY, GROUP, newest=datetime.now(UTC) - timedelta(hours=2))
    bare = floors.Bare(folder, options.stored)
    with open_store(f"sqlite:///{folder / 'store.sqlite'}") as store:
        walk = Walk(store, bare)
        walk.group(Clock(), 0, corpus.render(0))  # warms up: imports, patterns, prepared statements
        clock = Clock()
        for number in range(1, options.groups + 1):
            walk.group(clock, number, corpus.render(number))
        walk.index(clock, folder / "search.sqlite")
        for _ in range(RENDERINGS):
            _output(clock, store)
    bare.close()
    shutil.rmtree(folder)
    results = {"facts": machine.facts(), "noise": [noise, measure.noise()], "rows": clock.rows()}
    return results | {"groups": options.groups, "stored": options.stored}


class Walk:
    """The steps of a walk around one store, one after the other."""

    def __init__(self, store: Store, bare: floors.Bare) -> None:
        self._store, self._bare = store, bare
        self._sites = config.load(places.ROOT / "config", environ={}).sites
        self.ready: list[tuple[str, str]] = []  #: words of the stored articles

    def group(self, clock: Clock, number: int, body: bytes) -> None:
        """One feed document, all of it new, from its bytes to the store."""
        now = datetime.now(UTC)
        feed = Subscription(f"parts-{number}", "部分", _ORIGIN, timedelta(hours=1))
        self._store.subscriptions.sync([feed], now)
        document = Document("https://x.example.org/", "https://x.example.org/", 200, body, now)
        candidates = self._read(clock, feed, document)
        prepared = self._clean(clock, feed, candidates, now)
        self._place(clock, feed, prepared, now)
        entries = [one.entry for one in candidates]
        again = clock.time(_AGAIN, OURS, lambda: self._store.articles.known(feed.slug, reuse.both(entries)))
        if decide.select(entries, again).candidates:
            raise measure.Failed("articles that are stored are not known")
        _transfer(clock, feed, document, candidates, prepared)

    def _read(self, clock: Clock, feed: Subscription, document: Document) -> tuple[decide.Candidate, ...]:
        """Steps 2 to 4."""
        parsed = clock.time("parse", OURS, lambda: parse(document))
        clock.time("parse", "lxml, texts into dicts", lambda: floors.tree_to_dicts(document.body))
        clock.time("parse", "feedparser, flags off", lambda: floors.feedparser_flags_off(document.body))
        clock.time("hash of the body", OURS, lambda: hashing.body(document.body))
        texts = [one.content or "" for one in parsed.entries]
        clock.time("hash of what an entry states", OURS, lambda: [hashing.stated(one) for one in parsed.entries])
        clock.time("hash of what an entry states", "BLAKE2b of its text", lambda: floors.hashes(texts))
        clock.time("is the stated text whole", OURS, lambda: [decide.is_thin(one) for one in parsed.entries])
        hashed = [replace(one, stated_hash=hashing.stated(one)) for one in parsed.entries]
        entries = decide.mark_shared_links(hashed)
        asked = clock.time("known, all new", OURS, lambda: self._store.articles.known(feed.slug, reuse.both(entries)))
        clock.time("known, all new", "sqlite3, one query by id", lambda: self._bare.look_up(entries))
        select = clock.time("decide what is new", OURS, lambda: decide.select(reuse.resolve(entries, asked), asked))
        if len(select.candidates) != GROUP:
            raise measure.Failed(f"{len(select.candidates)} of {GROUP} entries are new")
        return select.candidates

    def _clean(
        self, clock: Clock, feed: Subscription, candidates: tuple[decide.Candidate, ...], now: datetime
    ) -> list[decide.Prepared]:
        """Step 7."""
        raw = [labour.raw_article(feed, one.entry, None) for one in candidates]
        texts = [one.html for one in raw]
        clean = clock.time("clean", OURS, lambda: [labour.make_clean(one, self._sites, feed.url) for one in raw])
        clock.time("clean", "lxml, parse and serialise", lambda: floors.trees(texts))
        clock.time("clean", "nh3 alone", lambda: floors.sanitised(texts))
        clock.time("clean", "BeautifulSoup + lxml, parse", lambda: floors.soups(texts))
        plain = [one.text for one in clean]
        clock.time("print for near-duplicates", OURS, lambda: [fingerprint.fingerprint(one) for one in plain])
        clock.time("print for near-duplicates", "set of runs of 3 characters", lambda: floors.runs(plain))
        clock.time("hash of the article", OURS, lambda: [hashing.content(one) for one in clean])
        clock.time("hash of the article", "BLAKE2b of its text", lambda: floors.hashes(plain))
        clock.time("story key", OURS, lambda: [identity.story_key(one.title, one.published or now) for one in clean])
        return [decide.prepare(one, article, now) for one, article in zip(candidates, clean, strict=True)]

    def _place(self, clock: Clock, feed: Subscription, prepared: list[decide.Prepared], now: datetime) -> None:
        """Steps 8 to 10."""
        articles = self._store.articles
        keys = [one.key for one in prepared]
        prints = [(one.fingerprint, one.at) for one in prepared if one.fingerprint is not None]
        around = clock.time("what is near", OURS, lambda: articles.neighbours(keys, prints))
        writes = clock.time("place in a story", OURS, lambda: decide.writes(prepared, around, now=now))
        plan = Plan(feed.slug, writes=writes)
        (outcome,) = clock.time("commit", OURS, lambda: articles.commit([plan], now))
        if outcome.new != GROUP:
            raise measure.Failed(f"{outcome.new} of {GROUP} articles were stored as new")
        clean = [one.article for one in prepared]
        clock.time("commit", "sqlite3, executemany of the HTML", lambda: self._bare.insert(clean))
        clock.time("commit", "peewee, insert_many of the HTML", lambda: self._bare.insert_many(clean))
        self.ready += [(searchwords.terms(one.title), searchwords.terms(one.text)) for one in clean]

    def index(self, clock: Clock, path: Path) -> None:
        """The search index of all that is stored, where this version has one; and of words that are ready."""
        if find_spec("aggregator.store.search") is not None:
            search = import_module("aggregator.store.wordindex").WordIndex(path, self._store.articles.changed)
            while True:
                started = time.process_time()
                if (count := search.advance(BATCH)) < BATCH:
                    break
                clock.note(_INDEX, OURS, time.process_time() - started, count)
        for start in range(0, len(self.ready), BATCH):
            ready = self.ready[start : start + BATCH]
            clock.time(_INDEX, "FTS5, ready words", partial(self._bare.index, ready), of=len(ready))


def _transfer(
    clock: Clock,
    feed: Subscription,
    document: Document,
    candidates: tuple[decide.Candidate, ...],
    prepared: list[decide.Prepared],
) -> None:
    """What is handed to a worker process and back: the document for the feed, candidates for cleaned articles."""
    read = labour.read_feed(document, feed.timezone, feed.language)
    whole = [(one, None, None) for one in candidates]

    def there_and_back(sent: object, result: object) -> None:
        pickle.loads(pickle.dumps(sent))  # noqa: S301 (our own)
        pickle.loads(pickle.dumps(result))  # noqa: S301 (our own)

    step = "to a worker process and back"
    clock.time(step, f"{OURS}, to parse", lambda: there_and_back(document, read))
    clock.time(step, f"{OURS}, to clean", lambda: there_and_back((feed, whole), prepared))


def _output(clock: Clock, store: Store) -> None:
    """An output of the newest articles in three formats, written anew and from kept entries, and compressed."""
    now = datetime.now(UTC)
    output, site = Output("parts", "部分", limit=SHOWN), Site("https://news.example.org")
    stories = clock.time(_SELECT, OURS, lambda: store.stories.select(output, now), of=SHOWN)
    kept = Fragments()

    def render() -> dict[str, bytes]:
        return publish.documents(output, site, stories, now=now, fragments=kept)

    clock.time("render, all new", f"{OURS}, three formats", render, of=SHOWN)
    clock.time("render, all new", "feedgen, RSS only", lambda: floors.feedgen(output, site, stories), of=SHOWN)
    bodies = clock.time("render, none new", f"{OURS}, three formats", render, of=SHOWN)
    ready = [{name: body[: len(body) // len(stories)] for name, body in bodies.items()}] * len(stories)
    clock.time("render, none new", "joining ready entries", lambda: floors.joined(ready), of=SHOWN)
    body = bodies["rss"]
    clock.time("compress, RSS only", f"{OURS}, gzip 6", lambda: gzip.compress(body, 6, mtime=0), of=SHOWN)
    clock.time("compress, RSS only", "zlib 1", lambda: zlib.compress(body, 1), of=SHOWN)


# ------------------------------------------------------------------------------------------------ the page


def section(results: dict[str, Any]) -> str:
    """The section of docs/performance.md."""
    ours = {row["step"]: row["best"] for row in reversed(results["rows"]) if row["what"].startswith(OURS)}
    rows = [
        (
            row["step"],
            row["what"],
            f"{row['best']:.4f}",
            f"{row['median']:.4f}",
            _beside(row, ours),
        )
        for row in results["rows"]
    ]
    walk = sum(row["median"] for row in results["rows"] if row["what"] == OURS and row["step"] not in _ASIDE)
    words = _WORDS.read_text("utf-8").strip().format(group=GROUP, shown=SHOWN, walk=f"{walk:.2f}", **results)
    head = ("step", "what", "ms an article", "median", "ours beside it")
    parts = ["## The parts", report.facts(results), words, report.table(head, rows), _goals(results)]
    return "\n\n".join(part for part in parts if part)


def _beside(row: dict[str, Any], ours: dict[str, float]) -> str:
    """How many times a floor our step takes."""
    if row["what"].startswith(OURS) or row["step"] not in ours:
        return ""
    return f"{ours[row['step']] / row['best']:.1f} ×"


def _goals(results: dict[str, Any]) -> str:
    """The figure to reach, once there is one."""
    took = [
        one["median"] for one in results["rows"] if one["step"].startswith("search") and one["what"].startswith(OURS)
    ]
    if not took:
        return ""
    line = (_INDEX, f"≤ {GOAL} ms an article", f"{took[0]:.2f} ms", report.verdict(took[0] <= GOAL))
    return report.table(("figure", "to reach", "is", "reached"), [line])
