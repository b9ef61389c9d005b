"""data/media: pictures as files, each under the hash of its bytes, `ab/cdef….jpg`. A file is there whole or not at all.

In: bytes and their type. Out: hashes, paths. Called by app/pictures.py. Which of the files are needed, the database
knows: a file comes before its row and goes after it, so that a crash leaves a file without a row, which is swept.
"""

from __future__ import annotations

import os
import re
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path

from aggregator.kit import imagefile

_NAME = re.compile(rf"([0-9a-f]{{2}})([0-9a-f]{{38}})\.({'|'.join(imagefile.TYPES)})")
_TEMPORARY = ".media-"

#: Seconds in which a file without a row may still get one.
YOUNG = 3600.0


class Folder:
    """The files. Nothing is made before the first picture comes."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def locate(self, name: str) -> Path | None:
        """Where the picture of this name (HASH.jpg) lies or would lie; None for what is no name of ours."""
        found = _NAME.fullmatch(name)
        return self.path / found[1] / f"{found[2]}.{found[3]}" if found else None

    def put(self, body: bytes, extension: str) -> str:
        """Keep bytes; gives their hash. What is there already stays, unless it is damaged. Raises OSError."""
        digest = hash_of(body)
        path = self._place(f"{digest}.{extension}")
        if _regular(path) and path.stat().st_size == len(body) and hash_of(path.read_bytes()) == digest:
            os.utime(path)  # it is young again: no sweep takes it before its row is there
            return digest
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(prefix=_TEMPORARY, dir=path.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(body)
                file.flush()
                os.fchmod(descriptor, 0o644)  # a web server that runs as another user may read these files
                os.fsync(descriptor)
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        _flush(path.parent)
        return digest

    def remove(self, name: str) -> None:
        """Let go of a picture; one that is not there is no fault. Raises OSError."""
        path = self._place(name)
        path.unlink(missing_ok=True)
        with suppress(OSError):  # others lie there still
            path.parent.rmdir()

    def damage(self, name: str, size: int) -> str | None:
        """What is wrong with the file of a picture, in words; None: nothing. Reads it whole."""
        path = self._place(name)
        try:
            if not _regular(path):
                return "is not there" if not os.path.lexists(path) else "is no plain file"
            if (there := path.stat().st_size) != size:
                return f"has {there} bytes instead of {size}"
            with path.open("rb") as file:
                state = blake2b(digest_size=20)
                while piece := file.read(1 << 20):
                    state.update(piece)
        except OSError as error:
            return f"cannot be read ({error.strerror})"
        return None if state.hexdigest() == name.partition(".")[0] else "holds other bytes than its hash says"

    def walk(self) -> Iterator[tuple[Path, str | None]]:
        """Every file below the folder, with its name; None for what is none of ours. Links are not followed."""
        for root, folders, files in os.walk(self.path):
            folders.sort()
            for file in sorted(files):
                path = Path(root, file)
                name = f"{path.parent.name}{file}" if path.parent.parent == self.path else ""
                yield path, name if self.locate(name) == path and _regular(path) else None

    def _place(self, name: str) -> Path:
        path = self.locate(name)
        if path is None:
            raise ValueError(f"{name!r} is no name of a picture")
        return path


def is_stray(path: Path, now: float | None = None) -> bool:
    """Whether a file that has no row is old enough that none will come; also what a killed writer began."""
    try:
        return (time.time() if now is None else now) - path.lstat().st_mtime > YOUNG
    except OSError:
        return False


def is_temporary(path: Path) -> bool:
    """Whether a writer that was killed left it."""
    return path.name.startswith(_TEMPORARY)


def hash_of(body: bytes) -> str:
    """Hexadecimal BLAKE2b, 160 bits."""
    return blake2b(body, digest_size=20).hexdigest()


def _regular(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def _flush(path: Path) -> None:
    """What was renamed in this folder lasts through a power cut (fsync)."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
