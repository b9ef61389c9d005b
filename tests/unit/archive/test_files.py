from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from aggregator.archive import files
from aggregator.errors import ArchiveError, ArchiveStopped


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("央行公告", "央行公告"),
        ('a"b|c/d:e?f', "a_b_c_d_e_f"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("..", "_"),
        ("", "_"),
        ("a\x00b", "a_b"),
        ("CON", "_CON"),
        ("nul.md", "_nul.md"),
        (" .hidden. ", "hidden"),
        ("e\u0301", "\u00e9"),
        ("a\ud83db", "a_b"),
    ],
)
def test_safe_names(name: str, safe: str) -> None:
    assert files.safe_name(name) == safe


@pytest.mark.parametrize("name", ["汉" * 300, "a" + "汉" * 300, "😀" * 300, "x" * 5000])
def test_long_names_fit_a_file_system_and_stay_whole_characters(name: str) -> None:
    safe = files.safe_name(name)
    assert files.MAX_NAME_BYTES - 4 < len(safe.encode()) <= files.MAX_NAME_BYTES
    assert name.startswith(safe)


def _tree(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text("x")


@pytest.mark.parametrize("at_once", [1, 2, 100])
def test_files_come_by_name_however_few_are_held_at_once(tmp_path: Path, at_once: int) -> None:
    names = ["a/1", "a/2", "a/b/3", "a/c", "b", "c/1", "d"]
    _tree(tmp_path, *reversed(names))
    assert [str(path.relative_to(tmp_path)) for path in files.below(tmp_path, at_once)] == names


def test_neither_links_nor_pipes_nor_what_is_hidden_are_followed(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    _tree(folder, "a", ".hidden", ".git/b")
    _tree(tmp_path, "secret")
    (folder / "loop").symlink_to(folder)
    (folder / "out").symlink_to(tmp_path / "secret")
    (folder / "nowhere").symlink_to("missing")
    os.mkfifo(folder / "pipe")
    assert [path.name for path in files.below(folder)] == ["a"]
    assert not files.is_regular(folder / "pipe")
    assert files.is_regular(folder / "out")  # named by the operator
    assert not files.is_regular(Path("a\0b"))


def test_a_deep_tree_is_walked(tmp_path: Path) -> None:
    folders = [tmp_path]
    for _ in range(sys.getrecursionlimit() + 100):
        folders.append(folders[-1] / "d")
        folders[-1].mkdir()
    (folders[-1] / "x").write_text("x")
    assert [path.name for path in files.below(tmp_path)] == ["x"]
    (folders[-1] / "x").unlink()
    for folder in reversed(folders[1:]):
        folder.rmdir()


def test_what_cannot_be_listed_is_named(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="missing: No such file"):
        list(files.below(tmp_path / "missing"))


@pytest.mark.parametrize(
    ("name", "shown"),
    [("央行.md", "央行.md"), ("a\nb", "a\\nb"), ("\x1b[31m", "\\x1b[31m"), (os.fsdecode(b"\xff.md"), "\\udcff.md")],
)
def test_paths_are_shown_on_one_line(name: str, shown: str) -> None:
    assert files.shown(name) == shown


def _interrupted(content: bytes, error: type[BaseException]) -> Iterator[bytes]:
    yield content
    raise error


def test_a_file_comes_to_its_name_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "a"
    with files.replacing(path) as file:
        file.write(b"one")
        assert not path.exists()
    assert path.read_bytes() == b"one"
    assert path.stat().st_mode & 0o777 == 0o666 & ~files._UMASK


def test_what_is_no_plain_file_is_left_as_it_is(tmp_path: Path) -> None:
    """A device that was named by mistake, as /dev/full, must not be replaced by a file."""
    os.mkfifo(pipe := tmp_path / "pipe")
    (folder := tmp_path / "folder").mkdir()
    for path in (pipe, folder):
        with pytest.raises(ArchiveError, match="no plain file"), files.replacing(path):
            raise AssertionError("begun")
    assert pipe.is_fifo()
    assert sorted(one.name for one in tmp_path.iterdir()) == ["folder", "pipe"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError, GeneratorExit])
def test_what_ends_early_leaves_what_was_there(tmp_path: Path, error: type[BaseException]) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"one")
    with pytest.raises(error), files.replacing(path) as file:
        file.writelines(_interrupted(b"two", error))
    assert [one.name for one in tmp_path.iterdir()] == ["a"]
    assert path.read_bytes() == b"one"


@pytest.mark.parametrize(("code", "kind"), [(errno.ENOSPC, ArchiveStopped), (errno.EACCES, ArchiveError)])
def test_a_full_disk_ends_it_and_leaves_nothing(tmp_path: Path, code: int, kind: type[ArchiveError]) -> None:
    with pytest.raises(ArchiveError, match=f"a: {os.strerror(code)}") as caught, files.replacing(tmp_path / "a"):
        raise OSError(code, os.strerror(code))
    assert type(caught.value) is kind
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_export_left_is_swept_but_not_what_is_being_written(tmp_path: Path) -> None:
    (tmp_path / ".aggregator-x.part").write_text("half")
    (tmp_path / ".aggregator-y").mkdir()
    (tmp_path / "mine.part").write_text("mine")
    with files.replacing(tmp_path / "a") as file:
        file.write(b"x")
        files.sweep(tmp_path)
    assert sorted(one.name for one in tmp_path.iterdir()) == [".aggregator-y", "a", "mine.part"]
