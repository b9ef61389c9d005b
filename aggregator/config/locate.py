"""Where every key stands in a TOML file. In: source text that `tomllib` accepts. Out: key path -> lines.

`tomllib` tells values but no places, so mistakes found later (a bad interval, a duplicate) would have no line number.
This scanner knows only as much of TOML 1.0 as it takes to skip values safely: strings, comments, brackets.
Called by the loader for messages and by the editor to find the lines of one [[feed]].
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from dataclasses import dataclass

Path = tuple[str | int, ...]  #: ('feed', 1, 'headers', 'Accept'); tables of an array are counted from 0

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_KEY = re.compile(r"[ \t]*(?:\"((?:[^\"\\]|\\.)*)\"|'([^']*)'|([A-Za-z0-9_-]+))[ \t]*")
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}|' + r"'''.*?'{3,5}|" + r'"(?:[^"\\\n]|\\.)*"|' + r"'[^'\n]*'", re.DOTALL
)
_SCALAR = re.compile(r"[^,\]}#\r\n]*")


@dataclass(frozen=True, slots=True)
class Span:
    """First and last line of a key with its value, or of a table with all that belongs to it; from 1."""

    first: int
    last: int


def spans(source: str) -> dict[Path, Span]:
    """Every table, key and element of `source` with its lines."""
    return _Scanner(source).scan()


def line(found: dict[Path, Span], path: Path) -> int | None:
    """The line of `path`, or of the nearest thing around it that stands in the file."""
    while path and path not in found:
        path = path[:-1]
    return found[path].first if path else None


class _Scanner:
    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0
        self.starts = [0, *(found.end() for found in re.finditer("\n", source))]
        self.found: dict[Path, Span] = {}
        self.arrays: dict[Path, int] = {}  # arrays of tables, with the number of tables met

    def scan(self) -> dict[Path, Span]:
        table: Path = ()
        while self._skip():
            start = self._line()
            if self.source[self.at] == "[":
                table = self._header()
                self._reach(table, 1, start)
            else:
                self._pair(table)
        return self.found

    def _header(self) -> Path:
        double = self.source.startswith("[[", self.at)
        self.at += 2 if double else 1
        *outer, last = self._keys()
        self.at = self.source.index("]", self.at) + (2 if double else 1)
        path: Path = ()
        for part in outer:
            path = self._inside((*path, part))
        path = (*path, last)
        if not double:
            return path
        self.arrays[path] = self.arrays.get(path, -1) + 1
        return self._inside(path)

    def _inside(self, path: Path) -> Path:
        """The current table, where `path` is an array of tables."""
        return (*path, self.arrays[path]) if path in self.arrays else path

    def _keys(self) -> list[str]:
        parts: list[str] = []
        while match := _KEY.match(self.source, self.at):
            self.at = match.end()
            quoted, literal, bare = match.groups()
            parts.append(tomllib.loads(f'key = "{quoted}"')["key"] if quoted is not None else literal or bare or "")
            if not self.source.startswith(".", self.at):
                break
            self.at += 1
        return parts

    def _pair(self, table: Path) -> None:
        start = self._line()
        path = (*table, *self._keys())
        self.at = self.source.index("=", self.at) + 1
        self._value(path)
        self._reach(path, len(table) + 1, start)

    def _value(self, path: Path) -> None:
        self._skip()
        opening = self.source[self.at : self.at + 1]
        if opening == "[":
            self._members(path, "]")
        elif opening == "{":
            self._members(path, "}")
        else:
            match = _STRING.match(self.source, self.at) or _SCALAR.match(self.source, self.at)
            self.at = match.end() if match else self.at

    def _members(self, path: Path, closing: str) -> None:
        self.at += 1
        index = 0
        while self._skip() and self.source[self.at] != closing:
            if self.source[self.at] == ",":
                self.at += 1
                continue
            if closing == "}":
                self._pair(path)
            else:
                start = self._line()
                self._value((*path, index))
                self._note((*path, index), start)
                index += 1
        self.at += 1

    def _reach(self, path: Path, least: int, start: int) -> None:
        """Remember `path`, and what its own line opens on the way to it, from `least` parts on."""
        for length in range(least, len(path) + 1):
            self._note(path[:length], start)

    def _note(self, path: Path, start: int) -> None:
        """Remember where `path` stands, and that everything around it reaches at least as far."""
        end = self._line(self.at - 1)
        self.found.setdefault(path, Span(start, end))
        for length in range(1, len(path) + 1):
            around = self.found.get(path[:length])
            if around and around.last < end:
                self.found[path[:length]] = Span(around.first, end)

    def _skip(self) -> bool:
        """Pass blanks and comments; False at the end."""
        match = _BLANK.match(self.source, self.at)
        self.at = match.end() if match else self.at
        return self.at < len(self.source)

    def _line(self, at: int | None = None) -> int:
        return bisect_right(self.starts, self.at if at is None else at)
