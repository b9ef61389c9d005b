"""The shelf of rendered outputs: files for any web server, the same bytes in memory for ours.

In: `put(slug, format name, bytes, time)`, from app after rendering. Out: `get(slug, extension) -> Rendered`, for web.
On disk `<slug>.<extension>` and `<slug>.<extension>.gz` stand side by side, each replaced as a whole: a reader sees the
old bytes or the new, never a part, also after a power cut. A file's mtime is when its bytes last changed; that is what
Last-Modified says after a restart. `.marks` beside them says what each output was rendered from, so that another
process need not render it again. One process writes at a time (the daemon, or a command while none runs).
"""

from __future__ import annotations

import gzip
import json
import os
import re
import stat
import tempfile
import time
import zlib
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

from aggregator.errors import ConfigError
from aggregator.publish import FORMATS

_EXTENSIONS = {one.extension: one for one in FORMATS.values()}
# Lower case only: two names that differ in case are one file on some disks.
_SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,99}")
_FILE = re.compile(rf"({_SLUG.pattern})\.({'|'.join(_EXTENSIONS)})(\.gz)?")
_TEMPORARY = ".shelf-"
_MARKS = ".marks"
_ABANDONED = 3600  #: seconds after which a temporary file has no writer any more


@dataclass(frozen=True, slots=True)
class Rendered:
    """One document as it is served. The two forms have ETags of their own (RFC 9110 §8.8.3.3)."""

    body: bytes
    gzip: bytes
    etag: str  #: strong, with its quotes
    gzip_etag: str
    modified: datetime  #: whole seconds
    media_type: str


class _Found(NamedTuple):
    """A file of an earlier process."""

    body: bytes
    modified: datetime


class Shelf:
    """The outputs in one folder, which is made when missing."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._shown: dict[tuple[str, str], Rendered] = {}

    def get(self, slug: str, extension: str) -> Rendered | None:
        """What is served for `/feeds/<slug>.<extension>`; None when nothing was put."""
        return self._shown.get((slug, extension))

    def put(self, slug: str, name: str, body: bytes, modified: datetime) -> bool:
        """Show `body` as output `slug` in format `name`, see put_all(); True when that changed anything."""
        return bool(self.put_all(slug, {name: body}, modified))

    def put_all(self, slug: str, bodies: Mapping[str, bytes], modified: datetime) -> list[str]:
        """Show `bodies` (format name -> document) as output `slug`, last changed at `modified`; the names that changed.

        Equal bytes keep their files and their date; a file that was lost or tampered with is written again. When the
        disk refuses (OSError is raised) the new bytes are served from memory all the same.
        """
        if not _SLUG.fullmatch(slug):
            raise ConfigError(
                f"output slug {slug!r} cannot be a file name: use lower-case letters, digits, '-' and '_', at most 100"
            )
        changed = []
        writes: dict[tuple[str, str], Rendered] = {}
        for name, body in bodies.items():
            key = (slug, FORMATS[name].extension)
            before = self._shown.get(key) or self._read(key)
            if before is not None and before.body == body:
                self._shown[key] = shown = before if isinstance(before, Rendered) else self._whole(key, before)
                if not self._stands(key, shown):
                    writes[key] = shown
                continue
            at = modified.astimezone(UTC).replace(microsecond=0)
            if before is not None and at <= before.modified:
                # Two states within one second must not share a date: clients that only compare dates would miss one.
                at = datetime.fromtimestamp(before.modified.timestamp() + 1, UTC)
            self._shown[key] = writes[key] = _rendered(body, at, FORMATS[name].media_type)
            changed.append(name)
        if writes:
            self._write(writes)
        return changed

    def load(self) -> list[tuple[str, str]]:
        """Show what the folder holds from an earlier run; the (slug, extension) of each. Symlinks are not followed."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._sweep()
        for path in sorted(self._folder.iterdir()):
            match = _FILE.fullmatch(path.name)
            if match is None or match[3] or (shown := self._from_disk(key := (match[1], match[2]))) is None:
                continue
            self._shown[key] = shown
            if not self._stands(key, shown):
                self._write({key: shown})
        return sorted(self._shown)

    def marked(self, slug: str, names: Collection[str], mark: str) -> bool:
        """Whether output `slug` stands on the disk, in the formats `names`, as it was when mark() noted `mark`."""
        facts = self._facts(slug, names)
        return facts is not None and self._marks().get(slug) == [mark, facts]

    def mark(self, slug: str, names: Collection[str], mark: str) -> None:
        """Note that output `slug`, as it stands on the disk in the formats `names`, was rendered from `mark`."""
        if (facts := self._facts(slug, names)) is not None:
            self._note(self._marks() | {slug: [mark, facts]})

    def _marks(self) -> dict[str, object]:
        try:
            noted = json.loads((self._folder / _MARKS).read_bytes())
        except (OSError, ValueError):
            return {}
        return noted if isinstance(noted, dict) else {}

    def _note(self, marks: Mapping[str, object]) -> None:
        # Not flushed: what is lost is rendered once more.
        self._temporary(json.dumps(marks).encode(), datetime.now(UTC)).replace(self._folder / _MARKS)

    def _facts(self, slug: str, names: Collection[str]) -> list[object] | None:
        """Name, bytes and date of each file of an output; None when one is missing."""
        facts: list[object] = []
        for path in (self._folder / f"{slug}.{FORMATS[name].extension}{end}" for name in names for end in ("", ".gz")):
            try:
                found = path.lstat()
            except OSError:
                return None
            facts.append([path.name, found.st_size, found.st_mtime_ns])
        return facts

    def _from_disk(self, key: tuple[str, str]) -> Rendered | None:
        """The document as its files hold it; None where no plain file stands."""
        found = self._read(key)
        return self._whole(key, found) if found else None

    def _read(self, key: tuple[str, str]) -> _Found | None:
        """What the plain file holds, None where there is none: mostly all that must be known to see that it is old."""
        path = self._folder / f"{key[0]}.{key[1]}"
        try:
            facts = path.lstat()
            if not stat.S_ISREG(facts.st_mode):
                return None
            return _Found(path.read_bytes(), datetime.fromtimestamp(int(facts.st_mtime), UTC))
        except OSError:
            return None

    def _whole(self, key: tuple[str, str], found: _Found) -> Rendered:
        """With its compressed form, from the file beside it if that is right."""
        zipped = _zipped(self._folder / f"{key[0]}.{key[1]}.gz", found.body)
        return _rendered(found.body, found.modified, _EXTENSIONS[key[1]].media_type, zipped)

    def drop(self, keep: Collection[str] | Mapping[str, Collection[str]]) -> list[str]:
        """Take down all outputs but those whose slug is in `keep`; the names of the files removed.

        A mapping names the formats to keep as well: `{"all": ("rss", "atom")}`. Files that are not ours stay.
        """
        removed = []
        for path in sorted(self._folder.iterdir()) if self._folder.is_dir() else ():
            match = _FILE.fullmatch(path.name)
            if match is not None and not _kept(match[1], match[2], keep):
                path.unlink(missing_ok=True)
                removed.append(path.name)
        for key in [key for key in self._shown if not _kept(*key, keep)]:
            del self._shown[key]
        if (marks := self._marks()).keys() - keep:
            self._note({slug: mark for slug, mark in marks.items() if slug in keep})
        return removed

    def _stands(self, key: tuple[str, str], shown: Rendered) -> bool:
        """Both files are there as written: plain files of the right size and date."""
        for path, body in self._files(key, shown):
            try:
                facts = path.lstat()
            except OSError:
                return False
            if not stat.S_ISREG(facts.st_mode) or facts.st_size != len(body):
                return False
            if int(facts.st_mtime) != int(shown.modified.timestamp()):
                return False
        return True

    def _files(self, key: tuple[str, str], shown: Rendered) -> tuple[tuple[Path, bytes], ...]:
        plain = self._folder / f"{key[0]}.{key[1]}"
        return ((plain, shown.body), (plain.with_name(plain.name + ".gz"), shown.gzip))

    def _write(self, writes: Mapping[tuple[str, str], Rendered]) -> None:
        """Whole files: written beside their places, flushed, renamed over them (that replaces a planted symlink)."""
        self._folder.mkdir(parents=True, exist_ok=True)
        ready: list[tuple[Path, Path]] = []
        try:
            for key, shown in writes.items():
                for path, body in self._files(key, shown):
                    ready.append((self._temporary(body, shown.modified), path))
            for temporary, _ in ready:  # all are written by now: one flush of the disk's journal serves many
                _flush(temporary)
            for temporary, path in ready:
                temporary.replace(path)
        finally:
            for temporary, _ in ready:
                temporary.unlink(missing_ok=True)
        _flush(self._folder)  # makes the renames last

    def _temporary(self, body: bytes, modified: datetime) -> Path:
        descriptor, name = tempfile.mkstemp(prefix=_TEMPORARY, dir=self._folder)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(body)
                file.flush()
                os.fchmod(descriptor, 0o644)  # a web server that runs as another user reads these files
                os.utime(descriptor, (modified.timestamp(), modified.timestamp()))
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        return Path(name)

    def _sweep(self) -> None:
        """Remove what a killed writer left. Young files may belong to a writer that is at work."""
        for path in self._folder.glob(f"{_TEMPORARY}*"):
            with suppress(OSError):
                if time.time() - path.lstat().st_ctime > _ABANDONED:
                    path.unlink()


def _rendered(body: bytes, modified: datetime, media_type: str, zipped: bytes | None = None) -> Rendered:
    # mtime=0 and one level: equal bytes give an equal .gz, on any day.
    tag = blake2b(body, digest_size=16).hexdigest()
    zipped = zipped or gzip.compress(body, 6, mtime=0)
    return Rendered(body, zipped, f'"{tag}"', f'"{tag}-gz"', modified, media_type)


def _zipped(path: Path, body: bytes) -> bytes | None:
    """What `path` holds, if that is `body` compressed: reading costs a tenth of compressing."""
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            return None
        zipped = path.read_bytes()
        return zipped if gzip.decompress(zipped) == body else None
    except (OSError, EOFError, zlib.error):
        return None


def _kept(slug: str, extension: str, keep: Collection[str] | Mapping[str, Collection[str]]) -> bool:
    if slug not in keep:
        return False
    return not isinstance(keep, Mapping) or _EXTENSIONS[extension].name in keep[slug]


def _flush(path: Path) -> None:
    """What was written to this file, or the renames in this folder, last through a power cut from now on (fsync)."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
