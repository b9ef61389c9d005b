"""`aggregator reclean`: what is stored is read and cleaned again from kept documents, group by group.

In: which articles. Out: a Report that counts; each that changed is told. A group is one transaction, so a stop at any
instant loses nothing, and a second run stores nothing. Called by app/core.py.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from aggregator.app import build, raw, rediscovery
from aggregator.errors import AggregatorError, AlreadyRunning, ArchiveError, ConfigError
from aggregator.extract import rules_for
from aggregator.kit import entries, urls
from aggregator.models import Entry, SiteRules, StoredArticle
from aggregator.pipeline import decide, recleaning
from aggregator.work import local, processes

if TYPE_CHECKING:
    from aggregator.app.core import App

#: Articles to a transaction.
GROUP = 50

#: Documents in memory at a time.
AT_ONCE = 8

Made = tuple[StoredArticle, decide.Prepared]


@dataclass(slots=True)
class Report:
    """What a cleaning did."""

    looked: int = 0
    found_again: int = 0  #: documents in data/warc that the index did not know
    changed: int = 0
    unchanged: int = 0
    skipped: Counter[str] = field(default_factory=Counter)  #: by reason: nothing to make them from
    failed: list[str] = field(default_factory=list)  #: one sentence each, with the article


@dataclass(frozen=True, slots=True)
class Which:
    """Which articles are wanted; all conditions must hold."""

    references: tuple[str, ...] = ()
    since: datetime | None = None  #: first seen then or later
    site: str | None = None  #: a host, with those below it, or the name of a file in config/sites

    def fits(self, stored: StoredArticle, sites: Sequence[SiteRules]) -> bool:
        """Whether an article is wanted."""
        if self.since is not None and stored.first_seen < self.since:
            return False
        if self.site is None:
            return True
        host = urls.host(stored.article.url or "")
        rules = rules_for(stored.article.url, sites)
        wanted = self.site.lower().lstrip(".")
        return host == wanted or host.endswith(f".{wanted}") or (rules is not None and rules.name == self.site)


def run(
    app: App,
    which: Which,
    *,
    dry: bool = False,
    on_done: Callable[[StoredArticle], None] = lambda _stored: None,
    on_change: Callable[[StoredArticle], None] = lambda _stored: None,
) -> Report:
    """Clean again what is wanted; with `dry` only tell what would change. Raises StoreError, ConfigError."""
    _check(which, app.config.sites)
    if not dry:
        app.fresh.lost()
    # What would be found is needed also where nothing else may be stored, and changes nothing that anybody reads.
    report = Report(found_again=rediscovery.find(app))
    with closing(processes.Workers(build.workers(app.config))) as workers, closing(local.Threads()) as threads:
        work = _Recleaning(app, workers, threads, report, dry=dry, on_change=on_change)
        asyncio.run(work.all(which, on_done))
    if report.changed and not dry:
        # A running daemon sees it by itself; two that write the same files would undo each other's work.
        with suppress(AlreadyRunning), app.store.hold():
            app.refresh()
    return report


class _Recleaning:
    """One run."""

    def __init__(
        self,
        app: App,
        workers: processes.Workers,
        threads: local.Threads,
        report: Report,
        *,
        dry: bool,
        on_change: Callable[[StoredArticle], None],
    ) -> None:
        self._app = app
        self._workers = workers
        self._threads = threads
        self._report = report
        self._dry = dry
        self._on_change = on_change
        self._room = asyncio.Semaphore(AT_ONCE)
        config = app.config
        self._subscriptions = {one.slug: one for one in (*config.subscriptions, *config.disabled)}

    async def all(self, which: Which, on_done: Callable[[StoredArticle], None]) -> None:
        """Every article that is wanted, in groups."""
        for group in _grouped(_wanted(self._app, which)):
            await self._one_group(group)
            for stored in group:
                on_done(stored)

    async def _one_group(self, group: Sequence[StoredArticle]) -> None:
        self._report.looked += len(group)
        sources = await self._threads.read(self._app.store.raw.sources, [stored.id for stored in group])
        works: list[recleaning.Work] = []
        for stored in group:
            chosen = recleaning.choose(stored, sources.get(stored.id, []))
            if isinstance(chosen, str):
                self._report.skipped[chosen] += 1
            else:
                works.append(chosen)
        made = await asyncio.gather(*(self._make(work) for work in works))
        await self._store([one for one in made if one is not None])

    async def _make(self, work: recleaning.Work) -> Made | None:
        """Read the document of one article and make it again; None where that failed, which is noted."""
        sites = self._app.config.sites
        async with self._room:
            try:
                given, weight = None, len(work.stored.article.original or "")
                if work.source is not None:
                    given = await self._threads.read(self._read, work)
                    weight = len(given.document.body)
                return work.stored, await self._workers.do(weight, recleaning.make, work, given, sites)
            except ArchiveError as error:
                self._fail(work.stored, str(error))
            except AggregatorError as error:
                self._fail(work.stored, f"today's rules make no article of it: {error}")
            except Exception as error:  # noqa: BLE001 - one article that this program fails on must not stop the rest
                self._fail(work.stored, f"this program failed on it: {error!r}")
        return None

    def _read(self, work: recleaning.Work) -> recleaning.Given:
        assert work.source is not None  # noqa: S101 - asked before
        kept = raw.read(self._app.store, self._app.data, work.source.document)
        entry: Entry | None = None
        line = kept.about.get("aggregator-entry")
        if line and kept.about.get("aggregator-entry-of") != "article":
            with suppress(ValueError):
                entry = entries.load(line)
        slug = kept.about.get("aggregator-subscription", "")
        return recleaning.Given(kept.document, entry, self._subscriptions.get(slug))

    async def _store(self, made: Sequence[Made]) -> None:
        articles, dedup = self._app.store.articles, self._app.config.settings.dedup
        call = partial(
            recleaning.take,
            made,
            articles.neighbours,
            partial(articles.commit, dry=self._dry),
            self._app.clock(),
            near=dedup.near,
            split_differing=dedup.split_differing,
        )
        for (stored, _), outcome in zip(made, await self._threads.write(call), strict=True):
            if outcome.revised:
                self._report.changed += 1
                self._on_change(stored)
            else:
                self._report.unchanged += 1

    def _fail(self, stored: StoredArticle, reason: str) -> None:
        self._report.failed.append(f"article {stored.id}: {reason}")


def _check(which: Which, sites: Sequence[SiteRules]) -> None:
    if which.site is not None and "." not in which.site and which.site not in {one.name for one in sites}:
        known = ", ".join(sorted(one.name for one in sites)) or "none"
        raise ConfigError(f"--site {which.site}: neither a host nor a file in config/sites; there: {known}")


def _wanted(app: App, which: Which) -> Iterator[StoredArticle]:
    """The articles, each once, in the order in which they were named, or stored."""
    found: Iterable[StoredArticle] = app.store.articles.iterate(batch=GROUP)
    if which.references:
        found = {stored.id: stored for stored in map(app.find, which.references)}.values()
    return (stored for stored in found if which.fits(stored, app.config.sites))


def _grouped(found: Iterator[StoredArticle]) -> Iterator[list[StoredArticle]]:
    while group := list(islice(found, GROUP)):
        yield group
