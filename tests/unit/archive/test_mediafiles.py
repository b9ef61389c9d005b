"""Files of pictures: whole or not there, once for equal bytes, never elsewhere."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from aggregator.archive import mediafiles
from tests.support import shots


@pytest.fixture
def folder(tmp_path: Path) -> mediafiles.Folder:
    return mediafiles.Folder(tmp_path / "media")


def files(folder: mediafiles.Folder) -> list[str]:
    return [path.relative_to(folder.path).as_posix() for path, _ in folder.walk()]


def test_equal_bytes_are_one_file_under_their_hash(folder: mediafiles.Folder) -> None:
    digest = folder.put(shots.PNG, "png")
    assert folder.put(shots.PNG, "png") == digest
    assert files(folder) == [f"{digest[:2]}/{digest[2:]}.png"]
    assert (folder.path / files(folder)[0]).read_bytes() == shots.PNG
    assert folder.damage(f"{digest}.png", len(shots.PNG)) is None


def test_a_damaged_file_is_written_anew(folder: mediafiles.Folder) -> None:
    name = f"{folder.put(shots.PNG, 'png')}.png"
    path = folder.locate(name)
    assert path
    for damage, told in [
        (shots.PNG[:-1] + b"x", "holds other bytes"),
        (b"x", "has 1 bytes"),
    ]:
        path.write_bytes(damage)
        assert told in (folder.damage(name, len(shots.PNG)) or "")
        folder.put(shots.PNG, "png")
        assert folder.damage(name, len(shots.PNG)) is None
    folder.remove(name)
    folder.remove(name)
    assert folder.damage(name, 5) == "is not there"
    assert not path.parent.exists()


@pytest.mark.parametrize(
    "name",
    [
        *("", "../x.jpg", "a" * 40, f"{'a' * 40}.svg", f"{'a' * 40}.jpg/..", f"{'A' * 40}.jpg", f"{'a' * 39}.jpg"),
        *(f"../{'a' * 40}.jpg", f"{'a' * 40}.jpg\n", f"{'a' * 40}.jpg\0", f"{'ａ' * 40}.jpg", f"aa/{'a' * 38}.jpg"),
    ],
)
def test_what_is_no_name_of_ours_leads_nowhere(folder: mediafiles.Folder, name: str) -> None:
    assert folder.locate(name) is None
    with pytest.raises(ValueError, match="no name"):
        folder.remove(name)


def test_a_full_disk_leaves_nothing_half_written(folder: mediafiles.Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        folder.put(shots.PNG, "png")
    assert files(folder) == []


def test_links_and_foreign_files_have_no_name(folder: mediafiles.Folder, tmp_path: Path) -> None:
    digest = folder.put(shots.PNG, "png")
    (folder.path / "readme.txt").write_text("mine")
    (folder.path / "ab").mkdir(exist_ok=True)
    (folder.path / "ab" / f"{'c' * 38}.jpg").symlink_to(tmp_path / "secret")
    (folder.path / "ab" / ".media-x").write_bytes(b"half")
    named = {path.name: name for path, name in folder.walk()}
    assert named.pop(f"{digest[2:]}.png") == f"{digest}.png"
    assert set(named.values()) == {None}
    assert len(named) == 3
    assert folder.damage(f"ab{'c' * 38}.jpg", 1) == "is no plain file"


def test_a_young_file_may_still_get_its_row(folder: mediafiles.Folder) -> None:
    path = folder.locate(f"{folder.put(shots.PNG, 'png')}.png")
    assert path
    assert not mediafiles.is_stray(path)
    os.utime(path, (0, 0))
    assert mediafiles.is_stray(path)
    folder.put(shots.PNG, "png")
    assert not mediafiles.is_stray(path), "who keeps it now may rely on it"
