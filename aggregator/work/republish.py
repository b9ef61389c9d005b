"""Outputs follow the stories: after a change, the outputs whose members changed are rendered and written.

In: touch() after a commit, look() where somebody else may have written. Out: files on the shelf. Built by app. Many
commits in a row cause one rendering (debounced); an output whose members are the same is not rendered again; and while
nothing was written at all, the store is not even asked for the members.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from aggregator import publish
from aggregator.kit import hashing, journal
from aggregator.models import Output, Site, StoredArticle, Story

log = journal.logger(__name__)

#: Quiet time to wait for, and the longest wait of a change, in seconds. A reader is to see it within a second.
QUIET, LATEST = 0.1, 0.5

#: After a rendering, this many times what it took: it leaves as much of the time to those who make the changes.
REST = 1.0

#: look() asks for the members all the same when they were not asked for this long.
AT_LEAST = timedelta(minutes=5)


class Selects(Protocol):
    """The store's query behind an output."""

    def select(self, output: Output, now: datetime) -> list[Story]:
        """The stories of an output, newest first."""
        ...


class Shelves(Protocol):
    """Where rendered bytes go: publish/static.py."""

    def put_all(self, slug: str, bodies: Mapping[str, bytes], modified: datetime) -> list[str]:
        """Keep the bytes of each format; the names of those that differ from what was kept before."""
        ...

    def drop(self, keep: Mapping[str, Collection[str]]) -> list[str]:
        """Take down all but these formats of these outputs."""
        ...

    def marked(self, slug: str, names: Collection[str], mark: str) -> bool:
        """Whether an output stands as it was when mark() noted this."""
        ...

    def mark(self, slug: str, names: Collection[str], mark: str) -> None:
        """Note what an output was rendered from."""
        ...


class Republisher:
    """Keeps the shelf in step with the store."""

    def __init__(
        self,
        stories: Selects,
        shelf: Shelves,
        outputs: Sequence[Output],
        site: Site,
        clock: Callable[[], datetime],
        version: Callable[[], object] | None = None,
        pictures: Callable[[Sequence[Story]], Mapping[str, str]] | None = None,
        spot: Callable[[Output, Sequence[Story], datetime], publish.Spot] | None = None,
    ) -> None:
        """`version` tells what the store's articles and stories stand at, in whatever value: equal, nothing changed.

        `pictures` gives the addresses to show instead of those of stories' pictures; who changes them calls touch().
        `spot` tells where a document of an output that shows these stories is served, and what it links to.
        """
        self._stories = stories
        self._shelf = shelf
        self._clock = clock
        self._version = version
        self._pictures = pictures
        self._spot = spot
        self.touches = 0  #: how often touch() was called
        self._touched = asyncio.Event()
        self._since = self._last = 0.0  # touched first and last since the last rendering, by the clock nobody sets
        self._told = False  # touched by touch(), not by look() alone
        self._seen: tuple[object, datetime] | None = None  # version and time of the last rendering, when it was whole
        self._members: dict[str, str] = {}
        self._ahead: dict[str, bool] = {}  # output -> it shows a story whose time is still to come
        self._fragments = publish.Fragments()
        self._rendering = threading.Lock()
        self._outputs = tuple(outputs)
        self._site = site

    def configure(self, outputs: Sequence[Output], site: Site) -> None:
        """Take over new outputs: others are taken down, all are rendered again at the next occasion.

        Waits for a rendering that is under way, which would bring back what is gone: call it in a thread.
        """
        with self._rendering:
            self._outputs = tuple(outputs)
            self._site = site
            self._members.clear()
            self._ahead.clear()
            self._seen = None
            self._fragments.forget({output.slug for output in outputs})
            self._shelf.drop({output.slug: output.formats for output in outputs})

    @property
    def timeless(self) -> bool:
        """True when nothing that was rendered last changes by the passing of time alone."""
        return not any(self._ahead.values())

    def touch(self) -> None:
        """Say that stories changed."""
        self._told = True
        self.touches += 1
        self.look()

    def look(self) -> None:
        """Say that somebody else may have changed them, or that a story's time may have come."""
        if not self._touched.is_set():
            self._since = time.monotonic()
        self._last = time.monotonic()
        self._touched.set()

    async def follow(self) -> None:
        """Render after each change, until cancelled."""
        while True:
            await self._touched.wait()
            await self._settle()
            self._touched.clear()
            told, self._told = self._told, False
            started = time.monotonic()
            try:
                await asyncio.to_thread(self.render, told=told)
            except Exception as error:  # noqa: BLE001 - told in render()
                log.error("publish.failed", problem=str(error))
            await asyncio.sleep(min(REST * (time.monotonic() - started), LATEST))

    async def _settle(self) -> None:
        """Wait until changes pause, but let the first of them wait no longer than LATEST."""
        while (left := min(self._last + QUIET, self._since + LATEST) - time.monotonic()) > 0:
            await asyncio.sleep(left)

    def render(self, *, told: bool = True) -> list[str]:
        """Render every output whose members changed. Returns `slug.extension` of the files that differ from before.

        Not `told` that anything changed, it does nothing while the store is as it was. An output that fails does not
        hold back the others; the first such error is raised in the end.
        """
        changed: list[str] = []
        failure: Exception | None = None
        with self._rendering:
            # Asked for before the members are: what is written meanwhile is found at the next look.
            version, now = self._version() if self._version else None, self._clock()
            if not told and self._stands(version, now):
                return []
            self._seen = None
            for output in self._outputs:
                try:
                    changed += self._render(output)
                except Exception as error:
                    log.exception("output.failed", output=output.slug)
                    failure = failure or error
            if failure is None:
                self._seen = (version, now)
        if changed:
            log.info("published", files=changed)
        if failure:
            raise failure
        return changed

    def _stands(self, version: object, now: datetime) -> bool:
        """Nothing can have changed since the last rendering."""
        if self._version is None or self._seen is None or not self.timeless:
            return False
        return self._seen[0] == version and timedelta() <= now - self._seen[1] < AT_LEAST

    def _render(self, output: Output) -> list[str]:
        now = self._clock()
        stories = self._stories.select(output, now)
        self._ahead[output.slug] = ahead = any(max(story.at, story.updated) > now for story in stories)
        pictures = self._pictures(stories) if self._pictures else {}
        members = _signature(output, self._site, stories, pictures)
        if self._members.get(output.slug) == members:
            return []
        changed: list[str] = []
        # An earlier process may have rendered it; times that are still to come were told in another way then.
        if ahead or output.slug in self._members or not self._shelf.marked(output.slug, output.formats, members):
            documents = publish.documents(
                output,
                self._site,
                stories,
                now=now,
                fragments=self._fragments,
                pictures=pictures,
                spot=self._spot(output, stories, now) if self._spot else None,
            )
            names = self._shelf.put_all(output.slug, documents, now)
            changed += (f"{output.slug}.{publish.FORMATS[name].extension}" for name in names)
            if not ahead:
                self._shelf.mark(output.slug, output.formats, members)
        self._members[output.slug] = members
        return changed


def _signature(output: Output, site: Site, stories: Sequence[Story], pictures: Mapping[str, str]) -> str:
    """Everything that a rendering depends on, in this process or another, but for the time."""
    members = (
        (story.uid, story.at, story.updated, [(one.id, one.revision, _feeds(one)) for one in story.articles])
        for story in stories
    )
    return hashing.digest(
        publish.program(), repr(output), repr(site), *map(repr, members), repr(sorted(pictures.items()))
    )


def _feeds(one: StoredArticle) -> list[tuple[str, tuple[str, ...]]]:
    return [(seen.name, seen.categories) for seen in one.appearances]
