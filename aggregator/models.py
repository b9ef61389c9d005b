"""The frozen dataclasses that walk the pipeline. No behaviour beyond small derived values; aware datetimes only.

Subscription -> Document -> ParsedFeed(Entry) -> Page -> Article -> Place -> Plan -> Outcome; back out: Story -> output.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

# ---------------------------------------------------------------------------------------------- what is followed


class FullText(StrEnum):
    """Whether a subscription's entries get their article page fetched."""

    AUTO = "auto"  # only where the entry lacks its full text
    ALWAYS = "always"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Subscription:
    """What config follows. `url` is the address as configured (http, https, `sina:` or `rsshub:`)."""

    slug: str
    name: str
    url: str
    interval: timedelta  #: shortest time between two polls
    interval_explicit: bool = False  #: the operator chose it for this feed, rather than taking the default
    categories: tuple[str, ...] = ()
    timezone: str = "Asia/Shanghai"  #: IANA name; the zone of dates that state none
    language: str = "zh-CN"
    full_text: FullText = FullText.AUTO
    headers: tuple[tuple[str, str], ...] = ()
    allow_private: bool = False  #: the configured host (never a redirect or link target) may be private


@dataclass(frozen=True, slots=True)
class Validators:
    """HTTP validators byte for byte as the origin sent them (RFC 9110 §8.8)."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What is remembered about one concrete address of a subscription (RSSHub routes have several)."""

    url: str
    validators: Validators = Validators()
    body_hash: str | None = None  #: of the last good body, hex
    failures: int = 0  #: in a row
    retry_at: datetime | None = None  #: not before; set by back-off and Retry-After
    gone: bool = False  #: answered 410; polled again only when the operator asks
    moved_to: str | None = None  #: target of a permanent redirect
    moved_count: int = 0  #: good polls in a row that agreed on `moved_to`
    newest: datetime | None = None  #: newest publish time seen in the last good body


@dataclass(frozen=True, slots=True)
class SubscriptionState:
    """What the store knows about a subscription between polls."""

    slug: str
    endpoints: Mapping[str, Endpoint] = field(default_factory=dict)
    last_polled: datetime | None = None
    last_success: datetime | None = None
    last_new: datetime | None = None
    next_poll: datetime | None = None  #: None: due at once (never polled)
    failures: int = 0
    problem: str | None = None  #: in words, of the last poll, when it failed
    problem_since: datetime | None = None
    spacing: timedelta | None = None  #: learned interval (adaptive), None until learned
    deep_read_at: datetime | None = None  #: when older pages were last read again
    empty_polls: int = 0  #: successful polls in a row that held no entry
    warning: str | None = None  #: e.g. a stale channel, in words


# ---------------------------------------------------------------------------------------------- what comes back


@dataclass(frozen=True, slots=True)
class Document:
    """Bytes of one response (a feed or an article page), with HTTP facts."""

    url: str  #: as asked for
    final_url: str  #: after redirects
    status: int
    body: bytes  #: decoded from transfer and content codings
    fetched_at: datetime
    headers: Mapping[str, str] = field(default_factory=dict)  #: lower-case names
    moved_to: str | None = None  #: set when every hop from `url` was permanent (301, 308)

    @property
    def media_type(self) -> str:
        """`type/subtype` in lower case, '' when not stated."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def validators(self) -> Validators:
        """The validators to send next time."""
        return Validators(self.headers.get("etag") or None, self.headers.get("last-modified") or None)


@dataclass(frozen=True, slots=True)
class NotModified:
    """A 304: the last body still stands. `headers` may carry new validators and freshness."""

    url: str
    final_url: str
    fetched_at: datetime
    headers: Mapping[str, str] = field(default_factory=dict)
    moved_to: str | None = None

    @property
    def validators(self) -> Validators:
        """New validators, where the 304 carries some."""
        return Validators(self.headers.get("etag") or None, self.headers.get("last-modified") or None)


class Found(StrEnum):
    """How a symbol was found, strongest first."""

    MARKUP = "markup"  # <span id="stock_sh600941">, realstock links
    COMMENT = "comment"  # <!-- news_keyword_pub,stock,sh600941 -->
    API = "api"  # tags of the 7x24 API: matched by keyword, so weak
    PROSE = "prose"  # （600941.SH） in the text


@dataclass(frozen=True, slots=True)
class Symbol:
    """A listed instrument in standard form, `CODE.MARKET`."""

    code: str  #: 600941.SH
    found: Found
    raw: str  #: as it stood: sh600941
    name: str | None = None  #: 中国移动
    kind: str = "stock"  #: stock, index, fund, future, forex


@dataclass(frozen=True, slots=True)
class Image:
    """A picture of an article."""

    url: str
    caption: str | None = None
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True)
class Video:
    """A video of an article: where it can be watched, never the signed file address."""

    video_id: str
    page: str | None = None
    poster: str | None = None


@dataclass(frozen=True, slots=True)
class Feed:
    """What a feed document says of itself."""

    title: str | None = None
    link: str | None = None
    description: str | None = None
    language: str | None = None
    ttl: timedelta | None = None  #: RSS ttl, sy:updatePeriod: poll no more often than this
    hub: str | None = None  #: WebSub hub


@dataclass(frozen=True, slots=True)
class Entry:
    """One item as the feed states it. Text fields are plain text; `summary` and `content` are raw HTML."""

    id: str  #: guid, else docid, else canonical link, else a hash of title and date; never empty
    title: str  #: plain text, '' when the feed states none
    link: str | None = None  #: absolute http(s), as stated after unwrapping redirectors
    aliases: tuple[str, ...] = ()  #: other addresses of the same document (mobile page)
    docid: str | None = None
    published: datetime | None = None
    updated: datetime | None = None
    author: str | None = None
    outlet: str | None = None  #: 来源, as the feed states it
    summary: str | None = None
    content: str | None = None  #: full text, where the feed carries it
    content_is_text: bool = False  #: `summary` and `content` are plain text, not HTML
    categories: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    symbols: tuple[Symbol, ...] = ()
    images: tuple[Image, ...] = ()
    language: str | None = None
    deleted: bool = False  #: the source withdrew it: keep a tombstone, publish nothing
    flags: tuple[str, ...] = ()  #: focus, pinned
    extra: Mapping[str, Any] = field(default_factory=dict)  #: stated facts without a field of their own (JSON values)
    original: str | None = None  #: a post's text byte for byte, for the round trip
    shares_link: bool = False  #: set by the pipeline: other entries have the same link, so it identifies nothing
    stated_hash: str = ""  #: hashing.stated() of the entry, once it was worked out


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """A feed document, read."""

    feed: Feed
    entries: tuple[Entry, ...]
    format: str  #: name in parse.PARSERS
    problems: tuple[str, ...] = ()  #: what was lost or repaired, in words
    next_page: str | None = None  #: address of the page with older entries, where the API has pages


@dataclass(frozen=True, slots=True)
class Page:
    """What an article page holds: the raw HTML of its body, and the metadata the page states."""

    html: str  #: inner HTML of the article body, furniture still in it
    extractor: str  #: name of the site rules, or of the fallback
    title: str | None = None
    published: datetime | None = None
    updated: datetime | None = None
    author: str | None = None
    outlet: str | None = None
    docid: str | None = None
    canonical: str | None = None  #: the page's own address, desktop form preferred
    aliases: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    images: tuple[Image, ...] = ()
    lead_image: str | None = None
    videos: tuple[Video, ...] = ()
    symbols: tuple[Symbol, ...] = ()


# ---------------------------------------------------------------------------------------------- what is kept


class Completeness(StrEnum):
    """How whole an article is."""

    FULL = "full"  # the whole text
    SUMMARY = "summary"  # only what the feed stated; a full-text retry may be stored
    FLASH = "flash"  # a 7x24 item: short by nature, nothing is missing


@dataclass(frozen=True, slots=True)
class Article:
    """An entry made whole. Before clean.clean() `html` is raw; after it, it is safe and free of furniture."""

    entry_id: str
    title: str
    html: str
    url: str | None = None  #: canonical address
    aliases: tuple[str, ...] = ()
    docid: str | None = None
    text: str = ""  #: plain text of `html`, one line a block; set by clean
    completeness: Completeness = Completeness.FULL
    published: datetime | None = None
    updated: datetime | None = None
    author: str | None = None
    outlet: str | None = None  #: the outlet that wrote it (来源)
    byline: str | None = None  #: 记者, 作者
    editor: str | None = None  #: 责任编辑
    editor_code: str | None = None
    original_title: str | None = None  #: 原标题
    keywords: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    symbols: tuple[Symbol, ...] = ()
    image: str | None = None  #: lead image, never a QR picture
    images: tuple[Image, ...] = ()
    videos: tuple[Video, ...] = ()
    related: tuple[tuple[str, str], ...] = ()  #: (title, address) of 相关报道
    language: str = "zh-CN"
    extractor: str = "entry"
    deleted: bool = False
    flags: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)
    original: str | None = None
    shares_link: bool = False  #: `url` and `aliases` are links only, never an identity


@dataclass(frozen=True, slots=True)
class Known:
    """What the store knows about an entry of a batch."""

    article_id: int
    stated_hash: str | None  #: of the entry in this subscription; None: known as a document only
    updated: datetime | None  #: last stated update of the stored article
    completeness: Completeness
    by_address: bool = False  #: only the address says that it is this document (no entry id, no docid)
    here: bool = False  #: the article was seen in this subscription before, under some entry id
    title: str = ""
    published: datetime | None = None


@dataclass(frozen=True, slots=True, order=True)
class StoryKey:
    """The user's identity of a story: folded title and Beijing date."""

    title_key: str
    day: date


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A stored article that may belong to the same story as a new one."""

    key: StoryKey
    title: str
    at: datetime  #: published, else first seen
    fingerprint: int | None  #: 64 bits
    length: int  #: characters of text


@dataclass(frozen=True, slots=True)
class Place:
    """Where an article belongs. `kin` are keys of other stories that are the same story, with the reason."""

    key: StoryKey
    kin: tuple[tuple[StoryKey, str], ...] = ()  #: reason: 'midnight' or 'near'
    differs: bool = False  #: same key as a neighbour, but the bodies clearly differ


@dataclass(frozen=True, slots=True)
class Write:
    """One article to store, with how it was seen."""

    article: Article
    place: Place
    stated_hash: str | None  #: None: no sighting, only a better text of `article_id` (appearances stay as they are)
    content_hash: str  #: of the cleaned article; equal hash means no new revision
    fingerprint: int | None
    first_seen: datetime
    cause: str = "stated"  #: of the revision: stated, edited, full text, import
    article_id: int | None = None  #: known target; None: found by docid, address or entry id, else created
    retry: str | None = None  #: reason in words when the page could not be read and must be tried again
    retry_after: timedelta | None = None  #: how long the page's origin asked to be left alone


@dataclass(frozen=True, slots=True)
class Sighting:
    """An appearance without an article to write: a known document seen in this subscription."""

    entry_id: str
    article_id: int
    stated_hash: str


@dataclass(frozen=True, slots=True)
class Retry:
    """A page that must be tried again."""

    article_id: int
    url: str
    attempts: int
    since: datetime
    next_at: datetime | None  #: None: given up, the article stays a summary
    reason: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything one update of one subscription writes. Stored in one transaction, together with others."""

    slug: str  #: 'import' for imports, which no configured subscription may be called
    writes: tuple[Write, ...] = ()
    sightings: tuple[Sighting, ...] = ()
    state: SubscriptionState | None = None  #: replaces the stored one; None leaves it
    retries: tuple[Retry, ...] = ()  #: outcomes of failed retries, replacing the stored rows


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a committed plan changed, or a dry run would change."""

    slug: str
    new: int = 0
    revised: int = 0
    merged: int = 0  #: new articles that joined a story which existed before
    unchanged: int = 0
    stories: frozenset[int] = frozenset()  #: ids of the stories touched
    problem: str | None = None
    pages: int = 0  #: article pages fetched
    seconds: float = 0.0


# ---------------------------------------------------------------------------------------------- what goes out


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
class SubscriptionStatus:
    """One line of `status` and of the index page."""

    slug: str
    name: str
    url: str
    enabled: bool  #: False: switched off, or no longer in config
    configured: bool
    articles: int  #: seen in it, all time
    state: SubscriptionState


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
