"""Bringing a backup back. In: Config and a backup. Out: the database, the files and, where asked for, the config in
their places; what stood there before is kept beside. Called by cli/safety.py.

Nothing is touched before the backup was looked through. There is a whole database in its place at any instant, and from
the first change to the last file a mark beside it (halfway.py): a kill in between leaves that, and repeating mends.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from aggregator import config as configs
from aggregator.app import halfway, keepsakes
from aggregator.app.keepsakes import Kept
from aggregator.app.safekeeping import DATABASE, all_in
from aggregator.archive import files
from aggregator.config import Config
from aggregator.errors import ArchiveError, ArchiveStopped, StoreError
from aggregator.store import backup as databases
from aggregator.store import lock, open_store, wordindex
from aggregator.store.store import locate

OnFile = Callable[[object], None]


@dataclass(slots=True)
class Restored:
    """What came back."""

    source: Path  #: the backup
    database: Path
    counts: dict[str, int]
    files: int = 0  #: put in place
    aside: list[Path] = field(default_factory=list)  #: what stood there before, under other names
    errors: list[str] = field(default_factory=list)  #: files that did not come back, one sentence each


def restore(
    config: Config,
    source: Path,
    now: datetime,
    *,
    force: bool = False,
    with_config: bool = False,
    on_file: OnFile | None = None,
) -> Restored:
    """Bring back the backup `source`: its folder, a folder of backups (then the newest), or a database file.

    `force` allows that something stands there already; it gets another name, and is never removed. Raises
    AlreadyRunning while a daemon holds the database, StoreError, ArchiveError, ConfigError; then everything is as it
    was.
    """
    chosen = _chosen(source)
    lines = keepsakes.read(chosen)[1] if chosen.is_dir() else {}
    mark = _free_mark(config, now)
    with ExitStack() as undone:  # what is taken back when the database does not come into its place
        before = locate(config.settings.database)
        if with_config:
            # From here on today's database would be worked with by the backup's config.
            before.parent.mkdir(parents=True, exist_ok=True)
            if halfway.begin(before, chosen):
                undone.callback(halfway.end, before)
            config = _bring_config(chosen, config, mark, lines, undone)
        target = locate(config.settings.database)
        target.parent.mkdir(parents=True, exist_ok=True)
        held = ExitStack()
        undone.push(held)
        held.enter_context(lock.hold(target))
        if target.exists() and not force:
            raise StoreError(f"{target} is there already; --force puts it aside and brings the backup back")
        done = _place(chosen, target, lines.get(DATABASE), mark)
        undone.pop_all()
    with held:
        done.source = chosen
        if _files(chosen, config.settings.data_dir, lines, mark, done, on_file):
            halfway.end(target)
            halfway.end(before)
            _follow_up(config)
    return done


def _place(backup: Path, target: Path, line: Kept | None, mark: str) -> Restored:
    database = backup / DATABASE if backup.is_dir() else backup
    fresh = target.with_name(f".restoring-{target.name}")
    try:
        done = Restored(database, target, _fetch(database, fresh, line))
        _put_aside(target, mark, done)
        halfway.begin(target, backup)
        databases.remove(wordindex.beside(target))  # it knows revisions by ids that may mean others now
        for end in databases.BESIDE:  # a WAL beside another database would ruin that one
            target.with_name(target.name + end).unlink(missing_ok=True)
        fresh.replace(target)
    finally:
        databases.remove(fresh)
    return done


def _free_mark(config: Config, now: datetime) -> str:
    """A part of names that nothing beside the database and the config has yet: one second may see two restores."""
    stamp = f"before-{now:%Y%m%dT%H%M%SZ}"
    places = {locate(config.settings.database).parent, config.folder.parent}
    marks = (stamp, *(f"{stamp}-{number}" for number in range(2, 1_000)))
    return next(mark for mark in marks if not any(any(place.glob(f"*.{mark}*")) for place in places))


def _chosen(source: Path) -> Path:
    """The backup meant. Raises StoreError where there is none."""
    if source.is_file() or (source / keepsakes.MANIFEST).is_file():
        return source
    if found := all_in(source):
        return found[-1]
    raise StoreError(f"{source} is no backup, and holds none; name a folder that `aggregator backup` wrote")


def _fetch(database: Path, fresh: Path, line: Kept | None) -> dict[str, int]:
    """Copy the database beside its place and look through it there: the backup itself stays untouched."""
    databases.remove(fresh)
    _, digest = keepsakes.copy(database, fresh)
    if line and digest != line.hash:
        raise ArchiveError(str(database), "is not what the manifest says (it is damaged); take another backup")
    counts = databases.check(fresh)
    with open_store(f"sqlite:///{fresh}") as store:
        store.pending()  # raises for a database from a newer program
    return counts


def _put_aside(target: Path, mark: str, done: Restored) -> None:
    """Give what stands there a second name, its WAL with it; it stays until the other one takes its place."""
    if target.exists():
        with suppress(StoreError), open_store(f"sqlite:///{target}"):
            pass  # the last one to close takes the WAL into the file
    for end in ("", "-wal"):
        old = target.with_name(target.name + end)
        if old.exists():
            # SQLite looks for the WAL of NAME at NAME-wal.
            done.aside.append(_second_name(old, target.with_name(f"{target.stem}.{mark}{target.suffix}{end}")))


def _second_name(old: Path, new: Path) -> Path:
    try:
        os.link(old, new)
    except OSError:  # a file system without such names: for an instant nothing stands there
        if new.exists():
            raise
        old.rename(new)
    return new


def _files(backup: Path, data: Path, lines: dict[str, Kept], mark: str, done: Restored, on_file: OnFile | None) -> bool:
    """Bring the files back; False when the disk takes no more, and it is to be repeated."""
    for line in lines.values():
        name = line.path.removeprefix("data/")
        if name == line.path or not line.copied:
            continue
        try:
            _bring(backup / line.path, _inside(data, name), line, mark, done)
        except OSError as error:
            failed = files.failed(Path(error.filename or data / name), error)
            done.errors.append(str(failed))
            if isinstance(failed, ArchiveStopped):
                done.errors.append("the restore is not complete: free some space and repeat it with --force")
                return False
        except ArchiveError as error:
            done.errors.append(str(error))
        if on_file:
            on_file(name)
    return True


def _bring(source: Path, target: Path, line: Kept, mark: str, done: Restored) -> None:
    if target.is_file() and keepsakes.copy(target, None) == (line.bytes, line.hash):
        return
    partial = target.with_name(f".restoring-{target.name}")
    partial.unlink(missing_ok=True)
    try:
        if keepsakes.copy(source, partial)[1] != line.hash:
            raise ArchiveError(str(source), "is not what the manifest says (it is damaged)")
        if target.exists():
            old = target.with_name(f"{target.name}.{mark}")
            done.aside.append(_second_name(target, old))
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    done.files += 1


def _inside(folder: Path, name: str) -> Path:
    """A file below `folder`. Raises ArchiveError for a name that leads out of it: a manifest may be anybody's."""
    path = folder / name
    if ".." in Path(name).parts or Path(name).is_absolute() or "\0" in name:
        raise ArchiveError(name, "leads out of the data folder, and was left out")
    return path


def _bring_config(backup: Path, now: Config, mark: str, lines: dict[str, Kept], undone: ExitStack) -> Config:
    """Put the backup's config in the place of today's, once it was read without a mistake. `undone` takes it back."""
    kept = backup / "config"
    if not kept.is_dir():
        raise StoreError(f"{backup} holds no config; leave --with-config out")
    for line in lines.values():
        if line.path.startswith("config/") and keepsakes.copy(backup / line.path, None)[1] != line.hash:
            raise ArchiveError(str(backup / line.path), "is not what the manifest says (it is damaged)")
    configs.load(kept)
    folder = now.folder
    fresh, old = folder.with_name(f".restoring-{folder.name}"), folder.with_name(f"{folder.name}.{mark}")
    shutil.rmtree(fresh, ignore_errors=True)
    shutil.copytree(kept, fresh)
    folder.rename(old)
    undone.callback(old.rename, folder)
    fresh.rename(folder)
    undone.callback(shutil.rmtree, folder)
    return configs.load(folder)


def _follow_up(config: Config) -> None:
    """What is made from the database is made again."""
    from aggregator.app.core import App

    with App(config) as app:
        app.prepare()
        app.refresh()
