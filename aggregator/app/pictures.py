"""The pictures of articles: fetched behind the archive, kept in data/media within a budget, let go of with their texts.

In: an App. Out: files, rows, and a report. Called by app/core.py (`update`), app/daemon.py, app/verifying.py and
cli/images.py. One piece of work at a time: what is kept and what goes never cross.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from aggregator.archive import mediafiles
from aggregator.config import units
from aggregator.errors import StoreError
from aggregator.kit import journal
from aggregator.models import Medium, Story, WantedPicture
from aggregator.pipeline import pictures as fetching
from aggregator.store.audit import Fault
from aggregator.work import local

if TYPE_CHECKING:
    from aggregator.app.core import App

log = journal.logger(__name__)

#: Pictures that are asked for side by side; their hosts have narrower bounds.
SIDE_BY_SIDE = 8

#: Pictures of one look of the daemon, and of one `aggregator update`, which also waits no longer than this (seconds).
LOOK, SHARE, PATIENCE = 40, 20, 10.0


@dataclass(slots=True)
class Report:
    """What became of the pictures that were due."""

    kept: int = 0
    bytes: int = 0
    failed: list[tuple[str, str, bool]] = field(default_factory=list)  #: address, reason, given up
    let_go: int = 0  #: for want of room

    @property
    def changed(self) -> bool:
        """Whether any output may look otherwise."""
        return bool(self.kept or self.let_go)


def folder(data: Path) -> mediafiles.Folder:
    """The files of an installation."""
    return mediafiles.Folder(data / "media")


def addresses(app: App, stories: Iterable[Story]) -> Mapping[str, str]:
    """What outputs are to show instead of the origins' addresses; nothing, unless the setting is on."""
    settings = app.config.settings
    if not settings.archive.rewrite_images:
        return {}
    names = app.store.media.names(one.id for story in stories for one in story.articles)
    base = settings.site.base_url.rstrip("/")
    return {url: f"{base}/media/{name}" for url, name in names.items()}


class Gallery:
    """Fetches pictures while the program works. Made by App.working()."""

    def __init__(self, app: App, fetcher: fetching.PictureFetches, threads: local.Threads) -> None:
        self._app = app
        self._fetcher = fetcher
        self._threads = threads
        self._folder = folder(app.data)
        self._turn = asyncio.Lock()
        self._keeping = asyncio.Lock()

    async def work(
        self, limit: int = LOOK, patience: float | None = None, on_done: Callable[[object], None] = lambda _: None
    ) -> Report:
        """Fetch up to `limit` pictures that are due, for `patience` seconds at most; what was begun then waits on.

        Raises StoreError. What a disk refuses is told, and tried again later.
        """
        report, media = Report(), self._app.store.media
        async with self._turn:
            await self._look()
            if self._app.config.settings.archive.images == "none":
                return report
            await self._refuse()
            due = await self._threads.read(media.due, self._app.clock(), limit)
            slots = asyncio.Semaphore(SIDE_BY_SIDE)

            async def one(wanted: WantedPicture) -> None:
                async with slots:
                    await self._take(wanted, report)
                    on_done(wanted)

            with suppress(TimeoutError):
                async with asyncio.timeout(patience):
                    await asyncio.gather(*(one(wanted) for wanted in due))
        return report

    async def tidy(self) -> None:
        """Let go of what no article shows, and of files that belong to nothing. Raises StoreError."""
        async with self._turn:
            media = self._app.store.media
            await self._threads.write(media.forget_blanked)
            for medium in await self._threads.read(media.unneeded):
                await self._let_go(medium, "nothing shows it any more")
            strays = await asyncio.to_thread(lambda: list(_strays(self._folder, media.known)))
            for path in strays:
                if mediafiles.is_stray(path):
                    await asyncio.to_thread(partial(path.unlink, missing_ok=True))

    async def _look(self) -> None:
        """Note what new articles show."""
        media, settings = self._app.store.media, self._app.config.settings.archive
        while await self._threads.write(media.advance, settings.images, self._app.clock()):
            pass

    async def _refuse(self) -> None:
        """Ask nobody for what would have to go as soon as it came."""
        budget = self._app.config.settings.archive.images_budget
        reason = f"is not fetched: the budget of {units.sized(budget)} is full of newer pictures"
        if gone := await self._threads.write(self._app.store.media.refuse, budget, self._app.clock(), reason):
            log.info("pictures.refused", count=gone, problem=reason)

    async def _take(self, wanted: WantedPicture, report: Report) -> None:
        limits = self._app.config.settings
        manner = fetching.Manner(
            self._fetcher, self._app.weather, limits.archive.image_max, limits.limits.allow_private_pages
        )
        came = await fetching.take(wanted, manner, self._app.clock())
        if isinstance(came, fetching.Taken):
            async with self._keeping:
                missed = await self._keep(wanted, came, report)
        else:
            missed = came
        if missed is not None:
            report.failed.append((wanted.url, missed.reason, missed.next_at is None))
            log.info("picture.failed", url=wanted.url, attempts=missed.attempts, problem=missed.reason)
            store = self._app.store.media
            await self._threads.write(store.fail, wanted.id, missed.attempts, missed.next_at, missed.reason)

    async def _keep(self, wanted: WantedPicture, came: fetching.Taken, report: Report) -> fetching.Missed | None:
        budget, size = self._app.config.settings.archive.images_budget, len(came.body)
        if size > budget:
            return fetching.Missed(wanted.attempts + 1, None, f"is larger than the budget of {units.sized(budget)}")
        now, shape = self._app.clock(), came.shape
        try:
            digest = await asyncio.to_thread(self._folder.put, came.body, shape.extension)
        except OSError as error:
            log.error("picture.lost", url=wanted.url, problem=str(error))
            return fetching.Missed(wanted.attempts, now + fetching.FIRST_WAIT, f"cannot be written: {error.strerror}")
        medium = Medium(digest, shape.extension, size, shape.width, shape.height)
        if await self._threads.write(self._app.store.media.keep, wanted.id, medium, now):
            report.kept += 1
            report.bytes += size
        for old in await self._threads.read(self._app.store.media.beyond, budget):
            await self._let_go(old, f"was let go of: the budget is {units.sized(budget)}")
            report.let_go += 1
        return None

    async def _let_go(self, medium: Medium, reason: str) -> None:
        """The row first: what is left by a crash in between is a file that nothing needs."""
        await self._threads.write(self._app.store.media.lose, medium.hash, reason)
        try:
            await asyncio.to_thread(self._folder.remove, medium.name)
        except OSError as error:
            log.warning("picture.stays", file=medium.name, problem=str(error))


async def run(
    app: App,
    *,
    limit: int | None = None,
    retry: bool = False,
    since: datetime | None = None,
    on_done: Callable[[object], None] = lambda _: None,
) -> Report:
    """`aggregator images`: fetch what is due, all of it or `limit`. Raises AlreadyRunning while a daemon does that.

    `retry`: also what waits after a failure or was given up; `since`: also of articles that were stored since then.
    """
    if since is not None:
        app.store.media.look_back(since)
    if retry:
        app.store.media.retry(app.clock())
    total = Report()
    with app.store.hold():
        async with app.working():
            assert app.gallery is not None  # noqa: S101 - made by working()
            while limit is None or limit > 0:
                some = LOOK if limit is None else min(limit, LOOK)
                report = await app.gallery.work(some, on_done=on_done)
                _add(total, report)
                if not (done := report.kept + len(report.failed)):
                    break
                limit = None if limit is None else limit - done
            await app.gallery.tidy()
        if total.changed:
            told(app)
        app.refresh()
    return total


def told(app: App) -> None:
    """Pictures came or went: outputs that show them are rendered again."""
    if app.config.settings.archive.rewrite_images:
        app.fresh.lost()


def _add(total: Report, report: Report) -> None:
    total.kept += report.kept
    total.bytes += report.bytes
    total.failed += report.failed
    total.let_go += report.let_go


def _strays(files: mediafiles.Folder, known: Callable[[list[str]], set[str]]) -> Iterator[Path]:
    """Files that belong to no row, and what killed writers left."""
    batch: list[tuple[Path, str]] = []
    for path, name in files.walk():
        if name is None:
            if mediafiles.is_temporary(path):
                yield path
            continue
        batch.append((path, name.partition(".")[0]))
        if len(batch) >= 1_000:
            yield from _unknown(batch, known)
            batch = []
    yield from _unknown(batch, known)


def _unknown(batch: list[tuple[Path, str]], known: Callable[[list[str]], set[str]]) -> Iterator[Path]:
    there = known([digest for _, digest in batch])
    yield from (path for path, digest in batch if digest not in there)


def faults(app: App) -> Iterator[Fault]:
    """`verify`: every picture against its row, and files that belong to nothing."""
    files, media = folder(app.data), app.store.media
    for medium in media.every():
        if what := files.damage(medium.name, medium.size):
            where = f"picture {medium.name}"
            yield Fault("media.file", where, what, "it is fetched anew", partial(_mend, app, medium, what))
    for path in _strays(files, media.known):
        if mediafiles.is_stray(path):
            yield Fault("media.stray", str(path), "belongs to no picture that is kept", "it is removed", path.unlink)
    for path, name in files.walk():
        if name is None and not mediafiles.is_temporary(path):
            yield Fault("media.foreign", str(path), "is no picture of this program", "move it elsewhere")


def _mend(app: App, medium: Medium, what: str) -> None:
    app.store.media.lose(medium.hash, f"its file {what}", app.clock())
    told(app)
    try:
        folder(app.data).remove(medium.name)
    except OSError as error:
        raise StoreError(f"{medium.name} cannot be removed: {error.strerror}") from error
