from __future__ import annotations

import re
import shutil
import subprocess
import zipfile
from datetime import timedelta
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

import pytest
from lxml import etree

from aggregator.archive import epub
from aggregator.errors import ArchiveError
from tests.support import shots
from tests.support.readings import HOSTILE, NOON, Made, reading

OPF = "{http://www.idpf.org/2007/opf}"
XHTML = "{http://www.w3.org/1999/xhtml}"
DC = "{http://purl.org/dc/elements/1.1/}"
TYPE = "{http://www.idpf.org/2007/ops}type"
STRICT = etree.XMLParser(recover=False, resolve_entities=False, no_network=True)
#: Characters that no XML may hold, an end of CDATA, marks that turn text around.
ODD = f"\x00\x08\x1f\ufffe\uffff]]>\u202e\u2067{HOSTILE}"
MARKUP = (
    '<p>甲<br>乙&nbsp;丙 & 丁 <条例>\x01&#2;]]><li>项<table><td rowspan=2>格<img src="https://img.example.com/9.png">'
    '<a href="https://news.example.com/[x] y?a=1&b=<2>">链接</a><a href="javascript:alert(1)">坏</a>'
    '<script>alert(1)</script><svg><a/></svg><o:p>戊</o:p><p onclick="x">己'
)


def book(tmp_path: Path, *articles: object, **given: object) -> zipfile.ZipFile:
    dest = tmp_path / "book.epub"
    list(epub.write(Made(*articles, **given), dest))  # type: ignore[arg-type]
    return zipfile.ZipFile(dest)


def tree(made: zipfile.ZipFile, name: str) -> etree._Element:
    return etree.fromstring(made.read(name), STRICT)


@pytest.fixture
def odd(tmp_path: Path) -> Made:
    """Articles of three days, hostile ones among them, one with pictures."""
    for name, body in (("one.png", shots.PNG), ("two.webp", shots.WEBP), ("bad.png", b"<html>")):
        (tmp_path / name).write_bytes(body)
    pictures = {f"https://img.example.com/{name}": tmp_path / name for name in ("one.png", "two.webp", "bad.png", "no")}
    shown = "".join(f'<p><img src="{url}" alt="图&quot;&lt;"></p>' for url in pictures)
    return Made(
        *(reading(n) for n in range(1, 40)),
        reading(90, title=ODD, outlet=ODD, byline=ODD, editor=ODD, categories=(ODD,), symbols=((ODD, ODD),)),
        reading(91, html=MARKUP, text=ODD, url='https://news.example.com/[a]%zz"<b>#c#d', whole=False),
        reading(92, html="\ud800\ufffe" + ODD, text=ODD + "\ud800"),
        reading(93, html=shown),
        reading(
            94, html="", text="甲\n乙", url=None, image="https://img.example.com/one.png", categories=(), symbols=()
        ),
        told=f"2026-11-16 · {ODD}",
        pictures=pictures,
    )


def test_a_book_is_sound(tmp_path: Path, odd: Made) -> None:
    with book(tmp_path, *odd.given, told=odd.told, pictures=odd.pictures) as made:
        first = made.infolist()[0]
        assert (first.filename, first.compress_type, first.extra) == ("mimetype", zipfile.ZIP_STORED, b"")
        assert made.read("mimetype") == b"application/epub+zip"
        assert made.testzip() is None
        root = tree(made, "META-INF/container.xml").find(".//{*}rootfile")
        assert root is not None
        assert root.get("full-path") == "EPUB/package.opf"
        package = tree(made, "EPUB/package.opf")
        items = {item.get("id"): item.get("href") for item in package.iter(f"{OPF}item")}
        names = [name.removeprefix("EPUB/") for name in made.namelist() if name.startswith("EPUB/")]
        assert sorted([*items.values(), "package.opf"]) == sorted(names)
        assert len(made.namelist()) == len(set(made.namelist())) == len(names) + 2
        spine = [items[ref.get("idref")] for ref in package.iter(f"{OPF}itemref")]
        order = sorted(odd.given, key=lambda one: (one.at, one.id))
        assert spine == ["title.xhtml", "nav.xhtml", *(f"articles/{one.id}.xhtml" for one in order)]
        links = [link for link in tree(made, "EPUB/nav.xhtml").iter(f"{XHTML}a") if not link.get(TYPE)]
        listed = [link.get("href") for link in links if link.get("class") != "day"]
        assert listed == spine[2:]
        assert len(links) - len(listed) == len({one.at.date() for one in odd.given})
        assert package.findtext(f".//{DC}language") == "zh-CN"


def test_every_page_is_xml_and_loads_nothing_from_elsewhere(tmp_path: Path, odd: Made) -> None:
    with book(tmp_path, *odd.given, told=odd.told, pictures=odd.pictures) as made:
        names = set(made.namelist())
        pages = [name for name in names if name.endswith(".xhtml")]
        assert len(pages) == len(odd.given) + 2
        for name in pages:
            page = tree(made, name)
            assert page.tag == f"{XHTML}html"
            assert page.get("{http://www.w3.org/XML/1998/namespace}lang") == page.get("lang") == "zh-CN"
            for element in page.iter(etree.Element):
                assert str(element.tag).startswith(XHTML), name
                assert element.tag.removeprefix(XHTML) not in ("script", "iframe", "svg", "object", "form", "style")
                for key, value in element.attrib.items():
                    assert not str(key).startswith("on")
                    if key not in ("src", "href"):
                        continue
                    if element.tag == f"{XHTML}a" and urlsplit(str(value)).scheme in ("http", "https"):
                        continue
                    parts = (PurePosixPath(name).parent / str(value)).parts
                    while ".." in parts:
                        at = parts.index("..")
                        parts = parts[: at - 1] + parts[at + 1 :]
                    assert "/".join(parts) in names, (name, value)
        assert b"url(" not in made.read("EPUB/style.css")
        assert b"var(" not in made.read("EPUB/style.css")


def test_an_article_is_shown_with_all_that_belongs_to_it(tmp_path: Path) -> None:
    with book(tmp_path, reading(1, editor="李样本", byline="王样本", whole=False)) as made:
        words = "".join(tree(made, "EPUB/articles/1.xhtml").itertext())
        shown = made.read("EPUB/articles/1.xhtml").decode()
    for expected in (
        *("样本股份第1号公告", "样本日报", "王样本", "2026年11月16日 星期一 11:00", "样本股份公告第1段。", "李样本"),
        *("样本移动 600941.SH", "国内", "只存有摘要"),
    ):
        assert expected in words
    assert '<a href="https://news.example.com/1.html">查看原文</a>' in shown


def test_pictures_come_from_the_archive_or_are_links(tmp_path: Path, odd: Made) -> None:
    with book(tmp_path, *odd.given, pictures=odd.pictures) as made:
        media = [name for name in made.namelist() if name.startswith("EPUB/media/")]
        assert len(media) == 1  # the same one twice; the others are missing, no picture, or not for all devices
        assert made.read(media[0]) == shots.PNG
        page = made.read("EPUB/articles/93.xhtml").decode()
        assert page.count("<img ") == 1
        assert page.count('<span class="absent">［<a href="https://img.example.com/') == 3
        assert made.read("EPUB/articles/94.xhtml").decode().count("<img ") == 1


def test_the_same_articles_are_the_same_bytes(tmp_path: Path, odd: Made) -> None:
    dest = tmp_path / "book.epub"
    made = []
    for now in (NOON, NOON + timedelta(days=3)):
        odd.now = now
        list(epub.write(odd, dest))
        made.append(dest.read_bytes())
    assert made[0] == made[1]


def test_identity_is_of_the_selection_and_the_time_of_the_newest_article(tmp_path: Path) -> None:
    def facts(*articles: object, told: str) -> tuple[str | None, str | None]:
        with book(tmp_path, *articles, told=told) as made:
            package = tree(made, "EPUB/package.opf")
            return package.findtext(f".//{DC}identifier"), package.findtext(
                f".//{OPF}meta[@property='dcterms:modified']"
            )

    old = facts(reading(5), reading(6, updated=NOON - timedelta(hours=2)), told="国内")
    new = facts(reading(5), reading(1), told="国内")
    other = facts(reading(5), told="国际")
    assert old[1] == "2026-11-16T02:00:00Z"
    assert new[1] == "2026-11-16T03:00:00Z"
    assert old[0] == new[0] != other[0]
    assert re.fullmatch(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", old[0] or "")


def refused(tmp_path: Path, contents: Made) -> str:
    dest = tmp_path / "book.epub"
    dest.write_bytes(b"the book before")
    with pytest.raises(ArchiveError) as told:
        list(epub.write(contents, dest))
    assert dest.read_bytes() == b"the book before"
    assert [path.name for path in tmp_path.iterdir()] == ["book.epub"]
    return str(told.value)


def test_a_book_of_nothing_is_refused(tmp_path: Path) -> None:
    assert "no article passes the filters" in refused(tmp_path, Made())


def test_a_book_of_too_many_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(epub, "MOST", 3)
    list(epub.write(Made(*(reading(n) for n in range(1, 4))), tmp_path / "book.epub"))
    told = refused(tmp_path, Made(*(reading(n) for n in range(1, 5))))
    assert "more than 3 articles" in told
    assert "--since" in told


def test_what_comes_meanwhile_waits_and_what_goes_meanwhile_stops_it(tmp_path: Path) -> None:
    class Changing(Made):
        then = (reading(1), reading(9))

        def readings(self):  # type: ignore[no-untyped-def]
            yield from self.given
            self.given = self.then

    list(epub.write(Changing(reading(1)), tmp_path / "book.epub"))
    with zipfile.ZipFile(tmp_path / "book.epub") as made:
        assert "EPUB/articles/9.xhtml" not in made.namelist()
    (tmp_path / "book.epub").unlink()
    assert "went away" in refused(tmp_path, Changing(reading(1), reading(2)))


def test_a_book_left_in_the_middle_leaves_nothing(tmp_path: Path) -> None:
    stream = epub.write(Made(reading(1), reading(2)), tmp_path / "book.epub")
    next(stream)
    stream.close()
    assert list(tmp_path.iterdir()) == []


def test_epubcheck_finds_nothing(tmp_path: Path, odd: Made) -> None:
    program = shutil.which("epubcheck")
    if not program:
        pytest.skip("skipped: epubcheck is not installed")
    book(tmp_path, *odd.given, told=odd.told, pictures=odd.pictures).close()
    words = (
        ["java", "-XX:TieredStopAtLevel=1", "-jar", program] if zipfile.is_zipfile(program) else [program]
    )  # Debian has a .jar there
    done = subprocess.run([*words, "book.epub"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "WARNING" not in done.stdout + done.stderr
