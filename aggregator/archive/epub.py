"""A book of articles, as EPUB 3.3: for readers of books and telephones, to be read far from any network.

In: contents. Out: one file, whole or not at all, the same bytes for the same articles. Called by app/exporting.py.

    mimetype                    stored, first
    META-INF/container.xml
    EPUB/title.xhtml  nav.xhtml  style.css  package.opf
    EPUB/articles/12345.xhtml   in the order of the store here, by day and time in the spine
    EPUB/media/…

Articles are read twice: once for the catalogue of titles, which counts them before anything is written, once for texts.
"""

from __future__ import annotations

import re
import uuid
import zipfile
from collections.abc import Generator, Iterable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, BinaryIO

from aggregator.archive import catalogue, files, mediafiles, prose, templates
from aggregator.archive.catalogue import Catalogue, Line
from aggregator.archive.items import Contents, Reading, Written
from aggregator.errors import ArchiveError
from aggregator.kit import dates, imagefile, looks

#: Articles of one book: its table of contents is one page, and devices hold all of it.
MOST = 5_000

#: Types of pictures that every reading system shows (EPUB 3.3 §3.2, but WebP, which is new there).
_SHOWN = ("jpg", "png", "gif")
#: Of the uuid of a book (RFC 9562 §5.5), made from what was asked for.
_NAMESPACE = uuid.UUID("0d6a3a52-7c1e-4f0b-9a53-52c1f0a6be14")
#: The earliest time that ZIP knows; that of every file in the book.
_TIME = (1980, 1, 1, 0, 0, 0)
_TOKEN = re.compile(r"var\((--[a-z]+)\)")
_CONTAINER = b"""<?xml version="1.0" encoding="UTF-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
<rootfiles><rootfile full-path="EPUB/package.opf" media-type="application/oebps-package+xml"/></rootfiles>
</container>
"""


def write(contents: Contents, dest: Path) -> Generator[Written]:
    """Write the book. Raises ArchiveError for no article, for more than MOST, and when the file cannot be written."""
    where = files.shown(dest)
    with catalogue.made(_bounded(contents.readings(), where)) as found:
        if not len(found):
            raise ArchiveError(where, "no article passes the filters; a book needs one, and nothing was written")
        with files.replacing(dest) as stream, _Book(stream, contents) as book:
            for one in contents.readings():
                if one.id in found:  # else it came after the count
                    book.article(one)
                    yield Written(f"{where}#{one.id}")
            book.finish(found, where)


def style() -> bytes:
    """The sheet of the book. Tokens of the common look stand in it by value: not all devices know variables."""
    tokens = looks.tokens()
    return _TOKEN.sub(lambda name: tokens[name[1]], templates.own("epub", "epub.css").decode()).encode()


def _bounded(readings: Iterable[Reading], where: str) -> Iterator[Reading]:
    for count, one in enumerate(readings, start=1):
        if count > MOST:
            raise ArchiveError(
                where,
                f"more than {MOST:,} articles pass the filters, too many for one book; nothing was written. Narrow it "
                "by --since and --until, --category or --query",
            )
        yield one


class _Book:
    """The file in the making: takes articles, then puts what names them all."""

    def __init__(self, stream: BinaryIO, contents: Contents) -> None:
        self._zip = zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED)
        self._contents = contents
        self._book = {
            "title": contents.title,
            "told": contents.told,
            "id": uuid.uuid5(_NAMESPACE, f"{contents.title}\n{contents.told}").urn,
        }
        self._modified = datetime.min.replace(tzinfo=UTC)
        self._articles: set[int] = set()
        self._pictures: dict[str, str] = {}  # name -> media type
        self._put("mimetype", b"application/epub+zip", packed=False)
        self._put("META-INF/container.xml", _CONTAINER)

    def __enter__(self) -> _Book:
        return self

    def __exit__(self, *_raised: object) -> None:
        self._zip.close()

    def article(self, one: Reading) -> None:
        """Put one article, and the archived pictures that it shows."""
        used: list[str] = []

        def picture(url: str) -> prose.Picture | None:
            name = self._picture(url)
            used.extend([name] if name else [])
            return prose.Picture(f"../{name}") if name else None

        body = prose.of(one.html, one.text, picture, xml=True)
        lead = picture(one.image) if one.image and not used else None
        day = dates.beijing_day(one.at)
        values = {"one": one, "body": body, "lead": lead.address if lead else None, "day": day}
        self._page(f"articles/{one.id}.xhtml", "article.xhtml", root="../", **values)
        self._articles.add(one.id)
        self._modified = max(self._modified, one.at, one.updated)

    def finish(self, found: Catalogue, where: str) -> None:
        """Put the lists. Raises ArchiveError when an article went away since they were made."""
        if len(self._articles) < len(found):
            raise ArchiveError(where, "articles went away while they were read; nothing was written, export again")
        days = [(day, list(lines)) for day, lines in found.of_days(newest_first=False)]
        self._put("EPUB/style.css", style())
        self._page("title.xhtml", "title.xhtml", root="", **_told(days))
        self._page("nav.xhtml", "nav.xhtml", root="", days=days)
        self._page(
            "package.opf",
            "package.opf",
            modified=self._modified,
            lines=[line for _, lines in days for line in lines],
            pictures=self._pictures,
        )

    def _picture(self, url: str) -> str | None:
        """Put an archived picture, once; None for what is none, or could not be shown everywhere."""
        try:
            kept = self._contents.picture(url)
            body = kept.file.read_bytes() if kept else b""
            kind = imagefile.read(body).extension
        except (OSError, ValueError):
            return None
        if kind not in _SHOWN:
            return None
        name = f"media/{mediafiles.hash_of(body)}.{kind}"
        if name not in self._pictures:
            self._pictures[name] = imagefile.TYPES[kind]
            self._put(f"EPUB/{name}", body, packed=False)
        return name

    def _page(self, name: str, template: str, **values: Any) -> None:
        self._put(f"EPUB/{name}", templates.render("epub", template, book=self._book, **values))

    def _put(self, name: str, body: bytes, *, packed: bool = True) -> None:
        info = zipfile.ZipInfo(name, _TIME)
        info.create_system = 3  # whatever it is made on
        info.external_attr = 0o644 << 16
        info.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
        self._zip.writestr(info, body)


def _told(days: list[tuple[date, list[Line]]]) -> dict[str, Any]:
    """What the title page says of the articles."""
    outlets = sorted({line.outlet for _, lines in days for line in lines if line.outlet})
    count = sum(len(lines) for _, lines in days)
    return {"first": days[0][0], "last": days[-1][0], "count": count, "outlets": outlets}
