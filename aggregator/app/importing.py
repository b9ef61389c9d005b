"""`aggregator import`: files of any kind become articles, as a stream, in groups of one transaction each.

In: paths. Out: a Report that counts; what failed is told when it is met, with its place and reason, and the rest goes
on. Reading and cleaning are done in worker processes where there is much of it; what is stored is stored in the order
in which it was read, so the result does not depend on them. Called by app/core.py.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from aggregator import archive
from aggregator.app import build, feedlist, rediscovery
from aggregator.app.marks import Marks
from aggregator.archive import Format, files
from aggregator.archive.items import Broken, FeedDocument, Followed, Item, LeftOut, PageDocument, Post, Stated, Whole
from aggregator.errors import AlreadyRunning, ArchiveError
from aggregator.models import Outcome, SiteRules
from aggregator.pipeline import intake
from aggregator.pipeline.tools import Labour
from aggregator.work import processes

if TYPE_CHECKING:
    from aggregator.app.core import App

#: Things to a transaction, and about how many characters of text at most.
BATCH = 100
BATCH_WEIGHT = 1 << 20

#: About how long a state of an article is.
WHOLE_WEIGHT = 8_000

#: Things in the first batch. What became of it is waited for, as it tells whether the others will be new: cleaning
#: ahead what is stored already would be for nothing.
FIRST = 10

#: Batches that are worked on at once.
AHEAD = 12

#: Different reasons that a report keeps apart.
REASONS = 40

_NUMBER = re.compile(r"\d+")
_TITLE = re.compile(r" \((?:its title is .*|it has no title either)\)", re.DOTALL)
_QUOTED = re.compile(r"(['\"]).*\1")


@dataclass(slots=True)
class Report:
    """What an import did. `failed` and `doubtful` count by reason."""

    read: int = 0  #: things that could be read
    new: int = 0
    revised: int = 0
    merged: int = 0
    unchanged: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    doubtful: Counter[str] = field(default_factory=Counter)  #: taken, but for what is told
    left_out: Counter[str] = field(default_factory=Counter)  #: sound, but no article, by reason
    skipped: int = 0  #: files below a folder that are of no kind that can be read
    went_on: int = 0  #: records that an import before this one, which was stopped, had taken
    found_again: int = 0  #: documents in data/warc that articles were made from, entered in the index
    followed: list[Followed] = field(default_factory=list)  #: feeds that the files name
    feeds: feedlist.Followings = field(default_factory=feedlist.Followings)  #: what became of them

    def add(self, outcome: Outcome) -> None:
        """Count what one batch did."""
        self.new += outcome.new
        self.revised += outcome.revised
        self.merged += outcome.merged
        self.unchanged += outcome.unchanged


@dataclass(frozen=True, slots=True)
class Told:
    """What an import tells while it works; both are called in its own thread."""

    step: Callable[[object], None] = lambda _done: None  #: once for each thing that was taken
    problem: Callable[[str], None] = lambda _words: None  #: one sentence, with the place in front


class Taken(Protocol):
    """What became of records of a lossless archive."""

    new: int
    revised: int
    unchanged: int
    broken: list[tuple[int, str]]  #: place among the records, and what is wrong


class Records(Protocol):
    """What takes the records of a lossless archive: store/whole.py."""

    def take(self, records: Sequence[Mapping[str, Any]], *, dry: bool = ...) -> Taken:
        """Store them in one transaction; with `dry` only look."""
        ...


@dataclass(frozen=True, slots=True)
class World:
    """What an import works with."""

    articles: intake.Articles
    records: Records
    labour: Labour
    clock: Callable[[], datetime]
    marks: Marks
    sites: Sequence[SiteRules] = ()
    near: bool = True
    split_differing: bool = False
    dry: bool = False


@dataclass(slots=True)
class Batch:
    """Things of one kind that are stored together."""

    items: list[intake.Raw | Whole] = field(default_factory=list)
    weight: int = 0
    marks: dict[Path, int] = field(default_factory=dict)  #: how far each file is read when these are stored; 0: whole
    most: int = BATCH  #: things in it

    @property
    def full(self) -> bool:
        """Whether it is time to store it."""
        return len(self.items) >= self.most or self.weight >= BATCH_WEIGHT


def into(app: App, paths: Iterable[Path], form: Format | None, *, dry: bool, told: Told, follow: bool = True) -> Report:
    """Import into the store of an App, and render what that changes; with `dry` only look.

    Feeds that the files name are added to feeds.toml, unless `follow` is False.
    """
    dedup = app.config.settings.dedup
    workers = processes.Workers(build.workers(app.config))
    world = World(
        articles=app.store.articles,
        records=app.store.whole,
        labour=workers,
        clock=app.clock,
        marks=Marks(None if dry else app.store.path.with_name(f"{app.store.path.stem}-import.json")),
        sites=app.config.sites,
        near=dedup.near,
        split_differing=dedup.split_differing,
        dry=dry,
    )
    if not dry:
        app.fresh.lost()
    with closing(workers):
        report = asyncio.run(Import(world, told).run(paths, form))
    if follow and report.followed:
        report.feeds = feedlist.follow(app.config.folder, report.followed, write=not dry)
        for one in report.feeds.refused:
            told.problem(f"{one.where}: {one.reason}")
            report.failed["feeds that cannot be followed"] += 1
    if report.new and not dry:
        report.found_again = rediscovery.find(app)
    if (report.new or report.revised) and not dry:
        # A running daemon sees it by itself; two that write the same files would undo each other's work.
        with suppress(AlreadyRunning), app.store.hold():
            app.refresh()
    return report


class Import:
    """One import."""

    def __init__(self, world: World, told: Told) -> None:
        self._world = world
        self._told = told
        self.report = Report()
        self._batch = Batch(most=FIRST)
        self._running: deque[tuple[Batch, asyncio.Task[intake.Ready]]] = deque()
        self._ahead = not world.dry  # whether the batch before was new, so that the next will be, too

    async def run(self, paths: Iterable[Path], form: Format | None = None) -> Report:
        """Take in everything at and below the paths. Raises StoreError; what was stored before stays."""
        try:
            for path, found in self._files(paths, form):
                for item in self._items(path, found):
                    await self._put(path, item)
            await self._start()
            while self._running:
                await self._settle()
        finally:
            for _, task in self._running:
                task.cancel()
            await asyncio.gather(*(task for _, task in self._running), return_exceptions=True)
        return self.report

    def _files(self, paths: Iterable[Path], form: Format | None) -> Iterator[tuple[Path, Format]]:
        """Every file that is to be read, with its format."""
        for path in paths:
            try:
                if path.is_dir():
                    yield from self._below(path, form)
                elif files.is_regular(path):
                    found = form or archive.recognise(path, named=True)
                    if found is None:
                        known = ", ".join(one.name for one in archive.ARCHIVES.values() if one.is_read)
                        raise ArchiveError(files.shown(path), f"of no known format; name one with --format: {known}")
                    yield path, found
                else:
                    raise ArchiveError(files.shown(path), "no such file or folder")
            except ArchiveError as error:
                self._fail(error.where, error.reason)

    def _below(self, folder: Path, form: Format | None) -> Iterator[tuple[Path, Format]]:
        for path in files.below(folder):
            try:
                found = archive.recognise(path, named=False)
            except ArchiveError as error:
                self._fail(error.where, error.reason)
                continue
            if found is None or (form is not None and found is not form):
                self.report.skipped += 1
            else:
                yield path, found

    def _items(self, path: Path, form: Format) -> Iterator[Item]:
        done = self._world.marks.of(path)
        self.report.went_on += done
        try:
            yield from form.reader.read(path, done)
            self._batch.marks[path] = 0
        except ArchiveError as error:
            yield Broken(error.where, error.reason)

    async def _put(self, path: Path, item: Item) -> None:
        """Add one thing to the batch."""
        batch = self._batch
        if isinstance(item, Broken):
            self._fail(item.where, item.reason)
        elif isinstance(item, LeftOut):
            self._leave(item)
        elif isinstance(item, Followed):
            self.report.read += 1
            self.report.followed.append(item)
            self._told.step(item)
        else:
            batch.items.append(item)
            batch.weight += _weight(item)
        if item.done:
            batch.marks[path] = item.done
        if batch.full:
            await self._start()

    async def _start(self) -> None:
        """Have the batch read and cleaned, and store those before it that are."""
        world, batch, self._batch = self._world, self._batch, Batch()
        call = world.labour.do(batch.weight, intake.ready, batch.items, world.sites, world.clock(), self._ahead)
        self._running.append((batch, asyncio.ensure_future(call)))
        most = AHEAD if batch.most == BATCH else 0
        while len(self._running) > most or (self._running and self._running[0][1].done()):
            await self._settle()
        await asyncio.sleep(0)  # let it begin

    async def _settle(self) -> None:
        """Store the oldest batch."""
        batch, task = self._running[0]
        made = await task
        self._running.popleft()
        world = self._world
        if made.records:
            self._keep_records(made)
        if made.entries:
            self._keep_entries(made)
        for path, done in batch.marks.items():
            world.marks.reach(path, done)
        self.report.read += len(batch.items) - len(made.broken) - len(made.left_out)
        for one in made.broken:
            self._fail(one.where, one.reason)
        for none in made.left_out:
            self._leave(none)
        for one in made.doubtful:
            self._tell(self.report.doubtful, one.where, one.reason)
        for item in batch.items:
            self._told.step(item)

    def _keep_entries(self, made: intake.Ready) -> None:
        world = self._world
        if world.dry:
            self.report.add(intake.foresee(made.entries, world.articles, made.captures))
            return
        outcome = intake.take(
            made.entries,
            world.articles,
            now=world.clock(),
            sites=world.sites,
            near=world.near,
            split_differing=world.split_differing,
            ahead=made.prepared,
            captures=made.captures,
        )
        self._ahead = outcome.new > 0
        self.report.add(outcome)

    def _keep_records(self, made: intake.Ready) -> None:
        taken = self._world.records.take([one.facts for one in made.records], dry=self._world.dry)
        self.report.add(Outcome(intake.SLUG, new=taken.new, revised=taken.revised, unchanged=taken.unchanged))
        made.broken += [Broken(made.records[place].where, reason) for place, reason in taken.broken]

    def _fail(self, where: str, reason: str) -> None:
        self._tell(self.report.failed, where, reason)

    def _leave(self, item: LeftOut) -> None:
        """Count it; who reads another's crawl does not want a line for every picture."""
        _count(self.report.left_out, _TITLE.sub("", item.reason))

    def _tell(self, counts: Counter[str], where: str, reason: str) -> None:
        self._told.problem(f"{where}: {reason}")
        _count(counts, _QUOTED.sub("…", _NUMBER.sub("N", reason)))


def _count(counts: Counter[str], kind: str) -> None:
    counts[kind if kind in counts or len(counts) < REASONS else "other reasons"] += 1


def _weight(item: Post | Stated | FeedDocument | PageDocument | Whole) -> int:
    """Characters or bytes that reading it takes."""
    if isinstance(item, Whole):
        revisions = item.facts.get("revisions")
        return WHOLE_WEIGHT * (len(revisions) if isinstance(revisions, list) else 1)
    if isinstance(item, Post):
        return 2 * len(item.text)  # read as YAML and cleaned
    if isinstance(item, Stated):
        return len(item.entry.content or item.entry.summary or "")
    return len(item.document.body)
