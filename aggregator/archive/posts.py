"""Posts as files: front matter and HTML body, one article a file, folders by category.

In: a path, or articles as posts. Out: the text of a post with its place (import), or files below a destination
(export). Reading the text of a post is parse/post.py's job, as archive and parse do not know each other.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path

from aggregator.archive import files
from aggregator.archive.items import Contents, Post, Written
from aggregator.errors import ArchiveError, ArchiveStopped
from aggregator.kit import hashing

#: A post larger than this is no post; reading it whole would only fill the memory.
MAX_BYTES = 15 * 1024 * 1024


def read(path: Path, _skip: int = 0) -> Iterator[Post]:
    """The one post of a file, line ends untouched. Raises ArchiveError."""
    where = files.shown(path)
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
        if len(raw) > MAX_BYTES:
            raise ArchiveError(where, f"larger than {MAX_BYTES // 1024 // 1024} MB: not a post")
        yield Post(where, raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ArchiveError(where, f"not UTF-8 at byte {error.start}; save the file as UTF-8") from error
    except OSError as error:
        raise files.failed(path, error) from error


def write(contents: Contents, dest: Path) -> Generator[Written]:
    """Write every article to `dest/category/…/title.md`. Raises ArchiveError when the disk takes no more."""
    writer = Writer(dest)
    for post in contents.posts():
        try:
            yield writer.write(post.title, post.categories, post.text)
        except ArchiveStopped:
            raise
        except ArchiveError as error:
            yield Written(error.where, problem=error.reason)


class Writer:
    """Writes posts below a folder, never outside it and never over another post of the same export."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._taken: set[int] = set()  # hashes: a million names would fill the memory
        self._last: dict[int, int] = {}  # number of the last post of a name: untitled ones come in thousands
        self._swept: set[Path] = set()

    def write(self, title: str, categories: Sequence[str], text: str) -> Written:
        """Write one post to `folder/category/…/title.md`, whole or not at all; an equal one there is left alone.

        Raises ArchiveError.
        """
        folder = self._folder.joinpath(*(files.safe_name(category) for category in categories))
        raw = text.encode("utf-8", "surrogatepass")
        path = self._free(folder, files.safe_name(title))
        where = files.shown(path)
        try:
            if folder not in self._swept:
                folder.mkdir(parents=True, exist_ok=True)
                files.sweep(folder)
                self._swept.add(folder)
            if files.holds(path, raw):
                return Written(where, kept=True)
        except OSError as error:
            raise files.failed(path, error) from error
        with files.replacing(path) as file:
            file.write(raw)
        return Written(where)

    def _free(self, folder: Path, stem: str) -> Path:
        """A name that this export has not used, compared as a case-blind, composing file system would."""
        name = _folded(folder / stem)
        number = self._last.get(name, 0)
        while True:
            number += 1
            path = folder / (f"{stem}.md" if number == 1 else f"{stem} ({number}).md")
            if (folded := _folded(path)) not in self._taken:
                self._taken.add(folded)
                if number > 1:
                    self._last[name] = number
                return path


def _folded(path: Path) -> int:
    name = unicodedata.normalize("NFC", unicodedata.normalize("NFC", str(path)).casefold())
    return int(hashing.digest(name)[2:18], 16)
