"""A site and a book of what is stored, by the command line."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from tests.support import pagecheck
from tests.support import place as places
from tests.support.place import Place

POST = """---
title: '样本公司第{n}号公告'
categories:
 - {category}
author: 样本网
date: Tue, 14 Jun 2022 0{n}:00:00 GMT
---

<div>
<p>样本公司公告第{n}段。</p>
</div>
"""


@pytest.fixture
def here(tmp_path: Path) -> Place:
    place = places.make(tmp_path, "http://127.0.0.1:9")
    (folder := tmp_path / "posts").mkdir()
    for n in range(1, 7):
        (folder / f"{n}.md").write_text(POST.format(n=n, category="甲" if n % 2 else "乙"), "utf-8")
    done = place.run("import", str(folder))
    assert done.returncode == 0, done.stderr
    return place


def test_a_site(here: Place, tmp_path: Path) -> None:
    done = here.run("export", "site", str(tmp_path / "site"), "--category", "甲")
    assert done.returncode == 0, done.stderr
    assert len(list((tmp_path / "site/articles").rglob("*.html"))) == 3
    assert list(pagecheck.dead_links(tmp_path / "site")) == []
    assert "样本公司第5号公告" in (tmp_path / "site/index.html").read_text("utf-8")
    again = here.run("export", "site", str(tmp_path / "site"), "--category", "甲")
    assert "wrote 0 items" in again.stdout


def test_a_book(here: Place, tmp_path: Path) -> None:
    dest = tmp_path / "book.epub"
    done = here.run("export", "epub", str(dest), "--category", "甲", "--since", "2022-06-14")
    assert done.returncode == 0, done.stderr
    assert f"wrote 3 items to {dest}" in done.stdout
    with zipfile.ZipFile(dest) as book:
        assert book.namelist()[0] == "mimetype"
        nav = book.read("EPUB/nav.xhtml").decode()
        assert [f"第{n}号公告" in nav for n in range(1, 7)] == [True, False, True, False, True, False]
        assert "甲" in book.read("EPUB/title.xhtml").decode()
    before = dest.read_bytes()
    assert here.run("export", "epub", str(dest), "--category", "甲", "--since", "2022-06-14").returncode == 0
    assert dest.read_bytes() == before


def test_a_book_that_cannot_be(here: Place, tmp_path: Path) -> None:
    none = here.run("export", "epub", str(tmp_path / "book.epub"), "--category", "丙")
    assert none.returncode == 1
    assert "no article passes the filters" in none.stderr
    assert "Traceback" not in none.stderr
    assert not (tmp_path / "book.epub").exists()
    assert here.run("export", "epub", str(tmp_path)).returncode == 2
    assert here.run("export", "epub", str(tmp_path / "nowhere" / "book.epub")).returncode == 1
