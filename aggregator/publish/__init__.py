"""Outputs: the stories an output selected go in, the bytes of a feed come out.

`app` renders and puts the bytes on static.Shelf, `web` serves from there. A new format is one module whose WRITER has
the two methods of `Writer`, and one line in FORMATS. Everything here is pure but `static`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from aggregator.models import Output, Site, Story
from aggregator.publish import item, rewrite
from aggregator.publish.fragments import Fragments, key_of
from aggregator.publish.item import Spot
from aggregator.publish.rewrite import NONE

#: Where outputs are served, below the site's own address.
PREFIX = "/feeds"


class Writer(Protocol):
    """What a format module's `WRITER` can do: write one entry, and the document around ready entries."""

    def entry(self, entry: item.Item) -> bytes:
        """One story as a fragment, in UTF-8; depends on nothing but `entry`."""

    def document(self, head: item.Head, entries: Sequence[bytes]) -> bytes:
        """The whole document, in UTF-8, entries in the order given."""


@dataclass(frozen=True, slots=True)
class Format:
    """One line of FORMATS. `module` is loaded at first use, for feedgen takes time to import."""

    name: str
    extension: str
    media_type: str  #: as sent in Content-Type, with charset
    module: str

    @property
    def writer(self) -> Writer:
        """The format's writer."""
        return cast(Writer, import_module(self.module).WRITER)


FORMATS: dict[str, Format] = {
    one.name: one
    for one in (
        Format("rss", "rss", "application/rss+xml; charset=utf-8", "aggregator.publish.rss"),
        Format("atom", "atom", "application/atom+xml; charset=utf-8", "aggregator.publish.atom"),
        Format("json", "json", "application/feed+json; charset=utf-8", "aggregator.publish.jsonfeed"),
    )
}


def documents(
    output: Output,
    site: Site,
    stories: Sequence[Story],
    *,
    now: datetime,
    fragments: Fragments | None = None,
    pictures: Mapping[str, str] = NONE,
    spot: Spot | None = None,
) -> dict[str, bytes]:
    """Format name -> document of `output`, in all its formats, with `stories` in the order given.

    Equal input gives equal bytes. No entry is dated after `now`. `fragments` keeps entries between calls and outputs;
    without it every entry is written anew. `pictures`: addresses to show instead of those of pictures, by the latter.
    `spot`: where the documents are served, if not as the output's own; their entries are kept no longer than others.
    """
    place = spot or item.Spot(f"{PREFIX}/{output.slug}")
    kept = fragments if fragments is not None else Fragments()
    writers = {name: FORMATS[name].writer for name in output.formats}
    write = {name: writer.entry for name, writer in writers.items()}
    keys, entries = [], []
    newest: datetime | None = None
    for story in stories:
        alive = item.alive(story)
        if not alive:
            continue
        own = rewrite.of(alive[0].article, pictures)
        keys.append(key := (*key_of(story, alive, output.full_text, now), *own.items()))
        entries.append(kept.get(key, story, now, output.full_text, write, own))
        newest = max(newest or story.at, story.at, story.updated)
    if spot is None or spot.path == f"{PREFIX}/{output.slug}":
        kept.shows(output.slug, keys)
    updated = item.moment(newest, now) if newest else None
    return {
        name: writer.document(
            item.head(output, site, place, FORMATS[name].extension, FORMATS[name].media_type, updated),
            [one[name] for one in entries],
        )
        for name, writer in writers.items()
    }


def render(name: str, output: Output, site: Site, stories: Sequence[Story], *, now: datetime) -> bytes:
    """The bytes of `output` in the format called `name` alone; see documents(). KeyError for an unknown format."""
    return documents(replace(output, formats=(name,)), site, stories, now=now)[name]


@cache
def program() -> str:
    """What stands for this program's way of rendering: its version, and the source files that a checkout may change."""
    folder = Path(__file__).parent
    files = sorted(path for place in (folder, folder.parent / "kit") for path in place.glob("*.py"))
    return " ".join([item.VERSION, *(f"{file.stat().st_size}-{file.stat().st_mtime_ns}" for file in files)])


__all__ = ["FORMATS", "PREFIX", "Format", "Fragments", "Spot", "Writer", "documents", "program", "render"]
