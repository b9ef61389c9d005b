"""Outputs beside the database: which files are right, and which are rendered again."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from aggregator import config
from aggregator.app import verifying
from aggregator.app.core import App
from aggregator.store import lock
from tests.support import place as places
from tests.support.writes import NOW, article, plan


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    here = places.make(tmp_path, "http://127.0.0.1:9")
    with App(config.load(here.config, environ={}), clock=lambda: NOW) as opened:
        opened.prepare()
        some = (article(f"x{number}", text="甲公司公布业绩。" * 20) for number in range(5))
        opened.store.articles.commit([plan(*some, slug="import")], NOW)
        opened.refresh()
        yield opened


def outputs(app: App) -> Path:
    return app.data / "public" / "feeds"


def _write(name: str, change: Callable[[bytes], bytes]) -> Callable[[Path], object]:
    def damage(folder: Path) -> None:
        path = folder / name
        facts = path.stat()
        path.write_bytes(change(path.read_bytes()))
        import os

        os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))

    return damage


DAMAGES: dict[str, tuple[Callable[[Path], object], list[str]]] = {
    "file gone": (lambda folder: (folder / "all.rss").unlink(), ["output.file"]),
    "same length and date": (
        _write("all.json", lambda raw: raw.replace("甲".encode(), "乙".encode())),
        ["output.file", "output.file"],  # nor is it what its .gz says
    ),
    "compressed cut": (_write("all.atom.gz", lambda raw: raw[:-9]), ["output.file"]),
    "compressed other": (_write("all.atom.gz", lambda _: gzip.compress(b"other")), ["output.file"]),
    "compressed gone": (lambda folder: (folder / "all.atom.gz").unlink(), ["output.file"]),
    "left behind": (lambda folder: (folder / ".shelf-x").write_bytes(b"x"), ["output.stray"]),
    "of no output": (lambda folder: (folder / "old.rss").write_bytes(b"x"), ["output.stray"]),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_file_is_told_and_made_anew(app: App, name: str) -> None:
    assert verifying.verify(app).left == []
    before = {path.name: path.read_bytes() for path in outputs(app).iterdir() if not path.name.startswith(".")}
    damage, kinds = DAMAGES[name]
    damage(outputs(app))
    assert [fault.kind for fault in verifying.verify(app).left] == kinds
    done = verifying.verify(app, repair=True)
    assert (done.remaining, len(done.mended) >= 1) == (0, True)
    after = {path.name: path.read_bytes() for path in outputs(app).iterdir() if not path.name.startswith(".")}
    assert after == before


def test_an_output_whose_past_goes_on_elsewhere_is_right(app: App) -> None:
    (output,) = app.config.outputs
    app.config = replace(app.config, outputs=(replace(output, limit=2),))
    app.refresh()
    assert b"prev-archive" in (outputs(app) / "all.atom").read_bytes()
    assert verifying.verify(app).left == []


def test_files_of_a_running_daemon_are_told_and_left_alone(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifying, "SETTLED", 0.0)
    (outputs(app) / "all.rss").write_bytes(b"x")
    with lock.hold(app.store.path):
        done = verifying.verify(app, repair=True)
    assert (done.mended, [fault.kind for fault in done.left]) == ([], ["output.file", "output.file"])


def test_a_file_that_is_not_ours_is_told_and_stays(app: App) -> None:
    (outputs(app) / "readme.txt").write_text("mine", "utf-8")
    done = verifying.verify(app, repair=True)
    assert [(fault.kind, fault.fix) for fault in done.left] == [("output.stray", None)]
    assert (outputs(app) / "readme.txt").exists()


def test_faults_of_the_database_are_mended_and_told_once(app: App) -> None:
    app.store._engine.execute_sql("UPDATE story SET visible = 0 WHERE id = 1")
    told: list[tuple[str, bool]] = []
    done = verifying.verify(app, repair=True, on_fault=lambda fault, mended: told.append((fault.kind, mended)))
    assert ("story.visible", True) in told
    assert done.remaining == 0
    assert done.counts["articles"] == 5


def test_kept_documents_are_read(app: App) -> None:
    from aggregator.archive import warcfiles
    from aggregator.models import RawDocument
    from tests.support.kept import AT, fetched
    from tests.support.writes import write

    folder = warcfiles.Folder(app.data / "warc")
    kept: list[RawDocument] = folder.append([fetched("甲"), fetched("乙")], {}, AT)
    writes = [write(article(f"x{number}"), raw=(raw,)) for number, raw in enumerate(kept)]
    app.store.articles.commit([plan(*writes, slug="import")], NOW)
    path = app.data / "warc" / kept[0].file
    with path.open("ab") as file:
        file.write(b"half")
    assert [one for one in verifying.faults(app) if one.kind.startswith("document")] == []  # it is being written
    folder.close()
    (torn,) = (one for one in verifying.faults(app) if one.kind.startswith("document"))
    assert torn.kind == "document.torn"
    report = verifying.verify(app, repair=True)
    assert [one.kind for one in report.mended if one.kind.startswith("document")] == ["document.torn"]
    assert [one.kind for one in report.left if one.kind.startswith("document")] == []
    raw = bytearray(path.read_bytes())
    raw[kept[1].offset + 40] ^= 0xFF
    path.write_bytes(raw)
    (damaged,) = (one for one in verifying.faults(app) if one.kind.startswith("document"))
    assert (damaged.kind, damaged.where) == ("document.damaged", f"{path}:{kept[1].offset}")
    path.unlink()
    (missing,) = (one for one in verifying.faults(app) if one.kind.startswith("document"))
    assert (missing.kind, missing.where) == ("document.missing", str(path))
