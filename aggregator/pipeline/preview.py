"""What following an address would bring in: the walk without its store.

In: a Subscription that need not be in config. Out: a Preview. Called by app.py for `aggregator feeds test`.
"""

from __future__ import annotations

from dataclasses import dataclass

from aggregator.errors import ExtractError, FetchError, ParseError
from aggregator.fetch import address
from aggregator.models import Article, Feed, NotModified, ParsedFeed, Subscription
from aggregator.pipeline import decide, labour
from aggregator.pipeline.taking import read_page
from aggregator.pipeline.tools import PageTools


@dataclass(frozen=True, slots=True)
class Preview:
    """What an address holds now; nothing of it is stored."""

    url: str  #: the address that answered
    format: str
    feed: Feed
    entries: int
    articles: tuple[Article, ...]  #: the first few, made whole
    problems: tuple[str, ...]  #: losses and repairs, and pages that could not be read


async def preview(subscription: Subscription, tools: PageTools, *, count: int) -> Preview:
    """Read a feed and make its first `count` entries whole. Raises the last address's FetchError or ParseError."""
    url, parsed = await ask(subscription, tools)
    settings = tools.settings
    problems = list(parsed.problems)
    articles = []
    for candidate in decide.select(parsed.entries, {}).candidates[:count]:
        page = None
        if decide.needs_page(candidate, subscription.full_text) and candidate.entry.link:
            try:
                page = (await read_page(candidate.entry.link, tools)).page
            except (FetchError, ExtractError) as error:
                problems.append(str(error))
        raw = labour.raw_article(subscription, candidate.entry, page)
        articles.append(labour.make_clean(raw, settings.sites, subscription.url))
    return Preview(url, parsed.format, parsed.feed, len(parsed.entries), tuple(articles), tuple(problems))


async def ask(subscription: Subscription, tools: PageTools) -> tuple[str, ParsedFeed]:
    """The address that answered, and the feed it holds. Raises the last address's FetchError or ParseError."""
    failure: FetchError | ParseError | None = None
    settings = tools.settings
    urls = address.candidates(
        subscription.url, settings.rsshub, sina_roll=settings.sina_roll, sina_live=settings.sina_live
    )
    for url in urls:
        headers = (*address.headers(subscription.url).items(), *subscription.headers)
        try:
            answer = await tools.fetcher.get(
                url, headers=headers, allow_private=subscription.allow_private, accept="feed"
            )
            if isinstance(answer, NotModified):
                continue
            zone, language = subscription.timezone, subscription.language
            read = await tools.labour.do(len(answer.body), labour.read_feed, answer, zone, language)
        except (FetchError, ParseError) as error:
            failure = error
            continue
        return url, read.parsed
    raise failure or FetchError(subscription.url, "no address to ask")
