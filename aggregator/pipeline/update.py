"""The walk of one subscription.

     1 fetch(subscription)          -> Document | NotModified | problem         network
     2 parse(document)              -> ParsedFeed                               pure
     3 known(entries)               -> {entry id: Known}                        one read
     4 decide.select                -> entries that are new or changed          pure
     5 fetch(entry.link)            -> page Documents, only where the entry lacks its full text
     6 extract(page)                -> Page                                     pure
     7 assemble, clean              -> Article                                  pure
     8 neighbours(keys, prints)     -> stories that may be the same             one read
     9 decide.writes                -> Plan                                     pure
    10 commit(plan)                 -> Outcome                                  one transaction

A failure at 1 or 2 goes straight to 10 with the problem in the state. A page that cannot be read at 5 or 6 does not
hold its entry back: it is stored as a summary with a full-text retry. Steps 3 to 10 run once for every group of
entries, so that a long list is visible before its last page came; the subscription's own state (validators, next
poll) is stored with the last group only, never ahead of the data.

Steps 1 and 2 are reading.py, 3 and 4 stand here, 5 to 10 are taking.py. Called by app/ for the daemon and for
`aggregator update`. Everything that touches the world is given: tools.Tools.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import MAXYEAR, datetime, timedelta

from aggregator.errors import FetchError
from aggregator.kit import journal
from aggregator.models import Entry, Outcome, Plan, Subscription, SubscriptionState
from aggregator.pipeline import decide, reading, reuse, skipping, taking
from aggregator.pipeline.poll import Poll
from aggregator.pipeline.tools import Settings, Tools

log = journal.logger(__name__)


async def update(subscription: Subscription, state: SubscriptionState, tools: Tools, *, force: bool = False) -> Outcome:
    """Walk one subscription once. Never raises for what an origin does: its failure is data in the state.

    `force` asks also addresses that are backing off or gone: the operator wants to know.
    """
    started = time.monotonic()
    read = await reading.read(subscription, state, tools, force=force)
    now = tools.clock()  # the host was waited for: rhythms count from the request
    taken = _Taken(Outcome(subscription.slug))
    if read.parsed is not None:
        taken = await _take_all(subscription, state, read, tools, now)
    total = taken.outcome
    poll = Poll(
        at=now,
        attempts=read.attempts,
        candidates=reading.candidates(subscription, tools),
        new=total.new + total.revised,
        entries=len(read.parsed.entries) + read.skipped if read.parsed else None,
        hours=taken.hours if total.new or total.revised else (),
        ttl=read.parsed.feed.ttl if read.parsed else None,
        deep=taken.deep,
        outage=tools.weather.down,
    )
    settled = tools.policy.settle(subscription, state, poll)
    await tools.commit(Plan(subscription.slug, state=settled, last_items=taken.last_items))
    if not poll.asked:
        log.info("poll.postponed", feed=subscription.slug, next_poll=_told(settled.next_poll))
    elif poll.problem:
        log.warning("poll.failed", feed=subscription.slug, problem=poll.problem, next_poll=_told(settled.next_poll))
    fault = _fault(subscription, state, settled, tools)
    # An operator who asked wants to hear why nothing was done; for the daemon a wait is no problem.
    problem = settled.problem or (poll.problem if force else None)
    return replace(total, problem=problem, fault=fault, seconds=time.monotonic() - started)


def _hours(entries: Iterable[Entry]) -> tuple[int, ...]:
    """The hours, of Beijing and since 1970, in which the entries say that they were published."""
    return tuple({int(entry.published.timestamp()) // 3600 + 8 for entry in entries if entry.published})


def _fault(subscription: Subscription, before: SubscriptionState, now: SubscriptionState, tools: Tools) -> str | None:
    """What the policy finds wrong with a feed that answers; told once when it begins, and once when it ends."""
    old, new = tools.policy.fault(before), tools.policy.fault(now)
    if new and new != old:
        log.warning("feed.died", feed=subscription.slug, fault=new, last_new=_told(now.fresh_at))
    elif old and not new:
        log.info("feed.lives", feed=subscription.slug, fault=old)
    return new


def _told(at: datetime | None) -> str | None:
    """Local time for the log, without what nobody reads."""
    return at.astimezone().isoformat(timespec="seconds") if at and at.year < MAXYEAR else None


@dataclass(frozen=True, slots=True)
class _Taken:
    """What became of a feed's entries."""

    outcome: Outcome  #: the sum over its pages
    deep: bool = False  #: all was read that need be read
    hours: tuple[int, ...] = ()  #: those that the news of the first page state
    last_items: bytes | None = None  #: to be remembered of its items; None: as before


async def _take_all(
    subscription: Subscription, state: SubscriptionState, read: reading.Reading, tools: Tools, now: datetime
) -> _Taken:
    """Take the first page of a feed and, where an API has older pages, those that hold news or are due again.

    A deep read that was cut short (a page failed, the daemon stopped) is due again at once, and reaches as far back as
    it had to.
    """
    settings = tools.settings
    parsed, document = read.parsed, read.document
    paged = parsed is not None and parsed.next_page is not None
    since = _deep_since(state, settings, now) if paged and not read.first else None
    deep = read.first or not paged or since is not None
    total = Outcome(subscription.slug, unchanged=read.skipped)
    memory = b""
    hours: tuple[int, ...] = ()
    number = 0
    while parsed is not None:
        number += 1
        entries = parsed.entries
        looked = tools.claims.moment()
        known = await tools.known(subscription.slug, reuse.both(entries)) if entries else {}
        resolved = reuse.resolve(entries, known)
        selection = decide.select(resolved, known, subscription.full_text)
        if read.items is not None and number == 1:
            memory = skipping.remember(read.items, entries, resolved, selection, subscription.full_text)
        if number == 1:  # what was left alone tells nothing, whether it was skipped or compared
            hours = _hours(one.entry for one in selection.candidates)
        room = settings.full_text_max - total.pages
        feed = await taking.keep_feed(subscription, document, tools) if selection.candidates else ()
        took = await taking.take(
            subscription, selection, tools, room=room, looked=looked, ahead=read.prepared, feed=feed
        )
        total = taking.add(total, took)
        if not decide.read_on(parsed, selection, first_poll=read.first, since=since):
            break
        if number >= settings.pages_max:
            log.warning("feed.gap", feed=subscription.slug, pages=number, hint="older rows may be missing")
            break
        try:
            parsed, document = await reading.next_page(subscription, parsed, tools)
        except FetchError as error:
            log.warning("feed.page_failed", feed=subscription.slug, problem=str(error))
            deep = False
            break
    return _Taken(total, deep, hours, memory)


def _deep_since(state: SubscriptionState, settings: Settings, now: datetime) -> datetime | None:
    """How far back to read now; None while the last deep read is fresh. Never less far than to that last one."""
    last = state.deep_read_at
    if last is not None and timedelta() <= now - last < settings.reread_every:
        return None
    return min(now - settings.reread, last or now)
