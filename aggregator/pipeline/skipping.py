"""Items that stand in a feed byte for byte as they did when it was last read: they are not read again.

In: a document, and what was remembered of the last one of its subscription. Out: the document without the items that
are known, and what to remember of this one. Called by pipeline/reading.py, labour.py and update.py.

What must hold so that a walk with it does just what one without it does (docs/decisions/0608-unchanged-items.md):
only documents are remembered that the strict reader read item by item, without a problem, and of them only entries
that share neither id nor document nor link with another one and that are stored; only under the same head, tail and
config are they skipped; and an entry that is new under one of their names has the whole document read. A row of what is
remembered is the hash of an item's bytes and three short hashes of its names; the store forgets all of a subscription
when one of its appearances is changed or deleted.
"""

from __future__ import annotations

import re
import struct
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import TYPE_CHECKING
from zlib import crc32

from aggregator.kit import hashing
from aggregator.models import Document, Entry, FullText, ParsedFeed, Subscription
from aggregator.pipeline import decide

if TYPE_CHECKING:
    from aggregator.parse import chunks

#: Items remembered of one document, at most.
MOST = 500

_ROW = struct.Struct(">16sIII")  # hash of the bytes; id, document id and link, 0 where there is none
_SALT = 16
#: What a channel says of the time at which it was written. No reader of feeds takes anything from it.
_WRITTEN = re.compile(rb"<(lastBuildDate|pubDate|updated)>[^<]*</\1>")


@dataclass(frozen=True, slots=True)
class Items:
    """The items of a document that can be known by their bytes."""

    salt: bytes  #: of all that an item's meaning depends on but its own bytes
    rows: tuple[bytes, ...]  #: one for each entry that was read, in their order
    skipped: tuple[bytes, ...] = ()  #: those of the items that were not


@dataclass(frozen=True, slots=True)
class Cut:
    """A document without the items that are known."""

    document: Document
    left: int  #: items in it
    salt: bytes
    rows: tuple[bytes, ...]  #: of the items that were taken out


def about(subscription: Subscription, address: str, program: str) -> str:
    """What the meaning of a feed's items depends on beside the document: config, address asked, program that reads."""
    facts = subscription.url, subscription.timezone, subscription.language, subscription.full_text.value
    return hashing.digest(program, address, *facts, *subscription.categories)


def items(document: Document, entries: Sequence[Entry], depends: str) -> Items | None:
    """The rows of a document whose `entries` were read from it, in order; None where they are not one for one.

    `depends`: see about().
    """
    from aggregator.parse import chunks  # here, so that a cycle without news does not load what reads feeds

    parts = chunks.split(document.body, _content_type(document))
    if parts is None or len(parts.items) != len(entries):
        return None
    rows = (_ROW.pack(_hash(chunk), *_names(entry)) for chunk, entry in zip(parts.items, entries, strict=True))
    return Items(_salt(parts, document, depends), tuple(rows))


def cut(document: Document, depends: str, memory: bytes) -> Cut | None:
    """The document without the items that `memory` knows; None where it knows none, or they stand twice."""
    from aggregator.parse import chunks

    parts = chunks.split(document.body, _content_type(document))
    if parts is None or (salt := _salt(parts, document, depends)) != memory[:_SALT]:
        return None
    known = {row[:16]: row for row in _rows(memory)}
    hashes = [_hash(chunk) for chunk in parts.items]
    rows = tuple(known[one] for one in hashes if one in known)
    if not rows or len(set(hashes)) < len(hashes):
        return None
    left = [chunk for one, chunk in zip(hashes, parts.items, strict=True) if one not in known]
    shortened = replace(document, body=b"".join((parts.head, *left, parts.tail)))
    return Cut(shortened, len(left), salt, rows)


def stands(found: Cut, parsed: ParsedFeed, read: Items | None) -> bool:
    """Whether the shortened document was read as the whole one would have been, its known items left out.

    Not where an entry of it has to do with an item that was taken out: the same id, document or link.
    """
    if not parsed.plain or len(parsed.entries) != found.left:
        return False
    if found.left and (read is None or read.salt != found.salt):
        return False
    taken = {name for row in found.rows for name in _ROW.unpack(row)[1:] if name}
    return taken.isdisjoint(name for entry in parsed.entries for name in _all_names(entry))


def remember(
    read: Items, entries: Sequence[Entry], resolved: Sequence[Entry], selection: decide.Selection, policy: FullText
) -> bytes:
    """What to remember once the entries of `selection` are stored. `resolved`: the entries as reuse.py names them.

    Not the entries that may be looked at anew: whose page is wanted, that were only noted, or whose names are
    another's too.
    """
    unsure = {
        candidate.entry.id
        for candidate in selection.candidates
        if candidate.entry.shares_link or decide.needs_page(candidate, policy)
    }
    unsure |= {sighting.entry_id for sighting in selection.sightings}
    count = Counter(name for row in read.rows for name in _ROW.unpack(row)[1:] if name)
    alone = {name for name, times in count.items() if times == 1} | {0}
    rows = [
        row
        for row, entry, under in zip(read.rows, entries, resolved, strict=True)
        if entry.id == under.id
        and entry.id not in unsure
        and not entry.shares_link
        and " " not in entry.id  # made of an id that others have too: parse/stated.py, reuse.py
        and alone.issuperset(_ROW.unpack(row)[1:])
        and decide.says_something(entry)
    ]
    return b"".join((read.salt, *[*read.skipped, *rows][:MOST]))


def _salt(parts: chunks.Chunks, document: Document, depends: str) -> bytes:
    frame = (_WRITTEN.sub(b"", parts.head), _WRITTEN.sub(b"", parts.tail))
    facts = depends, document.url, document.final_url, _content_type(document)
    return bytes.fromhex(hashing.digest(*facts, *frame))[-_SALT:]


def _content_type(document: Document) -> str | None:
    return document.headers.get("content-type")


def _hash(chunk: bytes) -> bytes:
    return blake2b(chunk, digest_size=16).digest()


def _rows(memory: bytes) -> Iterator[bytes]:
    return (memory[at : at + _ROW.size] for at in range(_SALT, len(memory), _ROW.size))


def _names(entry: Entry) -> tuple[int, int, int]:
    link = decide.canonical_link(entry)
    return _short(entry.id), _short(f"docid:{entry.docid}" if entry.docid else ""), _short(link or "")


def _all_names(entry: Entry) -> Iterator[int]:
    """Its names, and the id that its own was made of where others have that too."""
    yield from _names(entry)
    yield from (_short(entry.id[:at]) for at, sign in enumerate(entry.id) if sign == " ")


def _short(name: str) -> int:
    return crc32(name.encode("utf-8", "surrogatepass")) or 1 if name else 0
