"""The files of a backup: what is copied is what the manifest says."""

from __future__ import annotations

from pathlib import Path

import pytest

from aggregator.app import keepsakes
from aggregator.app.keepsakes import Kept
from aggregator.errors import ArchiveError


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data" / "warc"
    folder.mkdir(parents=True)
    (folder / "b.gz").write_bytes(b"bb")
    (folder / "a.gz").write_bytes(b"a")
    (folder / "link").symlink_to(folder / "a.gz")
    return tmp_path / "data"


def test_plain_files_in_order(data: Path) -> None:
    found = [name for name, _ in keepsakes.below(data, keepsakes.FOLDERS)]
    assert found == ["warc/a.gz", "warc/b.gz"]


def test_an_unchanged_file_is_linked_and_a_changed_one_is_copied(data: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "1", tmp_path / "2"
    lines = [keepsakes.keep(path, name, first, None, copied=True) for name, path in keepsakes.below(data, ["warc"])]
    (data / "warc" / "b.gz").write_bytes(b"bbb")
    earlier = (first, {line.path: line for line in lines})
    again = [keepsakes.keep(path, name, second, earlier, copied=True) for name, path in keepsakes.below(data, ["warc"])]
    assert again[0] == lines[0]
    assert (second / "warc" / "a.gz").samefile(first / "warc" / "a.gz")
    assert (again[1].bytes, (second / "warc" / "b.gz").read_bytes()) == (3, b"bbb")
    assert again[1].hash != lines[1].hash
    assert not (second / "warc" / "b.gz").samefile(data / "warc" / "b.gz")


def test_a_file_that_grows_is_taken_as_it_was(data: Path, tmp_path: Path) -> None:
    assert keepsakes.copy(data / "warc" / "b.gz", tmp_path / "x", 1)[0] == 1
    assert (tmp_path / "x").read_bytes() == b"b"


def test_a_listed_file_is_not_copied(data: Path, tmp_path: Path) -> None:
    line = keepsakes.keep(data / "warc" / "a.gz", "warc/a.gz", tmp_path / "1", None, copied=False)
    assert (line.copied, line.bytes) == (False, 1)
    assert not (tmp_path / "1").exists()


def test_a_manifest_is_read_as_it_was_written(tmp_path: Path) -> None:
    lines = [Kept("data/warc/甲.gz", 1, 2, "ab"), Kept("data/media/x", 3, 4, "cd", copied=False)]
    keepsakes.write(tmp_path, {"made": "now"}, lines)
    head, found = keepsakes.read(tmp_path)
    assert (head["format"], head["made"], list(found.values())) == ("aggregator-backup", "now", lines)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "no manifest"),
        ('{"format": "other", "version": 1}\n', "not of a backup"),
        ('{"format": "aggregator-backup", "version": 99}\n', "update the program"),
        ('{"format": "aggregator-backup", "version": 1}\n{"path": 1\n', "no manifest"),
        ('{"format": "aggregator-backup", "version": 1}\n{"other": 1}\n', "no manifest"),
    ],
)
def test_what_is_no_manifest_is_told(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / keepsakes.MANIFEST).write_text(text, "utf-8")
    with pytest.raises(ArchiveError, match=told):
        keepsakes.read(tmp_path)
    (tmp_path / keepsakes.MANIFEST).unlink()
    with pytest.raises(ArchiveError, match="no manifest"):
        keepsakes.read(tmp_path)
