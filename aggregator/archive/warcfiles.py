"""The folder of kept documents: a WARC file a day, appended to by one process, whole up to its end after any crash.

In: documents with what they were fetched for. Out: where they lie now (RawDocument), or None for what could not be
written. Called by work/keeping.py in a thread of its own, and by app/raw.py, which reads documents back.

A file belongs to the process that holds the operating system's lock on it; another one (a command beside the daemon)
takes the next name of that day. What a crash left half written at the end is cut off before anything is appended.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import BinaryIO

from aggregator.archive import members, warc
from aggregator.errors import ArchiveError
from aggregator.models import Document, Fetched, RawDocument

#: A day is Beijing's, as it is for stories.
BEIJING = timezone(timedelta(hours=8))

#: Seconds after which what was written is forced to the disk, at the next writing or at the end of the file.
SYNC = 5.0


@dataclass(slots=True)
class _Open:
    """The file that is appended to."""

    day: str
    name: str
    file: BinaryIO
    size: int
    synced: float = field(default_factory=time.monotonic)


class Folder:
    """The files. One thread at a time.

    `known_end`: up to where the index knows a file, which need not be read again. `forget`: told of a file and where it
    ends now, when what the index knows behind that end was lost.
    """

    def __init__(
        self,
        path: Path,
        *,
        known_end: Callable[[str], int] = lambda _name: 0,
        forget: Callable[[str, int], object] = lambda _name, _end: None,
        level: int = warc.LEVEL,
    ) -> None:
        self.path = path
        self._known_end = known_end
        self._forget = forget
        self._level = level
        self._open: _Open | None = None

    def append(self, wanted: Sequence[Fetched], known: Mapping[str, RawDocument], now: datetime) -> list[RawDocument]:
        """Write the documents' records; all of them or, when OSError is raised, none.

        `known`: documents of the index, by digest; a payload that one of them holds is not written again. (What was
        written but is not in the index yet does not count: its commit may fail.)
        """
        out = self._ready(now)
        pieces: list[bytes] = []
        written: list[RawDocument] = []
        end = out.size
        for fetched in wanted:
            document = fetched.document
            digest = warc.payload_digest(document.body)
            same = known.get(digest)
            if same is not None and not self._holds(same):
                same = None  # the operator moved it away
            group = warc.group(fetched, digest, same, level=self._level)
            raw = RawDocument(
                *(document.final_url, document.fetched_at, out.name, end, group.length),
                *(fetched.kind, document.status, digest, same is not None),
            )
            pieces.append(group.data)
            written.append(raw)
            end += len(group.data)
        try:
            _write(out, b"".join(pieces))
        except OSError:
            self.close()
            raise
        return written

    def close(self) -> None:
        """Force what was written to the disk, and let go of the file."""
        if self._open is not None:
            with self._open.file as file, suppress(OSError):
                os.fsync(file.fileno())
            self._open = None

    def _holds(self, raw: RawDocument) -> bool:
        try:
            return (self.path / raw.file).stat().st_size >= raw.offset + raw.length
        except OSError:
            return False

    def _ready(self, now: datetime) -> _Open:
        """The file of the day, locked, whole, and with its first record."""
        day = f"{now.astimezone(BEIJING):%Y-%m-%d}"
        if self._open is not None and (self._open.day != day or _vanished(self.path / self._open.name, self._open)):
            self.close()
        if self._open is None:
            self.path.mkdir(parents=True, exist_ok=True)
            name, file = self._take(day)
            try:
                size = self._mend(name, file)
                self._open = _Open(day, name, file, size)
                if not size:
                    _write(self._open, warc.warcinfo(name, now, level=self._level))
            except BaseException:
                self._open = None
                file.close()
                raise
        return self._open

    def _take(self, day: str) -> tuple[str, BinaryIO]:
        number = 1
        while True:
            name = f"{day}.warc.gz" if number == 1 else f"{day}-{number}.warc.gz"
            descriptor = os.open(self.path / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            file = os.fdopen(descriptor, "r+b", buffering=0)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.close()
                number += 1
                continue
            except BaseException:
                file.close()
                raise
            return name, file

    def _mend(self, name: str, file: BinaryIO) -> int:
        """Cut off what was not written whole; returns where the file ends then."""
        size = file.seek(0, os.SEEK_END)
        known = self._known_end(name)
        start = known if members.may_begin(file, known) else 0  # an index that does not fit the file is not trusted
        end = members.whole(file, start)
        if end < size:
            file.truncate(end)
            os.fsync(file.fileno())
        if end < known:
            self._forget(name, end)
        return end


def _write(out: _Open, data: bytes) -> None:
    """Append, or leave the file as it was and raise OSError."""
    try:
        view = memoryview(data)
        out.file.seek(out.size)
        while view:
            view = view[out.file.write(view) :]
        if time.monotonic() - out.synced >= SYNC:
            os.fsync(out.file.fileno())
            out.synced = time.monotonic()
    except OSError:
        with suppress(OSError):  # what stays is cut off when the file is opened again
            out.file.truncate(out.size)
        raise
    out.size += len(data)


def _vanished(path: Path, opened: _Open) -> bool:
    """True when the file was moved away, or another one was put in its place."""
    try:
        return not os.path.samestat(path.stat(), os.fstat(opened.file.fileno()))
    except OSError:
        return True


def is_written(path: Path) -> bool:
    """Whether a process appends to the file at this moment."""
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError as error:
        return isinstance(error, BlockingIOError)
    return False


def cut(path: Path, end: int) -> None:
    """Cut off what was never written whole. Raises OSError while somebody writes the file."""
    with path.open("r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        file.truncate(end)
        os.fsync(file.fileno())


# ------------------------------------------------------------------------------------------------------- reading back


@dataclass(frozen=True, slots=True)
class Kept:
    """A kept document, read back."""

    document: Document
    about: Mapping[str, str]  #: the fields of its metadata record


def read(folder: Path, raw: RawDocument, original: RawDocument | None = None) -> Kept:
    """A document as the index names it. `original`: for a revisit, the one that holds the payload.

    Raises ArchiveError when the file is missing or damaged there, or holds something else.
    """
    group = _group(folder, raw)
    status, headers, body = _http(raw, group[0])
    if raw.revisit:
        if original is None:
            raise ArchiveError(f"{raw.file}:{raw.offset}", "its payload is in no file")
        body = read(folder, replace(original, revisit=False)).document.body
    if warc.payload_digest(body) != raw.digest:
        raise ArchiveError(f"{raw.file}:{raw.offset}", "the payload is not the one that was kept")
    about = next((warc.fields(record.block) for record in group if record.kind == "metadata"), {})
    return Kept(Document(about.get("via") or raw.url, raw.url, status, body, raw.fetched_at, headers), about)


def copied(folder: Path, raw: RawDocument) -> bytes:
    """The records of a document as they lie in their file, compressed. Raises ArchiveError."""
    found = _group(folder, raw)
    try:
        with (folder / raw.file).open("rb") as file:
            end = members.whole(file, found[-1].offset, most=1)
            file.seek(raw.offset)
            return file.read(end - raw.offset)
    except OSError as error:
        raise ArchiveError(f"{raw.file}:{raw.offset}", error.strerror or str(error)) from error


def _group(folder: Path, raw: RawDocument) -> list[warc.Record]:
    """The record, and those of the same document behind it."""
    where = f"{raw.file}:{raw.offset}"
    try:
        with (folder / raw.file).open("rb") as file:
            found: list[warc.Record] = []
            for record in warc.records(file, raw.offset):
                if found and record.headers.get("warc-concurrent-to") != found[0].headers.get("warc-record-id"):
                    break
                found.append(record)
                if record.kind == "metadata":
                    break
    except OSError as error:
        raise ArchiveError(where, error.strerror or str(error)) from error
    if not found or found[0].offset != raw.offset or found[0].kind not in ("response", "revisit") or found[0].fault:
        raise ArchiveError(where, (found[0].fault if found else None) or "there is no such record")
    return found


def _http(raw: RawDocument, record: warc.Record) -> tuple[int, dict[str, str], bytes]:
    try:
        return warc.http(record.block)
    except ValueError as error:
        raise ArchiveError(f"{raw.file}:{raw.offset}", str(error)) from error
