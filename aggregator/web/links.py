"""Where the pages of a story, of who carried it and of what it is about lie. Pure.

In: a story's id, its articles, an Item. Out: names, addresses below the site's own. Called by timeline and storypage.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aggregator.kit import text
from aggregator.models import StoredArticle
from aggregator.publish import item
from aggregator.web import listing


def story(uid: str) -> str:
    """The page of a story."""
    return f"/story/{uid.removeprefix('urn:uuid:')}"


def outlets(articles: Sequence[StoredArticle], made: item.Item) -> list[dict[str, Any]]:
    """Who carried a story; only an outlet that an article names has a page."""
    named = {name for one in articles if (name := text.line(one.article.outlet or ""))}
    return [
        {"name": name, "page": listing.of(listing.OUTLET, name).address() if name in named else None}
        for name in dict.fromkeys(source.outlet for source in made.sources)
    ]


def outlet(name: str | None) -> dict[str, Any] | None:
    """The outlet that an article names, None where it names none."""
    return {"name": name, "page": listing.of(listing.OUTLET, name).address()} if name else None


def categories(names: Sequence[str]) -> list[dict[str, Any]]:
    """Categories."""
    return [{"name": name, "page": listing.of(listing.CATEGORY, name).address()} for name in names]


def symbols(tags: Sequence[item.Tag]) -> list[dict[str, Any]]:
    """Instruments."""
    return [
        {"code": tag.code, "name": tag.name, "page": listing.of(listing.SYMBOL, tag.code).address()} for tag in tags
    ]
