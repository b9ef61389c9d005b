"""Outputs follow the stories: after a change, the outputs whose members changed are rendered and written.

In: touch() after a commit. Out: files on the shelf. Built by app.py. Many commits in a row cause one rendering
(debounced), and an output whose members are the same is not rendered again.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

import structlog

from aggregator import publish
from aggregator.kit import hashing
from aggregator.models import Output, Site, StoredArticle, Story

log = structlog.get_logger(__name__)

#: Quiet time to wait for, and the longest delay of a change, in seconds.
QUIET, LATEST = 0.3, 2.0


class Selects(Protocol):
    """The store's query behind an output."""

    def select(self, output: Output, now: datetime) -> list[Story]:
        """The stories of an output, newest first."""
        ...


class Shelves(Protocol):
    """Where rendered bytes go: publish/static.py."""

    def put(self, slug: str, name: str, body: bytes, modified: datetime) -> bool:
        """Keep the bytes; True when they differ from those kept before."""
        ...

    def drop(self, keep: Mapping[str, Collection[str]]) -> list[str]:
        """Take down all but these formats of these outputs."""
        ...


class Republisher:
    """Keeps the shelf in step with the store."""

    def __init__(
        self, stories: Selects, shelf: Shelves, outputs: Sequence[Output], site: Site, clock: Callable[[], datetime]
    ) -> None:
        self._stories = stories
        self._shelf = shelf
        self._clock = clock
        self._touched = asyncio.Event()
        self._members: dict[str, str] = {}
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
            self._shelf.drop({output.slug: output.formats for output in outputs})

    def touch(self) -> None:
        """Say that stories changed."""
        self._touched.set()

    async def follow(self) -> None:
        """Render after each change, until cancelled."""
        while True:
            await self._touched.wait()
            await self._settle()
            try:
                await asyncio.to_thread(self.render)
            except Exception as error:  # noqa: BLE001 - told in render()
                log.error("publish.failed", problem=str(error))

    async def _settle(self) -> None:
        """Wait until changes pause, but never longer than LATEST."""
        deadline = asyncio.get_running_loop().time() + LATEST
        while self._touched.is_set() and asyncio.get_running_loop().time() < deadline:
            self._touched.clear()
            await asyncio.sleep(QUIET)
        self._touched.clear()

    def render(self) -> list[str]:
        """Render every output whose members changed. Returns `slug.extension` of the files that differ from before.

        An output that fails does not hold back the others; the first such error is raised in the end.
        """
        changed: list[str] = []
        failure: Exception | None = None
        with self._rendering:
            for output in self._outputs:
                try:
                    changed += self._render(output)
                except Exception as error:
                    log.exception("output.failed", output=output.slug)
                    failure = failure or error
        if changed:
            log.info("published", files=changed)
        if failure:
            raise failure
        return changed

    def _render(self, output: Output) -> list[str]:
        now = self._clock()
        stories = self._stories.select(output, now)
        members = _signature(output, stories)
        if self._members.get(output.slug) == members:
            return []
        changed = []
        documents = publish.documents(output, self._site, stories, now=now, fragments=self._fragments)
        for name, body in documents.items():
            if self._shelf.put(output.slug, name, body, now):
                changed.append(f"{output.slug}.{publish.FORMATS[name].extension}")
        self._members[output.slug] = members
        return changed


def _signature(output: Output, stories: Sequence[Story]) -> str:
    """Everything that a rendering depends on, but for the site, which only configure() changes."""
    members = (
        (story.uid, story.updated, [(one.id, one.revision, _feeds(one)) for one in story.articles]) for story in stories
    )
    return hashing.digest(repr(output), *map(repr, members))


def _feeds(one: StoredArticle) -> list[tuple[str, tuple[str, ...]]]:
    return [(seen.name, seen.categories) for seen in one.appearances]
