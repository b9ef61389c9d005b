from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from aggregator.archive import places, site
from aggregator.archive.items import Written
from tests.support import pagecheck
from tests.support.readings import HOSTILE, NOON, Made, reading


def export(folder: Path, contents: Made) -> list[Written]:
    return list(site.write(contents, folder))


def page(folder: Path, name: str) -> str:
    return (folder / name).read_text("utf-8")


@pytest.fixture
def many() -> Made:
    """Articles of a week, two of a story, names of every kind."""
    some = [reading(n) for n in range(1, 181)]
    names = ("ETF", "Etf", "宏观/政策", "..", "a\\b", "CON", "甲" * 200, HOSTILE, "index.html", "#%?", "é", "e\u0301")
    odd = [reading(200 + n, categories=(name,), symbols=((name, HOSTILE),)) for n, name in enumerate(names)]
    twin = reading(300, story=some[0].story, outlet="虚构通讯社", title=HOSTILE, html=f"<p>甲</p>{HOSTILE}")
    return Made(*some, *odd, twin, reading(301, at=NOON - timedelta(days=400), url=None, outlet="", categories=()))


def test_every_page_is_sound_and_no_link_is_dead(tmp_path: Path, many: Made) -> None:
    told = export(tmp_path / "site", many)
    assert not [one for one in told if one.problem]
    pages = sorted((tmp_path / "site").rglob("*.html"))
    assert {
        path.relative_to(tmp_path).as_posix(): found
        for path in pages
        if (found := pagecheck.faults(path.read_text("utf-8")))
    } == {}
    assert list(pagecheck.dead_links(tmp_path / "site")) == []
    assert {path.name for path in tmp_path.iterdir()} == {"site"}
    assert len(pages) > len(many.given)


def test_an_article_is_shown_with_all_that_belongs_to_it(tmp_path: Path, many: Made) -> None:
    export(tmp_path, many)
    shown = page(tmp_path, places.article(1))
    for words in (
        "样本股份第1号公告",
        "样本日报",
        "11:00",
        "2026年11月16日 星期一",
        "样本股份公告第1段。",
        "虚构通讯社",
    ):
        assert words in shown
    assert 'href="https://news.example.com/1.html"' in shown
    assert f'href="../../{places.article(300)}"' in shown
    assert "../../symbols/600941.SH/index.html" in shown
    assert "其他媒体的报道" not in page(tmp_path, places.article(2))


def test_a_list_has_pages(tmp_path: Path) -> None:
    export(tmp_path, Made(*(reading(n) for n in range(1, 251))))
    first, last = page(tmp_path, "categories/国内/index.html"), page(tmp_path, "categories/国内/3.html")
    assert "第1号" in first
    assert "第250号" in last
    assert 'rel="next" href="2.html"' in first
    assert 'rel="prev" href="2.html"' in last
    assert not (tmp_path / "categories/国内/4.html").exists()


def test_again_changes_nothing_and_a_new_article_only_what_names_it(tmp_path: Path) -> None:
    old = Made(*(reading(n) for n in range(50, 60)), reading(90))
    export(tmp_path, old)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    again = export(tmp_path, old)
    assert all(one.kept for one in again)
    assert {path: path.stat().st_mtime_ns for path in before} == before
    written = {
        Path(one.where).relative_to(tmp_path).as_posix()
        for one in export(tmp_path, Made(*old.given, reading(1)))
        if not one.kept
    }
    assert "articles/0/1.html" in written
    assert "index.html" in written
    assert not {places.article(n) for n in range(50, 60)} & written


def test_pictures_come_from_the_archive_or_are_links(tmp_path: Path) -> None:
    file = tmp_path / "ab12.png"
    file.write_bytes(b"\x89PNG\r\n\x1a\n")
    html = '<p>甲<img src="https://img.example.com/1.png" alt="图"><img src="https://img.example.com/2.png"></p>'
    made = Made(reading(1, html=html), pictures={"https://img.example.com/1.png": file})
    export(tmp_path / "site", made)
    shown = page(tmp_path / "site", places.article(1))
    assert '<img src="../../media/ab/ab12.png" alt="图">' in shown
    assert 'href="https://img.example.com/2.png"' in shown
    assert (tmp_path / "site/media/ab/ab12.png").read_bytes() == file.read_bytes()
    assert list(pagecheck.dead_links(tmp_path / "site")) == []


def test_nothing_at_all_makes_a_site_too(tmp_path: Path) -> None:
    export(tmp_path, Made(told="2026-11-16"))
    assert "没有符合条件的文章" in page(tmp_path, "index.html")
    assert list(pagecheck.dead_links(tmp_path)) == []


def test_one_bad_place_is_told_and_the_rest_goes_on(tmp_path: Path) -> None:
    (tmp_path / places.article(1)).mkdir(parents=True)
    told = export(tmp_path, Made(reading(1), reading(2)))
    assert [one.where for one in told if one.problem] == [str(tmp_path / places.article(1))]
    assert (tmp_path / places.article(2)).is_file()


def test_names_never_meet() -> None:
    names = [
        "ETF",
        "etf",
        "Etf",
        "é",
        "e\u0301",
        "É",
        "E\u0301",
        "a/b",
        "a_b",
        "A_B",
        "CON",
        "_CON",
        "",
        "_",
        ".",
        "国内",
        "国内 ",
    ]
    folders = [places.folder(name).casefold() for name in names]
    assert len(set(folders)) == len(names)
    assert all(len(folder.encode()) <= 255 for folder in map(places.folder, [*names, "甲" * 400]))
    assert places.folder("国内") == "国内"


@pytest.mark.parametrize(
    ("number", "last", "shown"),
    [(1, 1, [1]), (1, 9, [1, 2, 3, 0, 9]), (5, 9, [1, 2, 3, 4, 5, 6, 7, 8, 9]), (6, 12, [1, 0, 4, 5, 6, 7, 8, 0, 12])],
)
def test_a_pager_shows_both_ends(number: int, last: int, shown: list[int]) -> None:
    assert places.window(number, last) == shown


def test_what_came_between_the_two_readings_waits_for_the_next_export(tmp_path: Path) -> None:
    class Growing(Made):
        def readings(self):  # type: ignore[no-untyped-def]
            yield from self.given
            self.given = (*self.given, replace(reading(9)))

    export(tmp_path, Growing(reading(1)))
    assert not (tmp_path / places.article(9)).exists()
