"""What a page states beside its text: title, dates, outlet, keywords, lead picture.

In: a Soup, the site's rules if there are any, the zone. Out: Stated. The site's selectors come first, then what all
pages may state: OpenGraph and article properties (ogp.me), and JSON-LD of schema.org's Article and its kinds.
Nothing is made up: what a page does not state is None.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from aggregator.extract.soup import Soup
from aggregator.kit import dates, text
from aggregator.models import SiteRules

_TITLE = ('meta[property="og:title"]@content', 'meta[name="twitter:title"]@content', "h1", "title")
_PUBLISHED = (
    'meta[property="article:published_time"]@content',
    'meta[itemprop="datePublished"]@content',
    'meta[name="publishdate"]@content',
    'meta[name="pubdate"]@content',
    "time[pubdate]@datetime",
    "article time@datetime",
    "time[datetime]@datetime",
)
_UPDATED = (
    'meta[property="article:modified_time"]@content',
    'meta[property="og:updated_time"]@content',
    'meta[itemprop="dateModified"]@content',
)
_OUTLET = ('meta[property="og:site_name"]@content',)
_AUTHOR = ('meta[name="author"]@content', 'meta[property="article:author"]@content', '[rel="author"]')
_KEYWORDS = ('meta[name="keywords"]@content', 'meta[property="article:tag"]@content')
_IMAGE = (
    'meta[property="og:image:secure_url"]@content',
    'meta[property="og:image"]@content',
    'meta[name="twitter:image"]@content',
)
_ARTICLE = re.compile(
    r"(?:News|Blog|Report|Analysis|Opinion|Review|Live|Tech|Scholarly)*(?:Article|Posting|BlogPosting)\Z"
)
_COMMAS = re.compile(r"[,，;；、|]")
_NO_WORD = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Stated:
    """The metadata of a page."""

    title: str | None
    published: datetime | None
    updated: datetime | None
    outlet: str | None
    author: str | None
    keywords: tuple[str, ...]
    image: str | None


def read(page: Soup, rules: SiteRules | None, zone: str) -> Stated:
    """Read the metadata; for a site with rules, general properties only fill what its selectors leave open."""
    linked = _linked_data(page)
    site = rules or SiteRules(name="none")
    title = _title(page, site, linked)
    updated = (*page.values(site.updated), *_strings(linked, "dateModified"))
    published = page.values(site.published)
    return Stated(
        title=title,
        published=_date((*published, *_strings(linked, "datePublished"), *page.values(_PUBLISHED)), zone),
        updated=_date((*updated, *page.values(_UPDATED)), zone),
        outlet=_outlet(page, rules, linked),
        author=_author(page, rules, linked),
        keywords=_keywords(page, site, title),
        image=page.first(_IMAGE) or next(_strings(linked, "image"), None),
    )


def cut_title(title: str, suffixes: tuple[str, ...]) -> str:
    """A page title without the names of channel and site at its end; never cut to nothing."""
    pattern = _suffixes(suffixes)
    cut = pattern.sub("", title).strip() if pattern else title
    return cut or title


def _title(page: Soup, site: SiteRules, linked: dict[str, Any]) -> str | None:
    stated = page.first(site.title) or next(_strings(linked, "headline"), None)
    stated = stated or page.first(_TITLE)
    return cut_title(text.title(stated), site.title_suffixes) if stated else None


def _outlet(page: Soup, rules: SiteRules | None, linked: dict[str, Any]) -> str | None:
    if rules and rules.outlet:
        return page.first(rules.outlet)
    publisher = linked.get("publisher")
    return next(_names(publisher), None) or page.first(_OUTLET)


def _author(page: Soup, rules: SiteRules | None, linked: dict[str, Any]) -> str | None:
    if rules:
        return page.first(rules.author)
    named = "、".join(dict.fromkeys(_names(linked.get("author")))) or page.first(_AUTHOR)
    return None if named and named.startswith(("http://", "https://")) else named


def _keywords(page: Soup, site: SiteRules, title: str | None) -> tuple[str, ...]:
    """The keywords, one by one. Editing systems put the title there when nobody chose any: that is none."""
    found: dict[str, None] = {}
    whole = _folded(title or "")
    for value in page.values(site.keywords or _KEYWORDS):
        if _folded(value) == whole:
            continue
        for word in _COMMAS.split(value):
            if (word := word.strip()) and _folded(word) != whole and len(word) <= 40:
                found.setdefault(word)
        if found:
            break
    return tuple(found)


def _folded(words: str) -> str:
    return _NO_WORD.sub("", text.fold(words))


def _date(stated: Iterable[str], zone: str) -> datetime | None:
    return next((at for value in stated if (at := dates.parse(value, zone=zone))), None)


# ------------------------------------------------------------------------------------------------------------ JSON-LD


def _linked_data(page: Soup) -> dict[str, Any]:
    """The first thing of a kind of Article in the page's JSON-LD, {} for none."""
    for script in page.elements('script[type="application/ld+json"]'):
        try:
            stated = json.loads(text.strip_controls(script.get_text()), strict=False)
        except (ValueError, RecursionError):
            continue
        for thing in _things(stated):
            kinds = thing.get("@type")
            if any(isinstance(k, str) and _ARTICLE.match(k) for k in (kinds if isinstance(kinds, list) else [kinds])):
                return thing
    return {}


def _things(stated: Any) -> Iterator[dict[str, Any]]:
    rows = stated if isinstance(stated, list) else [stated]
    for row in rows:
        if isinstance(row, dict):
            yield row
            graph = row.get("@graph")
            yield from (thing for thing in (graph if isinstance(graph, list) else []) if isinstance(thing, dict))


def _strings(thing: dict[str, Any], name: str) -> Iterator[str]:
    stated = thing.get(name)
    for value in stated if isinstance(stated, list) else [stated]:
        if isinstance(value, dict):
            value = value.get("url")
        if isinstance(value, str) and value.strip():
            yield text.line(value)


def _names(stated: Any) -> Iterator[str]:
    for value in stated if isinstance(stated, list) else [stated]:
        name = value.get("name") if isinstance(value, dict) else value
        if isinstance(name, str) and name.strip():
            yield text.line(name)


@lru_cache(maxsize=64)
def _suffixes(patterns: tuple[str, ...]) -> re.Pattern[str] | None:
    joined = "|".join(f"(?:{pattern})" for pattern in patterns)
    return re.compile(rf"(?:{joined})\s*\Z") if patterns else None


def matches(value: str, patterns: tuple[str, ...]) -> bool:
    """True where one of the expressions is found in the value."""
    return any(re.search(pattern, value) for pattern in patterns)
