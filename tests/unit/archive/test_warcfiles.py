"""The folder of kept documents: days, locks, crashes and full disks."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from aggregator.archive import warc, warcfiles
from aggregator.errors import ArchiveError
from aggregator.models import RawDocument
from tests.support.kept import AT, fetched, page

Make = Callable[..., warcfiles.Folder]


@pytest.fixture
def make() -> Iterator[Make]:
    """What makes folders, and closes them."""
    made: list[warcfiles.Folder] = []

    def one(*given: Any, **options: Any) -> warcfiles.Folder:
        made.append(warcfiles.Folder(*given, **options))
        return made[-1]

    yield one
    for folder in made:
        folder.close()


def append(folder: warcfiles.Folder, *names: str, known: dict[str, RawDocument] | None = None) -> list[RawDocument]:
    return folder.append([fetched(name) for name in names], known or {}, AT)


def kinds(path: Path) -> list[str]:
    with path.open("rb") as file:
        return [record.fault or record.kind for record in warc.records(file)]


def test_documents_come_back_as_they_went_in(make: Make, tmp_path: Path) -> None:
    folder = make(tmp_path)
    one, two = append(folder, "甲", "乙")
    (three,) = append(folder, "丙")
    folder.close()
    for raw, name in ((one, "甲"), (two, "乙"), (three, "丙")):
        kept = warcfiles.read(tmp_path, raw)
        assert kept.document.body == page(name)
        assert kept.document.url == kept.document.final_url == raw.url
        assert kept.about["aggregator-entry-id"] == name
    assert kinds(tmp_path / "2026-11-23.warc.gz") == ["warcinfo", *["response", "request", "metadata"] * 3]


def test_a_day_is_beijings(make: Make, tmp_path: Path) -> None:
    folder = make(tmp_path)
    for hours in (0, 13, 15):  # ten in the morning, an hour before midnight, an hour behind it
        folder.append([fetched("甲")], {}, AT + timedelta(hours=hours))
    folder.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["2026-11-23.warc.gz", "2026-11-24.warc.gz"]


def test_two_that_write_at_once_have_a_file_each(make: Make, tmp_path: Path) -> None:
    first, second = make(tmp_path), make(tmp_path)
    assert [raw.file for raw in append(first, "甲")] == ["2026-11-23.warc.gz"]
    assert [raw.file for raw in append(second, "乙")] == ["2026-11-23-2.warc.gz"]
    first.close()
    second.close()
    (third,) = append(make(tmp_path), "丙")
    assert third.file == "2026-11-23.warc.gz"
    assert kinds(tmp_path / third.file).count("response") == 2


@pytest.mark.parametrize("cut", [1, 20, 200, 600])
@pytest.mark.parametrize("indexed", [True, False])
def test_a_torn_end_is_cut_off_and_what_is_whole_stays(make: Make, tmp_path: Path, cut: int, indexed: bool) -> None:
    folder = make(tmp_path)
    (whole,) = append(folder, "甲")
    size = (tmp_path / whole.file).stat().st_size
    append(folder, "乙")
    folder.close()
    path = tmp_path / whole.file
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size - cut)
    again = make(tmp_path, known_end=lambda _: whole.offset + whole.length if indexed else 0)
    (raw,) = append(again, "丙")
    again.close()
    assert raw.offset >= size
    assert not [fault for fault in kinds(path) if " " in fault]
    assert warcfiles.read(tmp_path, raw).document.body == page("丙")
    assert warcfiles.read(tmp_path, whole).document.body == page("甲")


def test_the_index_forgets_what_a_power_cut_took(make: Make, tmp_path: Path) -> None:
    folder = make(tmp_path)
    (one,) = append(folder, "甲")
    end = (tmp_path / one.file).stat().st_size
    (two,) = append(folder, "乙")
    folder.close()
    with (tmp_path / one.file).open("r+b") as file:
        file.truncate(end + 100)
    told: list[tuple[str, int]] = []
    again = make(
        tmp_path, known_end=lambda _: two.offset + two.length, forget=lambda name, end: told.append((name, end))
    )
    append(again, "丙")
    assert told == [(one.file, end)]


def test_an_index_that_does_not_fit_the_file_is_not_trusted(make: Make, tmp_path: Path) -> None:
    folder = make(tmp_path)
    (one,) = append(folder, "甲")
    folder.close()
    again = make(tmp_path, known_end=lambda _: one.offset + 7)
    append(again, "乙")
    assert kinds(tmp_path / one.file).count("response") == 2


def test_a_failed_write_leaves_the_file_as_it_was(make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = make(tmp_path)
    (one,) = append(folder, "甲")
    size = (tmp_path / one.file).stat().st_size
    assert folder._open is not None
    real = folder._open.file

    class Full:
        """A file on a disk that takes half of what it is given, then nothing."""

        def __getattr__(self, name: str) -> object:
            return getattr(real, name)

        def __enter__(self) -> object:
            return real.__enter__()

        def __exit__(self, *error: object) -> None:
            real.close()

        def write(self, data: memoryview) -> int:
            if len(data) < 500:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return real.write(data[: len(data) // 2])

    folder._open.file = Full()  # type: ignore[assignment]
    with pytest.raises(OSError, match="space"):
        append(folder, "乙")
    assert (tmp_path / one.file).stat().st_size == size
    (two,) = append(folder, "乙")  # there is room again
    assert warcfiles.read(tmp_path, two).document.body == page("乙")


def test_a_file_that_is_moved_away_while_it_is_open_is_made_anew(make: Make, tmp_path: Path) -> None:
    folder = make(tmp_path)
    (one,) = append(folder, "甲")
    (tmp_path / one.file).rename(tmp_path / "away.warc.gz")
    (two,) = append(folder, "乙")
    assert warcfiles.read(tmp_path, two).document.body == page("乙")
    assert kinds(tmp_path / "away.warc.gz").count("response") == 1


def test_an_equal_payload_is_not_written_again_unless_the_first_is_gone(make: Make, tmp_path: Path) -> None:
    folder = make(tmp_path)
    (one,) = append(folder, "甲")
    (two,) = append(folder, "甲", known={one.digest: one})
    assert two.revisit
    assert two.length < one.length
    assert warcfiles.read(tmp_path, two, one).document.body == page("甲")
    with pytest.raises(ArchiveError, match="in no file"):
        warcfiles.read(tmp_path, two)
    folder.close()
    (tmp_path / one.file).unlink()
    (three,) = append(make(tmp_path), "甲", known={one.digest: one})
    assert not three.revisit


@pytest.mark.parametrize(("change", "says"), [
    ({"offset": 3}, "no such record"),
    ({"file": "2020-01-01.warc.gz"}, "No such file"),
    ({"digest": "00" * 20}, "not the one that was kept"),
])  # fmt: skip
def test_what_the_index_says_wrongly_is_told(make: Make, tmp_path: Path, change: dict[str, object], says: str) -> None:
    (one,) = append(make(tmp_path), "甲")
    with pytest.raises(ArchiveError, match=says):
        warcfiles.read(tmp_path, replace(one, **change))  # type: ignore[arg-type]


WRITER = """
import sys
from pathlib import Path
from aggregator.archive import warcfiles
from tests.support.kept import AT, fetched
folder = warcfiles.Folder(Path(sys.argv[1]))
print("ready", flush=True)
for number in range(100_000):
    folder.append([fetched(f"n{number}-{part}") for part in range(5)], {}, AT)
"""


def test_killed_at_any_instant_the_file_is_whole_again_at_the_next_start(make: Make, tmp_path: Path) -> None:
    path = tmp_path / "2026-11-23.warc.gz"
    for wait in (0.05, 0.11, 0.17):
        process = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(wait)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
    folder = make(tmp_path)
    (last,) = append(folder, "末")
    folder.close()
    assert warcfiles.read(tmp_path, last).document.body == page("末")
    assert not [fault for fault in kinds(path) if " " in fault]
