"""A story as an output tells it: the plain values that every format writes, made once, the same for all formats.

In: models.Story with its articles. Out: Item (one entry) and Head (the feed around them). Called by publish.render and
fragments. All strings that leave here are free of characters XML 1.0 forbids, all addresses are absolute http(s) IRIs
in ASCII, all times are whole seconds.
"""

from __future__ import annotations

import html
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from urllib.parse import quote, urlsplit, urlunsplit

from aggregator import __version__
from aggregator.kit import text, urls
from aggregator.models import Output, Site, StoredArticle, Story
from aggregator.publish import rewrite

#: Scheme of the categories that are listed instruments (term 600941.SH, label 中国移动). An identifier that is never
#: fetched and never changes, so that readers may filter on it whatever the address of this server is.
SYMBOL_SCHEME = "urn:x-aggregator:symbol"

#: `updated` of a feed without entries: Atom demands a date (RFC 4287 §4.1.1), and "now" would change with each build.
NEVER = datetime(2020, 1, 1, tzinfo=UTC)

GENERATOR = "aggregator"
VERSION = __version__
SUMMARY_LENGTH = 200
TITLE_LENGTH = 60


@dataclass(frozen=True, slots=True)
class Source:
    """One article of the story: who carried it, and where."""

    outlet: str
    url: str | None
    title: str
    published: datetime


@dataclass(frozen=True, slots=True)
class Tag:
    """A listed instrument the story is about."""

    code: str
    name: str | None
    kind: str


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of a feed."""

    uid: str
    title: str  #: plain text, never empty
    link: str | None
    published: datetime
    updated: datetime  #: never before `published`
    author: str | None
    outlet: str | None
    summary: str  #: plain text
    html: str  #: the whole text, or the summary, with the sources at its end
    full: bool  #: `html` is the whole text
    sources: tuple[Source, ...]
    categories: tuple[str, ...]
    symbols: tuple[Tag, ...]
    image: str | None
    language: str
    revision: int


@dataclass(frozen=True, slots=True)
class Head:
    """What a feed says of itself."""

    id: str
    title: str
    description: str
    home: str
    address: str  #: of this very document
    media_type: str
    language: str
    author: str
    updated: datetime
    ttl: int  #: minutes
    style: str  #: path of the style that makes a page of it
    previous: str | None = None  #: address of the archive document before this one (RFC 5005 §4)
    following: str | None = None  #: of the one behind this one
    current: str | None = None  #: of the subscription document, where this is an archive document


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a document is served and what it is linked with; paths below the site's own, without extension."""

    path: str
    query: str = ""  #: of its address
    home: str = "/"  #: the page that shows the same, with its query
    previous: str | None = None
    following: str | None = None
    current: str | None = None


def head(output: Output, site: Site, spot: Spot, extension: str, media_type: str, newest: datetime | None) -> Head:
    """The head of `output` in one format; `newest` is the latest update of its entries."""
    base = site.base_url.rstrip("/")

    def located(path: str | None) -> str | None:
        return f"{base}{path}.{extension}" if path else None

    address = f"{base}{spot.path}.{extension}" + (f"?{spot.query}" if spot.query else "")
    title = text.line(output.title) or output.slug
    current = located(spot.current)
    return Head(
        id=current or address,
        title=title,
        description=text.line(output.description) or title,
        home=f"{base}{spot.home}",
        address=address,
        media_type=media_type,
        language=output.language,
        author=text.line(site.title) or GENERATOR,
        updated=newest or NEVER,
        ttl=max(1, math.ceil(site.ttl.total_seconds() / 60)),
        style=f"{urlsplit(base).path}/static/feed.xsl",
        previous=located(spot.previous),
        following=located(spot.following),
        current=current,
    )


def alive(story: Story) -> tuple[StoredArticle, ...]:
    """The story's articles that were not withdrawn; the first one is shown. Empty: the story is not told."""
    return tuple(one for one in story.articles if not one.article.deleted)


def moment(at: datetime, now: datetime) -> datetime:
    """`at` as outputs state times: whole seconds in UTC, never after `now`."""
    return _second(min(at, now))


def make(
    story: Story,
    articles: Sequence[StoredArticle],
    full_text: bool,
    now: datetime,
    pictures: Mapping[str, str] = rewrite.NONE,
) -> Item:
    """The entry of `story`, told by `articles` (at least one, the head first); `pictures`: see rewrite.py."""
    first = articles[0]
    article = first.article
    # Plain text already: what looks like a tag or an entity in it was written by the author.
    plain = " ".join(text.strip_controls((article.text or text.plain(article.html))[: 4 * SUMMARY_LENGTH]).split())
    summary = text.truncate(plain, SUMMARY_LENGTH)
    sources = _sources(articles)
    body = rewrite.html(text.strip_controls(article.html).strip(), pictures) if full_text else ""
    outlet = text.line(article.outlet or "") or None
    return Item(
        uid=story.uid,
        title=text.line(article.title) or text.truncate(plain, TITLE_LENGTH) or "（无标题）",
        link=address(article.url),
        published=moment(story.at, now),
        updated=moment(max(story.updated, story.at), now),
        author=text.line(article.byline or "") or text.line(article.author or "") or outlet,
        outlet=outlet,
        summary=summary,
        html="\n".join(part for part in (body or _paragraph(summary), _credit(sources)) if part),
        full=bool(body),
        sources=sources,
        categories=_unique(text.line(name) for one in articles for name in _categories(one)),
        symbols=_tags(articles),
        image=address(pictures.get(article.image or "", article.image)),
        language=article.language,
        revision=first.revision,
    )


@lru_cache(maxsize=64)  # of one story an address is asked for several times: as its link, as a source
def address(url: str | None) -> str | None:
    """`url` as an absolute http(s) IRI in ASCII, the form all readers and validators take; None when it is none."""
    if not url:
        return None
    mended = urls.absolute("", text.strip_controls(url).strip())
    if not mended:
        return None
    parts = urlsplit(mended)
    try:
        host = parts.netloc.encode("ascii" if parts.netloc.isascii() else "idna").decode()
    except UnicodeError:
        return None
    safe = "!$&'()*+,;=:@/~-._%?"
    path, query, fragment = (quote(_escapes(part), safe=safe) for part in (parts.path, parts.query, parts.fragment))
    return urlunsplit((parts.scheme, host, path, query, fragment)) if host else None


def _escapes(part: str) -> str:
    """A per cent sign that starts no escape is text, and must be escaped itself (RFC 3986 §2.1)."""
    return re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", part)


def _sources(articles: Sequence[StoredArticle]) -> tuple[Source, ...]:
    found: dict[tuple[str, str | None], Source] = {}
    for one in articles:
        url = address(one.article.url)
        if name := _outlet(one) or (urls.host(url) if url else ""):
            source = Source(name, url, text.line(one.article.title), _second(one.at))
            found.setdefault((name, url), source)
    return tuple(found.values())


def _categories(one: StoredArticle) -> tuple[str, ...]:
    """What the article states, then what its feeds were given by the operator."""
    return (*one.article.categories, *(name for seen in one.appearances for name in seen.categories))


def _outlet(one: StoredArticle) -> str:
    """Who carried the article: its outlet, else the feed it came from, else its author; '' when nothing tells."""
    feeds = (seen.name for seen in one.appearances if seen.slug != "import")
    return next(
        (name for name in map(text.line, (one.article.outlet or "", *feeds, one.article.author or "")) if name), ""
    )


def _credit(sources: Sequence[Source]) -> str:
    """The closing paragraph: every outlet that carried the story, with its link."""
    names = [
        f'<a href="{html.escape(one.url)}">{html.escape(one.outlet)}</a>' if one.url else html.escape(one.outlet)
        for one in sources
    ]
    label = "来源" if len(names) == 1 else "本文见于"
    return f"<p>{label}：{'、'.join(names)}</p>" if names else ""


def _tags(articles: Sequence[StoredArticle]) -> tuple[Tag, ...]:
    found: dict[str, Tag] = {}
    for symbol in (symbol for one in articles for symbol in one.article.symbols):
        code, name = text.line(symbol.code), text.line(symbol.name or "") or None
        known = found.get(code)
        if code and (known is None or (known.name is None and name)):
            found[code] = Tag(code, name, symbol.kind)
    return tuple(found.values())


def _paragraph(plain: str) -> str:
    return f"<p>{html.escape(plain, quote=False)}</p>" if plain else ""


def _unique(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in names if name))


def _second(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(microsecond=0)
