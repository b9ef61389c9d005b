from __future__ import annotations

import time
import unicodedata
from pathlib import Path

import pytest

from aggregator.archive import posts
from aggregator.errors import ArchiveError


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
    ],
)
def test_safe_names(name: str, safe: str) -> None:
    assert posts.safe_name(name) == safe


def test_long_names_fit_a_file_system_and_stay_whole_characters() -> None:
    safe = posts.safe_name("汉" * 300)
    assert len(safe.encode()) <= posts.MAX_NAME_BYTES
    assert set(safe) == {"汉"}


def test_writing_stays_inside_and_collisions_get_numbers(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    writer = posts.Writer(folder)
    paths = [writer.write(title, ["../x", "甲/乙"], title) for title in ("A", "a", "Ａ", "e\u0301", "\u00e9")]
    assert len({unicodedata.normalize("NFC", str(path)).casefold() for path in paths}) == len(paths)
    assert all(folder in path.resolve().parents for path in paths)
    assert sorted(path.read_text() for path in paths) == sorted(["A", "a", "Ａ", "e\u0301", "\u00e9"])
    assert not list(tmp_path.rglob("*.part"))


def test_files_of_a_folder_come_in_order_and_only_posts(tmp_path: Path) -> None:
    for name in ("b/2.md", "a/1.md", "c.txt", "a/B.MD"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("x")
    found = [str(path.relative_to(tmp_path)) for path in posts.files([tmp_path])]
    assert found == ["a/1.md", "a/B.MD", "b/2.md"]


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="no such file"):
        list(posts.files([tmp_path / "missing"]))
    bad = tmp_path / "bad.md"
    bad.write_bytes("标题".encode("gbk"))
    with pytest.raises(ArchiveError, match=r"bad\.md: not UTF-8 at byte 0"):
        posts.read(bad)


def test_line_ends_and_a_byte_order_mark_are_kept_or_dropped(tmp_path: Path) -> None:
    path = tmp_path / "crlf.md"
    path.write_bytes(b"\xef\xbb\xbf\r\n---\r\n")
    assert posts.read(path) == "\r\n---\r\n"


def test_thousands_of_posts_of_one_name_are_numbered_at_once(tmp_path: Path) -> None:
    writer = posts.Writer(tmp_path)
    started = time.perf_counter()
    names = {writer.write("", (), "x").name for _ in range(2000)}
    assert len(names) == 2000
    assert time.perf_counter() - started < 5
