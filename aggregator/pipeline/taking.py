"""Steps 5 to 10 of the walk: selected entries become whole, clean, placed articles, and are stored.

In: a Selection. Out: an Outcome. Called by pipeline/update.py; upgrade.py, preview.py and intake.py use its parts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import NamedTuple

from aggregator.errors import AggregatorError, BadStatus, ExtractError, FetchError, RefusedAddress
from aggregator.fetch import address
from aggregator.kit import journal, urls
from aggregator.models import (
    Document,
    Entry,
    Fetched,
    NotModified,
    Observation,
    Outcome,
    Page,
    Plan,
    RawDocument,
    RawKind,
    Subscription,
)
from aggregator.pipeline import decide, labour
from aggregator.pipeline.tools import PageTools, Tools

log = journal.logger(__name__)


async def take(
    subscription: Subscription,
    selection: decide.Selection,
    tools: Tools,
    *,
    room: int,
    looked: int,
    ahead: Mapping[str, decide.Prepared],
    feed: tuple[RawDocument, ...] = (),
) -> Outcome:
    """Make the selected entries whole, with at most `room` pages, and store them, group by group.

    `looked`: the moment of claims when the store was asked what it knows of them. `ahead`: what was made whole already.
    `feed`: the feed document, where it is kept.
    """
    total = Outcome(subscription.slug, unchanged=selection.unchanged)
    if selection.sightings:
        total = add(total, await tools.commit(Plan(subscription.slug, sightings=selection.sightings)))
    quick: list[decide.Candidate] = []
    slow: list[decide.Candidate] = []
    for candidate in selection.candidates:
        made = candidate.stated_hash in ahead
        (quick if made or not decide.needs_page(candidate, subscription.full_text) else slow).append(candidate)
    # Earlier states of a document come before its last one; they never need a page, so `quick` goes first.
    if quick:
        total = add(total, await _take_quick(subscription, quick, tools, looked, ahead, feed))
    for start in range(0, len(slow), tools.settings.group):
        group = slow[start : start + tools.settings.group]
        total = add(total, await _take_paged(subscription, group, tools, looked, feed, room=max(0, room - start)))
    return total


async def _take_quick(
    subscription: Subscription,
    group: Sequence[decide.Candidate],
    tools: Tools,
    looked: int,
    ahead: Mapping[str, decide.Prepared],
    feed: tuple[RawDocument, ...],
) -> Outcome:
    """Store entries that are whole as they stand. They are cleaned before their turn, which so is short."""
    left = [(candidate, None, None) for candidate in group if candidate.stated_hash not in ahead]
    made = {item.stated_hash: item for item in await _prepare(subscription, left, tools)} if left else {}
    prepared = decide.still_wanted([made.get(one.stated_hash) or ahead[one.stated_hash] for one in group], group)
    async with tools.claims.hold(_identities(group), looked) as late:
        done = Outcome(subscription.slug)
        if late:
            done, group = await _look_again(subscription, group, tools)
            prepared = decide.still_wanted(prepared, group)
        if feed:
            prepared = [replace(item, raw=feed) for item in prepared]
        return add(done, await store(subscription.slug, prepared, tools, tools.clock()))


async def _take_paged(
    subscription: Subscription,
    group: Sequence[decide.Candidate],
    tools: Tools,
    looked: int,
    feed: tuple[RawDocument, ...],
    *,
    room: int,
) -> Outcome:
    """Store entries that need their page: the first `room` with it, the others as they stand, to be tried later."""
    async with tools.claims.hold(_identities(group), looked) as late:
        done = Outcome(subscription.slug)
        if late:
            done, group = await _look_again(subscription, group, tools)
        fetched = await asyncio.gather(*(_with_page(candidate, tools) for candidate in group[:room]))
        queued = [(candidate, None, ExtractError("waits in the full-text queue")) for candidate in group[room:]]
        whole = [(candidate, read.page if read else None, failure) for candidate, read, failure in fetched]
        prepared, raw = await asyncio.gather(
            _prepare(subscription, [*whole, *queued], tools),
            keep_pages([(subscription.slug, candidate.entry, read) for candidate, read, _ in fetched], tools),
        )
        raw += [()] * len(queued)
        made_from = [replace(item, raw=(*feed, *of_it)) for item, of_it in zip(prepared, raw, strict=True)]
        stored = await store(subscription.slug, made_from, tools, tools.clock())
        return add(done, replace(stored, pages=len(fetched)))


def _identities(group: Sequence[decide.Candidate]) -> list[str]:
    return [identity for candidate in group for identity in decide.claims(candidate.entry)]


async def _look_again(
    subscription: Subscription, group: Sequence[decide.Candidate], tools: Tools
) -> tuple[Outcome, Sequence[decide.Candidate]]:
    """Another update was at one of the documents meanwhile: ask the store again. Mostly it finds that all is done."""
    known = await tools.known(subscription.slug, [candidate.entry for candidate in group])
    selection = decide.reconsider(group, known, subscription.full_text)
    done = await tools.commit(Plan(subscription.slug, sightings=selection.sightings))
    return replace(done, unchanged=selection.unchanged + len(selection.sightings)), selection.candidates


async def _with_page(
    candidate: decide.Candidate, tools: Tools
) -> tuple[decide.Candidate, ReadPage | None, AggregatorError | None]:
    """Steps 5 and 6 for one entry: its page, or the reason why there is none yet."""
    link = candidate.entry.link
    if link is None:
        return candidate, None, None
    try:
        return candidate, await read_page(link, tools), None
    except RefusedAddress as error:
        log.warning("page.refused", url=link, problem=str(error))
        return candidate, None, None  # asking again would be refused again
    except (FetchError, ExtractError) as error:
        log.info("page.failed", url=link, problem=str(error))
        return candidate, None, error
    except Exception as error:
        log.exception("page.broke", url=link)  # one page that we fail on must not hold back the whole feed
        return candidate, None, labour.broke(error)


class ReadPage(NamedTuple):
    """An article page, and the document that it was read from."""

    page: Page
    document: Document


async def read_page(link: str, tools: PageTools) -> ReadPage:
    """Fetch and read one article page. Raises FetchError, ExtractError."""
    url = urls.unwrap(link)
    document = await tools.fetcher.get(
        url,
        headers=tuple(address.headers(url).items()),
        allow_private=tools.settings.allow_private_pages,
        accept="page",
    )
    if isinstance(document, NotModified):
        raise BadStatus(url, 304, reason="answered 304 to an unconditional request")
    bare = replace(document, exchange=None)  # it may go to another process
    page = await tools.labour.do(len(document.body), labour.read_page, bare, tools.settings.sites)
    return ReadPage(page, document)


async def keep_pages(
    pages: Sequence[tuple[str, Entry, ReadPage | None]], tools: Tools
) -> list[tuple[RawDocument, ...]]:
    """Keep the documents of article pages, each with its subscription and entry; where each lies, if it is kept."""
    read = [(slug, entry, page) for slug, entry, page in pages if page is not None]
    if RawKind.PAGE not in tools.settings.raw or not read:
        return [()] * len(pages)
    wanted = [
        Fetched(
            page.document,
            RawKind.PAGE,
            slug,
            entry,
            restated=not entry.stated_hash,  # labour.as_entry() made it
            docid=entry.docid or page.page.docid,
            extractor=page.page.extractor,
        )
        for slug, entry, page in read
    ]
    kept = iter(await tools.keep(wanted))
    return [(raw,) if page is not None and (raw := next(kept)) is not None else () for _, _, page in pages]


async def keep_feed(subscription: Subscription, document: Document | None, tools: Tools) -> tuple[RawDocument, ...]:
    """Keep a feed document that brings articles; where it lies, if it is kept."""
    if document is None or RawKind.FEED not in tools.settings.raw:
        return ()
    (kept,) = await tools.keep([Fetched(document, RawKind.FEED, subscription.slug)])
    return (kept,) if kept is not None else ()


async def _prepare(
    subscription: Subscription, whole: Sequence[labour.Whole], tools: Tools
) -> Sequence[decide.Prepared]:
    """Step 7 for one group."""
    weight = sum(_length(candidate.entry) + (len(page.html) if page else 0) for candidate, page, _ in whole)
    call = partial(labour.make_whole, subscription, whole, tools.settings.sites, tools.clock())
    prepared = await tools.labour.do(weight, call, first=True)
    tell(subscription, prepared)
    return prepared


def tell(subscription: Subscription, made: Iterable[decide.Prepared]) -> None:
    """Log where this program failed on an entry. Once for what was made whole, wherever that was."""
    for item in made:
        if item.trace:
            log.error("entry.broke", feed=subscription.slug, entry=item.article.entry_id, trace=item.trace)


def _length(entry: Entry) -> int:
    return len(entry.content or entry.summary or "")


async def store(
    slug: str,
    prepared: Sequence[decide.Prepared],
    tools: Tools,
    now: datetime,
    *,
    observations: tuple[Observation, ...] = (),
) -> Outcome:
    """Steps 8 to 10: place cleaned articles among those stored and those on their way, and commit them."""
    if not prepared:
        return Outcome(slug)
    with tools.arrivals.announce(decide.as_neighbours(prepared)) as arriving:
        prints = [(item.fingerprint, item.at) for item in prepared if item.fingerprint is not None]
        stored = await tools.neighbours([item.key for item in prepared], prints)
        writes = decide.writes(
            prepared,
            stored,
            now=now,
            arriving=arriving,
            near=tools.settings.near,
            split_differing=tools.settings.split_differing,
        )
        return await tools.commit(Plan(slug, writes=writes, observations=observations))


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
