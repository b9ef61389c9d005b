"""The full-text queue: an article stored as a summary gets its page later, under the same id.

In: a Retry row. Out: an Outcome; the row is gone (the page was read), moved on (it failed again), or closed (three
days are over: the article stays as it is). Every attempt's reason is noted in it, and whether the page says that it is
gone. Called by app/core.py.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from aggregator.errors import BadStatus, ExtractError, FetchError, Unreachable
from aggregator.kit import journal
from aggregator.models import Observation, Outcome, Plan, Retry, Sight, StoredArticle, Tried
from aggregator.pipeline import decide, evidence, intake, labour
from aggregator.pipeline.taking import keep_pages, read_page, store
from aggregator.pipeline.tools import Tools

log = journal.logger(__name__)

FIRST_WAIT = timedelta(minutes=5)
LONGEST_WAIT = timedelta(hours=6)
GIVE_UP_AFTER = timedelta(days=3)
LEAST_TRIES = 8
MOST_REASONS = 12


async def upgrade(item: Retry, tools: Tools) -> Outcome:
    """Try one page again. An outage of the whole network counts against nobody."""
    stored = await tools.stored(item.article_id)
    if stored is None:
        return Outcome(intake.SLUG)
    # The article is read again in its turn: an update that came first may have changed it.
    async with tools.claims.hold(decide.claims_of(stored.article), tools.claims.moment()) as late:
        stored = (await tools.stored(item.article_id) or stored) if late else stored
        return await _upgrade(item, stored, tools)


async def _upgrade(item: Retry, stored: StoredArticle, tools: Tools) -> Outcome:
    slug = stored.appearances[0].slug if stored.appearances else intake.SLUG
    try:
        read = await read_page(item.url, tools)
        now = tools.clock()
        call = partial(labour.make_upgraded, stored, read.page, tools.settings.sites, now)
        prepared = await tools.labour.do(len(read.page.html), call, first=True)
        (raw,) = await keep_pages([(slug, labour.as_entry(stored.article), read)], tools)
    except (FetchError, ExtractError) as error:
        later = _later(item, error, tools)
        log.info("page.failed_again", url=item.url, attempts=later.attempts, problem=str(error))
        seen = evidence.of(item.article_id, error, tools.clock())
        return await tools.commit(Plan(slug, retries=(later,), observations=(seen,)))
    except Exception as error:
        log.exception("page.broke", url=item.url)  # it must not stand at the head of the queue for ever
        later = postponed(item, str(labour.broke(error)), tools.clock())
        return await tools.commit(Plan(slug, retries=(later,)))
    there = Observation(item.article_id, now, Sight.PRESENT)
    return replace(await store(slug, [replace(prepared, raw=raw)], tools, now, observations=(there,)), pages=1)


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
    """The row after one more failure: a doubled wait of `least` or more, or closed when it was tried for three days.

    Days in which this program did not run are no tries.
    """
    failed = replace(item, attempts=item.attempts + 1, reason=reason, history=_noted(item.history, reason, now))
    if now - item.since >= GIVE_UP_AFTER and item.attempts >= LEAST_TRIES:
        return replace(failed, next_at=None)
    wait = max(min(FIRST_WAIT * (1 << min(item.attempts, 20)), LONGEST_WAIT), least)
    return replace(failed, next_at=now + wait)


def _noted(history: tuple[Tried, ...], reason: str, now: datetime) -> tuple[Tried, ...]:
    """The history with one more attempt; of very many reasons the first one and the last ones are kept."""
    if history and history[-1].reason == reason:
        last = history[-1]
        return (*history[:-1], replace(last, last=now, count=last.count + 1))
    kept = history if len(history) < MOST_REASONS else (history[0], *history[2:])
    return (*kept, Tried(reason, now, now))
