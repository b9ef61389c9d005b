"""Environment variables over aggregator.toml. In: the environment. Out: the settings it overrides, its mistakes.

AGGREGATOR_<KEY> sets one key; the key of a table stands after two underscores: AGGREGATOR_LIMITS__DEADLINE=20s.
An empty variable counts as not set, because container files often pass empty ones.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from typing import Any, get_origin

from aggregator.config.fields import Table
from aggregator.config.problems import ENVIRONMENT, Problem, suggest
from aggregator.config.schema import Settings

PREFIX = "AGGREGATOR_"
FOLDER = f"{PREFIX}CONFIG"
#: Variables that are no settings: where the config folder is, and where the test suite finds its corpus.
_OTHERS = frozenset({FOLDER, f"{PREFIX}CORPUS"})


def overrides(environ: Mapping[str, str]) -> tuple[dict[tuple[str, ...], Any], list[Problem]]:
    """Key path -> value of every setting that `environ` overrides, and a problem for every variable that fits none."""
    known = {PREFIX + "__".join(path).upper(): path for path in _settings(Settings)}
    found: dict[tuple[str, ...], Any] = {}
    problems = []
    for name, text in environ.items():
        if not name.startswith(PREFIX) or name in _OTHERS or not text:
            continue
        if path := known.get(name):
            found[path] = _value(path, text)
        else:
            mend = suggest(name, [*known, FOLDER], otherwise="unset it; the keys are those of aggregator.toml")
            problems.append(Problem(ENVIRONMENT, None, name, "sets nothing that exists", mend))
    return found, problems


def variable(path: tuple[str | int, ...]) -> str:
    """The name of the variable that sets `path`."""
    return PREFIX + "__".join(part for part in path if isinstance(part, str)).upper()


def _settings(model: type[Table], above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, Table):
            yield from _settings(field.annotation, (*above, name))
        else:
            yield (*above, name)


def _value(path: tuple[str, ...], text: str) -> Any:
    """`text` as the value that TOML would hold: numbers, true and lists are read, all else stays text."""
    model: type[Table] = Settings
    for part in path[:-1]:
        annotation = model.model_fields[part].annotation
        assert isinstance(annotation, type)  # noqa: S101 (paths come from _settings)
        model = annotation
    kind = model.model_fields[path[-1]].annotation
    if kind not in (int, bool) and get_origin(kind) is not tuple:
        return text
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return [part.strip() for part in text.split(",")] if get_origin(kind) is tuple else text
