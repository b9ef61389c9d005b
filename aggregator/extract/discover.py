"""Where a page says that feeds are, and where they mostly are when it says nothing.

In: the Document of a page. Out: addresses in the order they are worth a try. Called by pipeline/discover.py, which
asks them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from aggregator.extract import soup
from aggregator.kit import text, urls
from aggregator.models import Document

#: Types that `<link rel="alternate">` states for feeds (HTML standard §4.6.7.1; JSON Feed 1.1).
_TYPES = frozenset(
    {"application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml", "text/xml"}
    | {"application/xml", "application/json"}
)
#: Where blog and news programs put their feeds, the commonest first.
WELL_KNOWN = ("feed", "rss", "rss.xml", "atom.xml", "feed.xml", "index.xml", "feed.json", "feeds", "rss/index.xml")

_LOOKS_LIKE = re.compile(
    r"(?:^|[/._?=&-])(?:rss2?|atom|feeds?|rdf)(?:$|[/._?=&-])|\.(?:rss|atom|rdf)(?:$|\?)", re.IGNORECASE
)
_SAYS_SO = re.compile(r"\brss\b|\batom\b|订阅源|聚合订阅", re.IGNORECASE)

#: Sina's list pages carry the two numbers of their API in the address or in a script.
_ROLL = re.compile(r"pageid=(\d{1,6})&(?:amp;)?lid=(\d{1,6})")
_LIVE = re.compile(r"zhibo_id[\"']?\s*[=:]\s*[\"']?(\d{1,6})")
_LIVE_PAGE = re.compile(r"finance\.sina\.(?:com\.)?cn/7x24")
_LIVE_FINANCE = "152"


@dataclass(frozen=True, slots=True)
class Hint:
    """An address that may be a feed."""

    url: str  #: http, https, or a `sina:` address
    title: str  #: '' where the page gives it none
    stated: bool  #: the page itself names it; else it is only where feeds often are


def hints(document: Document) -> list[Hint]:
    """What the page names, `<link>` before `<a>`, then the well-known places. Raises ExtractError for no page."""
    page = soup.parse(document)
    base = document.final_url or document.url
    for element in page.elements("base"):
        base = urls.absolute(base, str(element.get("href") or "")) or base
        break
    found = {hint.url: hint for hint in reversed([*_sina(document, page.source), *_links(page, base)])}
    named = list(reversed(found.values()))
    return [*named, *(Hint(url, "", stated=False) for url in _well_known(base) if url not in found)]


def _links(page: soup.Soup, base: str) -> list[Hint]:
    found: list[Hint] = []
    for element in page.elements("link"):
        kinds = {word.lower() for word in element.get_attribute_list("rel") if word}
        media = str(element.get("type") or "").partition(";")[0].strip().lower()
        if ("alternate" in kinds and media in _TYPES) or "feed" in kinds:
            found += _hint(base, element.get("href"), element.get("title"))
    for element in page.elements("a"):
        href = str(element.get("href") or "")
        words = element.get_text(" ", strip=True)
        if href and (_LOOKS_LIKE.search(_path(href)) or (_SAYS_SO.search(words) and len(words) < 40)):
            found += _hint(base, href, words)
    return found


def _hint(base: str, href: object, title: object) -> list[Hint]:
    url = urls.absolute(base, str(href or ""))
    return [Hint(url, text.line(str(title or "")), stated=True)] if url else []


def _path(href: str) -> str:
    try:
        parts = urlsplit(href)
    except ValueError:
        return ""
    return f"{parts.path}?{parts.query}"


def _sina(document: Document, source: str) -> list[Hint]:
    """The APIs behind Sina's list pages, whose RSS is dead."""
    address = document.final_url or document.url
    if not urls.is_sina(urls.host(address)):
        return []
    rolls = dict.fromkeys(_ROLL.findall(document.url) + _ROLL.findall(address) + _ROLL.findall(source))
    lives = dict.fromkeys(_LIVE.findall(source))
    if _LIVE_PAGE.search(address):
        lives.setdefault(_LIVE_FINANCE)
    found = [f"sina:roll/{page}/{part}" for page, part in rolls] + [f"sina:live/{number}" for number in lives]
    return [Hint(url, "", stated=True) for url in found]


def _well_known(base: str) -> list[str]:
    """Below the page's own folder, then below the root of its host."""
    parts = urlsplit(base)
    folders = dict.fromkeys((parts.path.rpartition("/")[0] + "/", "/"))
    return [
        urlunsplit((parts.scheme, parts.netloc, folder + name, "", "")) for folder in folders for name in WELL_KNOWN
    ]
