"""From what an item states to an Entry: the rules that hold for every feed format.

In: Stated, the strings of one item as they stand in the document. Out: Entry. Called by feedxml, tolerant and
jsonfeed; the two XML readers share it so that they can only differ in what they read, not in what they make of it.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from aggregator.kit import hashing, lines, text, urls
from aggregator.models import Entry, Image
from aggregator.parse.feedtext import FeedText, counted

_TAGS = re.compile(
    r"</?(?:p|br|div|span|a|img|b|i|em|strong|ul|ol|li|table|h[1-6]|blockquote|font)(?:\s[^<>]*)?/?>", re.IGNORECASE
)

_ABSOLUTE = re.compile(r"https?://", re.IGNORECASE)
_PERIODS = {"hourly": 3_600, "daily": 86_400, "weekly": 604_800, "monthly": 2_592_000, "yearly": 31_536_000}


@dataclass(slots=True)
class Stated:
    """One item, as its document states it. Addresses may be relative, dates are strings, nothing is cleaned."""

    title: str | None = None
    link: str | None = None
    guid: str | None = None
    guid_is_link: bool = False  #: may stand for a missing link (RSS: isPermaLink is not false)
    published: str | None = None
    updated: str | None = None
    author: str | None = None
    outlet: str | None = None
    summary: str | None = None
    content: str | None = None
    is_text: bool = False  #: summary and content are plain text
    is_xml: bool = False  #: a strict XML reader read it: no character that XML forbids is in it
    categories: list[str] = field(default_factory=list)
    images: list[Image] = field(default_factory=list)
    aliases: list[str] = field(default_factory=list)
    language: str | None = None
    extra: dict[str, Any] = field(default_factory=dict)


def entries(items: Iterable[Stated], feed: FeedText, base: str | None = None) -> tuple[Entry, ...]:
    """Build the entries of one document, in its order; items that state nothing at all are skipped and reported.

    `base` is where relative links start, by default the document's own address.
    """
    listed = list(items)
    telling = [stated for stated in listed if _says_something(stated)]
    if empty := len(listed) - len(telling):
        feed.problems.append(f"{counted(empty, 'item')} stating nothing skipped")
    return _told_apart([_entry(stated, feed, base or feed.base) for stated in telling])


def site(base: str, link: str | None, feed_id: str | None) -> str | None:
    """The site of a feed: its link, else its id when that is an address."""
    return urls.absolute(base, link or (feed_id if feed_id and _ABSOLUTE.match(feed_id) else None))


def link_base(final_url: str, site: str | None) -> str:
    """Where relative links of an RSS feed start: at its address, or at its site when that is on another host.

    RSS names no base. A mirror or a feed service serves relative links that mean the site they were made for.
    """
    if site and urls.host(site) not in ("", urls.host(final_url)):
        return site
    return final_url


def settle_text(item: Stated, summary_kind: str | None, content_kind: str | None) -> None:
    """Decide whether summary and content are plain text or HTML, by their media types and their look.

    Much that is said to be plain text is HTML. Where only one of the two is plain text it is made HTML.
    """
    summary_is_text = _is_text(summary_kind, item.summary)
    content_is_text = _is_text(content_kind, item.content)
    item.is_text = (summary_is_text or not item.summary) and (content_is_text or not item.content)
    if not item.summary and not item.content:
        item.is_text = False
    if not item.is_text:
        item.summary = html.escape(item.summary or "", quote=False) if summary_is_text else item.summary
        item.content = html.escape(item.content or "", quote=False) if content_is_text else item.content


def image(href: str | None, width: str | None = None, height: str | None = None) -> Iterator[Image]:
    """The picture at `href`, when that is an absolute address."""
    if url := urls.absolute(None, href):
        yield Image(url, width=_pixels(width), height=_pixels(height))


def lifetime(ttl: str | None, period: str | None, frequency: str | None) -> timedelta | None:
    """How long a feed says it stays fresh: RSS `ttl` in minutes, or `sy:updatePeriod` divided by
    `sy:updateFrequency`."""
    if ttl and re.fullmatch(r"\s*\d{1,6}\s*", ttl) and int(ttl):
        return timedelta(minutes=int(ttl))
    seconds = _PERIODS.get((period or "").strip().lower())
    times = int(frequency) if frequency and re.fullmatch(r"\s*\d{1,4}\s*", frequency) else 1
    return timedelta(seconds=seconds / (times or 1)) if seconds else None


def clean_list(values: Iterable[str | None]) -> tuple[str, ...]:
    """Words of a list, each as one line, without empty and repeated ones, in order."""
    return tuple(dict.fromkeys(line for value in values if value and (line := lines.label(value))))


def _says_something(stated: Stated) -> bool:
    if stated.title and stated.title.strip():
        return True
    strings = (stated.title, stated.link, stated.guid, stated.published, stated.updated, stated.author, stated.outlet)
    more = (stated.summary, stated.content, *stated.categories, *stated.aliases)
    return bool(stated.images or stated.extra) or any(value and value.strip() for value in (*strings, *more))


def _entry(stated: Stated, feed: FeedText, base: str) -> Entry:
    guid = (stated.guid or "").strip() if stated.is_xml else text.strip_controls(stated.guid or "").strip()
    if guid.startswith("/"):
        guid = urls.absolute(base, guid) or guid  # a path is an address; ids are taken as they stand otherwise
    title = lines.line(stated.title or "")
    summary, content = _body(stated.summary, stated.is_xml), _body(stated.content, stated.is_xml)
    if content is None or content == summary:
        content, summary = (content, None) if content else (None, summary)
    elif summary and len(summary) > len(content):
        content, summary = summary, content  # the longer one is the full text, whatever its element is called
    link = _address(base, stated.link)
    if link is None and stated.guid_is_link and _ABSOLUTE.match(guid):
        link = _address(base, guid)
    aliases = [_address(base, alias) for alias in stated.aliases]
    published, updated = feed.when(stated.published), feed.when(stated.updated)
    docid = urls.docid(link) or (urls.docid(guid) if guid != link else None)
    own_key = urls.key(link) if link and (aliases or not (guid or docid)) else ""
    return Entry(
        id=guid or docid or own_key or hashing.digest(title or content or summary, _day(stated, published)),
        title=title,
        link=link,
        aliases=tuple(dict.fromkeys(a for a in aliases if a and urls.key(a) != own_key)),
        docid=docid,
        published=published,
        updated=updated,
        author=lines.label(stated.author or "") or None,
        outlet=lines.label(stated.outlet or "") or None,
        summary=summary,
        content=content,
        content_is_text=stated.is_text,
        categories=clean_list(stated.categories),
        images=tuple({image.url: image for image in stated.images}.values()) if stated.images else (),
        language=stated.language or feed.language,
        extra=stated.extra,
    )


def _is_text(kind: str | None, value: str | None) -> bool:
    return kind is not None and kind.startswith("text/") and kind != "text/html" and not _TAGS.search(value or "")


def _pixels(stated: str | None) -> int | None:
    return int(stated) if stated and stated.isdecimal() and len(stated) < 6 else None


def _address(base: str, href: str | None) -> str | None:
    found = urls.absolute(base, href) if href else None
    return urls.unwrap(found) if found else None


def _day(stated: Stated, published: datetime | None) -> str | None:
    return published.isoformat() if published else (stated.published or "").strip() or None


def _body(markup: str | None, is_xml: bool) -> str | None:
    if not markup:
        return None
    return (markup if is_xml else text.strip_controls(markup)).strip() or None


def _told_apart(built: list[Entry]) -> tuple[Entry, ...]:
    """Give different articles that share one id ids of their own.

    Some feeds put the same guid on every item. Items with one id and one address (or document id) stay together: they
    are states of one article. Otherwise the address, or else title and date, is made part of the id.
    """
    if len({entry.id for entry in built}) == len(built):
        return tuple(built)
    groups: dict[str, set[str]] = {}
    for entry in built:
        groups.setdefault(entry.id, set()).add(_second_key(entry))
    return tuple(
        replace(entry, id=f"{entry.id} {_second_key(entry)}") if len(groups[entry.id]) > 1 else entry for entry in built
    )


def _second_key(entry: Entry) -> str:
    if entry.docid:
        return entry.docid
    if entry.link:
        return urls.key(entry.link)
    return hashing.digest(entry.title, entry.published.isoformat() if entry.published else None)
