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

Called by work/local.py (the daemon, `aggregator update`). Everything that touches the world is given: Tools.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from aggregator import clean, extract, parse
from aggregator.errors import BadStatus, ExtractError, FetchError, ParseError, RefusedAddress
from aggregator.fetch import address
from aggregator.kit import hashing, urls
from aggregator.models import (
    Article,
    Document,
    Endpoint,
    Entry,
    Known,
    Neighbour,
    NotModified,
    Outcome,
    Page,
    ParsedFeed,
    Plan,
    SiteRules,
    StoryKey,
    Subscription,
    SubscriptionState,
    Validators,
)
from aggregator.pipeline import assemble, decide
from aggregator.pipeline.claims import Claims
from aggregator.pipeline.poll import Attempt, Policy, Poll

log = structlog.get_logger(__name__)


class Fetches(Protocol):
    """What the walk wants of fetch/http.py."""

    async def get(
        self,
        url: str,
        *,
        validators: Validators = ...,
        headers: Sequence[tuple[str, str]] = ...,
        allow_private: bool = ...,
        accept: str = ...,
    ) -> Document | NotModified:
        """One conditional GET; raises FetchError."""
        ...

    def complain(self, url: str) -> None:
        """What `url` served was a refusal in disguise."""
        ...


class Weather(Protocol):
    """Tells one broken host from a network that is down."""

    def report(self, url: str, *, reached: bool) -> None:
        """Note whether the host of `url` could be reached."""
        ...

    @property
    def down(self) -> bool:
        """True while nothing can be reached anywhere."""
        ...


@dataclass(frozen=True, slots=True)
class Settings:
    """The plain values of config that the walk needs."""

    rsshub: tuple[str, ...] = ()
    sina_roll: str = address.SINA_ROLL
    sina_live: str = address.SINA_LIVE
    sites: tuple[SiteRules, ...] = ()
    near: bool = True
    split_differing: bool = False
    pages_max: int = 40  #: pages of one list read in one poll, when it holds that much news
    reread: timedelta = timedelta(hours=6)  #: how far back a deep read goes
    reread_every: timedelta = timedelta(minutes=30)
    group: int = 10  #: entries that need their page are stored in groups of this size
    full_text_max: int = 60  #: pages fetched in one poll; the rest waits in the full-text queue
    allow_private_pages: bool = False


@dataclass(frozen=True, slots=True)
class Tools:
    """The world, as the walk sees it. The store's calls are made awaitable by who builds this."""

    fetcher: Fetches
    policy: Policy
    weather: Weather
    known: Callable[[str, Sequence[Entry]], Awaitable[dict[str, Known]]]
    neighbours: Callable[[Sequence[StoryKey], Sequence[tuple[int, datetime]]], Awaitable[list[Neighbour]]]
    commit: Callable[[Plan], Awaitable[Outcome]]
    clock: Callable[[], datetime]
    claims: Claims = field(default_factory=Claims)
    settings: Settings = field(default_factory=Settings)


@dataclass(frozen=True, slots=True)
class Reading:
    """Steps 1 and 2: the addresses asked, and the feed, unless it was unchanged or failed."""

    attempts: tuple[Attempt, ...]
    parsed: ParsedFeed | None = None


async def update(subscription: Subscription, state: SubscriptionState, tools: Tools, *, force: bool = False) -> Outcome:
    """Walk one subscription once. Never raises for what an origin does: its failure is data in the state.

    `force` asks also addresses that are backing off or gone: the operator wants to know.
    """
    started = time.monotonic()
    reading = await _read(subscription, state, tools, force=force)
    now = tools.clock()  # the host was waited for: rhythms count from the request
    total = Outcome(subscription.slug)
    deep = False
    if reading.parsed is not None:
        total, deep = await _take_all(subscription, state, reading.parsed, tools, now)
    poll = Poll(
        at=now,
        attempts=reading.attempts,
        candidates=_candidates(subscription, tools),
        new=total.new + total.revised,
        entries=len(reading.parsed.entries) if reading.parsed else None,
        ttl=reading.parsed.feed.ttl if reading.parsed else None,
        deep=deep,
        outage=tools.weather.down,
    )
    settled = tools.policy.settle(subscription, state, poll)
    await tools.commit(Plan(subscription.slug, state=settled))
    if not poll.asked:
        log.info("poll.postponed", feed=subscription.slug, next_poll=str(settled.next_poll))
    elif poll.problem:
        log.warning("poll.failed", feed=subscription.slug, problem=poll.problem, next_poll=str(settled.next_poll))
    return replace(total, problem=settled.problem, seconds=time.monotonic() - started)


# ------------------------------------------------------------------------------------------------- steps 1 and 2


async def _read(subscription: Subscription, state: SubscriptionState, tools: Tools, *, force: bool) -> Reading:
    """Ask the subscription's addresses in order until one serves a feed."""
    now = tools.clock()
    attempts: list[Attempt] = []
    for url in _candidates(subscription, tools):
        endpoint = state.endpoints.get(url, Endpoint(url))
        if not force and (endpoint.gone or (endpoint.retry_at is not None and endpoint.retry_at > now)):
            continue
        attempt, parsed = await _ask(subscription, endpoint, tools)
        attempts.append(attempt)
        if attempt.good:
            return Reading(tuple(attempts), parsed)
    return Reading(tuple(attempts))


async def _ask(subscription: Subscription, endpoint: Endpoint, tools: Tools) -> tuple[Attempt, ParsedFeed | None]:
    url = tools.policy.asked_url(endpoint)
    headers = (*address.headers(subscription.url).items(), *subscription.headers)
    try:
        answer = await tools.fetcher.get(
            url,
            validators=endpoint.validators,
            headers=headers,
            allow_private=subscription.allow_private,
            accept="feed",
        )
    except FetchError as error:
        attempt = Attempt(endpoint.url, error=error)
        if attempt.asked:
            tools.weather.report(url, reached=not attempt.network)
        return attempt, None
    tools.weather.report(url, reached=True)
    if isinstance(answer, NotModified):
        return Attempt(endpoint.url, answer), None
    digest = hashing.body(answer.body)
    if digest == endpoint.body_hash:
        return Attempt(endpoint.url, answer, body_hash=digest), None
    try:
        parsed = await asyncio.to_thread(
            parse.parse, answer, zone=subscription.timezone, language=subscription.language
        )
    except ParseError as error:
        if _is_block(subscription, answer):
            tools.fetcher.complain(answer.final_url)
        return Attempt(endpoint.url, answer, error), None
    for problem in parsed.problems:
        log.warning("feed.problem", feed=subscription.slug, problem=problem)
    newest = max((entry.published for entry in parsed.entries if entry.published), default=None)
    return Attempt(endpoint.url, answer, body_hash=digest, newest=newest), parsed


def _is_block(subscription: Subscription, answer: Document) -> bool:
    """Sina's APIs answer a client that asks too often with a page instead of JSON, and status 200."""
    return address.kind(subscription.url).startswith("sina") and answer.body.lstrip().startswith(b"<")


def _candidates(subscription: Subscription, tools: Tools) -> tuple[str, ...]:
    settings = tools.settings
    return address.candidates(
        subscription.url, settings.rsshub, sina_roll=settings.sina_roll, sina_live=settings.sina_live
    )


# ------------------------------------------------------------------------------------------------- steps 3 to 10


async def _take_all(
    subscription: Subscription, state: SubscriptionState, first: ParsedFeed, tools: Tools, now: datetime
) -> tuple[Outcome, bool]:
    """Take the first page of a feed and, where an API has older pages, those that hold news or are due again.

    Returns the sum of the outcomes and whether this was a deep read.
    """
    settings = tools.settings
    first_poll = state.last_success is None
    deep = first.next_page is not None and not first_poll and _deep_read_due(state, settings, now)
    total = Outcome(subscription.slug)
    parsed: ParsedFeed | None = first
    for number in range(1, settings.pages_max + 1):
        if parsed is None:
            break
        entries = decide.mark_shared_links(parsed.entries)
        looked = tools.claims.moment()
        selection = decide.select(entries, await tools.known(subscription.slug, entries))
        room = settings.full_text_max - total.pages
        total = add(total, await _take(subscription, selection, tools, room=room, looked=looked))
        since = now - settings.reread if deep else None
        if not decide.read_on(parsed, selection, first_poll=first_poll, since=since):
            break
        if number == settings.pages_max:
            log.warning("feed.gap", feed=subscription.slug, pages=number, hint="older rows may be missing")
        parsed = await _next_page(subscription, parsed, tools)
    return total, deep or (first_poll and first.next_page is not None)


async def _next_page(subscription: Subscription, parsed: ParsedFeed, tools: Tools) -> ParsedFeed | None:
    """The page with older entries; None when it cannot be had, which the next deep read will mend."""
    assert parsed.next_page is not None  # noqa: S101 - read_on() has checked it
    try:
        answer = await tools.fetcher.get(
            parsed.next_page,
            headers=(*address.headers(subscription.url).items(), *subscription.headers),
            allow_private=subscription.allow_private,
            accept="feed",
        )
        if isinstance(answer, NotModified):
            return None
        return await asyncio.to_thread(parse.parse, answer, zone=subscription.timezone)
    except (FetchError, ParseError) as error:
        log.warning("feed.page_failed", feed=subscription.slug, problem=str(error))
        return None


async def _take(
    subscription: Subscription, selection: decide.Selection, tools: Tools, *, room: int, looked: int
) -> Outcome:
    """Make the selected entries whole, with at most `room` pages, and store them, group by group.

    `looked`: the moment of claims when the store was asked what it knows of them.
    """
    total = Outcome(subscription.slug, unchanged=selection.unchanged)
    if selection.sightings:
        total = add(total, await tools.commit(Plan(subscription.slug, sightings=selection.sightings)))
    quick: list[decide.Candidate] = []
    slow: list[decide.Candidate] = []
    for candidate in selection.candidates:
        (slow if decide.needs_page(candidate, subscription.full_text) else quick).append(candidate)
    # Earlier states of a document come before its last one; they never need a page, so `quick` goes first.
    if quick:
        total = add(total, await _take_group(subscription, quick, tools, room=0, looked=looked))
    for start in range(0, len(slow), tools.settings.group):
        group = slow[start : start + tools.settings.group]
        left = max(0, room - start)
        total = add(total, await _take_group(subscription, group, tools, room=left, looked=looked))
    return total


async def _take_group(
    subscription: Subscription, group: Sequence[decide.Candidate], tools: Tools, *, room: int, looked: int
) -> Outcome:
    """Make a group whole and store it.

    Another update may be at the same document, which stands in several lists: whoever comes second waits, asks the
    store again, and mostly finds that all is done.
    """
    done = Outcome(subscription.slug)
    identities = [identity for candidate in group for identity in decide.claims(candidate.entry)]
    async with tools.claims.hold(identities, looked) as late:
        if late:
            entries = [candidate.entry for candidate in group]
            selection = decide.reconsider(group, await tools.known(subscription.slug, entries))
            done = replace(
                await tools.commit(Plan(subscription.slug, sightings=selection.sightings)),
                unchanged=selection.unchanged + len(selection.sightings),
            )
            group = selection.candidates
        slow = [candidate for candidate in group if decide.needs_page(candidate, subscription.full_text)]
        quick = [(candidate, None, None) for candidate in group if candidate not in slow]
        whole = await asyncio.gather(*(_with_page(candidate, tools) for candidate in slow[:room]))
        queued = [(candidate, None, "waits in the full-text queue") for candidate in slow[room:]]
        stored = await _store(subscription, [*quick, *whole, *queued], tools)
        return add(done, replace(stored, pages=len(whole)))


#: A candidate with its page, or with the reason why the page must be tried again.
Whole = tuple[decide.Candidate, Page | None, str | None]


async def _with_page(candidate: decide.Candidate, tools: Tools) -> Whole:
    """Steps 5 and 6 for one entry: its page, or the reason why there is none yet."""
    link = candidate.entry.link
    if link is None:
        return candidate, None, None
    try:
        return candidate, await read_page(link, tools.fetcher, tools.settings), None
    except RefusedAddress as error:
        log.warning("page.refused", url=link, problem=str(error))
        return candidate, None, None  # asking again would be refused again
    except (FetchError, ExtractError) as error:
        log.info("page.failed", url=link, problem=str(error))
        return candidate, None, str(error)


async def read_page(link: str, fetcher: Fetches, settings: Settings) -> Page:
    """Fetch and read one article page. Raises FetchError, ExtractError."""
    url = urls.unwrap(link)
    document = await fetcher.get(
        url,
        headers=tuple(address.headers(url).items()),
        allow_private=settings.allow_private_pages,
        accept="page",
    )
    if isinstance(document, NotModified):
        raise BadStatus(url, 304, reason="answered 304 to an unconditional request")
    return await asyncio.to_thread(extract.extract, document, settings.sites)


async def _store(subscription: Subscription, whole: Sequence[Whole], tools: Tools) -> Outcome:
    """Steps 7 to 10 for one group."""
    if not whole:
        return Outcome(subscription.slug)
    now = tools.clock()
    prepared = await asyncio.to_thread(_prepare, subscription, whole, tools.settings.sites, now)
    prints = [(item.fingerprint, item.at) for item in prepared if item.fingerprint is not None]
    neighbours = await tools.neighbours([item.key for item in prepared], prints)
    writes = decide.writes(
        prepared,
        neighbours,
        now=now,
        near=tools.settings.near,
        split_differing=tools.settings.split_differing,
    )
    return await tools.commit(Plan(subscription.slug, writes=writes))


def _prepare(
    subscription: Subscription, whole: Sequence[Whole], sites: Sequence[SiteRules], now: datetime
) -> list[decide.Prepared]:
    """Step 7, CPU work: runs in a thread."""
    out = []
    for candidate, page, reason in whole:
        raw = raw_article(subscription, candidate.entry, page)
        out.append(decide.prepare(candidate, make_clean(raw, sites, subscription.url), now, retry=reason))
    return out


def raw_article(subscription: Subscription, entry: Entry, page: Page | None) -> Article:
    """assemble.article() with what the subscription says of its entries."""
    hub = subscription.url.startswith("rsshub:/sina")
    return assemble.article(entry, page, language=subscription.language, author_is_outlet=hub)


def make_clean(raw: Article, sites: Sequence[SiteRules], origin: str = "") -> Article:
    """Clean by the rules of the article's own site, else of the site that the subscription's address names."""
    rules = extract.rules_for(raw.url, sites) if raw.url else None
    if rules is None and (origin.startswith(("sina:", "rsshub:/sina")) or raw.original is not None):
        rules = next((site for site in sites if site.name == "sina"), None)
    return clean.clean(raw, rules)


def _deep_read_due(state: SubscriptionState, settings: Settings, now: datetime) -> bool:
    return state.deep_read_at is None or now - state.deep_read_at >= settings.reread_every


def add(one: Outcome, other: Outcome) -> Outcome:
    """The sum of two outcomes of one subscription."""
    return replace(
        one,
        new=one.new + other.new,
        revised=one.revised + other.revised,
        merged=one.merged + other.merged,
        unchanged=one.unchanged + other.unchanged,
        stories=one.stories | other.stories,
        pages=one.pages + other.pages,
    )
