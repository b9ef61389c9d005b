"""Files that may be packed: gzip (RFC 1952) and Zstandard (RFC 8878) by their content, everything else as it is.

In: a path. Out: streams of bytes. Called by the formats of archive/ and by recognition.
"""

from __future__ import annotations

import gzip
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from aggregator.errors import ArchiveError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

#: So many bytes are enough to tell a format.
HEAD = 4096

_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"


def opened(path: Path) -> BinaryIO:
    """The bytes of a file as a stream, unpacked. Reading on may raise what `errors` turns into an ArchiveError."""
    raw = path.open("rb")
    mark = raw.peek(4)[:4]
    if mark.startswith(_GZIP):
        return _closing(gzip.GzipFile(fileobj=raw, mode="rb"), raw)
    if mark == _ZSTD:
        return _closing(zstd.ZstdFile(raw, "rb"), raw)
    return raw


def head(path: Path) -> bytes:
    """The first bytes of a file, unpacked. Raises ArchiveError when there is nothing to be read."""
    with errors(str(path)), opened(path) as stream:
        return stream.read(HEAD)


@contextmanager
def errors(where: str) -> Iterator[None]:
    """What the system and damaged packing raise becomes an ArchiveError at `where`."""
    try:
        yield
    except (EOFError, zlib.error, gzip.BadGzipFile, zstd.ZstdError) as error:
        cut = isinstance(error, EOFError)
        reason = "the packed data is cut off" if cut else f"the packed data is damaged ({error})"
        raise ArchiveError(where, reason) from error
    except OSError as error:
        raise ArchiveError(where, error.strerror or str(error)) from error


@contextmanager
def packing(name: str, file: BinaryIO) -> Iterator[BinaryIO]:
    """A stream into `file` that packs what it is given where `name` ends with .gz or .zst; the same gives the same."""
    if name.lower().endswith(".gz"):
        with gzip.GzipFile("", "wb", 6, file, mtime=0) as stream:
            yield cast(BinaryIO, stream)
    elif name.lower().endswith(".zst"):
        with zstd.ZstdFile(file, "wb") as stream:
            yield cast(BinaryIO, stream)
    else:
        yield file


def _closing(packed: object, raw: BinaryIO) -> BinaryIO:
    """`packed`, which closes the file below it when it is closed."""
    stream = cast(BinaryIO, packed)
    close = stream.close

    def both() -> None:
        try:
            close()
        finally:
            raw.close()

    stream.close = both  # type: ignore[method-assign]
    return stream
