"""What our outputs must satisfy: RFC 4287, RSS 2.0 with the RSS Board's profile, JSON Feed 1.1. Faults in words.

`faults(bytes, media type)` reads a document without any help of the code that wrote it. It knows only what our outputs
may contain, so an element it has not heard of is a fault too.
"""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from lxml import etree

ATOM = "{http://www.w3.org/2005/Atom}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}"
DC = "{http://purl.org/dc/elements/1.1/}"
HISTORY = "{http://purl.org/syndication/history/1.0}"
MEDIA = "{http://search.yahoo.com/mrss/}"
XML = "{http://www.w3.org/XML/1998/namespace}"

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")
_RFC822 = re.compile(r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d? [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d (?:GMT|[+-]\d{4})")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_TAG = re.compile(r"</?(?:a|b|br|div|em|font|i|img|p|script|span|strong|table|u)\b[^<>]*>", re.IGNORECASE)
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_IRI = re.compile(r"(?:urn:[a-z0-9-]+:|https?://[^/?#\s]+|tag:)[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]*")


class Checker:
    """Collects faults; every method names the place it looks at."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self._ids: set[str] = set()

    def expect(self, good: object, fault: str) -> None:
        """Note `fault` unless `good`."""
        if not good:
            self.faults.append(fault)

    def iri(self, value: str | None, where: str) -> None:
        """An absolute IRI, in ASCII."""
        self.expect(value and _IRI.fullmatch(value) and value.isascii(), f"{where}: {value!r} is no absolute IRI")

    def web(self, value: str | None, where: str) -> None:
        """An absolute http(s) address."""
        self.iri(value, where)
        self.expect(value and urlsplit(value).scheme in ("http", "https"), f"{where}: {value!r} is not http(s)")

    def unique(self, value: str | None, where: str) -> None:
        """An id that no other entry has."""
        self.iri(value, where)
        self.expect(value not in self._ids, f"{where}: {value!r} twice")
        self._ids.add(value or "")

    def plain(self, value: str | None, where: str) -> None:
        """One non-empty line of text without HTML."""
        self.expect(value and value.strip(), f"{where}: empty")
        self.expect(value and "\n" not in value, f"{where}: more than one line")
        self.expect(not _TAG.search(value or ""), f"{where}: markup in {value!r}")

    def rfc3339(self, value: str | None, where: str) -> datetime | None:
        """A date of RFC 3339, with offset."""
        good = value and _RFC3339.fullmatch(value)
        self.expect(good, f"{where}: {value!r} is no RFC 3339 date")
        return datetime.fromisoformat(value.replace("Z", "+00:00")) if good and value else None

    def rfc822(self, value: str | None, where: str) -> datetime | None:
        """A date of RFC 822 with a four-digit year and the right day of the week."""
        good = value and _RFC822.fullmatch(value)
        self.expect(good, f"{where}: {value!r} is no RFC 822 date")
        if not good or not value:
            return None
        at = parsedate_to_datetime(value)
        self.expect(value.startswith(f"{at:%a}"), f"{where}: wrong day of the week in {value!r}")
        return at

    def language(self, value: str | None, where: str) -> None:
        """A language tag."""
        self.expect(value and _LANGUAGE.fullmatch(value), f"{where}: {value!r} is no language")

    def html(self, value: str | None, where: str) -> None:
        """Escaped HTML: something, and nothing that runs."""
        self.expect(value and value.strip(), f"{where}: empty")
        self.expect(not re.search(r"<script|javascript:|\son\w+=", value or "", re.IGNORECASE), f"{where}: active HTML")

    def order(self, first: datetime | None, second: datetime | None, where: str) -> None:
        """`second` is not before `first`."""
        self.expect(not (first and second and second < first), f"{where}: updated before published")

    def children(self, parent: Any, once: str, some: str, where: str) -> None:
        """`parent` has each element named in `once` exactly once, and any number of those in `some`, nothing else."""
        names = [_short(child.tag) for child in parent]
        for name in once.split():
            self.expect(names.count(name) == 1, f"{where}: {names.count(name)} × {name}")
        for name in sorted(set(names) - set(once.split()) - set(some.split())):
            self.expect(False, f"{where}: unexpected {name}")


def _short(tag: str) -> str:
    for prefix, space in (("atom:", ATOM), ("content:", CONTENT), ("dc:", DC), ("media:", MEDIA), ("fh:", HISTORY)):
        tag = tag.replace(space, prefix)
    return tag


def faults(body: bytes, media_type: str, *, address: str, now: datetime) -> list[str]:
    """All faults of the document `body` that is served at `address`; dates more than a day after `now` are faults."""
    check = Checker()
    text = body.decode("utf-8")
    check.expect(not _FORBIDDEN.search(text), "a control character that XML 1.0 forbids")
    if media_type.startswith("application/feed+json"):
        _json(check, json.loads(body), address, now)
        return check.faults
    check.expect(body.startswith((b"<?xml version='1.0' encoding='UTF-8'?>",)), "no XML declaration")
    root = etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True))
    if media_type.startswith("application/atom+xml"):
        _atom(check, root, address, now)
    else:
        _rss(check, root, address, now)
    return check.faults


def _atom(check: Checker, feed: Any, address: str, now: datetime) -> None:
    check.expect(feed.tag == f"{ATOM}feed", f"root is {feed.tag}")
    check.children(
        feed,
        "atom:id atom:title atom:updated atom:author atom:generator",
        "atom:subtitle atom:link atom:entry fh:archive",
        "feed",
    )
    check.iri(feed.findtext(f"{ATOM}id"), "feed id")
    check.plain(feed.findtext(f"{ATOM}title"), "feed title")
    check.rfc3339(feed.findtext(f"{ATOM}updated"), "feed updated")
    check.language(feed.get(f"{XML}lang"), "feed language")
    own = [link for link in feed.findall(f"{ATOM}link") if link.get("rel") == "self"]
    check.expect([link.get("href") for link in own] == [address], "self link")
    check.expect(own and own[0].get("type") == "application/atom+xml", "type of the self link")
    _history(check, feed)
    for number, entry in enumerate(feed.findall(f"{ATOM}entry"), 1):
        _atom_entry(check, entry, f"entry {number}", now)


def _history(check: Checker, feed: Any) -> None:
    """RFC 5005 §4: one link of a kind, and what is an archive document says where the feed itself is."""
    names = ("alternate", "self", "current", "prev-archive", "next-archive")
    links = {name: [one for one in feed.findall(f"{ATOM}link") if one.get("rel") == name] for name in names}
    check.expect(sum(map(len, links.values())) == len(feed.findall(f"{ATOM}link")), "a link of another kind")
    for name, found in links.items():
        check.expect(len(found) <= 1, f"{len(found)} × {name}")
        check.expect(all(one.get("href") for one in found), f"{name} without address")
    marks = feed.findall(f"{HISTORY}archive")
    check.expect(len(marks) == len(links["current"]) <= 1, "an archive document without link to the feed, or otherwise")
    check.expect(marks or not links["next-archive"], "next-archive in what is no archive document")


def _atom_entry(check: Checker, entry: Any, where: str, now: datetime) -> None:
    check.children(
        entry,
        "atom:id atom:title atom:updated atom:published",
        "atom:author atom:link atom:category atom:content atom:summary media:content media:thumbnail",
        where,
    )
    check.unique(entry.findtext(f"{ATOM}id"), f"{where} id")
    check.plain(entry.findtext(f"{ATOM}title"), f"{where} title")
    check.expect(entry.find(f"{ATOM}title").get("type", "text") == "text", f"{where}: title is not text")
    published = check.rfc3339(entry.findtext(f"{ATOM}published"), f"{where} published")
    updated = check.rfc3339(entry.findtext(f"{ATOM}updated"), f"{where} updated")
    check.order(published, updated, where)
    check.expect(updated and updated <= now + timedelta(days=1), f"{where}: updated in the future")
    alternates = 0
    for link in entry.findall(f"{ATOM}link"):
        check.web(link.get("href"), f"{where} link")
        check.expect(link.get("rel") in ("alternate", "related", "via"), f"{where}: rel {link.get('rel')}")
        alternates += link.get("rel") == "alternate"
    check.expect(alternates <= 1, f"{where}: {alternates} alternate links")
    content, summary = entry.find(f"{ATOM}content"), entry.find(f"{ATOM}summary")
    check.expect(alternates or content is not None, f"{where}: neither content nor alternate link")
    for element in (content, summary):
        if element is not None and element.get("type") == "html":
            check.html(element.text, f"{where} html")
    check.expect(content is not None or summary is not None, f"{where}: neither content nor summary")
    for name in entry.findall(f"{ATOM}author/{ATOM}name"):
        check.plain(name.text, f"{where} author")
    for category in entry.findall(f"{ATOM}category"):
        check.plain(category.get("term"), f"{where} category")
        if category.get("scheme") is not None:
            check.iri(category.get("scheme"), f"{where} scheme")
    _media(check, entry, where)


def _rss(check: Checker, rss: Any, address: str, now: datetime) -> None:
    check.expect(rss.tag == "rss" and rss.get("version") == "2.0", f"root is {rss.tag} {rss.get('version')}")
    channel = rss.find("channel")
    check.children(
        channel, "title link description language generator ttl docs atom:link", "lastBuildDate item", "channel"
    )
    check.plain(channel.findtext("title"), "channel title")
    check.web(channel.findtext("link"), "channel link")
    check.plain(channel.findtext("description"), "channel description")
    check.language(channel.findtext("language"), "channel language")
    check.expect(re.fullmatch(r"[1-9]\d*", channel.findtext("ttl") or ""), "ttl is no number of minutes")
    if channel.find("lastBuildDate") is not None:
        check.rfc822(channel.findtext("lastBuildDate"), "lastBuildDate")
    own = channel.find(f"{ATOM}link")
    check.expect(own is not None and (own.get("rel"), own.get("href")) == ("self", address), "self link")
    check.expect(own is not None and own.get("type") == "application/rss+xml", "type of the self link")
    for number, item in enumerate(channel.findall("item"), 1):
        _rss_item(check, item, f"item {number}", now)


def _rss_item(check: Checker, item: Any, where: str, now: datetime) -> None:
    check.children(
        item,
        "title description guid pubDate",
        "link category source content:encoded dc:creator atom:updated atom:link media:content media:thumbnail",
        where,
    )
    names = [child.tag for child in item]
    check.plain(item.findtext("title"), f"{where} title")
    check.unique(item.findtext("guid"), f"{where} guid")
    check.expect(item.find("guid").get("isPermaLink") == "false", f"{where}: guid claims to be an address")
    check.html(item.findtext("description"), f"{where} description")
    if item.find("link") is not None:
        check.web(item.findtext("link"), f"{where} link")
    if (encoded := item.findtext(f"{CONTENT}encoded")) is not None:
        check.html(encoded, f"{where} content:encoded")
        check.expect(
            names.index("description") < names.index(f"{CONTENT}encoded"), f"{where}: description after content:encoded"
        )
    published = check.rfc822(item.findtext("pubDate"), f"{where} pubDate")
    check.expect(published and published <= now + timedelta(days=1), f"{where}: pubDate in the future")
    if (updated := item.findtext(f"{ATOM}updated")) is not None:
        check.order(published, check.rfc3339(updated, f"{where} updated"), where)
    if (creator := item.find(f"{DC}creator")) is not None:
        check.plain(creator.text, f"{where} creator")
    if (source := item.find("source")) is not None:
        check.web(source.get("url"), f"{where} source")
        check.plain(source.text, f"{where} source")
    for category in item.findall("category"):
        check.plain(category.text, f"{where} category")
        if category.get("domain") is not None:
            check.iri(category.get("domain"), f"{where} domain")
    for link in item.findall(f"{ATOM}link"):
        check.web(link.get("href"), f"{where} related link")
    _media(check, item, where)


def _media(check: Checker, parent: Any, where: str) -> None:
    for element in (*parent.findall(f"{MEDIA}content"), *parent.findall(f"{MEDIA}thumbnail")):
        check.web(element.get("url"), f"{where} image")


_JSON_FEED = {"version", "title", "home_page_url", "feed_url", "description", "language", "authors", "items"}
_JSON_ITEM = {"id", "url", "title", "summary", "content_html", "image", "date_published", "date_modified", "authors"}
_JSON_ITEM |= {"tags", "language"}


def _json(check: Checker, feed: Any, address: str, now: datetime) -> None:
    check.expect(feed.get("version") == "https://jsonfeed.org/version/1.1", "version")
    for name in set(feed) - _JSON_FEED:
        check.expect(name.startswith("_") and isinstance(feed[name], dict), f"feed: unknown field {name}")
    check.plain(feed.get("title"), "feed title")
    check.web(feed.get("home_page_url"), "home_page_url")
    check.expect(feed.get("feed_url") == address, "feed_url")
    check.language(feed.get("language"), "feed language")
    check.expect(isinstance(feed.get("items"), list), "items is no list")
    for number, item in enumerate(feed.get("items", ()), 1):
        where = f"item {number}"
        for name in set(item) - _JSON_ITEM:
            check.expect(name.startswith("_") and isinstance(item[name], dict), f"{where}: unknown field {name}")
        check.expect(isinstance(item.get("id"), str), f"{where}: id is no string")
        check.unique(item.get("id"), f"{where} id")
        check.plain(item.get("title"), f"{where} title")
        check.html(item.get("content_html"), f"{where} content_html")
        published = check.rfc3339(item.get("date_published"), f"{where} date_published")
        updated = check.rfc3339(item.get("date_modified"), f"{where} date_modified")
        check.order(published, updated, where)
        check.expect(updated and updated <= now + timedelta(days=1), f"{where}: modified in the future")
        check.language(item.get("language"), f"{where} language")
        for field in ("url", "image"):
            if field in item:
                check.web(item[field], f"{where} {field}")
        for author in item.get("authors", ()):
            check.plain(author.get("name"), f"{where} author")
        for tag in item.get("tags", ()):
            check.plain(tag, f"{where} tag")
