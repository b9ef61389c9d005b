"""The feeds of a web page: what it names is asked, and only what answers with a feed is offered.

In: the address of a page, or of a feed. Out: Offers, best first. Called by app/feedlist.py for `feeds discover`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from aggregator.errors import AggregatorError, ConfigError, ParseError
from aggregator.extract import discover as finding
from aggregator.fetch import address
from aggregator.kit import urls
from aggregator.models import Document, NotModified, ParsedFeed, Subscription
from aggregator.pipeline import labour
from aggregator.pipeline.preview import ask
from aggregator.pipeline.tools import PageTools

#: Addresses asked at most: those that the page names, and those where feeds often are.
NAMED, GUESSED = 12, 10


@dataclass(frozen=True, slots=True)
class Offer:
    """A feed that could be followed."""

    url: str
    title: str  #: what the feed calls itself, else what the page calls it; '' where neither does
    format: str
    entries: int
    newest: datetime | None  #: latest stated publish time


@dataclass(frozen=True, slots=True)
class Discovery:
    """What came of a look."""

    offers: tuple[Offer, ...]
    failed: tuple[tuple[str, str], ...]  #: addresses that the page names, and why each is no feed


async def discover(url: str, tools: PageTools, *, allow_private: bool = False) -> Discovery:
    """The feeds that the page at `url` leads to; the address itself, when it is one.

    Raises FetchError when the page cannot be had, ExtractError when it is no page, ConfigError for a wrong address.
    """
    if url.startswith(("sina:", "rsshub:")):
        return await _asked([finding.Hint(url, "", stated=True)], tools)
    url = url if "://" in url else f"https://{url}"
    headers = tuple(address.headers(url).items())
    answer = await tools.fetcher.get(url, headers=headers, allow_private=allow_private, accept="any")
    if isinstance(answer, NotModified):  # nobody asked for it
        raise ParseError(f"{url}: answered 304 to an unconditional request")
    if itself := await _as_feed(answer, tools):
        return Discovery((_offer(answer.final_url, "", itself),), ())
    hints = finding.hints(answer)
    own = urls.host(url) if allow_private else None
    told = await _asked([hint for hint in hints if hint.stated][:NAMED], tools, own)
    if told.offers:
        return told
    found = await _asked([hint for hint in hints if not hint.stated][:GUESSED], tools, own)
    return replace(found, failed=told.failed)


async def _as_feed(document: Document, tools: PageTools) -> ParsedFeed | None:
    try:
        read = await tools.labour.do(len(document.body), labour.read_feed, document, "Asia/Shanghai", None)
    except ParseError:
        return None
    return read.parsed


async def _asked(hints: Iterable[finding.Hint], tools: PageTools, own: str | None = None) -> Discovery:
    """Those of the addresses that are feeds, each feed once. The host `own` may be private."""

    async def one(hint: finding.Hint) -> Offer | str:
        private = urls.host(hint.url) == own
        subscription = Subscription(
            "discover", name=hint.url, url=hint.url, interval=timedelta(hours=1), allow_private=private
        )
        try:
            _, parsed = await ask(subscription, tools)
        except ConfigError:
            raise
        except AggregatorError as error:
            return str(error)
        return _offer(hint.url, hint.title, parsed)

    wanted = list(hints)
    answers = await asyncio.gather(*(one(hint) for hint in wanted))
    offers: dict[object, Offer] = {}
    failed: list[tuple[str, str]] = []
    for hint, answer in zip(wanted, answers, strict=True):
        if isinstance(answer, Offer):
            same = (answer.title, answer.entries, answer.newest) if answer.entries else answer.url
            offers.setdefault(same, answer)
        else:
            failed.append((hint.url, answer))
    return Discovery(tuple(offers.values()), tuple(failed))


def _offer(url: str, title: str, parsed: ParsedFeed) -> Offer:
    dates = [entry.published for entry in parsed.entries if entry.published]
    return Offer(url, parsed.feed.title or title, parsed.format, len(parsed.entries), max(dates, default=None))
