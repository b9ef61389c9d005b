"""Tags: what an output can filter by, folded so that a filter finds it however it is written.

In: an article, or the words of a filter. Out: labels, which are (kind, value) pairs, and their ids in the label table.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import lru_cache

from aggregator.kit import text
from aggregator.models import Article
from aggregator.store.engine import Engine, Ids, Lookup
from aggregator.store.schema import Tables

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


def labels(tables: Tables, engine: Engine, ids: Ids, wanted: Collection[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """The id of each label, within a transaction; labels that are new are stored."""
    found = known(tables, wanted)
    fresh = sorted(set(wanted) - found.keys())
    found.update(zip(fresh, ids.take(tables.label, len(fresh)), strict=True))
    label = tables.label
    engine.put([label.id, label.kind, label.value], [(found[pair], *pair) for pair in fresh])
    return found


def known(tables: Tables, wanted: Collection[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """The id of each label that some article has or had."""
    return {(kind, value): number for kind, value, number in tables.lookup(_by_pair)((v, k) for k, v in wanted)}


@lru_cache(maxsize=4096)
def fold(word: str) -> str:
    """A word as it is compared: width and case do not count, nor do blanks around it."""
    return text.fold(word).strip()


def folded(words: Iterable[str]) -> list[str]:
    """The words of a filter as they are compared."""
    return sorted({fold(word) for word in words} - {""})


def _by_pair(tables: Tables) -> Lookup:
    label = tables.label
    return Lookup(label.select(label.kind, label.value, label.id), label.value, label.kind)
