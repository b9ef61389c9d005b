"""App: everything the commands need, built from one Config.

In: Config. Out: an object with the store open, whose methods are the commands' work. Called by cli/; app/daemon.py
adds what runs for ever.
"""

from __future__ import annotations

import asyncio
import gc
import os
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cached_property, partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from aggregator import __version__
from aggregator.app import build, freshness, halfway, pictures, raw
from aggregator.config import Config
from aggregator.errors import AggregatorError, ConfigError, StoreError
from aggregator.fetch import http
from aggregator.fetch.freshness import LONGEST_AWAY
from aggregator.kit import hashing, journal
from aggregator.models import Outcome, Plan, StoredArticle, Subscription, SubscriptionState, SubscriptionStatus
from aggregator.pipeline import update as walking
from aggregator.pipeline import upgrade
from aggregator.pipeline.poll import Attempt, Poll
from aggregator.pipeline.tools import Reader, Tools
from aggregator.schedule import policy
from aggregator.store import open_store
from aggregator.work import local, processes

if TYPE_CHECKING:
    from aggregator.app import exporting, history, importing, pages
    from aggregator.archive import Format
    from aggregator.models import Dossier, Query, Story, Wanted
    from aggregator.pipeline.preview import Preview
    from aggregator.publish import static
    from aggregator.work import republish

log = journal.logger(__name__)

#: Updates side by side; requests have their own, narrower bounds.
UPDATES = 32

#: Pages of the full-text queue tried in one go.
UPGRADES = 20

#: Seconds that one short command spends on looking for new words of outputs in what is stored; the next goes on.
PATIENCE = 1.0

#: Clocks of one machine differ by less than this; a poll that lies further ahead was noted by a wrong clock.
CLOCK_SLACK = timedelta(minutes=1)


def utcnow() -> datetime:
    """The clock of the house: aware, UTC."""
    return datetime.now(UTC)


class App:
    """The program around one database. Use it as a context manager: the store is open inside."""

    def __init__(
        self, config: Config, *, clock: Callable[[], datetime] = utcnow, chance: Callable[[], float] = random.random
    ) -> None:
        self.config = config
        self.clock = clock
        self._chance = chance
        self.data = config.settings.data_dir
        self.data.mkdir(parents=True, exist_ok=True)
        self.store = open_store(config.settings.database, self.data)
        self.weather = local.NetworkWeather()
        self.keeper: raw.LazyKeeper | None = None
        self.gallery: pictures.Gallery | None = None
        self.fresh = freshness.Freshness(self.data / "public" / ".fresh", self.data / "public" / "feeds")

    def __enter__(self) -> Self:
        gc.freeze()  # what is loaded now stays: looking through it for garbage would stop everything for a while
        gc.enable()  # __main__.py turned it off
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the database."""
        self.store.close()

    # ------------------------------------------------------------------------------------------------ at once

    def prepare(self) -> list[str]:
        """Bring the database to this program's shape and tell it what config follows. Returns migrations applied.

        A file that may only be read is left as it is: reading takes neither. Raises StoreError where a migration lacks.
        """
        path = self.store.path
        halfway.refuse(path)
        if path.exists() and not os.access(path, os.W_OK):
            if pending := self.store.pending():
                raise StoreError(
                    f"{path} lacks {pending[0]} and may only be read; run `aggregator migrate` as who may write it"
                )
            return []
        applied = self.store.migrate()
        self.follow(self.config)
        return applied

    def follow(self, config: Config) -> None:
        """Take over the feed list: what is new is due at once, what is gone keeps its articles; and outputs' words."""
        self.store.subscriptions.sync(config.subscriptions, self.clock(), disabled=config.disabled)
        self.keep_words(config)

    def keep_words(self, config: Config) -> None:
        """Tell the store which words its outputs include; to be said again before it lets go of them (words.KEPT)."""
        self.store.words.keep([word for output in config.outputs for word in output.include], self.clock())

    def recall(self, now: datetime) -> dict[str, SubscriptionState]:
        """Make due what a clock that was ahead has put off: it would be years until it is polled again.

        Returns the states of all subscriptions, as they are then.
        """
        states = self.store.subscriptions.states()
        ahead = [slug for slug, state in states.items() if state.last_polled and state.last_polled > now + CLOCK_SLACK]
        if ahead:
            log.warning("clock.was_ahead", feeds=ahead)
            self.store.subscriptions.poll_now(ahead)
            states = self.store.subscriptions.states()
        # Where polls tell of such a clock, no page waits longer than this program itself lets it.
        longest = upgrade.LONGEST_WAIT if ahead else LONGEST_AWAY
        if pages := self.store.articles.recall_retries(now + CLOCK_SLACK, now + CLOCK_SLACK + longest):
            log.warning("clock.was_ahead", pages=pages)
        return states

    def statuses(self) -> list[SubscriptionStatus]:
        """One line for every subscription, those no longer in config last."""
        return self.store.subscriptions.statuses()

    @cached_property
    def shelf(self) -> static.Shelf:
        """Where rendered outputs are kept."""
        from aggregator.publish import static

        return static.Shelf(self.data / "public" / "feeds")

    def republisher(self, version: Callable[[], object] | None = None) -> republish.Republisher:
        """What renders outputs onto the shelf. `version`: see work/republish.py."""
        from aggregator.app import past
        from aggregator.work import republish

        return republish.Republisher(
            self.store.stories,
            self.shelf,
            self.config.outputs,
            self.config.settings.site,
            self.clock,
            version,
            partial(pictures.addresses, self),
            partial(past.subscription, self.store.past),
        )

    def publish(self) -> list[str]:
        """Render all outputs; returns the names of the files that changed."""
        self.look_for_words(float("inf"))
        return self.republisher().render()

    def look_for_words(self, patience: float = PATIENCE) -> bool:
        """Look for words that outputs include, and that are new, in what is stored; False: there was nothing to do."""
        end, looked = time.monotonic() + patience, False
        while self.store.words.advance(self.clock()):
            looked = True
            if time.monotonic() > end:
                break
        return looked

    def refresh(self) -> None:
        """Render what changed since the files were last brought up to date. Only for who holds the database."""
        config = self.config
        if self.look_for_words():
            self.fresh.lost()
        feeds = [(one.slug, one.name, one.categories) for one in (*config.subscriptions, *config.disabled)]
        shown = (config.outputs, config.settings.site, feeds, config.settings.archive.rewrite_images)
        facts = hashing.digest(__version__, repr(shown), self.store.identity())
        if not self.fresh.stands(facts):
            republisher = self.republisher()
            republisher.render()
            if republisher.timeless:
                self.fresh.reached(facts)

    def search(self, query: Query, limit: int, on_done: Callable[[int], None] | None = None) -> list[StoredArticle]:
        """The articles that meet a search, best first. What is not indexed yet is indexed before."""
        while done := self.store.search.advance():
            if on_done:
                on_done(done)
        # Some hits may be of withdrawn articles, or of what an article said before it was edited.
        hits = self.store.search.find(query, 2 * limit + 20)
        return self.store.articles.of([hit.revision for hit in hits])[:limit]

    def find(self, reference: str) -> StoredArticle:
        """The article that a person means: its number, a story's uid, a docid, a link. Raises StoreError."""
        from aggregator.app import history

        return history.find(self.store.articles, reference)

    def as_of(self, reference: str, number: int) -> StoredArticle:
        """The article as it stood in one of its revisions. Raises StoreError."""
        from aggregator.app import history

        found = self.find(reference)
        return history.as_of(found, self.store.articles.revisions(found.id), number)

    def dossier(self, stored: StoredArticle, story: Story | None = None) -> Dossier:
        """All that is known of an article; `story`: its own, where it was read already."""
        from aggregator.app import pages

        return pages.dossier(self, stored, story or self.store.stories.get(stored.story_uid))

    def story(self, uid: str) -> Dossier | None:
        """All that is known of the head of a story; None where there is no such story."""
        found = self.store.stories.get(uid)
        return self.dossier(found.head, found) if found else None

    def compare(self, reference: str, first: int | None, second: int | None) -> history.Compared:
        """Two revisions of an article; see history.compare. Raises StoreError."""
        from aggregator.app import history

        found = self.find(reference)
        return history.compare(found, self.store.articles.revisions(found.id), first, second)

    def import_(
        self,
        paths: Iterable[Path],
        form: Format | None = None,
        *,
        dry: bool = False,
        told: importing.Told | None = None,
        follow: bool = True,
    ) -> importing.Report:
        """Store what stands in the files at and below `paths`, and render what that changes; see app/importing.py."""
        from aggregator.app import importing

        return importing.into(self, paths, form, dry=dry, told=told or importing.Told(), follow=follow)

    def export(
        self, form: Format, dest: Path, wanted: Wanted, on_done: Callable[[object], None] = lambda _done: None
    ) -> exporting.Report:
        """Write what is stored and wanted to `dest`; see app/exporting.py."""
        from aggregator.app import exporting

        return exporting.export(
            form, exporting.Held(self.store, self.config, wanted, self.clock()), dest, on_done=on_done
        )

    # ------------------------------------------------------------------------------------------------ over the network

    @asynccontextmanager
    async def working(self, threads: local.Threads | None = None) -> AsyncIterator[Tools]:
        """The world of the walk: an open HTTP client, the store behind `threads`, which end with it. One at a time."""
        threads = threads or local.Threads()
        committer = local.Committer(self.store.articles, threads, self.clock)
        articles = self.store.articles

        async def commit(plan: Plan) -> Outcome:
            if plan.writes or plan.sightings:
                self.fresh.lost()
            return await committer.commit(plan)

        workers = processes.Workers(build.workers(self.config))
        keeper = self.keeper = raw.LazyKeeper(self.data, self.store, self.clock)
        async with http.Fetcher(build.limits(self.config), clock=self.clock) as fetcher:
            self.gallery = pictures.Gallery(self, fetcher, threads)
            try:
                yield Tools(
                    fetcher=fetcher,
                    policy=self._policy(),
                    weather=self.weather,
                    known=partial(threads.read, articles.known),
                    neighbours=partial(threads.read, articles.neighbours),
                    commit=commit,
                    retries=partial(threads.read, articles.retries),
                    stored=partial(threads.read, articles.get),
                    last_items=partial(threads.read, self.store.subscriptions.last_items),
                    clock=self.clock,
                    labour=workers,
                    keep=keeper.keep,
                    settings=build.walk(self.config),
                )
            finally:
                await keeper.close()
                await committer.drain()
                threads.close()
                workers.close()

    def retooled(self, tools: Tools) -> Tools:
        """The same world under the config of now; the HTTP client keeps its limits until a restart."""
        return replace(tools, policy=self._policy(), settings=build.walk(self.config))

    def _policy(self) -> policy.Rhythm:
        return policy.Rhythm(build.bounds(self.config), self._chance)

    async def update(
        self,
        slugs: Sequence[str] = (),
        *,
        force: bool = False,
        on_done: Callable[[Outcome], None] | None = None,
    ) -> list[Outcome]:
        """One cycle: the named subscriptions, with `force` all, else those due. Renders what changed.

        Named and forced ones are asked also while they back off; validators are sent all the same.
        Raises ConfigError for a slug that config does not have, AlreadyRunning while a daemon holds the database.
        """
        with self.store.hold():
            states = self.recall(self.clock())
            return await self._cycle(self._wanted(slugs, force=force), states, on_done, force=force or bool(slugs))

    def ask_daemon(self, slugs: Sequence[str], *, force: bool) -> list[str]:
        """Leave word for the daemon that holds the database: these are due now. Returns their slugs."""
        wanted = [subscription.slug for subscription in self._wanted(slugs, force=force)]
        self.store.subscriptions.poll_now(wanted)
        return wanted

    async def _cycle(
        self,
        wanted: Sequence[Subscription],
        states: Mapping[str, SubscriptionState],
        on_done: Callable[[Outcome], None] | None,
        *,
        force: bool,
    ) -> list[Outcome]:
        outcomes: list[Outcome] = []
        slots = asyncio.Semaphore(UPDATES)

        async def one(subscription: Subscription, tools: Tools) -> None:
            async with slots:
                try:
                    outcome = await walk(subscription, states[subscription.slug], tools, force=force)
                except StoreError as error:
                    outcome = Outcome(subscription.slug, problem=str(error))
            outcomes.append(outcome)
            if on_done:
                on_done(outcome)

        async with self.working() as tools:
            await asyncio.gather(*(one(subscription, tools) for subscription in wanted))
            await self.upgrade_due(tools)
            await self._fetch_pictures()
        self.refresh()
        return outcomes

    async def _fetch_pictures(self) -> None:
        assert self.gallery is not None  # noqa: S101 - made by working()
        if (await self.gallery.work(pictures.SHARE, pictures.PATIENCE)).changed:
            pictures.told(self)

    async def upgrade_due(self, tools: Tools) -> list[Outcome]:
        """Try the pages of the full-text queue that are due, side by side: a slow host holds up only its own.

        Raises StoreError when an outcome could not be stored.
        """
        due = await tools.retries(self.clock(), UPGRADES)
        outcomes = await asyncio.gather(*(upgrade.upgrade(item, tools) for item in due), return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome
        return [outcome for outcome in outcomes if not isinstance(outcome, BaseException)]

    async def retry(self, references: Sequence[str], on_done: Callable[[object], None]) -> list[pages.Tried]:
        """Try for missing full texts now, all or those named; see app/pages.py. Raises AlreadyRunning."""
        from aggregator.app import pages

        return await pages.retry(self, references, on_done)

    def ask_retry(self, references: Sequence[str]) -> list[int]:
        """Leave word for the daemon to try for them; returns the numbers of the articles."""
        from aggregator.app import pages

        return pages.lacking(self, references)

    def to_recheck(self, references: Sequence[str], since: datetime | None) -> list[int]:
        """The articles whose pages are to be looked at: those named, or all since a time. Raises StoreError."""
        from aggregator.app import pages

        return pages.to_look_at(self, references, since)

    async def recheck(self, numbers: Sequence[int], on_done: Callable[[object], None]) -> list[pages.Looked]:
        """Look at the pages of articles now; see app/pages.py. Raises AlreadyRunning."""
        from aggregator.app import pages

        return await pages.recheck(self, numbers, on_done)

    def ask_recheck(self, numbers: Sequence[int]) -> list[int]:
        """Leave word for the daemon to look at them; returns the numbers."""
        self.store.pages.check_now(numbers, self.clock())
        return list(numbers)

    async def recheck_due(self, tools: Tools, read: Callable[..., Awaitable[list[int]]]) -> bool:
        """Look at the pages that are due; see app/pages.py. True: some told something new. Raises StoreError."""
        from aggregator.app import pages

        return await pages.recheck_due(self, tools, read)

    async def preview(self, url: str, *, count: int = 5, allow_private: bool = False) -> Preview:
        """What following `url` (or the feed of that slug) would bring in; nothing is stored.

        Raises FetchError, ParseError, ConfigError.
        """
        from aggregator.pipeline.preview import preview

        known = [*self.config.subscriptions, *self.config.disabled]
        subscription = next(
            (subscription for subscription in known if url in (subscription.slug, subscription.url)),
            Subscription("preview", name=url, url=url, interval=timedelta(hours=1), allow_private=allow_private),
        )
        async with http.Fetcher(build.limits(self.config), clock=self.clock) as fetcher:
            with closing(processes.Workers(0)) as workers:
                tools = Reader(fetcher, build.walk(self.config), workers)
                return await preview(subscription, tools, count=count)

    def _wanted(self, slugs: Sequence[str], *, force: bool) -> list[Subscription]:
        ours = {subscription.slug: subscription for subscription in self.config.subscriptions}
        if unknown := [slug for slug in slugs if slug not in ours]:
            raise ConfigError(
                f"no feed is called {', '.join(unknown)}; `aggregator feeds list` names those in feeds.toml"
            )
        if slugs:
            return [ours[slug] for slug in dict.fromkeys(slugs)]
        if force:
            return list(ours.values())
        return [ours[slug] for slug in self.store.subscriptions.due(self.clock()) if slug in ours]


async def walk(subscription: Subscription, state: SubscriptionState, tools: Tools, *, force: bool = False) -> Outcome:
    """One walk, where a bug becomes a failed poll that backs off instead of coming back every second.

    Raises StoreError when nothing can be stored, so not the next poll time either.
    """
    try:
        return await walking.update(subscription, state, tools, force=force)
    except StoreError:
        raise
    except Exception as error:
        log.exception("update.broke", feed=subscription.slug)
        problem = AggregatorError(f"this program failed on it: {error!r}")
        poll = Poll(at=tools.clock(), attempts=(Attempt(subscription.url, error=problem),))
        await tools.commit(Plan(subscription.slug, state=tools.policy.settle(subscription, state, poll)))
        return Outcome(subscription.slug, problem=str(problem))
