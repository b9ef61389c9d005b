"""The full-text queue: an article stored as a summary gets its page later, under the same id.

In: a Retry row and the stored article. Out: an Outcome; the row is gone (the page was read), moved on (it failed
again), or closed (three days are over: the article stays a summary). Called by app/core.py.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from aggregator.errors import BadStatus, ExtractError, FetchError, Unreachable
from aggregator.models import Completeness, Outcome, Page, Plan, Retry, StoredArticle
from aggregator.pipeline import decide
from aggregator.pipeline.taking import make_clean, read_page
from aggregator.pipeline.tools import Tools

log = structlog.get_logger(__name__)

FIRST_WAIT = timedelta(minutes=5)
LONGEST_WAIT = timedelta(hours=6)
GIVE_UP_AFTER = timedelta(days=3)


async def upgrade(item: Retry, stored: StoredArticle, tools: Tools) -> Outcome:
    """Try one page again. An outage of the whole network counts against nobody."""
    slug = stored.appearances[0].slug if stored.appearances else "import"
    try:
        page = await read_page(item.url, tools.fetcher, tools.settings)
    except (FetchError, ExtractError) as error:
        later = _later(item, error, tools)
        log.info("page.failed_again", url=item.url, attempts=later.attempts, problem=str(error))
        return await tools.commit(Plan(slug, retries=(later,)))
    now = tools.clock()
    prepared = await asyncio.to_thread(_prepare, stored, page, tools, now)
    prints = [(prepared.fingerprint, prepared.at)] if prepared.fingerprint is not None else []
    neighbours = await tools.neighbours([prepared.key], prints)
    settings = tools.settings
    writes = decide.writes(
        [prepared], neighbours, now=now, near=settings.near, split_differing=settings.split_differing
    )
    outcome = await tools.commit(Plan(slug, writes=writes))
    return replace(outcome, pages=1)


def _later(item: Retry, error: FetchError | ExtractError, tools: Tools) -> Retry:
    """The row after `error`. What says nothing of the page does not count: an outage, a host that may not be asked."""
    now = tools.clock()
    if isinstance(error, Unreachable) and tools.weather.down:
        return replace(item, next_at=now + FIRST_WAIT)
    asked_for = error.retry_after or timedelta()
    if isinstance(error, BadStatus) and not error.asked:
        return replace(item, next_at=now + asked_for)
    return postponed(item, str(error), now, least=asked_for)


def postponed(item: Retry, reason: str, now: datetime, *, least: timedelta = timedelta()) -> Retry:
    """The row after one more failure: a doubled wait of `least` or more, or closed when three days are over."""
    if now - item.since >= GIVE_UP_AFTER:
        return replace(item, attempts=item.attempts + 1, next_at=None, reason=reason)
    wait = max(min(FIRST_WAIT * (1 << min(item.attempts, 20)), LONGEST_WAIT), least)
    return replace(item, attempts=item.attempts + 1, next_at=now + wait, reason=reason)


def _prepare(stored: StoredArticle, page: Page, tools: Tools, now: datetime) -> decide.Prepared:
    article = stored.article
    whole = replace(
        article,
        html=page.html,
        completeness=Completeness.FULL,
        extractor=page.extractor,
        title=article.title or page.title or "",
        published=article.published or page.published,
        docid=article.docid or page.docid,
        author=article.author or page.author,
        outlet=article.outlet or page.outlet,
        keywords=article.keywords or page.keywords,
        symbols=(*article.symbols, *page.symbols),
        image=article.image or page.lead_image,
        images=page.images,
        videos=page.videos,
        aliases=tuple(dict.fromkeys((*article.aliases, *page.aliases))),
    )
    return decide.prepare_upgrade(stored.id, make_clean(whole, tools.settings.sites), now)
