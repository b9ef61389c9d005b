"""Asking article pages again: for a full text that is missing, or to see whether an article was edited or removed.

In: an App and references to articles. Out: what came of each. Called by app/core.py for `aggregator retry` and
`recheck`, and by the daemon for what is due. While a daemon holds the database, commands only mark what is to be done.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

from aggregator.app import history
from aggregator.models import Dossier, PageCheck, Retry, StoredArticle, Story
from aggregator.pipeline import recheck as looking
from aggregator.pipeline import upgrade
from aggregator.pipeline.recheck import Look

if TYPE_CHECKING:
    from aggregator.app.core import App
    from aggregator.pipeline.tools import Tools

T = TypeVar("T")
R = TypeVar("R")

#: Pages asked side by side; their hosts have narrower bounds.
AT_ONCE = 20

#: When the daemon looks again at a page that was gone or could not be read.
AGAIN = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Tried:
    """What trying for one full text came to."""

    article_id: int
    title: str
    left: Retry | None  #: None: the article is whole now


@dataclass(frozen=True, slots=True)
class Looked:
    """What looking at one page came to, and all looks at it."""

    look: Look
    check: PageCheck | None


def dossier(app: App, stored: StoredArticle, story: Story | None) -> Dossier:
    """All that is known of an article of a story."""
    others = [one.id for one in story.articles] if story else []
    return Dossier(
        article=stored,
        story=story,
        revisions=tuple(app.store.articles.revisions(stored.id)),
        retry=app.store.pages.retries([stored.id]).get(stored.id),
        checks=app.store.pages.checks([stored.id, *others]),
        pictures=tuple(app.store.media.of([stored.id]).get(stored.id, ())),
    )


def lacking(app: App, references: Sequence[str]) -> list[int]:
    """Make due the named articles, or the whole queue, also what was given up; returns those that have a page to try.

    Raises StoreError for a reference to nothing.
    """
    pages = app.store.pages
    wanted = [history.find(app.store.articles, one).id for one in references] if references else pages.queued()
    return pages.try_now(wanted, app.clock())


async def retry(app: App, references: Sequence[str], on_done: Callable[[object], None]) -> list[Tried]:
    """Try for missing full texts now. Raises StoreError, and AlreadyRunning while a daemon holds the database."""
    with app.store.hold():
        numbers = lacking(app, references)
        waiting = app.store.pages.retries(numbers)
        async with app.working() as tools:
            await _side_by_side(waiting.values(), lambda item: upgrade.upgrade(item, tools), on_done)
        app.refresh()
        left = app.store.pages.retries(numbers)
        return [Tried(number, _title(app, number), left.get(number)) for number in numbers]


def to_look_at(app: App, references: Sequence[str], since: datetime | None) -> list[int]:
    """The named articles, or those of stories since a time whose pages can tell anything. Raises StoreError."""
    if references:
        return list(dict.fromkeys(history.find(app.store.articles, one).id for one in references))
    return app.store.pages.since(since) if since else []


async def recheck(app: App, numbers: Sequence[int], on_done: Callable[[object], None]) -> list[Looked]:
    """Look at the pages of articles now. Raises AlreadyRunning while a daemon holds the database."""
    with app.store.hold():
        async with app.working() as tools:
            looks = await _side_by_side(numbers, lambda number: looking.recheck(number, tools), on_done)
        app.refresh()
    checks = app.store.pages.checks(numbers)
    return [Looked(look, checks.get(look.article_id)) for look in looks if look]


async def recheck_due(app: App, tools: Tools, read: Callable[..., Awaitable[list[int]]]) -> bool:
    """Look at pages that somebody asked for, and at those that came to an age that the config names.

    `read` runs a reading call of the store in its thread. True: some told something new. Raises StoreError.
    """
    ages, pages, now = app.config.settings.archive.recheck, app.store.pages, app.clock()
    due = await read(pages.due_checks, now, AT_ONCE)
    for age in ages:
        if len(due) < AT_ONCE:
            due += await read(pages.of_age, age, now, AT_ONCE - len(due))
    again = AGAIN if ages else None
    looks = await _side_by_side(dict.fromkeys(due), lambda number: looking.recheck(number, tools, again=again))
    return any(look.revised for look in looks if look)


async def _side_by_side(
    wanted: Iterable[T], work: Callable[[T], Awaitable[R]], on_done: Callable[[object], None] = lambda _done: None
) -> list[R]:
    """The results in order. What failed is raised when the rest is done."""
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(item: T) -> R:
        async with slots:
            result = await work(item)
        on_done(result)
        return result

    results = await asyncio.gather(*map(one, wanted), return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return [result for result in results if not isinstance(result, BaseException)]


def _title(app: App, number: int) -> str:
    stored = app.store.articles.get(number)
    return stored.article.title if stored else ""
