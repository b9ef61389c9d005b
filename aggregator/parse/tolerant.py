"""Feeds that are not plain: feedparser reads them, after xmltext made them harmless. The only home of feedparser.

In: a FeedText. Out: ParsedFeed. Reads RSS 0.9x to 2.0, RDF, Atom 0.3 and 1.0, CDF, well-formed or not. feedparser
gets UTF-8 without a declaration, so that it neither guesses at encodings nor overrules ours; its sanitiser and its
link resolver are off (clean does both, once); its dates are not used (it reads zone-less dates as UTC and CST as US
Central). Relative links come back relative to the `xml:base` that holds for them, and start at the document's address
otherwise.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from typing import Any

import feedparser
from lxml import etree

from aggregator.errors import NotAFeed
from aggregator.kit import text, urls
from aggregator.models import Feed, Image, ParsedFeed
from aggregator.parse import stated, xmltext
from aggregator.parse.feedtext import FeedText
from aggregator.parse.stated import Stated

#: What feedparser has been seen to raise on ill-formed documents, and the kin of it.
_TRIPS = (LookupError, ValueError, TypeError, AttributeError, AssertionError, RecursionError, etree.LxmlError)


def read(feed: FeedText) -> ParsedFeed:
    """Read any RSS, RDF, Atom or CDF document, as much of it as is there. Raises NotAFeed when nothing is."""
    mended = xmltext.mend(feed.text)
    result = _parsed(mended.data)
    version = result.get("version") or ""
    if not (version or result.entries or result.feed):
        raise NotAFeed("XML that holds no feed")
    feed.problems += mended.problems
    if result.bozo:
        feed.problems.append(f"not well-formed: {text.line(str(result.bozo_exception))[:200]}")
    atom = version.startswith("atom")
    about = _feed(result.feed, feed.base)
    base = feed.base if atom else stated.link_base(feed.base, about.link)
    entries = stated.entries((_stated(item) for item in result.entries), feed, base)
    feed.complain(len(result.entries), mended.listed)
    return ParsedFeed(feed=about, entries=entries, format="tolerant")


def _parsed(data: bytes) -> Any:
    """feedparser's result. It trips over some ill-formed documents; lxml then makes them well-formed first."""
    try:
        return _feedparser(data)
    except _TRIPS:
        parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, huge_tree=False)
    try:
        return _feedparser(etree.tostring(etree.fromstring(data, parser)))
    except _TRIPS as error:
        raise NotAFeed(f"ill-formed beyond repair: {error!r}") from error


def _feedparser(data: bytes) -> Any:
    return feedparser.parse(
        io.BytesIO(data),
        sanitize_html=False,
        resolve_relative_uris=b"xml:base" in data,
        response_headers={"content-type": "application/xml; charset=utf-8"},
    )


def _said(item: dict[str, Any], key: str) -> Any:
    """What feedparser holds under exactly this key: its own `get` takes one key for another."""
    return dict.get(item, key)


def _string(item: dict[str, Any], key: str) -> str | None:
    value = _said(item, key)
    return value if isinstance(value, str) else None


def _stated(item: dict[str, Any]) -> Stated:
    updated = _string(item, "updated")  # or dc:date, which dates an item of RSS 1.0
    summary_detail = _said(item, "summary_detail")
    content = max(_readable(_said(item, "content") or []), key=lambda part: len(part["value"]), default={})
    origin = _string(item, "feedburner_origlink")
    made = Stated(
        title=_string(item, "title"),
        link=_link(item),
        guid=_string(item, "id"),
        guid_is_link=_string(item, "link") is not None,
        published=_string(item, "published") or _string(item, "created") or updated,
        updated=updated,
        author=_author(item),
        outlet=_string(_said(item, "source") or {}, "title"),
        # Without a detail of its own it is feedparser's copy of the content.
        summary=_string(item, "summary") if summary_detail else None,
        content=content.get("value"),
        categories=[tag.get("label") or tag.get("term") or "" for tag in _said(item, "tags") or []],
        images=list(_images(item)),
        aliases=[origin] if origin else [],
        extra=_extra(item),
    )
    stated.settle_text(made, (summary_detail or {}).get("type"), content.get("type"))
    return made


def _link(item: dict[str, Any]) -> str | None:
    """The address of a link element; feedparser also calls a guid the link, which stated decides on."""
    link = _string(item, "link")
    hrefs = [found.get("href") for found in _said(item, "links") or [] if found.get("rel") == "alternate"]
    return link if link in hrefs else None


def _readable(parts: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The parts of a content that are text or HTML."""
    return [
        part
        for part in parts
        if isinstance(part.get("value"), str)
        and ((part.get("type") or "").startswith("text/") or "html" in (part.get("type") or ""))
    ]


def _author(item: dict[str, Any]) -> str | None:
    names = [author.get("name") for author in _said(item, "authors") or [] if author.get("name")]
    return ", ".join(dict.fromkeys(names)) or _string(item, "author")


def _images(item: dict[str, Any]) -> Iterable[Image]:
    """Pictures of Media RSS, of enclosures and of iTunes tags, the largest ones first as the feed orders them."""
    for media in _said(item, "media_content") or []:
        kind = media.get("medium") or media.get("type") or ""
        if kind.startswith("image"):
            yield from stated.image(media.get("url"), media.get("width"), media.get("height"))
    for enclosure in _enclosures(item):
        if (enclosure.get("type") or "").startswith("image/"):
            yield from stated.image(enclosure.get("href"))
    for thumbnail in _said(item, "media_thumbnail") or []:
        yield from stated.image(thumbnail.get("url"), thumbnail.get("width"), thumbnail.get("height"))


def _enclosures(item: dict[str, Any]) -> list[Mapping[str, Any]]:
    return [link for link in _said(item, "links") or [] if link.get("rel") == "enclosure" and link.get("href")]


def _extra(item: dict[str, Any]) -> dict[str, Any]:
    """Enclosures that are no pictures: recordings, files."""
    files = [
        {name: link[name] for name in ("href", "type", "length") if link.get(name)}
        for link in _enclosures(item)
        if not (link.get("type") or "").startswith("image/")
    ]
    return {"enclosures": files} if files else {}


def _feed(about: dict[str, Any], base: str) -> Feed:
    links = _said(about, "links") or []
    hub = next((link.get("href") for link in links if link.get("rel") == "hub"), None)
    return Feed(
        title=text.title(_string(about, "title") or "") or None,
        link=stated.site(base, _link(about), _string(about, "id")),
        description=text.line(_string(about, "subtitle") or "") or None,
        language=_string(about, "language") or None,
        ttl=stated.lifetime(
            _string(about, "ttl"), _string(about, "sy_updateperiod"), _string(about, "sy_updatefrequency")
        ),
        hub=urls.absolute(base, hub),
    )
