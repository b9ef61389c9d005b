"""A site of plain files: opened from a disk or served by anything, without script, loading nothing from elsewhere.

In: contents. Out: a folder of pages: an index, lists by day, category and symbol, one page an article, the pictures
that are archived, a feed. Every file is written whole, equal ones are left alone, so that an export can be stopped,
gone on with, repeated, and copied by tools that look at times.

    index.html   style.css   icon.svg   feeds/archive.atom
    days/2026.html                  the calendar of a year          days/2026-11-16/index.html, 2.html …
    categories/index.html …         categories/国内/index.html, 2.html …         symbols/ likewise
    articles/12/12345.html          media/ab/ab12….jpg

Articles are read twice: once for the catalogue of titles, which lies on disk, once for the pages. Nothing else grows.
"""

from __future__ import annotations

import shutil
from collections.abc import Generator, Iterable, Iterator, Sequence
from datetime import date
from itertools import groupby, islice
from pathlib import Path
from typing import Any

from aggregator.archive import catalogue, files, months, places, prose, templates
from aggregator.archive.catalogue import Catalogue, Line, Tag
from aggregator.archive.items import Contents, Written
from aggregator.errors import ArchiveError, ArchiveStopped
from aggregator.kit import dates, looks

#: Headlines of one page of a list, of the index, entries of the feed, names beside the index, names of a page of them.
LINES, LATEST, FEED, NAMES, TAGS = 100, 40, 100, 24, 400

KINDS = {"categories": ("category", "分类"), "symbols": ("symbol", "证券")}


def write(contents: Contents, dest: Path) -> Generator[Written]:
    """Write the site below `dest`. Raises ArchiveStopped when the disk takes no more."""
    with catalogue.made(contents.readings()) as found:
        site = _Site(contents, dest, found)
        for name, made in site.pages():
            try:
                yield site.put(name, made)
            except ArchiveStopped:
                raise
            except ArchiveError as error:
                yield Written(error.where, problem=error.reason)


class _Site:
    """One export: makes pages, and puts them below the folder."""

    def __init__(self, contents: Contents, dest: Path, found: Catalogue) -> None:
        self._contents = contents
        self._dest = dest
        self._found = found
        self._days = found.days()
        self._years = months.years(self._days)
        self._swept: set[Path] = set()
        self._shown: set[str] = set()  # names of pictures that were put
        last = self._years[-1].name if self._years else str(dates.beijing_day(contents.now).year)
        self._about = {"title": contents.title, "told": contents.told, "year": last}

    def pages(self) -> Iterator[tuple[str, bytes | Path]]:
        """Every file: its name, and its bytes or the file it is a copy of. The index comes last, when all is there."""
        yield "style.css", looks.base().encode() + templates.own("site", "site.css")
        yield "icon.svg", looks.icon().encode()
        yield from self._articles()
        yield from self._of_days()
        for folder in KINDS:
            yield from self._of_tags(folder)
            yield from self._tags(folder)
        stories = dict.fromkeys(line.story for line in self._found.newest(2 * FEED))
        yield "feeds/archive.atom", self._contents.feed(list(stories)[:FEED])
        if not self._years:
            yield f"days/{self._about['year']}.html", self._year(Tag(self._about["year"], 0))
        yield "index.html", self._index()

    def put(self, name: str, made: bytes | Path) -> Written:
        """Write one file, unless it stands there. Raises ArchiveError."""
        path = self._dest / name
        where = files.shown(path)
        try:
            if path.parent not in self._swept:
                path.parent.mkdir(parents=True, exist_ok=True)
                files.sweep(path.parent)
                self._swept.add(path.parent)
            if isinstance(made, bytes):
                if files.holds(path, made):
                    return Written(where, kept=True)
            elif path.is_file() and not path.is_symlink() and path.stat().st_size == made.stat().st_size:
                return Written(where, kept=True)  # its name is its content's
        except OSError as error:
            raise files.failed(path, error) from error
        with files.replacing(path) as file:
            if isinstance(made, bytes):
                file.write(made)
            else:  # no hard link: who edits the site would edit the archive
                with made.open("rb") as source:
                    shutil.copyfileobj(source, file)
        return Written(where)

    def _page(self, template: str, depth: int, **values: Any) -> bytes:
        return templates.render("site", template, site=self._about, root="../" * depth, **values)

    # ------------------------------------------------------------------------------------------------- articles

    def _articles(self) -> Iterator[tuple[str, bytes | Path]]:
        for one in self._contents.readings():
            if one.id not in self._found:
                continue  # it came after the lists were made
            pictures = _Pictures(self._contents)
            body = prose.of(one.html, one.text, pictures)
            lead = pictures(one.image) if one.image and not pictures.used else None
            newer, older = self._found.beside(one)
            for name, file in pictures.used.items():
                if name not in self._shown:
                    self._shown.add(name)
                    yield name, file
            yield (
                places.article(one.id),
                self._page(
                    "article.html",
                    2,
                    one=one,
                    body=body,
                    lead=lead.address if lead else None,
                    day=dates.beijing_day(one.at),
                    others=self._found.others(one),
                    newer=newer,
                    older=older,
                ),
            )

    # ---------------------------------------------------------------------------------------------------- lists

    def _of_days(self) -> Iterator[tuple[str, bytes]]:
        for year in self._years:
            yield f"days/{year.name}.html", self._year(year)
        order = [date.fromisoformat(day.name) for day in self._days]
        older, newer = [None, *order], [*order[1:], None]
        counts = {day.name: day.count for day in self._days}
        for at, (day, lines) in zip(reversed(range(len(order))), self._found.of_days(), strict=True):
            for number, last, some in _sheets(lines, counts[day.isoformat()]):
                values = {"day": day, "before": older[at], "after": newer[at], "count": counts[day.isoformat()]}
                made = self._page("day.html", 2, lines=some, number=number, last=last, **values)
                yield f"days/{day.isoformat()}/{places.sheet(number)}", made

    def _year(self, year: Tag) -> bytes:
        made = months.of(self._days, int(year.name))
        values = {"year": year.name, "count": year.count, "years": self._years, "months": made}
        return self._page("year.html", 1, **values)

    def _of_tags(self, folder: str) -> Iterator[tuple[str, bytes]]:
        kind, word = KINDS[folder]
        for name, lines in self._found.of_tags(kind):
            tag = self._found.tag(kind, name)
            for number, last, some in _sheets(lines, tag.count):
                values = {"tag": tag, "folder": folder, "kind": word, "number": number, "last": last}
                made = self._page("tag.html", 2, days=_by_day(some), **values)
                yield f"{folder}/{places.folder(name)}/{places.sheet(number)}", made

    def _tags(self, folder: str) -> Iterator[tuple[str, bytes]]:
        kind, word = KINDS[folder]
        count = self._found.count(kind)
        last = max(1, -(-count // TAGS))
        for number in range(1, last + 1):
            some = self._found.tags(kind, TAGS, (number - 1) * TAGS)
            values = {"folder": folder, "kind": word, "count": count, "number": number, "last": last}
            yield f"{folder}/{places.sheet(number)}", self._page("tags.html", 1, found=some, **values)

    def _index(self) -> bytes:
        return self._page(
            "index.html",
            0,
            total=len(self._found),
            first=date.fromisoformat(self._days[0].name) if self._days else None,
            last=date.fromisoformat(self._days[-1].name) if self._days else None,
            days=_by_day(self._found.newest(LATEST)),
            month=months.newest(self._days),
            years=list(reversed(self._years)),
            categories=self._found.tags("category", NAMES),
            symbols=self._found.tags("symbol", NAMES),
        )


class _Pictures:
    """The archived pictures of one article: gives their addresses, and notes which are used."""

    def __init__(self, contents: Contents) -> None:
        self._contents = contents
        self.used: dict[str, Path] = {}

    def __call__(self, url: str) -> prose.Picture | None:
        kept = self._contents.picture(url)
        if kept is None:
            return None
        name = places.picture(kept.name)
        self.used[name] = kept.file
        return prose.Picture(f"../../{name}")


def _sheets(lines: Iterable[Line], count: int) -> Iterator[tuple[int, int, Sequence[Line]]]:
    """The pages of a list: number, how many there are, lines."""
    last = -(-count // LINES)
    rest = iter(lines)
    number = 0
    while some := list(islice(rest, LINES)):
        number += 1
        yield number, last, some


def _by_day(lines: Sequence[Line]) -> list[tuple[date, list[Line]]]:
    return [(day, list(some)) for day, some in groupby(lines, key=lambda line: dates.beijing_day(line.at))]
