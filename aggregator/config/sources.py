"""One TOML file of the config folder, read. In: a path. Out: `Source`: its table, and the place of every key in it.

A file that cannot be read or is no TOML becomes an empty table with a problem, so the other files are still checked.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from aggregator.config import locate
from aggregator.config.fields import Table
from aggregator.config.problems import Mistake, Problem, dotted, explain, show, suggest

Report = Callable[[locate.Path, Mistake], None]
AnyTable = TypeVar("AnyTable", bound=Table)
_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


@dataclass(frozen=True)
class Source:
    """A file with its text and table. Problems are added by everyone who checks it."""

    path: Path
    body: bytes
    text: str = ""
    table: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    @cached_property
    def spans(self) -> dict[locate.Path, locate.Span]:
        """Lines of every key."""
        return locate.spans(self.text)

    def report(self, path: locate.Path, what: str, mend: str) -> None:
        """Add a problem with the key at `path`."""
        self.problems.append(Problem(show(self.path), locate.line(self.spans, path), dotted(path), what, mend))

    def reporter(self, path: locate.Path = ()) -> Report:
        """Takes the mistakes of the table at `path`, each with its place below that table."""
        return lambda below, fault: self.report((*path, *below), fault.what, fault.mend)

    def place(self, path: locate.Path) -> str:
        """`file:line` of the key at `path`, to point at it from elsewhere."""
        return f"{show(self.path)}:{locate.line(self.spans, path)}"


def read(path: Path, body: bytes | None = None) -> Source:
    """The file at `path`; `body` stands in for its bytes (an edit that is not written yet)."""
    try:
        raw = path.read_bytes() if body is None else body
    except FileNotFoundError:
        return _broken(path, b"", None, "is missing", "put it back; an empty file stands for the defaults")
    except OSError as fault:
        return _broken(path, b"", None, f"cannot be read ({fault.strerror})", "mend its permissions")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = raw.count(b"\n", 0, fault.start) + 1
        return _broken(path, raw, line, "is not UTF-8 here", "save the file as UTF-8")
    try:
        return Source(path, raw, text, tomllib.loads(text))
    except RecursionError:
        return _broken(path, raw, None, "holds too many brackets within brackets", "write it flat")
    except tomllib.TOMLDecodeError as fault:
        place = _PLACE.search(str(fault))
        line = int(place[1]) if place and place[1] else text.count("\n") + 1
        what = f"is no TOML here ({_PLACE.sub('', str(fault))})"
        return _broken(path, raw, line, what, "texts stand in quotes, lists in [ ], every key on its own line")


def _broken(path: Path, body: bytes, line: int | None, what: str, mend: str) -> Source:
    return Source(path, body, problems=[Problem(show(path), line, "", what, mend)])


def tables(source: Source, name: str) -> list[tuple[locate.Path, dict[str, Any]]]:
    """All [[name]] tables of `source` with their paths; anything else in the file is reported."""
    for key in source.table:
        if key != name:
            mend = suggest(key, [name], otherwise=f"this file holds [[{name}]] tables only")
            source.report((key,), "is no known key", f"write [[{name}]]" if "did you" in mend else mend)
    found = source.table.get(name, [])
    if not isinstance(found, list) or not all(isinstance(table, dict) for table in found):
        source.report((name,), "must be tables", f"head each one with [[{name}]], in double brackets")
        return []
    return [((name, index), table) for index, table in enumerate(found)]


def check(
    model: type[AnyTable],
    table: dict[str, Any],
    report: Report,
    essential: Iterable[str] = (),
) -> AnyTable | None:
    """`table` as `model`, reporting every mistake by its path below the table.

    With mistakes, what is sound is still returned, the rest at its default, so that later checks can find more; None
    only when one of the `essential` keys is missing or wrong.
    """
    try:
        return model.model_validate(table)
    except ValidationError as fault:
        complaints = fault.errors(include_url=False)
    wrong = set()
    for complaint in complaints:
        report(complaint["loc"], explain(complaint, model))
        wrong.add(complaint["loc"][0] if complaint["loc"] else None)
    if None in wrong or wrong & set(essential):
        return None
    return model.model_validate({key: value for key, value in table.items() if key not in wrong})
