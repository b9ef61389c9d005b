"""What lies in a WARC file of ours, read from the file alone: for an index that was lost, or never came along.

In: a file of data/warc. Out: each page with its place and with what its metadata says it was fetched for. Called by
app/rediscovery.py. Feed documents are left out: they do not say which of their entries became articles.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from aggregator.archive import files, warc
from aggregator.kit import entries
from aggregator.models import RawDocument, RawKind


class Found(NamedTuple):
    """A kept page, and by what its article may be known."""

    document: RawDocument
    docid: str | None
    addresses: tuple[str, ...]


class _Response(NamedTuple):
    """The first record of a group, until its metadata comes."""

    record: warc.Record
    length: int = 0  #: known once the next record was read


def documents(path: Path) -> Iterator[Found]:
    """The pages of a file, in the order in which they lie there; what is damaged or not ours is passed over.

    Raises ArchiveError when the file cannot be read.
    """
    first: _Response | None = None
    try:
        with path.open("rb") as file:
            for record in warc.records(file):
                if record.fault:
                    first = None
                elif record.kind in ("response", "revisit"):
                    first = _Response(record)
                elif first is not None:
                    first = first._replace(length=first.length or record.offset - first.record.offset)
                    same = record.headers.get("warc-concurrent-to") == first.record.headers.get("warc-record-id")
                    if record.kind == "metadata" and same:
                        found = _found(path.name, first, warc.fields(record.block))
                        yield from (found,) if found else ()
                        first = None
    except OSError as error:
        raise files.failed(path, error) from error


def _found(name: str, first: _Response, about: Mapping[str, str]) -> Found | None:
    """The page of one group; None for what is none, or states what cannot be."""
    record = first.record
    if about.get("aggregator-kind") != RawKind.PAGE.value or not record.member:
        return None
    try:
        status, _, _ = warc.http(record.block)
        at = datetime.fromisoformat(record.headers["warc-date"])
        digest = base64.b32decode(record.headers["warc-payload-digest"].removeprefix("sha1:")).hex()
    except (ValueError, KeyError, binascii.Error):
        return None
    url = record.headers.get("warc-target-uri", "")
    stated: tuple[str | None, ...] = ()
    with suppress(ValueError):
        entry = entries.load(about["aggregator-entry"]) if "aggregator-entry" in about else None
        stated = (entry.link,) if entry else ()
    addresses = tuple(dict.fromkeys(one for one in (url, about.get("via"), *stated) if one))
    revisit = record.kind == "revisit"
    document = RawDocument(url, at, name, record.offset, first.length, RawKind.PAGE, status, digest, revisit)
    return Found(document, about.get("aggregator-docid"), addresses)
