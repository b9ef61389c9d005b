"""Files and folders on the disk: found in a stable order, written whole or not at all, named safely.

In: paths. Out: paths, streams, names. Called by app/ (finding) and by the formats of archive/ (writing).
"""

from __future__ import annotations

import errno
import fcntl
import heapq
import os
import re
import stat
import tempfile
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from aggregator.errors import ArchiveError, ArchiveStopped

#: Names of one folder that are held at once; a folder with more is listed again for the next ones.
AT_ONCE = 50_000

#: What file systems refuse or shells trip over; the posts that RSSHub archives hold write `_` for them too.
FORBIDDEN = re.compile(r'[\x00-\x1f\x7f"*/:<>?\\|]')

#: File systems count bytes, not characters: 255 less room for " (12).md".
MAX_NAME_BYTES = 240

#: Errors that the next file would meet as well.
_FINAL = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG, errno.EIO, errno.ENOMEM}

_RESERVED = re.compile(r"(?i)^(con|prn|aux|nul|com\d|lpt\d)$")
_UNSHOWABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_LONE = re.compile("[\ud800-\udfff]")  # half of a surrogate pair
_PART = ".aggregator-"


def shown(path: Path | str) -> str:
    """A path as it can be printed: bytes that are no UTF-8, line ends and marks that turn text around as escapes."""
    return _UNSHOWABLE.sub(lambda sign: sign[0].encode("unicode_escape", "backslashreplace").decode(), str(path))


def below(folder: Path, at_once: int = AT_ONCE) -> Iterator[Path]:
    """Every regular file below a folder, by name, folders where their name stands; what is hidden is left out.

    Neither links nor pipes nor devices: a link may lead out of the folder, or back to where we are. Takes memory for
    `at_once` names a level, however many there are. Raises ArchiveError for a folder that cannot be listed.
    """
    levels = [_entries(folder, at_once)]
    while levels:
        entry = next(levels[-1], None)
        if entry is None:
            levels.pop()
        elif entry.is_dir(follow_symlinks=False):
            levels.append(_entries(Path(entry.path), at_once))
        else:
            yield Path(entry.path)


def _entries(folder: Path, at_once: int) -> Iterator[os.DirEntry[str]]:
    """The files and folders of one folder in the order of their names."""
    last = ""
    while True:
        try:
            with os.scandir(folder) as listing:
                behind = (entry for entry in listing if entry.name > last and _is_wanted(entry))
                some = heapq.nsmallest(at_once, behind, key=lambda entry: entry.name)
        except OSError as error:
            raise failed(folder, error) from error
        yield from some
        if len(some) < at_once:
            return
        last = some[-1].name


def _is_wanted(entry: os.DirEntry[str]) -> bool:
    if entry.name.startswith("."):
        return False
    return entry.is_file(follow_symlinks=False) or entry.is_dir(follow_symlinks=False)


def is_regular(path: Path) -> bool:
    """Whether a path that was named leads to a file that ends: no pipe, no device."""
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except (OSError, ValueError):  # ValueError: a NUL in the name
        return False


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Write a file that comes to its name when the block ends well; else nothing of it stays.

    The folder must be there. What a killed process left behind is hidden, and `sweep` takes it away. Raises
    ArchiveError in words, ArchiveStopped when the disk is full.
    """
    part: Path | None = None
    try:
        if path.exists() and not path.is_file():
            raise ArchiveError(shown(path), "is no plain file (a folder, pipe or device?), and is left as it is")
        with tempfile.NamedTemporaryFile("wb", dir=path.parent, prefix=_PART, suffix=".part", delete=False) as file:
            part = Path(file.name)
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # tells `sweep` that somebody writes it
            yield file  # type: ignore[misc]
            file.flush()
            part.chmod(0o666 & ~_UMASK)
            part.replace(path)
    except BaseException as error:
        if part is not None:
            with suppress(OSError):
                part.unlink()
        if isinstance(error, OSError):
            raise failed(path, error) from error
        raise


def holds(path: Path, raw: bytes) -> bool:
    """Whether a file is there with these bytes, and no link to one. Raises OSError."""
    try:
        return not path.is_symlink() and path.stat().st_size == len(raw) and path.read_bytes() == raw
    except FileNotFoundError:
        return False


def failed(path: Path, error: OSError) -> ArchiveError:
    """What the system says of a path, in words."""
    if error.errno in _FINAL:
        return ArchiveStopped(shown(path), f"{error.strerror}; nothing half-written stays, free some space and go on")
    return ArchiveError(shown(path), error.strerror or str(error))


def sweep(folder: Path) -> None:
    """Take away what killed exports left half-written in a folder."""
    with suppress(OSError), os.scandir(folder) as listing:
        for entry in listing:
            if entry.name.startswith(_PART) and entry.is_file(follow_symlinks=False):
                with suppress(OSError), open(entry.path, "rb") as left:  # noqa: PTH123 (a path of a listing)
                    fcntl.flock(left, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    os.unlink(entry.path)  # noqa: PTH108


def safe_name(name: str) -> str:
    """`name` as one component of a path: nothing that climbs, hides, or is refused by a common file system."""
    safe = FORBIDDEN.sub("_", unicodedata.normalize("NFC", name)).strip(" .")
    safe = _LONE.sub("_", safe)
    if len(safe.encode()) > MAX_NAME_BYTES:
        safe = safe.encode()[:MAX_NAME_BYTES].decode("utf-8", "ignore")
    safe = safe.strip(" .")
    return f"_{safe}" if not safe or _RESERVED.match(safe.partition(".")[0]) else safe


def _umask() -> int:
    """The mask of the process; there is no way to read it but to set it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


_UMASK = _umask()
