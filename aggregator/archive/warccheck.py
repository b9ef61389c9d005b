"""Whether kept documents are what they were: every record of a WARC file read, its digests made again.

In: a file, and the documents that the index knows in it, in the order of their offsets. Out: what is wrong, in constant
memory. Pure but for reading the file. Called by app/verifying.py.

No fault: records that the index does not know (a crash between file and database leaves them), and, while `growing`,
a torn end, for somebody may be writing it at this moment.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from aggregator.archive import members, warc
from aggregator.models import RawDocument


@dataclass(frozen=True, slots=True)
class Wrong:
    """One fault. `kind`: missing, damaged, torn (behind the last indexed record; cutting it off mends it), or other."""

    kind: str
    file: str
    offset: int | None
    what: str


def check(folder: Path, name: str, known: Iterable[RawDocument], *, growing: bool = False) -> Iterator[Wrong]:
    """Everything that is wrong with one file. Raises OSError only where reading itself fails."""
    rows = iter(known)
    row = next(rows, None)
    path = folder / name
    if not path.is_file():
        if row is not None:
            count = 1 + sum(1 for _ in rows)
            yield Wrong("missing", name, None, f"is not there; {count} kept documents were in it")
        return
    end = good = 0  # of what the index knows; where the last sound record begins
    torn: list[Wrong] = []
    with path.open("rb") as file:
        for record in warc.records(file):
            while row is not None and row.offset < record.offset:
                yield Wrong("missing", name, row.offset, f"no record begins here; {row.url} should")
                end, row = max(end, row.offset + row.length), next(rows, None)
            mine = row if row is not None and row.offset == record.offset else None
            found = [Wrong("damaged", name, record.offset, what) for what in _wrong(record, mine)]
            if mine is not None:
                end, row = mine.offset + mine.length, next(rows, None)
            if found and mine is None and record.fault:
                torn += found  # the last ones may be an end that was never written whole
                continue
            yield from torn
            torn = []
            yield from found
            good = good if record.fault else record.offset
        while row is not None:
            yield Wrong("missing", name, row.offset, f"no record begins here; {row.url} should")
            end, row = max(end, row.offset + row.length), next(rows, None)
        yield from _at_the_end(file, name, torn, max(end, good), growing=growing)


def _at_the_end(file: BinaryIO, name: str, torn: list[Wrong], start: int, *, growing: bool) -> Iterator[Wrong]:
    """What stands behind the last whole record: torn where nothing that is known lies behind it."""
    whole = members.whole(file, start)
    yield from (one for one in torn if one.offset is not None and one.offset < whole)
    size = file.seek(0, os.SEEK_END)
    if whole < size and not growing:
        yield Wrong("torn", name, whole, f"{size - whole} bytes behind the last whole record were never written whole")


def _wrong(record: warc.Record, row: RawDocument | None) -> Iterator[str]:
    """What is wrong with one record: with itself, and beside what the index says of it."""
    if record.fault:
        yield f"the record cannot be read: {record.fault}"
        return
    if warc.agrees(record.headers.get("warc-block-digest"), record.block) is False:
        yield "the record is not what its digest says"
        return
    if record.kind == "response":
        yield from _wrong_payload(record, row)
    if row is None:
        return
    if record.kind != ("revisit" if row.revisit else "response"):
        yield f"a record of kind {record.kind or '?'} stands where the index has a document"
    elif record.headers.get("warc-target-uri") != row.url:
        yield f"holds another address than {row.url}"


def _wrong_payload(record: warc.Record, row: RawDocument | None) -> Iterator[str]:
    try:
        _, _, body = warc.http(record.block)
    except ValueError as error:
        yield str(error)
        return
    if warc.agrees(record.headers.get("warc-payload-digest"), body) is False:
        yield "the payload is not what its digest says"
    elif row is not None and warc.payload_digest(body) != row.digest:
        yield "the payload is not the one in the index"
