"""What is kept: articles, their places among stories, and the plans that store them.

Frozen dataclasses without behaviour beyond small derived values; aware datetimes only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from aggregator.models.documents import Image, Symbol, Video
from aggregator.models.followed import SubscriptionState
from aggregator.models.pages import Observation, Retry
from aggregator.models.raw import RawDocument


class Completeness(StrEnum):
    """How whole an article is."""

    FULL = "full"  # the whole text
    SUMMARY = "summary"  # only what the feed stated; a full-text retry may be stored
    FLASH = "flash"  # a 7x24 item: short by nature, nothing is missing


class Cause(StrEnum):
    """Why a revision was stored."""

    STATED = "stated"  # the first state: what a feed, and where needed its page, held
    EDITED = "edited"  # changed at the source
    FULL_TEXT = "full text"  # nothing changed there, but more of it was read: a page that came later, a better reading
    RULE_CHANGE = "rule change"  # nothing changed there: cleaned again by other rules
    IMPORT = "import"  # read from an archive
    WITHDRAWN = "withdrawn"  # a feed said that it is no more
    RESTORED = "restored"  # a feed carries it again


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
class Revision:
    """One immutable stored state of an article."""

    number: int  #: from 1
    at: datetime  #: when it was stored
    cause: str  #: a Cause
    content_hash: str
    article: Article


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
    cause: str = Cause.STATED  #: of the revision; a withdrawal and its end are told by the store
    article_id: int | None = None  #: known target; None: found by docid, address or entry id, else created
    retry: str | None = None  #: reason in words when the page could not be read and must be tried again
    retry_after: timedelta | None = None  #: how long the page's origin asked to be left alone
    raw: tuple[RawDocument, ...] = ()  #: kept documents that the article was made from
    base: int | None = None  #: write only while the article has this revision; None: whatever it has


@dataclass(frozen=True, slots=True)
class Sighting:
    """An appearance without an article to write: a known document seen in this subscription."""

    entry_id: str
    article_id: int
    stated_hash: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything one update of one subscription writes. Stored in one transaction, together with others."""

    slug: str  #: 'import' for imports, which no configured subscription may be called
    writes: tuple[Write, ...] = ()
    sightings: tuple[Sighting, ...] = ()
    state: SubscriptionState | None = None  #: replaces the stored one; None leaves it
    retries: tuple[Retry, ...] = ()  #: outcomes of failed retries, replacing the stored rows
    last_items: bytes | None = None  #: pipeline/skipping.py, replaces the stored ones; b'': none; None leaves them
    observations: tuple[Observation, ...] = ()  #: looks at pages


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
    fault: str | None = None  #: the feed answers, but seems to be dead: schedule/vitality.py
    pages: int = 0  #: article pages fetched
    seconds: float = 0.0
