"""Articles made again from the documents that are kept of them, by the rules of today, without network.

In: stored articles with what they were made from. Out: Prepared articles on their way to a revision, or why there is
none. Pure, but for `take`, which asks the store. Called by app/recleaning.py; `make` runs in worker processes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from aggregator.errors import ExtractError
from aggregator.kit import urls
from aggregator.models import (
    Article,
    Completeness,
    Document,
    Entry,
    FullText,
    Neighbour,
    Outcome,
    Plan,
    RawDocument,
    RawKind,
    RawSource,
    SiteRules,
    StoredArticle,
    StoryKey,
    Subscription,
)
from aggregator.pipeline import assemble, decide, intake, labour

#: What an article may know from elsewhere than the document it is made again from: kept where that says nothing.
ELSEWHERE = ("url", "docid", "author", "outlet", "keywords", "categories", "flags", "extra", "published", "updated")

#: What a feed stated since the document was fetched; it stands above what was stated then.
SINCE = ("title", "updated", "categories", "keywords", "flags")

Neighbours = Callable[[Sequence[StoryKey], Sequence[tuple[int, datetime]]], list[Neighbour]]
Commit = Callable[[Sequence[Plan], datetime], list[Outcome]]


@dataclass(frozen=True, slots=True)
class Work:
    """One article, and what it is to be made from: its document, or its original (then there is none)."""

    stored: StoredArticle
    source: RawSource | None = None

    @property
    def current(self) -> bool:
        """The newest state was made from this document: nothing was stated since."""
        return self.source is not None and self.source.revision == self.stored.revision


@dataclass(frozen=True, slots=True)
class Given:
    """A document, read back, with what is known of its subscription."""

    document: Document
    entry: Entry | None = None  #: as it was stated, where the page was fetched for it
    subscription: Subscription | None = None  #: None: it is no longer in config


def choose(stored: StoredArticle, sources: Sequence[RawSource]) -> Work | str:
    """What an article is to be made from again; or why that cannot be, in words. `sources`: newest first."""
    article = stored.article
    if article.deleted:
        return "withdrawn by its source"
    if not article.html and not article.text:
        return "its text was let go"
    if article.original is not None:
        return Work(stored)
    page = next((one for one in sources if one.document.kind is RawKind.PAGE), None)
    if page is not None and (page.revision == stored.revision or article.extractor != "entry"):
        return Work(stored, page)
    feed = next((one for one in sources if one.document.kind is RawKind.FEED), None)
    if feed is not None and article.extractor == "entry":
        return Work(stored, feed)
    if article.completeness is Completeness.SUMMARY:
        return "its page could never be read"
    return "no document of it is kept"


def make(work: Work, given: Given | None, sites: Sequence[SiteRules]) -> decide.Prepared:
    """Steps 2, 6 and 7 again. Raises ExtractError, ParseError or NotAPost where today's rules find no article."""
    stored = work.stored
    raw, origin = _raw(work, given, sites)
    article = labour.make_clean(raw, sites, origin)
    if work.source is not None and not work.current:
        article = _with(article, stored.article, SINCE)
    gaps = tuple(name for name in ELSEWHERE if not getattr(article, name))
    extra = assemble.said_before(article.extra or stored.article.extra, stored.article.extra)
    article = replace(_with(article, stored.article, gaps), entry_id=stored.article.entry_id, extra=extra)
    # It was placed by the time of its first sight, where it states no date of its own.
    prepared = decide.prepare_again(stored.id, stored.revision, article, stored.first_seen)
    # A document that is older than the newest state does not become its source.
    raws: tuple[RawDocument, ...] = (work.source.document,) if work.source and work.current else ()
    return replace(prepared, raw=raws)


def take(
    prepared: Sequence[tuple[StoredArticle, decide.Prepared]],
    neighbours: Neighbours,
    commit: Commit,
    now: datetime,
    *,
    near: bool,
    split_differing: bool,
) -> list[Outcome]:
    """Steps 8 to 10: place and store; an Outcome for each article. What does not differ becomes no revision."""
    if not prepared:
        return []
    items = [item for _, item in prepared]
    prints = [(item.fingerprint, item.at) for item in items if item.fingerprint is not None]
    around = neighbours([item.key for item in items], prints)
    writes = decide.writes(items, around, now=now, near=near, split_differing=split_differing)
    plans = [
        Plan(stored.appearances[0].slug if stored.appearances else intake.SLUG, writes=(write,))
        for (stored, _), write in zip(prepared, writes, strict=True)
    ]
    return commit(plans, now)


def _raw(work: Work, given: Given | None, sites: Sequence[SiteRules]) -> tuple[Article, str]:
    """The article before it is cleaned, and the address of its subscription."""
    stored = work.stored
    if given is None or work.source is None:
        from aggregator.parse import post

        return assemble.article(post.read(stored.article.original or "", where=f"article {stored.id}"), None), ""
    subscription = given.subscription or _unknown(stored)
    if work.source.document.kind is RawKind.FEED:
        return labour.raw_article(subscription, _stated(work, given, subscription), None), subscription.url
    page = labour.read_page(given.document, sites)
    if given.entry is None:  # the page came later than the entry, which nobody has any more
        return assemble.read_again(stored.article, page), subscription.url
    return labour.raw_article(subscription, given.entry, page), subscription.url


def _stated(work: Work, given: Given, subscription: Subscription) -> Entry:
    """The article's entry in its feed document. Raises ParseError, and ExtractError where it is not there any more."""
    entries = labour.read_feed(given.document, subscription.timezone, subscription.language).parsed.entries
    ids = {one.entry_id for one in work.stored.appearances} | {work.stored.article.entry_id}
    for entry in entries:
        longer = f"{entry.id} {urls.key(entry.link)}" if entry.link else entry.id  # as pipeline/reuse.py has it
        if entry.id in ids or longer in ids:
            return entry
    raise ExtractError("today's rules find no such entry in its feed document")


def _unknown(stored: StoredArticle) -> Subscription:
    """In place of a subscription that config does not have any more."""
    return Subscription("", "", "", timedelta(0), language=stored.article.language, full_text=FullText.AUTO)


def _with(article: Article, stored: Article, names: Sequence[str]) -> Article:
    known = {name: value for name in names if (value := getattr(stored, name))}
    return replace(article, **known)
