from __future__ import annotations

import time
import unicodedata
from pathlib import Path

import pytest

from aggregator.archive import files, posts
from aggregator.errors import ArchiveError


def test_writing_stays_inside_and_collisions_get_numbers(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    writer = posts.Writer(folder)
    titles = ("A", "a", "Ａ", "e\u0301", "\u00e9")
    paths = [Path(writer.write(title, ["../x", "甲/乙"], title).where) for title in titles]
    assert len({unicodedata.normalize("NFC", str(path)).casefold() for path in paths}) == len(paths)
    assert all(folder in path.resolve().parents for path in paths)
    assert [path.read_text() for path in paths] == list(titles)
    assert not list(tmp_path.rglob("*.part"))


def test_names_that_numbers_make_are_taken_too(tmp_path: Path) -> None:
    writer = posts.Writer(tmp_path)
    names = [Path(writer.write(title, (), title).where).name for title in ("a", "a (2)", "A", "a", "a (2)")]
    assert names == ["a.md", "a (2).md", "A (3).md", "a (4).md", "a (2) (2).md"]


def test_what_stands_there_whole_is_left_alone(tmp_path: Path) -> None:
    first = posts.Writer(tmp_path).write("甲", ["乙"], "旧")
    before = Path(first.where).stat()  # its number and time: nobody wrote it anew
    again = posts.Writer(tmp_path).write("甲", ["乙"], "旧")
    assert (first.kept, again.kept) == (False, True)
    after = Path(first.where).stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert not posts.Writer(tmp_path).write("甲", ["乙"], "新的").kept
    assert Path(first.where).read_text("utf-8") == "新的"


def test_a_link_is_replaced_and_not_written_through(tmp_path: Path) -> None:
    target = tmp_path / "precious"
    target.write_text("text")
    out = tmp_path / "out"
    out.mkdir()
    (out / "a.md").symlink_to(target)
    posts.Writer(out).write("a", (), "text")
    assert target.read_text() == "text"
    assert not (out / "a.md").is_symlink()


def test_half_a_character_and_a_folder_in_the_way_are_one_posts_trouble(tmp_path: Path) -> None:
    writer = posts.Writer(tmp_path)
    assert Path(writer.write("x\ud83d", (), "\ud83d").where).read_bytes() == b"\xed\xa0\xbd"
    (tmp_path / "b.md").mkdir()
    with pytest.raises(ArchiveError, match="no plain file"):
        writer.write("b", (), "text")


def test_what_cannot_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bad = tmp_path / "bad.md"
    bad.write_bytes("标题".encode("gbk"))
    with pytest.raises(ArchiveError, match=r"bad\.md: not UTF-8 at byte 0"):
        list(posts.read(bad))
    monkeypatch.setattr(posts, "MAX_BYTES", 3)
    with pytest.raises(ArchiveError, match="not a post"):
        list(posts.read(bad))
    with pytest.raises(ArchiveError, match="No such file"):
        list(posts.read(tmp_path / "missing.md"))


def test_line_ends_are_kept_and_a_byte_order_mark_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "crlf.md"
    path.write_bytes(b"\xef\xbb\xbf\r\n---\r\n")
    (post,) = posts.read(path)
    assert (post.text, post.where) == ("\r\n---\r\n", files.shown(path))


def test_thousands_of_posts_of_one_name_are_numbered_at_once(tmp_path: Path) -> None:
    writer = posts.Writer(tmp_path)
    started = time.process_time()
    names = {writer.write("", (), "x").where for _ in range(2000)}
    assert len(names) == 2000
    assert time.process_time() - started < 5
