"""Steps 1 and 2 of the walk: ask a subscription's addresses, read what comes back.

In: a subscription and its state. Out: the attempts, and the feed unless it was unchanged or failed. Called by
pipeline/update.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial

from aggregator.errors import FetchError, NotAFeed, ParseError
from aggregator.fetch import address
from aggregator.kit import hashing, journal
from aggregator.models import Document, Endpoint, NotModified, ParsedFeed, RawKind, Subscription, SubscriptionState
from aggregator.pipeline import decide, labour, skipping
from aggregator.pipeline.poll import Attempt
from aggregator.pipeline.taking import tell
from aggregator.pipeline.tools import Tools

log = journal.logger(__name__)


@dataclass(frozen=True, slots=True)
class Reading:
    """Steps 1 and 2: the addresses asked, and the feed, unless it was unchanged or failed."""

    attempts: tuple[Attempt, ...]
    parsed: ParsedFeed | None = None
    prepared: Mapping[str, decide.Prepared] = field(default_factory=dict)  #: see labour.Read
    first: bool = False  #: the address that answered never served a feed before
    document: Document | None = None  #: the feed document, where such are kept
    items: skipping.Items | None = None  #: see labour.Read; with those that stand as before, and were not read

    @property
    def skipped(self) -> int:
        """How many items of the feed are not among its entries, because they stand as before."""
        return len(self.items.skipped) if self.items else 0


async def read(subscription: Subscription, state: SubscriptionState, tools: Tools, *, force: bool) -> Reading:
    """Ask the subscription's addresses in order until one serves a feed."""
    now = tools.clock()
    attempts: list[Attempt] = []
    for url in candidates(subscription, tools):
        endpoint = state.endpoints.get(url, Endpoint(url))
        if not force and (endpoint.gone or (endpoint.retry_at is not None and endpoint.retry_at > now)):
            continue
        attempt, read, document = await _ask(subscription, endpoint, tools)
        attempts.append(attempt)
        if attempt.good:
            first = endpoint.body_hash is None
            if read is None:
                return Reading(tuple(attempts))
            return Reading(tuple(attempts), read.parsed, read.prepared, first, document, read.items)
    return Reading(tuple(attempts))


async def _ask(
    subscription: Subscription, endpoint: Endpoint, tools: Tools
) -> tuple[Attempt, labour.Read | None, Document | None]:
    url = tools.policy.asked_url(endpoint)
    headers = (*address.headers(subscription.url).items(), *subscription.headers)
    try:
        async with tools.labour.fetching():
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
        return attempt, None, None
    tools.weather.report(url, reached=True)
    if isinstance(answer, NotModified):
        return Attempt(endpoint.url, answer), None, None
    digest = hashing.body(answer.body)
    if digest == endpoint.body_hash:
        return Attempt(endpoint.url, answer, body_hash=digest), None, None
    try:
        read = await _read(subscription, endpoint, answer, tools)
    except ParseError as error:
        if _is_block(subscription, answer):
            tools.fetcher.complain(answer.final_url)
        return Attempt(endpoint.url, answer, error), None, None
    parsed = read.parsed
    if parsed.problems and not parsed.entries:
        return Attempt(endpoint.url, answer, NotAFeed(f"{url}: {'; '.join(parsed.problems)}")), None, None
    for problem in parsed.problems:
        log.warning("feed.problem", feed=subscription.slug, problem=problem)
    tell(subscription, read.prepared.values())
    newest = max((entry.published for entry in parsed.entries if entry.published), default=None)
    # The body is needed only where it is kept, and many updates may wait for each other from here on.
    attempt = Attempt(endpoint.url, replace(answer, body=b"", exchange=None), body_hash=digest, newest=newest)
    return attempt, read, answer if RawKind.FEED in tools.settings.raw else None


def _is_block(subscription: Subscription, answer: Document) -> bool:
    """Sina's APIs answer a client that asks too often with a page instead of JSON, and status 200."""
    return address.kind(subscription.url).startswith("sina") and answer.body.lstrip().startswith(b"<")


async def _read(subscription: Subscription, endpoint: Endpoint, answer: Document, tools: Tools) -> labour.Read:
    """Step 2, for those items only that do not stand in the document as they did last time, where that is safe."""
    depends = skipping.about(subscription, endpoint.url, tools.settings.program)
    first = endpoint.body_hash is None
    memory = None if first else await tools.last_items(subscription.slug)
    # Looking for the items costs less than a way to another thread and back.
    found = skipping.cut(answer, depends, memory) if memory else None
    if found is not None:
        with suppress(ParseError):
            read = await _parse(subscription, found.document, tools, depends=depends)
            if skipping.stands(found, read.parsed, read.items):
                rows = read.items.rows if read.items else ()
                return replace(read, items=skipping.Items(found.salt, rows, found.rows))
    return await _parse(subscription, answer, tools, first=first, depends=depends)


async def _parse(
    subscription: Subscription, answer: Document, tools: Tools, *, first: bool = False, depends: str | None = None
) -> labour.Read:
    """Every page of a feed is read alike: an entry must not seem changed because it stands on another one."""
    ahead = labour.Ahead(subscription, tools.settings.sites, tools.clock()) if first else None
    bare = replace(answer, exchange=None)  # it may go to another process
    call = partial(labour.read_feed, bare, subscription.timezone, subscription.language, ahead, depends)
    return await tools.labour.do(len(answer.body), call)


def candidates(subscription: Subscription, tools: Tools) -> tuple[str, ...]:
    settings = tools.settings
    return address.candidates(
        subscription.url, settings.rsshub, sina_roll=settings.sina_roll, sina_live=settings.sina_live
    )


async def next_page(
    subscription: Subscription, parsed: ParsedFeed, tools: Tools
) -> tuple[ParsedFeed | None, Document | None]:
    """The page with older entries, None where the API has no more; and its document. Raises FetchError."""
    assert parsed.next_page is not None  # noqa: S101 - read_on() has checked it
    answer = await tools.fetcher.get(
        parsed.next_page,
        headers=(*address.headers(subscription.url).items(), *subscription.headers),
        allow_private=subscription.allow_private,
        accept="feed",
    )
    if isinstance(answer, NotModified):
        return None, None
    try:
        return (await _parse(subscription, answer, tools)).parsed, answer
    except ParseError as error:
        log.warning("feed.page_failed", feed=subscription.slug, problem=str(error))
        return None, None
