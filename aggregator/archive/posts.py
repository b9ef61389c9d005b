"""Posts as files: front matter and HTML body, one article a file, folders by category.

In: paths. Out: texts with their place (import), or files below a destination (export). Called by app.py; reading the
text of a post is parse/post.py's job, as archive and parse do not know each other.
"""

from __future__ import annotations

import os
import re
import tempfile
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from aggregator.errors import ArchiveError

#: A post larger than this is no post; reading it whole would only fill the memory.
MAX_BYTES = 15 * 1024 * 1024

#: What file systems refuse or shells trip over; the posts that RSSHub archives hold write `_` for them too.
FORBIDDEN = re.compile(r'[\x00-\x1f\x7f"*/:<>?\\|]')

#: File systems count bytes, not characters: 255 less room for " (12).md".
MAX_NAME_BYTES = 240

_RESERVED = re.compile(r"(?i)^(con|prn|aux|nul|com\d|lpt\d)$")


def files(paths: Iterable[Path]) -> Iterator[Path]:
    """Every post below the given files and folders, in a stable order. A folder yields its `.md` files.

    Raises ArchiveError for a path that does not exist.
    """
    for path in paths:
        if path.is_dir():
            for folder, names, found in os.walk(path):
                names.sort()
                yield from (Path(folder) / name for name in sorted(found) if name.lower().endswith(".md"))
        elif path.is_file():
            yield path
        else:
            raise ArchiveError(str(path), "no such file or folder")


def read(path: Path) -> str:
    """The text of one post, line ends untouched. Raises ArchiveError."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ArchiveError(str(path), f"larger than {MAX_BYTES // 1024 // 1024} MB: not a post")
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ArchiveError(str(path), f"not UTF-8 at byte {error.start}; save the file as UTF-8") from error
    except OSError as error:
        raise ArchiveError(str(path), error.strerror or str(error)) from error


class Writer:
    """Writes posts below a folder, never outside it and never over another post of the same export."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._taken: set[str] = set()
        self._last: dict[str, int] = {}  # number of the last post of a name: untitled ones come in thousands

    def write(self, title: str, categories: Sequence[str], text: str) -> Path:
        """Write one post to `folder/category/…/title.md`, whole or not at all. Raises ArchiveError."""
        folder = self._folder.joinpath(*(safe_name(category) for category in categories))
        path = self._free(folder, safe_name(title))
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile("wb", dir=folder, prefix=".", suffix=".part", delete=False) as part:
                part.write(text.encode())
            Path(part.name).replace(path)
        except OSError as error:
            raise ArchiveError(str(path), error.strerror or str(error)) from error
        return path

    def _free(self, folder: Path, stem: str) -> Path:
        """A name that this export has not used, compared as a case-blind, composing file system would."""
        name = _folded(folder / stem)
        while True:
            number = self._last[name] = self._last.get(name, 0) + 1
            path = folder / (f"{stem}.md" if number == 1 else f"{stem} ({number}).md")
            if (folded := _folded(path)) not in self._taken:
                self._taken.add(folded)
                return path


def _folded(path: Path) -> str:
    return unicodedata.normalize("NFC", str(path)).casefold()


def safe_name(name: str) -> str:
    """`name` as one component of a path: nothing that climbs, hides, or is refused by a common file system."""
    safe = FORBIDDEN.sub("_", unicodedata.normalize("NFC", name)).strip(" .")
    while len(safe.encode()) > MAX_NAME_BYTES:
        safe = safe[:-1]
    safe = safe.strip(" .")
    return f"_{safe}" if not safe or _RESERVED.match(safe.partition(".")[0]) else safe
