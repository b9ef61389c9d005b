"""The members of a gzip file, one by one, in constant memory; damaged ones are passed over (RFC 1952 §2.2).

In: an open file. Out: streams, each with the place where it begins and what was wrong with it. A WARC file has one
member a record (WARC 1.1, annex D), so what follows a damaged one is found again. Called by archive/warc.py, and by
archive/warcfiles.py, which looks for the end of what was written whole.
"""

from __future__ import annotations

import io
import itertools
import zlib
from collections.abc import Iterator
from typing import BinaryIO

#: Bytes read at a time.
CHUNK = 64 * 1024

#: How a member of deflated data begins.
MAGIC = b"\x1f\x8b\x08"


class Member(io.RawIOBase):
    """What one member holds, decompressed while it is read. `fault` says in words why it ended early."""

    def __init__(self, file: BinaryIO, offset: int) -> None:
        super().__init__()
        file.seek(offset)
        self.offset = offset
        self.end: int | None = None  #: where the next member begins; None until it was read to its end
        self.fault: str | None = None
        self._file = file
        self._inflate = zlib.decompressobj(16 + zlib.MAX_WBITS)
        self._waiting = b""

    def readable(self) -> bool:
        """It is for reading."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Fill the buffer with what comes next; 0 at the end, whatever the reason."""
        while self.fault is None and self.end is None:
            data = self._waiting or self._file.read(CHUNK)
            try:
                out = self._inflate.decompress(data, len(buffer))
            except zlib.error as error:
                self.fault = f"the compressed data is damaged ({error})"
                break
            self._waiting = self._inflate.unconsumed_tail
            if self._inflate.eof:
                self.end = self._file.tell() - len(self._inflate.unused_data)
            elif not data and not out:
                self.fault = "the file ends in the middle of a record"
            if out:
                buffer[: len(out)] = out
                return len(out)
        return 0

    def drain(self) -> None:
        """Read to the end."""
        while self.read(CHUNK):
            pass


def members(file: BinaryIO, start: int = 0) -> Iterator[Member]:
    """Every member from `start` on. Each is read to its end before the next one comes, by whoever takes it or here.

    Behind a damaged one the next that begins like a WARC record is looked for.
    """
    offset: int | None = start
    while offset is not None:
        file.seek(offset)
        if file.read(len(MAGIC)) != MAGIC:
            offset = _next(file, offset)
            continue
        member = Member(file, offset)
        yield member
        member.drain()
        offset = member.end if member.end is not None else _next(file, offset + 1)


def whole(file: BinaryIO, start: int = 0, *, most: int | None = None) -> int:
    """Where the members (`most` of them at most) that follow each other from `start` on end.

    What lies behind them was never written whole.
    """
    end = start
    for _ in itertools.count() if most is None else range(most):
        file.seek(end)
        if file.read(len(MAGIC)) != MAGIC:
            return end
        member = Member(file, end)
        member.drain()
        if member.end is None:
            return end
        end = member.end
    return end


def may_begin(file: BinaryIO, place: int) -> bool:
    """Whether a member may begin at `place`: one does, or the file ends there or within the next bytes."""
    if place > file.seek(0, io.SEEK_END):
        return False
    file.seek(place)
    return MAGIC.startswith(file.read(len(MAGIC)))


def _next(file: BinaryIO, start: int) -> int | None:
    """Where the next member begins that holds a WARC record; None where there is none any more."""
    place, kept = start, b""
    while True:
        file.seek(place + len(kept))
        data = file.read(CHUNK)
        if not data:
            return None
        window = kept + data
        at = window.find(MAGIC)
        while at >= 0:
            if Member(file, place + at).read(5) == b"WARC/":
                return place + at
            at = window.find(MAGIC, at + 1)
        kept = window[1 - len(MAGIC) :]
        place += len(window) - len(kept)
