"""JSON Lines, lossless: one record a line, as docs/formats/jsonl.md says. Plain, or packed by the name it is given.

In: a path, or records. Out: records with their line (import), or one file (export). What a record means is the store's
business (store/wire.py); here it is a JSON object with a `kind`.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from aggregator.archive import files, packed
from aggregator.archive.items import Broken, Contents, Whole, Written
from aggregator.errors import ArchiveError

#: Raised when a reader of this version could misread what is written.
VERSION = 1

#: The first line of every file.
HEADER = {"kind": "header", "format": "aggregator", "version": VERSION}

#: A longer line is none of ours: an article with hundreds of states takes a few megabytes.
LONGEST = 32 * 1024 * 1024

_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_ASCII = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"))


def read(path: Path, skip: int = 0) -> Iterator[Whole | Broken]:
    """Every record, from behind the first `skip` lines. Raises ArchiveError for a file of another kind or version."""
    where = files.shown(path)
    with packed.errors(where), packed.opened(path) as stream:
        _check(where, _loaded(stream.readline(LONGEST)))
        number = 1
        while line := stream.readline(LONGEST):
            number += 1
            place = f"{where}:{number}"
            if not line.endswith(b"\n") and len(line) >= LONGEST:
                _pass_line(stream)
                yield Broken(place, f"a line of more than {LONGEST // 1024 // 1024} MB", done=number)
            elif number > skip:
                facts = _loaded(line)
                if isinstance(facts, dict):
                    yield Whole(place, facts, done=number)
                else:
                    ended = "is cut off" if not line.endswith(b"\n") else "is damaged"
                    yield Broken(place, f"the line {ended}: it is no JSON object", done=number)


def write(contents: Contents, dest: Path) -> Generator[Written]:
    """One file, packed when its name ends with .gz or .zst."""
    where = files.shown(dest)
    with files.replacing(dest) as file, packed.packing(dest.name, file) as stream:
        stream.write(_line(HEADER))
        for facts in contents.records():
            stream.write(_line(facts))
            if facts["kind"] == "article":
                yield Written(f"{where}#{facts['id']}")


def _check(where: str, header: Any) -> None:
    if not isinstance(header, dict) or header.get("kind") != "header" or header.get("format") != HEADER["format"]:
        raise ArchiveError(f"{where}:1", "no JSON Lines of this program: its first line must be their header")
    version = header.get("version")
    if type(version) is not int or not 1 <= version <= VERSION:
        raise ArchiveError(f"{where}:1", f"version {version!r:.20} of the format; this program reads up to {VERSION}")


def _loaded(line: bytes) -> Any:
    """The JSON value of a line; None for what is none."""
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _pass_line(stream: BinaryIO) -> None:
    """Read on to the end of the line."""
    while (more := stream.readline(1 << 20)) and not more.endswith(b"\n"):
        pass


def _line(facts: Any) -> bytes:
    try:
        return _JSON.encode(facts).encode() + b"\n"
    except UnicodeEncodeError:  # half a surrogate pair
        return _ASCII.encode(facts).encode() + b"\n"
