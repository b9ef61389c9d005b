"""Mistakes in configuration, in words. In: what a check found. Out: `Problem`, and the ConfigError that tells them all.

`Mistake` is what a check raises where it cannot know its place (units, validators); whoever knows file and line makes
it a `Problem`. pydantic's own complaints are put into the same words by `explain`.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from aggregator.errors import ConfigError

ENVIRONMENT = "environment"  #: stands in for a file name where a variable is at fault


class Mistake(ValueError):  # noqa: N818 (a word, not a type, to whoever reads the checks)
    """One mistake without its place: `what` is wrong, and how to `mend` it."""

    def __init__(self, what: str, mend: str) -> None:
        super().__init__(f"{what}; {mend}")
        self.what = what
        self.mend = mend


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake with its place. `str()` is the line that `check` prints."""

    file: str  #: as the operator would write it, or `environment`
    line: int | None  #: from 1; None where the whole file, or a variable, is meant
    key: str  #: feed[2].interval; '' where the whole file is meant
    what: str
    mend: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return ": ".join(part for part in (place, self.key, f"{self.what}; {self.mend}") if part)


def error(problems: Iterable[Problem]) -> ConfigError:
    """The one error that tells all `problems`, a line each, in the order of files and lines."""
    found = tuple(sorted(problems, key=lambda one: (one.file == ENVIRONMENT, one.file, one.line or 0)))
    return ConfigError("\n".join(str(problem) for problem in found), problems=found)


def show(path: Path) -> str:
    """`path` as an editor finds it: relative when it lies below the working folder."""
    try:
        relative = os.path.relpath(path)
    except ValueError:  # another drive
        return str(path)
    return str(path) if relative.startswith("..") else relative


def dotted(path: Iterable[str | int]) -> str:
    """('feed', 1, 'interval') -> 'feed[2].interval': tables are counted from 1, as people count."""
    text = ""
    for part in path:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def nearest(word: str, names: Iterable[str]) -> str | None:
    """The name that `word` was probably meant to be."""
    by_fold = {name.casefold(): name for name in names}
    close = difflib.get_close_matches(word.casefold(), by_fold, n=1, cutoff=0.6)
    return by_fold[close[0]] if close else None


def suggest(word: str, names: Iterable[str], *, otherwise: str) -> str:
    """'did you mean X?', or `otherwise` when nothing is near."""
    close = nearest(word, names)
    return f"did you mean {close}?" if close else otherwise


_WANTED = {
    "string_type": "a text in quotes",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "tuple_type": "a list in [ ]",
    "dict_type": "a table",
    "model_type": "a table",
}


def explain(complaint: Any, model: type[BaseModel]) -> Mistake:
    """One of pydantic's `ErrorDetails` about `model`, as a mistake in our words."""
    kind, location, context = complaint["type"], complaint["loc"], complaint.get("ctx") or {}
    owner, example = _field(model, location)
    key = next((part for part in reversed(location) if isinstance(part, str)), "")
    if isinstance(context.get("error"), Mistake):
        return Mistake(context["error"].what, context["error"].mend)
    if kind == "extra_forbidden":
        names = sorted(owner.model_fields)
        return Mistake("is no known key", suggest(key, names, otherwise=f"known here: {', '.join(names)}"))
    if kind == "missing":
        return Mistake("is missing", f"add {key} = {example}")
    mend = f"write {key} = {example}" if example else f"head it with [{key}] and put its keys below"
    if kind in _WANTED:
        return Mistake(f"must be {_WANTED[kind]}, not {_toml(complaint['input'])}", mend)
    return Mistake(f"{_toml(complaint['input'])} is refused: {complaint['msg'].lower()}", mend)


def _field(model: type[BaseModel], location: tuple[str | int, ...]) -> tuple[type[BaseModel], str]:
    """The model that holds the last key of `location`, and an example of that key's value."""
    example = ""
    for part in location:
        field = model.model_fields.get(part) if isinstance(part, str) else None
        if field is None:
            break
        example = str((field.examples or [""])[0])
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            model = field.annotation
    return model, example


def _toml(value: Any) -> str:
    """`value` about as it stands in the file, cut to a readable length."""
    text = {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)
    if isinstance(value, str):
        text = f'"{value}"'
    return text if len(text) <= 60 else f"{text[:57]}…"
