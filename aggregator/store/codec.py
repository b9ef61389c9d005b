"""An article as the columns of a revision, and back without loss.

The four big texts have columns of their own; every other field that is not empty goes into `facts`, a JSON object
with one short key a field, so that a field added to models.Article later needs no migration.
"""

from __future__ import annotations

from dataclasses import MISSING, fields
from datetime import UTC, datetime
from typing import Any, NamedTuple

from aggregator.models import Article, Completeness, Found, Image, Symbol, Video

_COLUMNS = {"title", "html", "text", "original"}
_DEFAULTS = {f.name: f.default for f in fields(Article) if f.default is not MISSING}
_IN_FACTS = tuple(f.name for f in fields(Article) if f.name not in _COLUMNS)


class Content(NamedTuple):
    """What a revision row holds of an article."""

    title: str
    html: str
    text: str
    facts: dict[str, Any]
    original: str | None


def encode(article: Article) -> Content:
    """The article as columns; fields with their default value are left out of the facts."""
    facts: dict[str, Any] = {}
    for name in _IN_FACTS:
        value = getattr(article, name)
        if value is not None and value != () and value != {} and value != _DEFAULTS.get(name, MISSING):
            facts[name] = _to_json(value)
    return Content(article.title, article.html, article.text, facts, article.original)


def decode(content: Content) -> Article:
    """The article behind the columns. Facts that this version has no field for are left out."""
    known = {name: _FROM_JSON.get(name, _same)(value) for name, value in content.facts.items() if name in _IN_FACTS}
    return Article(title=content.title, html=content.html, text=content.text, original=content.original, **known)


def _to_json(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, tuple):
        return [_to_json(item) for item in value]
    if isinstance(value, Symbol | Image | Video):
        return {f.name: part for f in fields(value) if (part := getattr(value, f.name)) != f.default}
    return value


def _same(value: Any) -> Any:
    return value


def _symbols(items: list[dict[str, Any]]) -> tuple[Symbol, ...]:
    return tuple(Symbol(**{**item, "found": Found(item["found"])}) for item in items)


_FROM_JSON: dict[str, Any] = {
    "published": datetime.fromisoformat,
    "updated": datetime.fromisoformat,
    "completeness": Completeness,
    "aliases": tuple,
    "keywords": tuple,
    "categories": tuple,
    "flags": tuple,
    "symbols": _symbols,
    "images": lambda items: tuple(Image(**item) for item in items),
    "videos": lambda items: tuple(Video(**item) for item in items),
    "related": lambda items: tuple((title, address) for title, address in items),
}
