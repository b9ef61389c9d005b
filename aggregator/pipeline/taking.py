"""Steps 5 to 10 of the walk: selected entries become whole, clean, placed articles, and are stored.

In: a Selection. Out: an Outcome. Called by pipeline/update.py; upgrade.py, preview.py and intake.py use its parts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import structlog

from aggregator import clean, extract
from aggregator.errors import AggregatorError, BadStatus, ExtractError, FetchError, RefusedAddress
from aggregator.fetch import address
from aggregator.kit import urls
from aggregator.models import Article, Entry, NotModified, Outcome, Page, Plan, SiteRules, Subscription
from aggregator.pipeline import assemble, decide
from aggregator.pipeline.tools import Fetches, Settings, Tools

log = structlog.get_logger(__name__)


async def take(
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
            known = await tools.known(subscription.slug, entries)
            selection = decide.reconsider(group, known, subscription.full_text)
            done = replace(
                await tools.commit(Plan(subscription.slug, sightings=selection.sightings)),
                unchanged=selection.unchanged + len(selection.sightings),
            )
            group = selection.candidates
        slow = [candidate for candidate in group if decide.needs_page(candidate, subscription.full_text)]
        quick = [(candidate, None, None) for candidate in group if candidate not in slow]
        whole = await asyncio.gather(*(_with_page(candidate, tools) for candidate in slow[:room]))
        queued = [(candidate, None, ExtractError("waits in the full-text queue")) for candidate in slow[room:]]
        stored = await _store(subscription, [*quick, *whole, *queued], tools)
        return add(done, replace(stored, pages=len(whole)))


#: A candidate with its page, or with what made the page fail and will be tried again.
Whole = tuple[decide.Candidate, Page | None, AggregatorError | None]


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
        return candidate, None, error
    except Exception as error:
        log.exception("page.broke", url=link)  # one page that we fail on must not hold back the whole feed
        return candidate, None, broke(error)


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
    return await store(subscription.slug, prepared, tools, now)


async def store(slug: str, prepared: Sequence[decide.Prepared], tools: Tools, now: datetime) -> Outcome:
    """Steps 8 to 10: place cleaned articles among those stored and those on their way, and commit them."""
    with tools.arrivals.announce(decide.as_neighbours(prepared)) as others:
        prints = [(item.fingerprint, item.at) for item in prepared if item.fingerprint is not None]
        stored = await tools.neighbours([item.key for item in prepared], prints)
        writes = decide.writes(
            prepared,
            [*stored, *others()],
            now=now,
            near=tools.settings.near,
            split_differing=tools.settings.split_differing,
        )
        return await tools.commit(Plan(slug, writes=writes))


def _prepare(
    subscription: Subscription, whole: Sequence[Whole], sites: Sequence[SiteRules], now: datetime
) -> list[decide.Prepared]:
    """Step 7, CPU work: runs in a thread. An entry that we fail on is kept by its title and link."""
    out = []
    for candidate, page, failure in whole:
        try:
            raw = raw_article(subscription, candidate.entry, page)
            article = make_clean(raw, sites, subscription.url)
        except Exception as error:
            log.exception("entry.broke", feed=subscription.slug, entry=candidate.entry.id)
            bare = replace(candidate.entry, summary=None, content=None, images=(), original=None)
            article, failure = raw_article(subscription, bare, None), broke(error)
        out.append(decide.prepare(candidate, article, now, failure=failure))
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


def broke(error: Exception) -> AggregatorError:
    """A fault of this program, as a reason why the page must be tried again."""
    return ExtractError(f"this program failed on it: {error!r}")


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
