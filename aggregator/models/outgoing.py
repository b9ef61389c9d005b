"""What goes out: stories as they are read back, outputs, and the rules of sites.

Frozen dataclasses without behaviour beyond small derived values; aware datetimes only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from aggregator.models.articles import Article, Revision
from aggregator.models.followed import SubscriptionState
from aggregator.models.media import ArticlePicture
from aggregator.models.pages import PageCheck, Retry


@dataclass(frozen=True, slots=True)
class Appearance:
    """One article seen in one subscription."""

    slug: str
    name: str
    entry_id: str
    first_seen: datetime
    categories: tuple[str, ...] = ()  #: of the subscription, as configured now


@dataclass(frozen=True, slots=True)
class StoredArticle:
    """An article with what the store adds to it."""

    id: int
    article: Article
    revision: int
    first_seen: datetime
    revised_at: datetime  #: when the current revision was stored
    story_uid: str
    appearances: tuple[Appearance, ...] = ()
    differs: bool = False
    pruned: datetime | None = None  #: when its text was let go; only what identifies it is left
    pinned: datetime | None = None  #: since when it may never be let go of

    @property
    def at(self) -> datetime:
        """Publish time for sorting: never later than when we first saw it."""
        published = self.article.published
        return min(published, self.first_seen) if published else self.first_seen


@dataclass(frozen=True, slots=True)
class Story:
    """All articles that tell one thing. `articles[0]` is its head: the one shown."""

    id: int
    uid: str  #: urn:uuid:…, stable for ever
    at: datetime  #: for sorting: earliest publish time, never in the future
    updated: datetime
    articles: tuple[StoredArticle, ...]

    @property
    def head(self) -> StoredArticle:
        """The article that stands for the story."""
        return self.articles[0]


@dataclass(frozen=True, slots=True)
class Dossier:
    """An article with all that is known of it: its story, its history, and what looks at its page came to."""

    article: StoredArticle
    story: Story | None
    revisions: tuple[Revision, ...]  #: of the article, oldest first
    retry: Retry | None  #: of the article, where its full text is missing
    checks: Mapping[int, PageCheck]  #: of all articles of the story, by id; those without are not in it
    pictures: tuple[ArticlePicture, ...] = ()  #: of the article: what became of each

    @property
    def check(self) -> PageCheck | None:
        """That of the article itself."""
        return self.checks.get(self.article.id)


@dataclass(frozen=True, slots=True)
class StoryPage:
    """One page of a list of stories, newest first."""

    stories: tuple[Story, ...] = ()
    newer: bool = False  #: there are some before it
    older: bool = False  #: there are some behind it


@dataclass(frozen=True, slots=True)
class Mentions:
    """How often an instrument is told of."""

    name: str | None = None  #: what articles call it
    days: Mapping[date, int] = field(default_factory=dict)  #: stories by Beijing day, days without any left out
    beside: tuple[tuple[str, str | None, int], ...] = ()  #: code, name and articles of others told of with it
    articles: int = 0  #: newest articles that `beside` was counted in


@dataclass(frozen=True, slots=True)
class Offers:
    """What stories may be filtered by: what the newest articles have, the commonest first."""

    outlets: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    symbols: tuple[str, ...] = ()  #: codes


@dataclass(frozen=True, slots=True)
class SubscriptionStatus:
    """One line of `status` and of the index page."""

    slug: str
    name: str
    url: str
    enabled: bool  #: False: switched off, or no longer in config
    configured: bool
    articles: int  #: seen in it, all time
    state: SubscriptionState
    waiting: int = 0  #: of these, whose full text is still tried for
    given_up: int = 0  #: of these, whose full text could not be had: they stay summaries


@dataclass(frozen=True, slots=True)
class Output:
    """A feed we publish. Empty filters let everything pass; several filters must all pass."""

    slug: str
    title: str
    description: str = ""
    limit: int = 100
    full_text: bool = True
    formats: tuple[str, ...] = ("rss", "atom", "json")
    feeds: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    outlets: tuple[str, ...] = ()
    symbols: tuple[str, ...] = ()
    include: tuple[str, ...] = ()  #: words, one of which title or text must hold
    exclude: tuple[str, ...] = ()  #: words, none of which title may hold
    language: str = "zh-CN"


@dataclass(frozen=True, slots=True)
class Site:
    """Our own address and name, as outputs state them."""

    base_url: str  #: without trailing slash; never taken from a Host header
    title: str = "财经聚合"
    ttl: timedelta = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class SiteRules:
    """Selectors and cleaning of one site, from config/sites/NAME.toml. CSS selectors; first hit wins in each tuple."""

    name: str
    hosts: tuple[str, ...] = ()  #: exact host, or '.example.com' for it and everything below
    body: tuple[str, ...] = ()
    title: tuple[str, ...] = ()
    published: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    outlet: tuple[str, ...] = ()
    author: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    docid: tuple[str, ...] = ()
    canonical: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()  #: elements to remove from the body
    drop_text: tuple[str, ...] = ()  #: regular expressions; a whole paragraph that matches is removed
    title_suffixes: tuple[str, ...] = ()  #: regular expressions cut from the end of a page title
    image_blocklist: tuple[str, ...] = ()  #: regular expressions on addresses of pictures that are no content
