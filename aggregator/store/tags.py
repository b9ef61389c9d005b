"""Tags: what an output can filter by, folded so that a filter finds it however it is written.

In: an article, or the words of a filter. Out: (kind, value) pairs of the tag table.
"""

from __future__ import annotations

from collections.abc import Iterable

from aggregator.kit import text
from aggregator.models import Article

SYMBOL = "symbol"
CATEGORY = "category"
OUTLET = "outlet"


def of(article: Article) -> set[tuple[str, str]]:
    """Every tag of an article."""
    tags = {(SYMBOL, fold(symbol.code)) for symbol in article.symbols}
    tags |= {(CATEGORY, fold(category)) for category in article.categories}
    if article.outlet:
        tags.add((OUTLET, fold(article.outlet)))
    return {tag for tag in tags if tag[1]}


def fold(word: str) -> str:
    """A word as it is compared: width and case do not count, nor do blanks around it."""
    return text.fold(word).strip()


def folded(words: Iterable[str]) -> list[str]:
    """The words of a filter as they are compared."""
    return sorted({fold(word) for word in words} - {""})
