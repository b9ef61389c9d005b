"""The daemon: polls what is due, keeps the outputs in step, serves them, until it is told to stop.

In: an App. Out: nothing but what the store and the shelf then hold. Called by cli/run.py, which hands in the web
server, as web/ stands on a higher floor; a Daemon is that server's Backend.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from aggregator import __version__, config
from aggregator.app import build, past, pictures, pruning
from aggregator.app.answers import Answers
from aggregator.app.core import UPDATES, App, walk
from aggregator.errors import ConfigError, StoreError
from aggregator.kit import journal
from aggregator.models import Dossier, Outcome, Output, Site, Story, Subscription, SubscriptionStatus
from aggregator.pipeline.tools import Tools
from aggregator.publish import FORMATS
from aggregator.publish.static import Rendered
from aggregator.schedule import housekeeping, vitality
from aggregator.schedule.ticker import Look, Ticker
from aggregator.work import indexing, local, memory

log = journal.logger(__name__)

#: Seconds to finish what runs, of the ten that a stop may take.
GRACE = 6.0

#: When what cannot be ended (a database that another process holds, a page that takes minutes to read) is left behind.
ABANDON = 9.0

#: Seconds until a feed whose poll could not be stored is polled again.
HOLD = 60.0

#: How often each look is taken.
RELOAD, UPGRADE, FOREIGN = timedelta(seconds=2), timedelta(seconds=15), timedelta(seconds=15)
RECHECK = timedelta(seconds=30)
INDEX, CHORES, MEMORY = timedelta(seconds=5), timedelta(hours=1), timedelta(seconds=30)
PICTURES, PAST = timedelta(seconds=15), timedelta(seconds=30)

#: Jobs under way up to which the search index may take all the time it wants.
CALM = 3

#: Seconds after which a thread that computes lets another one have its turn; see docs/decisions/0605.
SWITCH = 0.0005

#: A daemon that has not looked for due subscriptions for this long is stuck.
STUCK_AFTER = 60.0


class Server(Protocol):
    """What answers requests: web/serving.py."""

    async def run(self, stop: asyncio.Event) -> None:
        """Answer until `stop` is set."""
        ...


class Daemon(Answers):
    """An App that runs until SIGTERM or SIGINT."""

    def __init__(self, app: App) -> None:
        super().__init__(app)
        self._republisher = app.republisher(lambda: self._foreign)
        self._pool = local.Pool(UPDATES)
        self._stop = asyncio.Event()
        self._seen_fingerprint = self._glimpsed = app.config.fingerprint
        self._config_problem: str | None = None
        self._foreign = 0  # how often other processes were seen to have written
        self._last_look: datetime | None = None
        self._looked = float("-inf")  # the same by the clock that nobody sets
        self._last_poll: datetime | None = None
        self._failing: frozenset[str] = frozenset()
        self._silent: frozenset[str] = frozenset()  # they answer, but seem to be dead
        self._held: dict[str, float] = {}  # slug -> not before, by the clock that nobody sets
        self._tools: Tools | None = None

    async def run(self, open_server: Callable[[Daemon], Server]) -> None:
        """Run until stopped. `open_server` is called once the database is ours; the server must then listen.

        Raises AlreadyRunning when another daemon holds the database, and what `open_server` raises.
        """
        # Between two steps of the writer's Python the loop must get its turn: five milliseconds, the default, are many.
        sys.setswitchinterval(SWITCH)
        with self.app.store.hold():
            self.app.prepare()
            self.app.fresh.lost()
            self.app.shelf.load()
            self.app.shelf.drop(formats(self.app.config))
            server = open_server(self)
            self._on_signals()
            self._threads = local.Threads()
            async with self.app.working(self._threads) as tools:
                await self._work(tools, server)

    async def _work(self, tools: Tools, server: Server) -> None:
        self._tools = tools
        ticker = Ticker(self._looks())
        follow = asyncio.create_task(self._republisher.follow(), name="republish")
        serving = asyncio.create_task(server.run(self._stop), name="serve")
        stop = asyncio.create_task(self._stop.wait(), name="stop")
        try:
            self._republisher.touch()
            ticker.start()
            await asyncio.wait([serving, stop], return_when=asyncio.FIRST_COMPLETED)
        finally:
            await ticker.stop()
            self._stop.set()
            cancelled = await self._pool.close(GRACE)
            follow.cancel()
            stop.cancel()
            await asyncio.gather(follow, stop, return_exceptions=True)
            log.info("stopped", cancelled=cancelled)
        await serving  # raises what ended it early

    def stop(self) -> None:
        """Ask the daemon to end; what runs has GRACE seconds."""
        self._stop.set()

    def _on_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._on_signal)

    def _on_signal(self) -> None:
        if self._stop.is_set():
            log.warning("stopped.at_once")
            # The second signal: whoever sends it does not want to wait. SQLite is safe at any instant.
            os._exit(1)
        log.info("stopping", running=sorted(self._pool.running))
        last = threading.Timer(ABANDON, _abandon)
        last.daemon = True
        last.start()
        self._stop.set()

    # ------------------------------------------------------------------------------------------------ the looks

    def _looks(self) -> Sequence[Look]:
        return (
            Look("due", self.app.config.settings.polling.tick, self._poll_due),
            Look("config", RELOAD, self._reload),
            Look("full text", UPGRADE, self._upgrade, at_once=False),
            Look("page checks", RECHECK, self._recheck, at_once=False),
            # Another process may have imported; a story of the near future may have come of age.
            Look("foreign changes", FOREIGN, self._look_at_outputs, at_once=False),
            Look("search", INDEX, self._index, at_once=False),
            Look("words", INDEX, self._look_for_words, at_once=False),
            Look("pictures", PICTURES, self._pictures, at_once=False),
            Look("past of outputs", PAST, self._fill_pages, at_once=False),
            Look("housekeeping", CHORES, self._housekeep),
            Look("memory", MEMORY, self._give_back_memory, at_once=False),
        )

    async def _poll_due(self) -> None:
        assert self._threads is not None  # noqa: S101 - looks run inside _work()
        now, self._looked = self.app.clock(), time.monotonic()
        if self._last_look is None or now < self._last_look:
            states = await self._threads.write(self.app.recall, now)
            self._silent = frozenset(slug for slug, state in states.items() if vitality.diagnose(state))
        self._last_look = now
        ours = {subscription.slug for subscription in self.app.config.subscriptions}
        for slug in await self._threads.read(self.app.store.subscriptions.due, now):
            if slug in ours and self._held.get(slug, 0.0) <= self._looked:
                self._pool.submit(slug, partial(self._poll, slug))

    async def _poll(self, slug: str) -> None:
        assert self._tools is not None  # noqa: S101 - looks run inside _work()
        assert self._threads is not None  # noqa: S101
        subscription = self._subscription(slug)
        if subscription is None:  # config dropped it while it waited for its turn
            return
        try:
            state = await self._threads.read(self.app.store.subscriptions.state, slug)
            outcome = await walk(subscription, state, self._tools)
            if (now := self._subscription(slug)) and now.url != subscription.url:
                # What was noted is of the old address; the new one must not wait for that one's next poll.
                await self._threads.write(self.app.store.subscriptions.poll_now, [slug])
        except Exception as error:
            # The next poll time could not be stored either: without this the feed would be asked every second.
            self._held[slug] = time.monotonic() + HOLD
            self._failing |= {slug}
            log.error("store.failed", feed=slug, problem=str(error), exc_info=not isinstance(error, StoreError))
            return
        self._last_poll = self.app.clock()
        self._note(outcome)

    def _subscription(self, slug: str) -> Subscription | None:
        return next((one for one in self.app.config.subscriptions if one.slug == slug), None)

    def _note(self, outcome: Outcome) -> None:
        self._failing = self._failing | {outcome.slug} if outcome.problem else self._failing - {outcome.slug}
        self._silent = self._silent | {outcome.slug} if outcome.fault else self._silent - {outcome.slug}
        if outcome.new or outcome.revised or outcome.stories:
            self._republisher.touch()
        if not outcome.problem:
            log.info(
                "polled",
                feed=outcome.slug,
                new=outcome.new,
                revised=outcome.revised,
                unchanged=outcome.unchanged,
                pages=outcome.pages,
                seconds=round(outcome.seconds, 2),
            )

    async def _upgrade(self) -> None:
        self._pool.submit("full text", self._upgrade_due)

    async def _upgrade_due(self) -> None:
        assert self._tools is not None  # noqa: S101 - looks run inside _work()
        try:
            outcomes = await self.app.upgrade_due(self._tools)
        except StoreError as error:
            log.error("store.failed", problem=str(error))
            return
        if any(outcome.revised for outcome in outcomes):
            self._republisher.touch()

    async def _recheck(self) -> None:
        self._pool.submit("page checks", self._recheck_due)

    async def _recheck_due(self) -> None:
        assert self._tools is not None  # noqa: S101 - looks run inside _work()
        assert self._threads is not None  # noqa: S101
        try:
            if await self.app.recheck_due(self._tools, self._threads.read):
                self._republisher.touch()
        except StoreError as error:
            log.error("store.failed", problem=str(error))

    async def _index(self) -> None:
        self._pool.submit("search index", self._index_behind)

    async def _index_behind(self) -> None:
        """One piece of the search index at every look, all that is missing while little else is to be done."""
        assert self._tools is not None  # noqa: S101 - looks run inside _work()
        try:
            await indexing.catch_up(self.app.store, self._tools.labour, lambda: len(self._pool.running) <= CALM)
        except StoreError as error:
            log.warning("search.failed", problem=str(error))

    async def _look_for_words(self) -> None:
        self._pool.submit("words of outputs", self._words_behind)

    async def _words_behind(self) -> None:
        """New words of outputs, in one piece of what is stored; in all of it while little else is to be done."""
        assert self._threads is not None  # noqa: S101 - looks run inside _work()
        try:
            while await self._threads.write(self.app.store.words.advance, self.app.clock()):
                self._republisher.touch()
                if len(self._pool.running) > CALM:
                    break
        except StoreError as error:
            log.warning("words.failed", problem=str(error))

    async def _pictures(self) -> None:
        self._pool.submit("pictures", self._fetch_pictures)

    async def _fetch_pictures(self) -> None:
        assert self.app.gallery is not None  # noqa: S101 - looks run inside _work()
        try:
            done = await self.app.gallery.work()
        except StoreError as error:
            log.warning("pictures.failed", problem=str(error))
            return
        if done.kept or done.failed:
            log.info("pictures.fetched", kept=done.kept, bytes=done.bytes, failed=len(done.failed), let_go=done.let_go)
        if done.changed and self.app.config.settings.archive.rewrite_images:
            self._republisher.touch()

    async def _fill_pages(self) -> None:
        self._pool.submit("past of outputs", self._fill_past)

    async def _fill_past(self) -> None:
        assert self._threads is not None  # noqa: S101 - looks run inside _work()
        threads, app = self._threads, self.app
        calm = lambda: len(self._pool.running) <= CALM  # noqa: E731
        try:
            await past.fill(app.store.past, app.config.outputs, app.clock(), threads.read, threads.write, calm)
        except StoreError as error:
            log.warning("past.failed", problem=str(error))

    async def _housekeep(self) -> None:
        assert self._threads is not None  # noqa: S101 - looks run inside _work()
        await self._threads.write(self.app.keep_words, self.app.config)
        if pruning.bounded(self.app.config):
            self._pool.submit("retention", self._prune)
        assert self.app.gallery is not None  # noqa: S101
        self._pool.submit("tidy pictures", self.app.gallery.tidy)

    async def _prune(self) -> None:
        assert self._threads is not None  # noqa: S101 - looks run inside _work()
        threads, config, store, now = self._threads, self.app.config, self.app.store, self.app.clock()

        async def doomed() -> Iterable[Sequence[int]]:
            return pruning.pieces(await threads.read(pruning.doomed, config, store, now))

        async def let_go(some: Sequence[int]) -> int:
            return await threads.write(pruning.let_go, config, store, some, now)

        try:
            if await housekeeping.prune(doomed, let_go):
                self._republisher.touch()
        except StoreError as error:
            log.error("retention.failed", problem=str(error))

    async def _give_back_memory(self) -> None:
        """What a cycle took is needed again within it, and by nobody after it."""
        if len(self._pool.running) <= CALM:
            await asyncio.to_thread(memory.give_back)

    async def _look_at_outputs(self) -> None:
        assert self._threads is not None  # noqa: S101 - looks run inside _work()
        # Asked in the thread that writes, it tells of other processes only: of our own writing the outputs are told.
        self._foreign += await self._threads.write(self.app.store.changed_by_others)
        self._republisher.look()

    async def _reload(self) -> None:
        """Take over changed config; a wrong one is told once, loudly, and the old one stays."""
        folder = self.app.config.folder
        now = await asyncio.to_thread(config.fingerprint, folder)
        if now != self._glimpsed:
            # An editor may be in the middle of writing: an empty feed list is valid, and not meant.
            self._glimpsed = now
            return
        if now == self._seen_fingerprint:
            return
        try:
            await self._take_over(await asyncio.to_thread(config.load, folder))
        except ConfigError as error:
            self._config_problem = str(error)
            log.error("config.refused", problem=str(error), hint="the config read before stays in force")
        except StoreError as error:
            log.warning("config.waits", problem=str(error))
            return  # it is taken over at the next look
        except Exception as error:
            self._config_problem = f"this program failed on it: {error!r}"
            log.exception("config.broke", hint="the config read before stays in force")
        self._seen_fingerprint = now

    async def _take_over(self, fresh: config.Config) -> None:
        assert self._tools is not None  # noqa: S101 - looks run inside _work()
        assert self._threads is not None  # noqa: S101
        old = self.app.config
        if _fixed(old) != _fixed(fresh):
            log.warning(
                "config.restart_needed",
                hint="data_dir, database, listen, limits, user_agent, log and tick change at the next start",
            )
        await self._threads.write(self.app.follow, fresh)
        before, after = build.addresses(old), build.addresses(fresh)
        moved = [slug for slug, addresses in after.items() if before.get(slug, addresses) != addresses]
        await self._threads.write(self.app.store.subscriptions.poll_now, moved)
        self.app.config = fresh
        self._tools = self.app.retooled(self._tools)
        self._config_problem = None
        self._failing &= {subscription.slug for subscription in fresh.subscriptions}
        await asyncio.to_thread(self._republisher.configure, fresh.outputs, fresh.settings.site)
        self._republisher.touch()
        log.info("config.reloaded", feeds=len(fresh.subscriptions), outputs=len(fresh.outputs))

    # ------------------------------------------------------------------------------------------------ web.Backend

    @property
    def site(self) -> Site:
        """Our own name and address."""
        return self.app.config.settings.site

    def outputs(self) -> Sequence[Output]:
        """The outputs as configured now."""
        return self.app.config.outputs

    def rendered(self, slug: str, extension: str) -> Rendered | None:
        """The bytes served for an output, None while it is not rendered."""
        return self.app.shelf.get(slug, extension)

    def version(self) -> object:
        """Another value than before when anything that is shown may have changed."""
        return self._foreign, self._republisher.touches, self._seen_fingerprint

    async def past(self, slug: str, name: str, extension: str) -> past.Page | None:
        """A page of the past of an output, for `/feeds/<slug>/archive/<name>.<extension>`; None where there is none."""
        assert self._threads is not None  # noqa: S101 - the server runs inside _work()
        output = next((one for one in self.app.config.outputs if one.slug == slug), None)
        form = next((name for name, one in FORMATS.items() if one.extension == extension), "")
        return await self._threads.read(past.page, self.app, output, name, form) if output and form else None

    def picture(self, name: str) -> Path | None:
        """Where the picture of this name lies; None for what is no name of one."""
        return pictures.folder(self.app.data).locate(name)

    async def statuses(self) -> list[SubscriptionStatus]:
        """Every subscription the store knows."""
        assert self._threads is not None  # noqa: S101 - the server runs inside _work()
        return await self._threads.read(self.app.statuses)

    async def latest(self, limit: int) -> list[Story]:
        """The newest stories."""
        assert self._threads is not None  # noqa: S101 - the server runs inside _work()
        return await self._threads.read(self.app.store.stories.latest, limit)

    async def story(self, uid: str) -> Dossier | None:
        """The head of a story with all that is known of it."""
        assert self._threads is not None  # noqa: S101 - the server runs inside _work()
        return await self._threads.read(self.app.story, uid)

    def health(self) -> dict[str, Any]:
        """Facts for /healthz. Failing feeds are the origins' trouble and no reason to restart this program."""
        alive = time.monotonic() - self._looked < STUCK_AFTER
        return {
            "status": "ok" if alive else "stuck",
            "version": __version__,
            "pid": os.getpid(),
            "subscriptions": len(self.app.config.subscriptions),
            "failing": sorted(self._failing),
            "silent": len(self._silent & {one.slug for one in self.app.config.subscriptions}),
            "running": sorted(self._pool.running),
            "last_poll": self._last_poll.isoformat() if self._last_poll else None,
            "network": "down" if self.app.weather.down else "up",
            "config_problem": self._config_problem,
            "documents_lost": self.app.keeper.lost if self.app.keeper else 0,
        }


def _fixed(of: config.Config) -> tuple[object, ...]:
    """What only a restart can change."""
    settings = of.settings
    return (
        settings.data_dir,
        settings.database,
        settings.listen,
        settings.limits,
        settings.user_agent,
        settings.log,
        settings.polling.tick,
    )


def formats(of: config.Config) -> dict[str, tuple[str, ...]]:
    """The formats of each output."""
    return {output.slug: output.formats for output in of.outputs}


def _abandon() -> None:
    """End at once: SQLite is safe at any instant, and whoever stops the program does not wait for ever."""
    log.warning("stopped.abandoned")
    os._exit(0)
