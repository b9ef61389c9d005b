"""An article as the columns of a revision, and back without loss.

The big texts have places of their own; every other field that is not empty goes into `facts`, a JSON object
with one short key a field, so that a field added to models.Article later needs no migration. What is said twice is
stored once: `"url": true` is the entry id, `"image": true` the first picture.
"""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any, NamedTuple

from aggregator.models import Article, Completeness, Found, Image, Symbol, Video
from aggregator.store import columns

_COLUMNS = {"title", "html", "text", "original"}
_IN_FACTS = tuple(f.name for f in fields(Article) if f.name not in _COLUMNS)
_DEFAULTS = tuple(f.default for f in fields(Article) if f.name not in _COLUMNS)
_facts = attrgetter(*_IN_FACTS)
_PARTS = {kind: tuple((f.name, f.default) for f in fields(kind)) for kind in (Symbol, Image, Video)}


class Content(NamedTuple):
    """What a revision row holds of an article."""

    title: str
    html: str
    text: str
    facts: dict[str, Any]
    original: str | None


def encode(article: Article) -> Content:
    """The article as columns."""
    return Content(article.title, article.html, article.text, facts(article), article.original)


def facts(article: Article) -> dict[str, Any]:
    """Every other field; those that are empty or have their default value are left out."""
    filled: dict[str, Any] = {}
    for name, default, value in zip(_IN_FACTS, _DEFAULTS, _facts(article), strict=True):
        if value is default or value == default or (not value and (value is None or value in ((), {}))):
            continue
        filled[name] = value if type(value) is str else _to_json(value)
    if article.url == article.entry_id:
        filled["url"] = True
    if article.image and article.images and article.images[0].url == article.image:
        filled["image"] = True
    return filled


def decode(content: Content) -> Article:
    """The article behind the columns. Facts that this version has no field for are left out."""
    known = {name: _FROM_JSON.get(name, _same)(value) for name, value in content.facts.items() if name in _IN_FACTS}
    if known.get("url") is True:
        known["url"] = known["entry_id"]
    if known.get("image") is True:
        known["image"] = known["images"][0].url
    return Article(title=content.title, html=content.html, text=content.text, original=content.original, **known)


def same(one: Article, other: Article) -> bool:
    """Whether both would be stored alike, field by field."""
    texts = all(getattr(one, name) == getattr(other, name) for name in sorted(_COLUMNS))
    written = columns.JsonField().db_value
    return texts and written(facts(one)) == written(facts(other))


def _to_json(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, tuple):
        return [item if type(item) is str else _to_json(item) for item in value]
    if (parts := _PARTS.get(type(value))) is not None:
        return {name: part for name, default in parts if (part := getattr(value, name)) != default}
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
