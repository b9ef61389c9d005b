"""The page as a tree that selectors can be asked of: the one door to BeautifulSoup.

In: bytes of a page. Out: a Soup. A selector may end in `@name`, which reads that attribute instead of the text:
`meta[property="og:title"]@content`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import soupsieve
from bs4 import BeautifulSoup
from bs4.element import NavigableString, Tag

from aggregator.errors import ConfigError
from aggregator.kit import charset, markup, text
from aggregator.models import Document

_ATTRIBUTE = re.compile(r"(?P<selector>.+?)@(?P<attribute>[\w:-]+)\Z")


@dataclass(frozen=True, slots=True)
class Soup:
    """A parsed page."""

    tree: BeautifulSoup
    source: str  #: the decoded text it was parsed from


def parse(document: Document) -> Soup:
    """Decode and parse a page. Never raises for bad markup."""
    decoded = charset.decode(document.body, header=document.headers.get("content-type"), kind="html")
    source = markup.mend(decoded.text)
    return Soup(BeautifulSoup(source, "lxml"), source)


def elements(tree: Tag, selector: str) -> list[Tag]:
    """What a selector without attribute names."""
    return list(_compiled(selector).select(tree))


def values(tree: Tag, selectors: Iterable[str]) -> Iterator[str]:
    """Every value the selectors give, one line each, in the order of the selectors; empty ones are left out."""
    for selector in selectors:
        found = _ATTRIBUTE.match(selector)
        path, attribute = (found["selector"], found["attribute"]) if found else (selector, None)
        for element in elements(tree, path):
            for value in _readings(element, attribute):
                if line := text.line(value):
                    yield line


def first(tree: Tag, selectors: Iterable[str]) -> str | None:
    """The first value that is not empty."""
    return next(values(tree, selectors), None)


def inner(element: Tag) -> str:
    """Inner HTML, comments kept."""
    return element.decode_contents(formatter="minimal")


def without(html: str, selectors: Iterable[str]) -> str:
    """A fragment without the elements that the selectors name."""
    fragment = BeautifulSoup(html, "lxml")
    for selector in selectors:
        for element in elements(fragment, selector):
            element.extract()
    return str(fragment)


def _readings(element: Tag, attribute: str | None) -> Iterator[str]:
    if attribute:
        stated = element.get(attribute)
        yield " ".join(stated) if isinstance(stated, list) else stated or ""
        return
    whole = element.get_text(" ")
    yield whole
    # `<time>2026.10.16 16:12<cite>outlet</cite></time>`: what stands in the element itself, and not deeper.
    own = "".join(str(child) for child in element.children if type(child) is NavigableString)
    if own.strip() and own.strip() != whole.strip():
        yield own


@lru_cache(maxsize=512)
def _compiled(selector: str) -> soupsieve.SoupSieve:
    try:
        return soupsieve.compile(selector)
    except soupsieve.SelectorSyntaxError as problem:
        raise ConfigError(f"cannot read the selector {selector!r}: {problem}") from problem
