"""Files that carry articles in or out. ARCHIVES says which formats there are, and how each is recognised.

A new format is one module and one line in ARCHIVES; docs/extending.md shows one. The module has one or both of

    read(path, skip=0) -> Iterator[Item]         what a file holds (items.py), each thing with its place, as a stream
    write(contents, dest) -> Generator[Written]   writes what an export was asked for, telling each thing it wrote

and may have `recognises(path) -> bool`, asked where its line in the table says that the file might be one. app/ calls
them; nothing here knows the database or the network.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from aggregator.archive import packed
from aggregator.archive.items import Contents, Item, Written
from aggregator.errors import ArchiveError


class Reads(Protocol):
    """The module of a format that can be imported."""

    def read(self, path: Path, skip: int = 0, /) -> Iterator[Item]:
        """Everything in one file, as a stream; `skip`: so many of its records were taken before, begin behind them.

        One bad thing is told by an items.Broken, and the rest goes on. Raises ArchiveError where nothing of the file,
        or nothing more, can be read.
        """
        ...


class Writes(Protocol):
    """The module of a format that can be exported."""

    def write(self, contents: Contents, dest: Path) -> Generator[Written]:
        """Write to `dest`, and tell each thing that was written; what stands there whole already is left alone.

        Files come to their name when they are whole (files.replacing). Raises ArchiveError when the rest cannot be
        written either; the generator may be closed at any time, and leaves nothing half-written.
        """
        ...


@dataclass(frozen=True, slots=True)
class Format:
    """One line of ARCHIVES. `module` is loaded at first use."""

    name: str
    module: str
    told: str  #: what it is, for `--help`
    suffixes: tuple[str, ...] = ()  #: ends of file names, in lower case, that say it is one
    maybe: tuple[str, ...] = ()  #: ends of names that say nothing yet: the first bytes decide
    head: re.Pattern[bytes] | None = None  #: what the first bytes match, once they are unpacked
    dest: str = ""  #: what it is written to: "folder" or "file"; "": it is never written

    @property
    def is_read(self) -> bool:
        """Whether it can be imported."""
        return bool(self.suffixes or self.head)

    def unfit(self, dest: Path) -> str | None:
        """Why it cannot be written to that place, in words."""
        if self.dest == "file" and dest.is_dir():
            return f"{dest} is a folder; {self.name} is written to one file"
        if self.dest == "folder" and dest.exists() and not dest.is_dir():
            return f"{dest} is a file; {self.name} is written to a folder"
        return None

    @property
    def reader(self) -> Reads:
        """Its module, to read."""
        return cast(Reads, import_module(self.module))

    @property
    def writer(self) -> Writes:
        """Its module, to write."""
        return cast(Writes, import_module(self.module))


#: Ends of the names of databases; all begin alike, and their tables say whose they are.
_DATABASES = (".sqlite", ".sqlite3", ".db")
_SQLITE = re.compile(rb"SQLite format 3\0")

ARCHIVES: dict[str, Format] = {
    one.name: one
    for one in (
        Format(
            "posts",
            "aggregator.archive.posts",
            "text files with front matter, folders by category",
            suffixes=(".md", ".markdown"),
            head=re.compile(rb"(?:\xef\xbb\xbf)?\s*---[ \t]*\r?\n[^\n]*:"),
            dest="folder",
        ),
        Format(
            "jsonl",
            "aggregator.archive.jsonl",
            "everything that is stored, without loss, as JSON Lines",
            suffixes=(".jsonl", ".jsonl.gz", ".jsonl.zst"),
            head=re.compile(rb'\{"kind":"header","format":"aggregator",'),
            dest="file",
        ),
        Format(
            "opml",
            "aggregator.archive.opml",
            "the feed list, with folders as categories",
            suffixes=(".opml", ".opml.gz"),
            maybe=(".xml",),
            head=re.compile(rb"[^<]*(?:<[?!][^>]*>\s*)*<opml[\s>]", re.IGNORECASE),
            dest="file",
        ),
        Format(
            "feeds",
            "aggregator.archive.feeds",
            "RSS, Atom and JSON Feed files",
            suffixes=(".rss", ".atom"),
            maybe=(".xml", ".json", ".xml.gz", ".json.gz"),
            head=re.compile(
                rb"[^<{]*(?:<[?!][^>]*>\s*)*<(?:rss|feed|rdf:RDF)[\s>]"
                rb"|[^<{]*\{[^\[]*\"version\"\s*:\s*\"https?:\\?/\\?/jsonfeed\.org"
            ),
        ),
        Format(
            "warc",
            "aggregator.archive.captures",
            "fetched pages as WARC records, ours or another crawler's",
            suffixes=(".warc", ".warc.gz"),
            head=re.compile(rb"WARC/\d"),
            dest="file",
        ),
        Format(
            "freshrss",
            "aggregator.archive.freshrss",
            "a user's SQLite database of FreshRSS",
            maybe=_DATABASES,
            head=_SQLITE,
        ),
        Format(
            "reader",
            "aggregator.archive.lemon24",
            "the SQLite database of lemon24/reader",
            maybe=_DATABASES,
            head=_SQLITE,
        ),
        Format(
            "miniflux",
            "aggregator.archive.miniflux",
            "entries from the API of Miniflux, as JSON",
            maybe=(".json", ".json.gz"),
            head=re.compile(
                rb"\s*\{\s*(?:\"total\"\s*:\s*\d+\s*,\s*)?\"entries\"\s*:|\s*\[?\s*\{\s*\"id\"\s*:\s*\d+\s*,\s*\"user_id\""
            ),
        ),
        Format("site", "aggregator.archive.site", "a site of plain files, to read and to serve", dest="folder"),
        Format("epub", "aggregator.archive.epub", "a book of up to 5,000 articles, as EPUB 3", dest="file"),
    )
}


def recognise(path: Path, *, named: bool) -> Format | None:
    """The format of a file by its name, else by its first bytes; None for another kind of file.

    `named`: the file itself was named, so its bytes count whatever it is called; below a folder they count only where
    its name leaves it open. Raises ArchiveError when it cannot be read.
    """
    name = path.name.lower()
    readable = [form for form in ARCHIVES.values() if form.is_read]
    if sure := next((form for form in readable if form.suffixes and name.endswith(form.suffixes)), None):
        return sure
    open_ = [form for form in readable if form.head and (named or (form.maybe and name.endswith(form.maybe)))]
    if not open_:
        return None
    head = packed.head(path)
    return next((form for form in open_ if form.head and form.head.match(head) and _agrees(form, path)), None)


def chosen(name: str, *, written: bool = False) -> Format:
    """The format of that name. Raises ArchiveError, naming those that can be read, or written."""
    form = ARCHIVES.get(name)
    usable = [one.name for one in ARCHIVES.values() if (one.dest if written else one.is_read)]
    if form is None or name not in usable:
        raise ArchiveError(name, f"no format that can be {'exported' if written else 'imported'}; {', '.join(usable)}")
    return form


def _agrees(form: Format, path: Path) -> bool:
    recognises = getattr(import_module(form.module), "recognises", None)
    return recognises is None or bool(recognises(path))
