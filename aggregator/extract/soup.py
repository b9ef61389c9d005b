"""The page as a tree that selectors can be asked of: the one door to BeautifulSoup.

In: bytes of a page. Out: a Soup. A selector may end in `@name`, which reads that attribute instead of the text:
`meta[property="og:title"]@content`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

import soupsieve
from bs4 import BeautifulSoup
from bs4.element import NavigableString, Tag

from aggregator.errors import ConfigError, ExtractError
from aggregator.kit import charset, markup, text
from aggregator.models import Document

_ATTRIBUTE = re.compile(r"(?P<selector>.+?)@(?P<attribute>[\w:-]+)\Z")


#: An article page of Sina has 600 to 3,000 tags. What has more than this is no article, and would cost minutes.
MOST_TAGS = 30_000


class Soup:
    """A parsed page, with an index that spares selectors the walk over the whole tree."""

    def __init__(self, tree: BeautifulSoup, source: str) -> None:
        self.tree = tree
        self.source = source  #: the decoded text it was parsed from
        self._all: list[Tag] = []
        self._by_key: dict[str, list[Tag]] = {}
        for element in tree.find_all(True):
            self._all.append(element)
            keys = {element.name, *(f".{word}" for word in element.get_attribute_list("class") if word)}
            if named := element.get("id"):
                keys.add(f"#{named}")
            for key in keys:
                self._by_key.setdefault(key, []).append(element)

    def elements(self, selector: str) -> list[Tag]:
        """What a selector without attribute names, in document order."""
        compiled, keys = _compiled(selector)
        candidates = self._all if keys is None else [e for key in keys for e in self._by_key.get(key, ())]
        return [element for element in candidates if compiled.match(element)]

    def values(self, selectors: Iterable[str]) -> Iterator[str]:
        """Every value the selectors give, one line each, in the order of the selectors; empty ones are left out."""
        for selector in selectors:
            found = _ATTRIBUTE.match(selector)
            path, attribute = (found["selector"], found["attribute"]) if found else (selector, None)
            for element in self.elements(path):
                for value in _readings(element, attribute):
                    if line := text.line(value):
                        yield line

    def first(self, selectors: Iterable[str]) -> str | None:
        """The first value that is not empty."""
        return next(self.values(selectors), None)


def parse(document: Document) -> Soup:
    """Decode and parse a page. Raises ExtractError for one too large to be an article."""
    decoded = charset.decode(document.body, header=document.headers.get("content-type"), kind="html")
    if decoded.text.count("<") > 2 * MOST_TAGS:
        raise ExtractError(f"{document.final_url or document.url}: too many tags on the page")
    source = markup.mend(decoded.text)
    return Soup(BeautifulSoup(source, "lxml"), source)


def parse_fragment(html: str) -> Soup:
    """A body once more, to look closer at it."""
    return Soup(BeautifulSoup(html, "lxml"), html)


def check(selector: str, *, attribute: bool = True) -> None:
    """Raises ConfigError for a selector that cannot be read; `attribute`: whether it may end in `@name`."""
    found = _ATTRIBUTE.match(selector) if attribute else None
    _compiled(found["selector"] if found else selector)


def inner(element: Tag) -> str:
    """Inner HTML, comments kept."""
    return element.decode_contents(formatter="minimal")


def without(html: str, selectors: Iterable[str]) -> str:
    """A fragment without the elements that the selectors name."""
    fragment = parse_fragment(html)
    for selector in selectors:
        for element in fragment.elements(selector):
            element.extract()
    return str(fragment.tree)


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
def _compiled(selector: str) -> tuple[soupsieve.SoupSieve, tuple[str, ...] | None]:
    """The selector, and for each of its groups a key that its elements must be under; None where there is none."""
    try:
        compiled = soupsieve.compile(selector)
    except soupsieve.SelectorSyntaxError as problem:
        raise ConfigError(f"cannot read the selector {selector!r}: {problem}") from problem
    if "," in selector or ":" in re.sub(r"\[[^\]]*\]", "", selector):
        return compiled, None
    last = re.split(r"[\s>+~]+(?![^\[]*\])", selector.strip())[-1]
    key = re.match(r"(?P<tag>[\w-]+)?(?P<rest>[#.][\w-]+)?", last)
    found = key and (key["rest"] or (key["tag"] or "").lower())
    return compiled, (found,) if found else None
