"""An entry as one line of JSON, and back without loss: what a feed stated is kept beside the page it led to.

In: an Entry, or JSON from anywhere. Out: JSON, or an Entry. Called by archive (metadata records of WARC files) and by
app, which takes them in again. Empty fields are left out, unknown ones are passed over.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from aggregator.models import Entry, Found, Image, Symbol

#: What is worked out from the other fields.
_WORKED_OUT = ("stated_hash", "thin")
_FIELDS = {one.name: one for one in dataclasses.fields(Entry) if one.name not in _WORKED_OUT}


def dump(entry: Entry) -> str:
    """The entry as JSON, without line breaks. What is no Unicode (half a surrogate pair) is written as an escape."""
    filled = {name: _plain(value) for name in _FIELDS if (value := getattr(entry, name))}
    line = json.dumps(filled, ensure_ascii=False, separators=(",", ":"))
    try:
        line.encode()
    except UnicodeEncodeError:
        return json.dumps(filled, separators=(",", ":"))
    return line


def load(line: str) -> Entry:
    """The entry of a line. Raises ValueError for anything else."""
    try:
        facts = json.loads(line)
        if not isinstance(facts, dict) or not isinstance(facts.get("id"), str) or not facts["id"]:
            raise ValueError("no entry: it has no id")
        known = {name: _read(name, value) for name, value in facts.items() if name in _FIELDS}
        return Entry(**{"title": "", **known})
    except (TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ValueError(f"no entry: {error}") from error


def _read(name: str, value: Any) -> Any:
    reader: Callable[[Any], Any] = _READERS.get(name, _words)
    return reader(value)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        parts = {one.name: getattr(value, one.name) for one in dataclasses.fields(value)}
        return {name: part for name, part in parts.items() if part is not None}
    return dict(value) if isinstance(value, Mapping) else value


def _words(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _each(read: Callable[[Any], Any]) -> Callable[[Any], tuple[Any, ...]]:
    def all_of(values: Any) -> tuple[Any, ...]:
        if not isinstance(values, list):
            raise TypeError(f"{values!r} is no list")
        return tuple(read(one) for one in values)

    return all_of


def _instant(value: Any) -> datetime:
    at = datetime.fromisoformat(_words(value))
    if at.tzinfo is None:
        raise TypeError(f"{value!r} names no zone")
    return at


def _symbol(value: Any) -> Symbol:
    found = Found(value["found"])
    rest = {name: _words(value[name]) for name in ("code", "raw", "name", "kind") if value.get(name)}
    return Symbol(found=found, **rest)


def _image(value: Any) -> Image:
    sizes = {name: int(value[name]) for name in ("width", "height") if value.get(name)}
    return Image(url=_words(value["url"]), caption=value.get("caption") and _words(value["caption"]), **sizes)


def _facts(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError(f"{value!r} is no object")
    return value


_READERS: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("published", "updated"), _instant),
    **dict.fromkeys(("aliases", "categories", "keywords", "flags"), _each(_words)),
    **dict.fromkeys(("content_is_text", "deleted", "shares_link"), bool),
    "symbols": _each(_symbol),
    "images": _each(_image),
    "extra": _facts,
}
