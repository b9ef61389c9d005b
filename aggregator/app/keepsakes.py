"""The files of a backup: which there are, what each held, and copying them so that the copy is known to be right.

In: folders. Out: `Kept`, a line of the backup's manifest for each file. Called by app/safekeeping.py.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from hashlib import blake2b
from pathlib import Path

from aggregator.errors import ArchiveError

#: The manifest: JSON lines, first a head, then a line for each file, then the hash of all these lines.
MANIFEST = "manifest.jsonl"
FORMAT, VERSION = "aggregator-backup", 1

#: Folders below the data folder that nothing can be made anew from. Outputs and the search index can.
FOLDERS = ("media", "warc", "pruned")

_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Kept:
    """One file of a backup."""

    path: str  #: below the backup's folder, with slashes: data/warc/2026-11-23.warc.gz
    bytes: int
    mtime_ns: int  #: of the file it was copied from
    hash: str  #: hexadecimal BLAKE2b, 160 bits, of the bytes in the copy
    copied: bool = True  #: False: only listed


def below(folder: Path, names: Iterable[str]) -> Iterator[tuple[str, Path]]:
    """The plain files below `folder/NAME`, each with its path from `folder`, in order. Links are not followed."""
    for name in names:
        for root, folders, files in os.walk(folder / name):
            folders.sort()
            for file in sorted(files):
                path = Path(root, file)
                if path.is_file() and not path.is_symlink():
                    yield path.relative_to(folder).as_posix(), path


def keep(path: Path, name: str, backup: Path, earlier: tuple[Path, dict[str, Kept]] | None, *, copied: bool) -> Kept:
    """Put the file at `path` into the backup as `name`; without `copied` it is only read, so that its hash is known.

    `earlier`: an older backup and its lines. A file that did not change since is linked to the older copy: it costs
    nothing. Bytes that are appended meanwhile are left out.
    """
    facts = path.stat()
    before = earlier[1].get(name) if earlier else None
    same = before and (before.bytes, before.mtime_ns) == (facts.st_size, facts.st_mtime_ns)
    target = backup / name if copied else None
    if same and earlier and before and (target is None or _linked(earlier[0] / name, target)):
        return Kept(name, before.bytes, before.mtime_ns, before.hash, copied)
    size, digest = copy(path, target, facts.st_size)
    return Kept(name, size, facts.st_mtime_ns, digest, copied)


def copy(path: Path, target: Path | None, most: int | None = None) -> tuple[int, str]:
    """Copy at most `most` bytes of a file, or only read them; how many there were, and their hash."""
    state, left = blake2b(digest_size=20), most
    if target is not None:
        target.parent.mkdir(parents=True, exist_ok=True)
    with path.open("rb") as source, target.open("xb") if target else open(os.devnull, "wb") as out:  # noqa: PTH123
        while piece := source.read(_PIECE if left is None else min(_PIECE, left)):
            state.update(piece)
            out.write(piece)
            left = None if left is None else left - len(piece)
        if target is not None:
            out.flush()
            os.fsync(out.fileno())
        size = source.tell()
    if target is not None:
        shutil.copystat(path, target)
    return size, state.hexdigest()


def write(backup: Path, head: dict[str, object], lines: Iterable[Kept]) -> None:
    """Write the manifest."""
    told = ({"format": FORMAT, "version": VERSION, **head}, *map(asdict, lines))
    body = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in told).encode()
    with (backup / MANIFEST).open("wb") as file:
        file.write(body + json.dumps({"lines": _hash(body)}).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def read(backup: Path) -> tuple[dict[str, object], dict[str, Kept]]:
    """The head of a backup's manifest and its lines, by path. Raises ArchiveError where there is none to be read."""
    path = backup / MANIFEST
    try:
        told = path.read_bytes().splitlines(keepends=True)
        head = json.loads(told[0])
        if head["format"] != FORMAT or head["version"] > VERSION:
            raise ArchiveError(str(path), "is not of a backup that this version can read; update the program")
        if json.loads(told[-1]) != {"lines": _hash(b"".join(told[:-1]))}:
            raise ValueError("its lines are not what was written")
        lines = [Kept(**json.loads(line)) for line in told[1:-1]]
    except (OSError, ValueError, TypeError, LookupError) as error:
        raise ArchiveError(str(path), f"is no manifest of a backup ({error}); take another backup") from error
    return head, {line.path: line for line in lines}


def _hash(body: bytes) -> str:
    return blake2b(body, digest_size=20).hexdigest()


def _linked(old: Path, new: Path) -> bool:
    """Give the file a second name; False where the file system has no such thing, or the old file is not there."""
    new.parent.mkdir(parents=True, exist_ok=True)
    with suppress(OSError):
        os.link(old, new, follow_symlinks=False)
        return True
    return False
