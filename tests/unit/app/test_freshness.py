from __future__ import annotations

import os
from pathlib import Path

import pytest

from aggregator.app.freshness import Freshness


@pytest.fixture
def fresh(tmp_path: Path) -> Freshness:
    (tmp_path / "feeds").mkdir()
    (tmp_path / "feeds" / "all.rss").write_text("<rss/>")
    made = Freshness(tmp_path / ".fresh", tmp_path / "feeds")
    made.reached("facts")
    return made


def test_it_stands_for_the_next_process(fresh: Freshness, tmp_path: Path) -> None:
    assert Freshness(tmp_path / ".fresh", tmp_path / "feeds").stands("facts")
    assert not fresh.stands("other facts")


def test_a_change_of_stories_takes_it_away(fresh: Freshness) -> None:
    fresh.lost()
    fresh.lost()
    assert not fresh.stands("facts")


@pytest.mark.parametrize("change", ["gone", "grown", "touched", "more"])
def test_files_that_others_changed_take_it_away(fresh: Freshness, tmp_path: Path, change: str) -> None:
    file = tmp_path / "feeds" / "all.rss"
    if change == "gone":
        file.unlink()
    elif change == "grown":
        file.write_text("<rss></rss>")
    elif change == "touched":
        os.utime(file, (1, 1))
    else:
        (tmp_path / "feeds" / "other.rss").touch()
    assert not fresh.stands("facts")


@pytest.mark.parametrize("mark", ["", "no json", "[]", '{"facts": "facts"}'])
def test_a_broken_mark_is_none(fresh: Freshness, tmp_path: Path, mark: str) -> None:
    (tmp_path / ".fresh").write_text(mark)
    assert not fresh.stands("facts")


def test_a_folder_that_is_missing_is_not_fresh(tmp_path: Path) -> None:
    nowhere = Freshness(tmp_path / "none" / ".fresh", tmp_path / "none" / "feeds")
    nowhere.reached("facts")
    nowhere.lost()
    assert not nowhere.stands("facts")
