"""JSON Feed 1.1 (jsonfeed.org/version/1.1): Item and Head in, bytes out. Used through publish.FORMATS.

What the format has no field for stands in the extension object `_aggregator`: of the feed its version, date and ttl,
of an item its sources, symbols and revision.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from aggregator.kit import dates
from aggregator.publish.item import GENERATOR, VERSION, Head, Item, Source, Tag


class _JsonFeed:
    """The writer of the format."""

    def entry(self, entry: Item) -> bytes:
        """One item object."""
        made: dict[str, Any] = {
            "id": entry.uid,
            "url": entry.link,
            "title": entry.title,
            "summary": entry.summary,
            "content_html": entry.html or entry.title,
            "image": entry.image,
            "date_published": dates.rfc3339(entry.published),
            "date_modified": dates.rfc3339(entry.updated),
            "authors": [{"name": entry.author}] if entry.author else None,
            "tags": [*entry.categories, *(tag.code for tag in entry.symbols)],
            "language": entry.language,
            "_aggregator": {
                "revision": entry.revision,
                "sources": [_source(one) for one in entry.sources],
                "symbols": [_symbol(one) for one in entry.symbols],
            },
        }
        return _dump({name: value for name, value in made.items() if value})

    def document(self, head: Head, entries: Sequence[bytes]) -> bytes:
        """The feed object around ready items."""
        shell = _dump(
            {
                "version": "https://jsonfeed.org/version/1.1",
                "title": head.title,
                "home_page_url": head.home,
                "feed_url": head.address,
                **({"next_url": head.previous} if head.previous else {}),
                "description": head.description,
                "language": head.language,
                "authors": [{"name": head.author, "url": head.home}],
                "_aggregator": {
                    "generator": f"{GENERATOR} {VERSION}",
                    "updated": dates.rfc3339(head.updated),
                    "ttl_minutes": head.ttl,
                },
            }
        )
        # Joined at once: the document may be large, and each concatenation copies it.
        return b"".join((shell.removesuffix(b"}"), b',"items":[\n', b",\n".join(entries), b"\n]}\n"))


def _source(source: Source) -> dict[str, Any]:
    made = {"outlet": source.outlet, "url": source.url, "title": source.title}
    return {name: value for name, value in made.items() if value} | {"published": dates.rfc3339(source.published)}


def _symbol(tag: Tag) -> dict[str, Any]:
    return {"code": tag.code, "kind": tag.kind} | ({"name": tag.name} if tag.name else {})


def _dump(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


WRITER = _JsonFeed()
