"""What exports find in the archive besides texts: the pictures that are kept."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from aggregator import archive, config
from aggregator.app import exporting, pictures
from aggregator.app.core import App
from aggregator.models import Image, Medium, Wanted
from tests.support import pagecheck, shots
from tests.support import place as places
from tests.support.writes import NOW, article, plan

LEAD, MORE, LOST = (f"https://img.example.com/{name}.jpg?a=1&b=2" for name in ("lead", "more", "lost"))


def shown(*urls: str) -> str:
    return "".join(f'<p><img src="{url.replace("&", "&amp;")}"></p>' for url in urls)


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    """Three articles; LEAD and MORE are kept, LOST is not. The first shows its lead only beside its text."""
    here = places.make(tmp_path, "http://127.0.0.1:9")
    with App(config.load(here.config, environ={}), clock=lambda: NOW) as opened:
        opened.prepare()
        some = (
            article("x1", html="<p>甲。</p>", image=LEAD),
            article("x2", html=shown(LEAD, LOST, MORE), image=LOST, images=tuple(map(Image, (LEAD, LOST, MORE)))),
            article("x3", html=shown(LEAD), image=LEAD, images=(Image(LEAD),)),
        )
        opened.store.articles.commit([plan(*some, slug="import")], NOW)
        media = opened.store.media
        while media.advance("all", NOW):
            pass
        bodies = {LEAD: (shots.JPEG, "jpg"), MORE: (shots.PNG, "png")}
        for due in media.due(NOW, 9):
            if due.url in bodies:
                body, extension = bodies[due.url]
                digest = pictures.folder(opened.data).put(body, extension)
                media.keep(due.id, Medium(digest, extension, len(body)), NOW)
        yield opened


def _file(app: App, url: str) -> Path:
    kept = exporting.Held(app.store, app.config, Wanted(), NOW).picture(url)
    assert kept is not None
    return kept.file


def test_a_site_shows_what_is_kept_and_has_each_picture_once(app: App, tmp_path: Path) -> None:
    dest = tmp_path / "site"
    done = app.export(archive.chosen("site", written=True), dest, Wanted())
    assert (done.errors, done.kept) == ([], 0)
    put = {path.relative_to(dest).as_posix(): path.read_bytes() for path in (dest / "media").rglob("*.*")}
    assert sorted(put.values()) == sorted([shots.JPEG, shots.PNG])
    (lead,) = (name for name, body in put.items() if body == shots.JPEG)
    pages = [(dest / f"articles/0/{n}.html").read_text("utf-8") for n in (1, 2, 3)]
    assert f'<p class="lead-image"><img src="../../{lead}"' in pages[0]
    assert [page.count("<img ") for page in pages] == [1, 2, 1]
    assert '<a href="https://img.example.com/lost.jpg?a=1&amp;b=2"' in pages[1]
    assert list(pagecheck.dead_links(dest)) == []
    assert app.export(archive.chosen("site", written=True), dest, Wanted()).written == 0


def test_a_book_holds_what_is_kept(app: App, tmp_path: Path) -> None:
    dest = tmp_path / "book.epub"
    assert app.export(archive.chosen("epub", written=True), dest, Wanted()).errors == []
    with zipfile.ZipFile(dest) as book:
        media = {name: book.read(name) for name in book.namelist() if name.startswith("EPUB/media/")}
        assert sorted(media.values()) == sorted([shots.JPEG, shots.PNG])
        package = book.read("EPUB/package.opf").decode()
        assert (package.count('media-type="image/jpeg"'), package.count('media-type="image/png"')) == (1, 1)
        assert [book.read(f"EPUB/articles/{n}.xhtml").count(b"<img ") for n in (1, 2, 3)] == [1, 2, 1]


@pytest.mark.parametrize("name", ["gone", "cut", "a link"])
def test_a_picture_that_is_not_what_the_database_says_is_a_link(app: App, tmp_path: Path, name: str) -> None:
    file = _file(app, LEAD)
    if name == "a link":
        (tmp_path / "elsewhere").write_bytes(file.read_bytes())
    if name == "cut":
        file.write_bytes(file.read_bytes()[:-1])
    else:
        file.unlink()
    if name == "a link":
        file.symlink_to(tmp_path / "elsewhere")
    dest = tmp_path / "site"
    assert app.export(archive.chosen("site", written=True), dest, Wanted()).errors == []
    assert [path.read_bytes() for path in (dest / "media").rglob("*.*")] == [shots.PNG]
    assert "<img " not in (dest / "articles/0/1.html").read_text("utf-8")
    assert list(pagecheck.dead_links(dest)) == []
