"""`verify`: everything that is kept looked through, each fault told, what can be mended mended.

In: an App. Out: a report, and each fault as it is found. Called by cli/safety.py. A further part of the archive joins
with a function and a line in CHECKS.
"""

from __future__ import annotations

import gzip
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from aggregator import publish
from aggregator.app import past, pictures, raw
from aggregator.errors import AlreadyRunning, StoreError
from aggregator.models import Output
from aggregator.store.audit import RESTORE, Fault

if TYPE_CHECKING:
    from aggregator.app.core import App

#: Mending one fault may show another that it hid.
ROUNDS = 5

#: Faults that a report keeps; all are counted.
TOLD = 10_000

OnFault = Callable[[Fault, bool], None]


@dataclass(slots=True)
class Verified:
    """What a look through the archive found."""

    counts: dict[str, int] = field(default_factory=dict)  #: what there is, by name
    mended: list[Fault] = field(default_factory=list)
    left: list[Fault] = field(default_factory=list)  #: the first of those that remain
    remaining: int = 0  #: how many remain


def verify(app: App, *, repair: bool = False, on_fault: OnFault | None = None) -> Verified:
    """Look through everything; with `repair` mend what can be, and look again. Raises StoreError.

    `on_fault` gets each fault once, with whether it was mended.
    """
    if pending := app.store.pending():
        raise StoreError(
            f"the database is of an older version ({pending[0]} is to be applied); run `aggregator migrate`"
        )
    report = Verified(counts=app.store.articles.counts())
    rounds = ROUNDS if repair else 0
    for _ in range(rounds):
        if not _mend(app, report, on_fault):
            break
    for fault in faults(app):
        report.remaining += 1
        if len(report.left) < TOLD:
            report.left.append(fault)
        if on_fault:
            on_fault(fault, False)
    return report


def _mend(app: App, report: Verified, on_fault: OnFault | None) -> int:
    """One look that mends; how many faults it mended."""
    mended = 0
    for fault in faults(app):
        if fault.fix is None or not _cure(app, fault):
            continue
        mended += 1
        if len(report.mended) < TOLD:
            report.mended.append(fault)
        if on_fault:
            on_fault(fault, True)
    return mended


def _cure(app: App, fault: Fault) -> bool:
    if fault.kind.partition(".")[0] not in FILES:
        app.fresh.lost()
        return app.store.audit.mend(fault)
    try:
        with app.store.hold():
            assert fault.fix is not None  # noqa: S101 - asked before
            fault.fix()
    except (AlreadyRunning, OSError):
        return False
    return True


def faults(app: App) -> Iterator[Fault]:
    """Every fault of everything, part by part."""
    for check in CHECKS.values():
        yield from check(app)


def _database(app: App) -> Iterator[Fault]:
    return app.store.audit.faults()


def _outputs(app: App) -> Iterator[Fault]:
    """The files of the outputs are what would be rendered now; a daemon may be a moment behind, so twice is asked."""
    folder = app.data / "public" / "feeds"
    wanted: set[str] = set()
    for output in app.config.outputs:
        names = [f"{output.slug}.{publish.FORMATS[name].extension}" for name in output.formats]
        wanted.update(name + end for name in names for end in ("", ".gz"))
    found: list[tuple[Path, str]] = []
    with suppress(StoreError):  # a text that cannot be read was told with the database
        found = list(_differing(app, folder))
        if found and _running(app):
            time.sleep(SETTLED)
            found = list(_differing(app, folder))
    for path, what in found:
        yield Fault(
            "output.file", str(path), what, "it is rendered again, with the daemon stopped", partial(_render, app, path)
        )
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.name.startswith(".shelf-") and not _running(app):
            yield Fault("output.stray", str(path), "was left by a writer that was killed", "it is removed", path.unlink)
        elif not path.name.startswith(".") and path.name not in wanted:
            ours = path.name.removesuffix(".gz").rpartition(".")[2] in _EXTENSIONS
            mend = "it is removed" if ours else "move it elsewhere"
            yield Fault("output.stray", str(path), "belongs to no output", mend, path.unlink if ours else None)


#: Seconds in which a daemon has rendered what it stored.
SETTLED = 3.0

_EXTENSIONS = {one.extension for one in publish.FORMATS.values()}


def _differing(app: App, folder: Path) -> Iterator[tuple[Path, str]]:
    for output in app.config.outputs:
        for name, body in _rendered(app, output, app.clock()).items():
            path = folder / f"{output.slug}.{publish.FORMATS[name].extension}"
            if (there := _bytes(path)) is None:
                yield path, "is not there"
                continue
            if there != body:
                yield path, "is not what the stories say"
            zipped = path.with_name(path.name + ".gz")
            if _unzipped(zipped) != there:
                yield zipped, "is not the same as the file beside it"


def _render(app: App, path: Path) -> None:
    """Render the output of a file again; the file goes before, for one of the same length and date counts as right."""
    output = next(one for one in app.config.outputs if one.slug == path.name.partition(".")[0])
    with suppress(FileNotFoundError):
        path.unlink()
    now = app.clock()
    app.shelf.put_all(output.slug, _rendered(app, output, now), now)


def _rendered(app: App, output: Output, now: datetime) -> Mapping[str, bytes]:
    """What the files of an output should hold, by format."""
    stories = app.store.stories.select(output, now)
    spot = past.subscription(app.store.past, output, stories, now)
    shown = pictures.addresses(app, stories)
    return publish.documents(output, app.config.settings.site, stories, now=now, pictures=shown, spot=spot)


def _bytes(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _unzipped(path: Path) -> bytes | None:
    try:
        return gzip.decompress(path.read_bytes())
    except (OSError, EOFError, zlib.error):
        return None


def _running(app: App) -> bool:
    """Whether a daemon holds the database."""
    try:
        with app.store.hold():
            return False
    except AlreadyRunning:
        return True


def _partial_files(app: App) -> Iterator[Fault]:
    """What a killed restore left behind in the data folder."""
    for path in sorted(app.data.glob(".restoring-*")) if not _running(app) else ():
        yield Fault("file.stray", str(path), "was left by a restore that was killed", "it is removed", path.unlink)


def _documents(app: App) -> Iterator[Fault]:
    """Kept documents: every record read, beside the index."""
    from aggregator.archive import warccheck, warcfiles

    folder, index = raw.folder(app.data), app.store.raw
    names = {*index.files(), *(path.name for path in folder.glob("*.warc.gz"))}
    for name in sorted(names):
        until = index.end(name)  # what is appended from now on is not looked at
        growing = warcfiles.is_written(folder / name)
        for wrong in warccheck.check(folder, name, index.documents(name, until), growing=growing):
            place = str(folder / name) if wrong.offset is None else f"{folder / name}:{wrong.offset}"
            if wrong.kind == "torn" and wrong.offset is not None:
                mend, fix = "it is cut off", partial(warcfiles.cut, folder / name, wrong.offset)
                yield Fault("document.torn", place, wrong.what, mend, fix)
            else:
                mend = "bring the file back from a backup; the articles themselves are stored"
                yield Fault(f"document.{wrong.kind}", place, wrong.what, mend)


def _pruned(app: App) -> Iterator[Fault]:
    """Whether all text that retention wrote aside can be unpacked."""
    for path in sorted((app.data / "pruned").glob("*.gz")):
        try:
            with gzip.open(path) as file:
                while file.read(1 << 20):
                    pass
        except (OSError, EOFError, zlib.error) as error:
            yield Fault("pruned.damaged", str(path), f"cannot be unpacked ({error})", RESTORE)


#: What verify looks at, in order.
CHECKS: dict[str, Callable[[App], Iterator[Fault]]] = {
    "database": _database,
    "outputs": _outputs,
    "media": pictures.faults,
    "files": _partial_files,
    "documents": _documents,
    "pruned": _pruned,
}

#: Kinds of faults that are cured outside the database, by who holds it.
FILES = ("output", "file", "document", "media")
