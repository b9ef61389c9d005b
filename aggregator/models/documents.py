"""What comes back: documents, and what they state, as they state it.

Frozen dataclasses without behaviour beyond small derived values; aware datetimes only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from aggregator.models.followed import Validators


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and the head of its response, as they went over the wire, but for cookies."""

    target: str  #: path and query, as sent
    request: tuple[tuple[str, str], ...]  #: headers, as sent; they may hold secrets
    status_line: str  #: `HTTP/1.1 200 OK`
    headers: tuple[tuple[bytes, bytes], ...]  #: as received


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
    exchange: Exchange | None = None  #: of the last hop; None: it came from elsewhere than the network

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
    thin: bool | None = field(default=None, compare=False)  #: decide.is_thin() of the entry, once it was worked out


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """A feed document, read."""

    feed: Feed
    entries: tuple[Entry, ...]
    format: str  #: name in parse.PARSERS
    problems: tuple[str, ...] = ()  #: what was lost or repaired, in words
    next_page: str | None = None  #: address of the page with older entries, where the API has pages
    plain: bool = False  #: plain XML in UTF-8, without problems: each item says the same whatever the others say, and
    #: whenever it is read


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
