"""How far large files were taken in, so that an import that was stopped goes on where it was.

In: a file beside the database. Out: counts of records by path. A mark holds for one state of a file (size, time of
change); it is noted after what it tells is stored, and goes when the file is read to its end. Losing the marks costs
time only: the same import again changes nothing. Called by app/importing.py.
"""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path


class Marks:
    """The marks of one database."""

    def __init__(self, file: Path | None) -> None:
        """`file`: where they are kept; None: nothing is kept or known, for a look that stores nothing."""
        self._file = file
        self._known: dict[str, list[int]] = {}
        if file is not None:
            with suppress(OSError, ValueError):
                self._known = _checked(json.loads(file.read_text("utf-8")))

    def of(self, path: Path) -> int:
        """How many records of the file were taken; 0 when it has changed since."""
        mark = self._known.get(_name(path))
        return mark[2] if mark and mark[:2] == _state(path) else 0

    def reach(self, path: Path, done: int) -> None:
        """So many records are stored; 0: the file is done with."""
        if done:
            self._known[_name(path)] = [*_state(path), done]
        elif self._known.pop(_name(path), None) is None:
            return
        self._keep()

    def _keep(self) -> None:
        if self._file is None:
            return
        if not self._known:
            self._file.unlink(missing_ok=True)
            return
        part = self._file.with_name(f"{self._file.name}.part")
        part.write_text(json.dumps(self._known), "utf-8")
        part.replace(self._file)


def _checked(value: object) -> dict[str, list[int]]:
    """Marks as they were written; none where the file holds something else."""
    known = value if isinstance(value, dict) else {}
    return {
        name: mark
        for name, mark in known.items()
        if isinstance(mark, list) and len(mark) == 3 and all(isinstance(number, int) for number in mark)
    }


def _name(path: Path) -> str:
    return ascii(str(path.absolute()))


def _state(path: Path) -> list[int]:
    try:
        facts = path.stat()
    except OSError:
        return [-1, -1]
    return [facts.st_size, facts.st_mtime_ns]
