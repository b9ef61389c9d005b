"""Backups: everything that cannot be made anew, copied while the daemon works, and brought back.

In: Config and a place. Out: a folder `aggregator-TIME` there, with the database, the config, the files below
data/media, data/warc and data/pruned, and a manifest with the hash of each; or a database alone, where a file is named.
Called by cli/safety.py. What is decided here is in docs/decisions/0704.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from aggregator import __version__
from aggregator.app import keepsakes
from aggregator.app.keepsakes import Kept
from aggregator.config import Config
from aggregator.errors import AlreadyRunning, StoreError
from aggregator.store import backup as databases
from aggregator.store import lock
from aggregator.store.store import locate

#: The database within a backup.
DATABASE = "aggregator.sqlite"

_NAME = re.compile(r"aggregator-(\d{8}T\d{6}Z)(?:-(\d+))?")
_PARTIAL = ".partial-"
_SINGLE = (".sqlite", ".sqlite3", ".db")


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was made."""

    path: Path
    bytes: int  #: of all its files, linked ones too
    counts: dict[str, int]  #: rows of each table
    files: int  #: below media, warc and pruned
    linked: int  #: of these, shared with the backup before
    removed: tuple[str, ...] = ()  #: names of older backups that made way


def make(
    config: Config,
    place: Path,
    now: datetime,
    *,
    keep: int | None = None,
    files: bool = True,
    on_pages: databases.OnPages | None = None,
) -> Backup:
    """Back up below the folder `place`, or the database alone to the file `place` (*.sqlite, *.db).

    All of it is written under another name, checked, and renamed: what bears the name of a backup is one. With `keep`
    so many of the newest stay. Without `files` those of media, WARC and pruned text are listed with their hashes only.
    Raises StoreError, OSError.
    """
    source = locate(config.settings.database)
    if not source.is_file():
        raise StoreError(f"{source}: there is no database yet, so nothing to back up")
    single = place.suffix in _SINGLE and not place.is_dir()
    folder = place.parent if single else place
    folder.mkdir(parents=True, exist_ok=True)
    _room(source, folder)
    with _only_one(folder):
        if single:
            return _alone(source, place, on_pages)
        for left in _listed(folder):  # of one that was killed
            if left.name.startswith(_PARTIAL):
                shutil.rmtree(left)
        partial = Path(tempfile.mkdtemp(prefix=_PARTIAL, dir=folder))  # for its owner only: config may hold secrets
        try:
            counts = databases.copy(source, partial / DATABASE, on_pages)
            lines, linked = _fill(config, partial, _latest(folder), files=files)
            head: dict[str, object] = {"made": now.isoformat(), "program": __version__, "counts": counts}
            keepsakes.write(partial, head, lines)
            name = _free_name(folder, now)
            partial.rename(folder / name)
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise
        _flush(folder)
        kept = sum(1 for line in lines if line.path.startswith("data/"))
        size = sum(line.bytes for line in lines if line.copied)
        return Backup(folder / name, size, counts, kept, linked, tuple(_rotate(folder, keep)))


def all_in(folder: Path) -> list[Path]:
    """The backups in a folder, oldest first."""
    found = [(match[1], int(match[2] or 1), path) for path in _listed(folder) if (match := _NAME.fullmatch(path.name))]
    return [path for *_, path in sorted(found) if (path / keepsakes.MANIFEST).is_file()]


def _fill(config: Config, backup: Path, before: Path | None, *, files: bool) -> tuple[list[Kept], int]:
    """Config and files, after the database: what that refers to was written before. Lines, and how many are linked."""
    earlier = (before, keepsakes.read(before)[1]) if before else None
    database = backup / DATABASE
    lines = [Kept(DATABASE, *_facts(database))]
    own = ((path.relative_to(config.folder).as_posix(), path) for path in sorted(config.folder.rglob("*.toml")))
    lines += [keepsakes.keep(path, f"config/{name}", backup, None, copied=True) for name, path in own]
    linked = 0
    for name, path in keepsakes.below(config.settings.data_dir, keepsakes.FOLDERS):
        try:
            lines.append(keepsakes.keep(path, f"data/{name}", backup, earlier, copied=files))
        except FileNotFoundError:  # a medium made way for another one meanwhile
            continue
        linked += files and (backup / "data" / name).stat().st_nlink > 1
    return lines, linked


def _facts(path: Path) -> tuple[int, int, str]:
    size, digest = keepsakes.copy(path, None)
    return size, path.stat().st_mtime_ns, digest


def _alone(source: Path, target: Path, on_pages: databases.OnPages | None) -> Backup:
    """The database as one file, over an older one of ours."""
    if target.exists():
        databases.check(target)  # raises where it is something else
    partial = target.with_name(f"{_PARTIAL}{target.name}")
    databases.remove(partial)  # of one that was killed
    try:
        os.close(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        counts = databases.copy(source, partial, on_pages)
        partial.replace(target)
    finally:
        databases.remove(partial)
    _flush(target.parent)
    return Backup(target, target.stat().st_size, counts, 0, 0)


def _room(source: Path, folder: Path) -> None:
    needed, free = source.stat().st_size, shutil.disk_usage(folder).free
    if free < needed:
        raise StoreError(
            f"{folder} has {free // 2**20} MB free, the database alone takes {needed // 2**20} MB; free some space"
        )


def _free_name(folder: Path, now: datetime) -> str:
    stamp = f"aggregator-{now:%Y%m%dT%H%M%SZ}"
    names = (stamp, *(f"{stamp}-{number}" for number in range(2, 1_000)))
    return next(name for name in names if not (folder / name).exists())


def _latest(folder: Path) -> Path | None:
    return next(reversed(all_in(folder)), None)


def _rotate(folder: Path, keep: int | None) -> Iterator[str]:
    """Remove all but the newest; each is renamed first, so that none is ever half there under its name."""
    for old in all_in(folder)[: -keep or None] if keep else ():
        gone = folder / f"{_PARTIAL}{old.name}"
        old.rename(gone)
        shutil.rmtree(gone)
        yield old.name


def _listed(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.is_dir() and not path.is_symlink()] if folder.is_dir() else []


@contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    try:
        with lock.hold(folder / ".backup"):
            yield
    except AlreadyRunning as error:
        raise StoreError(
            f"another backup to {folder} is under way (process {error.holder_pid}); wait for it"
        ) from error


def _flush(folder: Path) -> None:
    """Renames in this folder last through a power cut from now on."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
