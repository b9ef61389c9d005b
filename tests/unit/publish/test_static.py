from __future__ import annotations

import gzip
import os
import stat
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread

import pytest

from aggregator.errors import ConfigError
from aggregator.publish.static import Rendered, Shelf
from tests.support.stories import NOW


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "public" / "feeds"


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def shown(shelf: Shelf, slug: str = "all", extension: str = "rss") -> Rendered:
    found = shelf.get(slug, extension)
    assert found is not None
    return found


def test_put_writes_both_files_and_serves_both_codings(folder: Path) -> None:
    shelf = Shelf(folder)
    assert shelf.get("all", "rss") is None
    assert shelf.put("all", "rss", b"<rss/>" * 100, NOW)
    assert names(folder) == ["all.rss", "all.rss.gz"]
    found = shown(shelf)
    assert found.body == (folder / "all.rss").read_bytes() == b"<rss/>" * 100
    assert found.gzip == (folder / "all.rss.gz").read_bytes()
    assert gzip.decompress(found.gzip) == found.body
    assert found.media_type == "application/rss+xml; charset=utf-8"
    assert found.modified == NOW
    assert found.etag.startswith('"')
    assert found.gzip_etag == found.etag[:-1] + '-gz"'
    for name in names(folder):
        assert (folder / name).stat().st_mtime == NOW.timestamp()
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o644


def test_equal_bytes_change_nothing(folder: Path) -> None:
    shelf = Shelf(folder)
    shelf.put("all", "rss", b"one", NOW)
    before = {name: (folder / name).stat().st_ino for name in names(folder)}
    first = shown(shelf)
    assert not shelf.put("all", "rss", b"one", NOW + timedelta(hours=1))
    assert shown(shelf) is first
    assert {name: (folder / name).stat().st_ino for name in names(folder)} == before


def test_other_bytes_change_etag_and_date(folder: Path) -> None:
    shelf = Shelf(folder)
    shelf.put("all", "rss", b"one", NOW)
    first = shown(shelf)
    assert shelf.put("all", "rss", b"two", NOW + timedelta(hours=1))
    second = shown(shelf)
    assert second.etag != first.etag
    assert second.modified == NOW + timedelta(hours=1)


@pytest.mark.parametrize("later", [timedelta(microseconds=900_000), timedelta(0), timedelta(days=-2)])
def test_two_states_never_share_a_date(folder: Path, later: timedelta) -> None:
    shelf = Shelf(folder)
    shelf.put("all", "rss", b"one", NOW)
    shelf.put("all", "rss", b"two", NOW + later)
    assert shown(shelf).modified == NOW + timedelta(seconds=1)


def test_state_survives_a_restart(folder: Path) -> None:
    shelf = Shelf(folder)
    shelf.put("all", "rss", b"one", NOW)
    shelf.put("all", "json", b"{}", NOW - timedelta(days=1))
    again = Shelf(folder)
    assert again.load() == [("all", "json"), ("all", "rss")]
    assert again.get("all", "rss") == shelf.get("all", "rss")
    assert again.get("all", "json") == shelf.get("all", "json")
    assert not again.put("all", "rss", b"one", NOW + timedelta(days=5))


def test_the_same_bytes_give_the_same_gzip(folder: Path, tmp_path: Path) -> None:
    one, two = Shelf(folder), Shelf(tmp_path / "other")
    one.put("all", "rss", b"same", NOW)
    two.put("all", "rss", b"same", datetime(2030, 1, 1, tzinfo=UTC))
    assert shown(one).gzip == shown(two).gzip


def test_lost_or_changed_files_are_written_again_with_their_old_date(folder: Path) -> None:
    shelf = Shelf(folder)
    shelf.put("all", "rss", b"one", NOW)
    (folder / "all.rss.gz").unlink()
    (folder / "all.rss").write_bytes(b"someone else's")
    assert not shelf.put("all", "rss", b"one", NOW + timedelta(hours=1))
    assert (folder / "all.rss").read_bytes() == b"one"
    assert gzip.decompress((folder / "all.rss.gz").read_bytes()) == b"one"
    assert (folder / "all.rss").stat().st_mtime == NOW.timestamp()


def test_load_mends_a_missing_gzip(folder: Path) -> None:
    Shelf(folder).put("all", "rss", b"one", NOW)
    (folder / "all.rss.gz").write_bytes(b"cut")
    shelf = Shelf(folder)
    shelf.load()
    assert gzip.decompress((folder / "all.rss.gz").read_bytes()) == b"one"
    assert shown(shelf).modified == NOW


def test_planted_symlinks_are_replaced_not_followed(folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_bytes(b"precious")
    folder.mkdir(parents=True)
    (folder / "all.rss").symlink_to(outside)
    (folder / "all.rss.gz").symlink_to(tmp_path / "missing")
    shelf = Shelf(folder)
    assert shelf.load() == []
    shelf.put("all", "rss", b"one", NOW)
    assert outside.read_bytes() == b"precious"
    assert not (tmp_path / "missing").exists()
    assert not (folder / "all.rss").is_symlink()
    assert (folder / "all.rss").read_bytes() == b"one"


def test_a_symlink_planted_later_is_replaced_at_the_next_put(folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_bytes(b"one")
    shelf = Shelf(folder)
    shelf.put("all", "rss", b"one", NOW)
    (folder / "all.rss").unlink()
    (folder / "all.rss").symlink_to(outside)
    shelf.put("all", "rss", b"one", NOW)
    assert not (folder / "all.rss").is_symlink()


@pytest.mark.parametrize(
    "slug",
    ["", "../x", "a/b", "/etc/x", "..\\x", "a\x00b", ".hidden", "-x", "ALL", "财经", "a.rss", "a" * 101, "a\n"],
)
def test_unsafe_names_are_refused(folder: Path, slug: str) -> None:
    with pytest.raises(ConfigError, match="slug"):
        Shelf(folder).put(slug, "rss", b"x", NOW)
    assert not folder.exists()


def test_drop_takes_down_what_is_not_kept_and_nothing_else(folder: Path) -> None:
    shelf = Shelf(folder)
    for slug in ("all", "stocks"):
        for name in ("rss", "json"):
            shelf.put(slug, name, slug.encode(), NOW)
    (folder / "index.html").write_bytes(b"the operator's own")
    assert shelf.drop({"all"}) == ["stocks.json", "stocks.json.gz", "stocks.rss", "stocks.rss.gz"]
    assert shelf.get("stocks", "rss") is None
    assert shelf.drop({"all": ("rss",)}) == ["all.json", "all.json.gz"]
    assert shelf.get("all", "json") is None
    assert shelf.get("all", "rss") is not None
    assert names(folder) == ["all.rss", "all.rss.gz", "index.html"]


def test_drop_before_anything_was_put(folder: Path) -> None:
    assert Shelf(folder).drop(set()) == []


def test_a_failed_write_leaves_the_old_files_whole(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf = Shelf(folder)
    shelf.put("all", "rss", b"one", NOW)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            shelf.put("all", "rss", b"two", NOW + timedelta(minutes=1))
    assert names(folder) == ["all.rss", "all.rss.gz"]
    assert (folder / "all.rss").read_bytes() == b"one"
    assert shown(shelf).body == b"two"  # readers of the built-in server get the news all the same
    assert not shelf.put("all", "rss", b"two", NOW + timedelta(minutes=2))
    assert (folder / "all.rss").read_bytes() == b"two"


def test_a_reader_never_sees_a_part(folder: Path) -> None:
    """Files are opened again and again while they change: every read is one whole state."""
    shelf = Shelf(folder)
    shelf.put("all", "rss", b"0" * 300_000, NOW)
    done = Event()
    seen: list[bytes] = []

    def read() -> None:
        while not done.is_set():
            seen.append((folder / "all.rss").read_bytes())
            seen.append(gzip.decompress((folder / "all.rss.gz").read_bytes()))

    reader = Thread(target=read)
    reader.start()
    for number in range(1, 40):
        shelf.put("all", "rss", str(number % 10).encode() * 300_000, NOW)
    done.set()
    reader.join()
    assert {len(body) for body in seen} == {300_000}
    assert all(len(set(body)) == 1 for body in seen)


def test_load_sweeps_what_a_killed_writer_left(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.mkdir(parents=True)
    (folder / ".shelf-killed").write_bytes(b"half")
    Shelf(folder).load()
    assert names(folder) == [".shelf-killed"]  # young: its writer may be at work
    later = time.time() + 7200
    monkeypatch.setattr(time, "time", lambda: later)
    Shelf(folder).load()
    assert names(folder) == []


def test_marks_hold_while_the_files_stand_and_also_in_another_process(folder: Path) -> None:
    shelf = Shelf(folder)
    shelf.put("all", "rss", b"one", NOW)
    shelf.put("bank", "rss", b"two", NOW)
    shelf.mark("all", ["rss"], "m")
    shelf.mark("bank", ["rss"], "n")
    again = Shelf(folder)
    assert again.marked("all", ["rss"], "m")
    assert again.marked("bank", ["rss"], "n")
    assert not again.marked("all", ["rss"], "n")
    assert not again.marked("all", ["rss", "atom"], "m")
    assert not again.marked("none", ["rss"], "m")
    shelf.put("all", "rss", b"changed", NOW)
    assert not again.marked("all", ["rss"], "m")


@pytest.mark.parametrize("end", ["", ".gz"])
def test_a_lost_file_has_no_mark(folder: Path, end: str) -> None:
    shelf = Shelf(folder)
    shelf.put("all", "rss", b"one", NOW)
    shelf.mark("all", ["rss"], "m")
    (folder / f"all.rss{end}").unlink()
    assert not shelf.marked("all", ["rss"], "m")
    shelf.mark("all", ["rss"], "m")
    assert not shelf.marked("all", ["rss"], "m")


def test_marks_go_with_their_outputs_and_nonsense_marks_nothing(folder: Path) -> None:
    shelf = Shelf(folder)
    shelf.put("all", "rss", b"one", NOW)
    shelf.mark("all", ["rss"], "m")
    assert shelf.drop({"all": ("rss",)}) == []
    assert shelf.marked("all", ["rss"], "m")
    shelf.drop(set())
    shelf.put("all", "rss", b"one", NOW)
    assert not shelf.marked("all", ["rss"], "m")
    shelf.mark("all", ["rss"], "m")
    for nonsense in (b"", b"[1]", b'{"all": 3}', b"\xff"):
        (folder / ".marks").write_bytes(nonsense)
        assert not shelf.marked("all", ["rss"], "m")
        shelf.mark("all", ["rss"], "m")
        assert shelf.marked("all", ["rss"], "m")


def test_put_knows_what_an_earlier_run_wrote(folder: Path) -> None:
    Shelf(folder).put("all", "rss", b"one", NOW)
    later = Shelf(folder)
    assert not later.put("all", "rss", b"one", NOW + timedelta(hours=1))
    assert shown(later).modified == NOW
    assert Shelf(folder).put("all", "rss", b"two", NOW)
    again = Shelf(folder)
    again.load()
    assert shown(again).modified == NOW + timedelta(seconds=1)


@pytest.mark.parametrize("damaged", [b"", b"\x1f\x8b\x08", b"no gzip", gzip.compress(b"other", mtime=0)])
def test_a_damaged_gz_file_is_not_believed(folder: Path, damaged: bytes) -> None:
    Shelf(folder).put("all", "rss", b"one" * 100, NOW)
    (folder / "all.rss.gz").write_bytes(damaged)
    again = Shelf(folder)
    again.load()
    assert gzip.decompress(shown(again).gzip) == b"one" * 100
    assert gzip.decompress((folder / "all.rss.gz").read_bytes()) == b"one" * 100


def test_put_all_tells_which_formats_changed(folder: Path) -> None:
    shelf = Shelf(folder)
    assert shelf.put_all("all", {"rss": b"one", "atom": b"two"}, NOW) == ["rss", "atom"]
    assert shelf.put_all("all", {"rss": b"one", "atom": b"three"}, NOW) == ["atom"]
    assert shelf.put_all("all", {"rss": b"one", "atom": b"three"}, NOW) == []
    assert (folder / "all.atom").read_bytes() == b"three"
    assert names(folder) == ["all.atom", "all.atom.gz", "all.rss", "all.rss.gz"]
