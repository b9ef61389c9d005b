"""The CPU work of the walk in plain functions, so that it can be done beside the event loop, or in another process.

In and out: values that can be pickled. Nothing here waits or logs: what went wrong comes back with the result.
pipeline/ hands these to tools.Tools.labour; work/processes.py decides where they run.
"""

from __future__ import annotations

import copyreg
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from functools import partial
from operator import attrgetter
from typing import Any

from aggregator import extract
from aggregator.errors import AggregatorError, ExtractError
from aggregator.kit import hashing, text
from aggregator.models import (
    Article,
    Cause,
    Completeness,
    Document,
    Entry,
    Feed,
    Image,
    Page,
    ParsedFeed,
    SiteRules,
    StoredArticle,
    StoryKey,
    Subscription,
    Symbol,
    Video,
)
from aggregator.pipeline import assemble, decide, skipping

#: A candidate with its page, or with what made the page fail and will be tried again.
Whole = tuple[decide.Candidate, Page | None, AggregatorError | None]


@dataclass(frozen=True, slots=True)
class Ahead:
    """What step 7 needs, for a feed that was never read: all of it will be new, so it is cleaned while at hand."""

    subscription: Subscription
    sites: Sequence[SiteRules]
    now: datetime


@dataclass(frozen=True, slots=True)
class Read:
    """A feed, and those of its entries that were made whole ahead, by the hash of what they state."""

    parsed: ParsedFeed
    prepared: dict[str, decide.Prepared]
    items: skipping.Items | None = None  #: of a document whose items can be known by their bytes


def read_feed(
    document: Document, zone: str, language: str | None, ahead: Ahead | None = None, depends: str | None = None
) -> Read:
    """Step 2: the feed, its entries marked where they share a link, each with the hash of what it states.

    With `ahead`, step 7 too for entries that are whole as they stand. With `depends` (skipping.about), also what is
    to be remembered of its items. Raises ParseError.
    """
    from aggregator import parse  # here, so that a cycle without news does not load what reads feeds

    parsed = parse.parse(document, zone=zone, language=language)
    entries = decide.mark_shared_links(parsed.entries)
    entries = tuple(replace(entry, stated_hash=hashing.stated(entry)) for entry in entries)
    items = skipping.items(document, entries, depends) if parsed.plain and depends else None
    if ahead is None:
        return Read(replace(parsed, entries=entries), {}, items)
    parsed = replace(parsed, entries=tuple(map(decide.weighed, entries)))
    policy = ahead.subscription.full_text
    candidates = [decide.Candidate(entry, entry.stated_hash, None) for entry in parsed.entries]
    whole = [(one, None, None) for one in candidates if not decide.needs_page(one, policy)]
    prepared = make_whole(ahead.subscription, whole, ahead.sites, ahead.now)
    return Read(parsed, {item.stated_hash: item for item in prepared if item.stated_hash}, items)


def read_page(document: Document, sites: Sequence[SiteRules]) -> Page:
    """Step 6: what an article page holds. Raises ExtractError."""
    return extract.extract(document, sites)


def make_whole(
    subscription: Subscription, whole: Sequence[Whole], sites: Sequence[SiteRules], now: datetime
) -> list[decide.Prepared]:
    """Step 7 for a group of entries. One that this program fails on is kept by its title and link."""
    out = []
    for candidate, page, failure in whole:
        try:
            raw = raw_article(subscription, candidate.entry, page)
            out.append(decide.prepare(candidate, make_clean(raw, sites, subscription.url), now, failure=failure))
        except Exception as error:  # noqa: BLE001 - comes back with the result, and is logged there
            bare = replace(candidate.entry, summary=None, content=None, images=(), original=None, thin=None)
            article = raw_article(subscription, bare, None)
            prepared = decide.prepare(candidate, article, now, failure=broke(error))
            out.append(replace(prepared, trace=traceback.format_exc()))
    return out


def make_upgraded(stored: StoredArticle, page: Page, sites: Sequence[SiteRules], now: datetime) -> decide.Prepared:
    """Step 7 for a stored summary whose page was read later."""
    return decide.prepare_upgrade(stored.id, make_clean(assemble.upgraded(stored.article, page), sites), now)


def make_checked(
    stored: StoredArticle, page: Page, sites: Sequence[SiteRules], now: datetime
) -> decide.Prepared | None:
    """Step 7 for a stored article whose page was read again; None where it says what it said."""
    old = stored.article
    never_read = old.extractor == "entry"
    new = make_clean((assemble.upgraded if never_read else assemble.read_again)(old, page), sites)
    if hashing.content(new) == hashing.content(old):
        return None
    if never_read and old.completeness is Completeness.FULL and text.dense(new.text) == text.dense(old.text):
        return None
    better = never_read or old.completeness is not Completeness.FULL
    cause = Cause.FULL_TEXT if better else Cause.EDITED if old.extractor == new.extractor else Cause.RULE_CHANGE
    return replace(decide.prepare_upgrade(stored.id, new, now), cause=cause)


def as_entry(article: Article) -> Entry:
    """A stored article as an entry that could have made it: what its feed stated, as far as it is known still."""
    return Entry(
        id=article.entry_id,
        title=article.title,
        link=article.url,
        aliases=article.aliases,
        docid=article.docid,
        published=article.published,
        updated=article.updated,
        author=article.author,
        outlet=article.outlet,
        summary=article.html if article.completeness is Completeness.SUMMARY else None,
        categories=article.categories,
        keywords=article.keywords,
        symbols=article.symbols,
        language=article.language,
        flags=article.flags,
        extra=article.extra,
        shares_link=article.shares_link,
    )


def raw_article(subscription: Subscription, entry: Entry, page: Page | None) -> Article:
    """assemble.article() with what the subscription says of its entries."""
    hub = subscription.url.startswith("rsshub:/sina")
    return assemble.article(entry, page, language=subscription.language, author_is_outlet=hub)


def make_clean(raw: Article, sites: Sequence[SiteRules], origin: str = "") -> Article:
    """Clean by the rules of the article's own site, else of the site that the subscription's address names."""
    from aggregator import clean

    rules = extract.rules_for(raw.url, sites) if raw.url else None
    if rules is None and (origin.startswith(("sina:", "rsshub:/sina")) or raw.original is not None):
        rules = next((site for site in sites if site.name == "sina"), None)
    return clean.clean(raw, rules)


def broke(error: Exception) -> AggregatorError:
    """A fault of this program, as a reason why the page must be tried again."""
    return ExtractError(f"this program failed on it: {error!r}")


def _parts(cls: type, values: Callable[[Any], tuple[Any, ...]], one: Any) -> tuple[type, tuple[Any, ...]]:
    return cls, values(one)


# Most of what travels between processes is these, thousands of them: pickled as a call of their class they cost half of
# what dataclasses with slots cost otherwise.
for _cls in (Article, Entry, Feed, Image, ParsedFeed, StoryKey, Symbol, Video, decide.Candidate, decide.Prepared, Read):
    copyreg.pickle(_cls, partial(_parts, _cls, attrgetter(*(field.name for field in fields(_cls)))))
