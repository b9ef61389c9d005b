"""The whole config folder. In: where it is, and the environment. Out: `Config`, or a ConfigError with every mistake.

The files are read once, as bytes; the fingerprint is made from the same bytes, so whoever reloads never misses a change
between reading and comparing.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

from aggregator.config import checks, environment, problems, sources
from aggregator.config.problems import ENVIRONMENT, Mistake, Problem
from aggregator.config.schema import Settings, file_in_the_way
from aggregator.config.sources import Source
from aggregator.errors import ConfigError
from aggregator.models import Output, SiteRules, Subscription

FILES = ("aggregator.toml", "feeds.toml", "outputs.toml")
_SHIPPED = Path(__file__).resolve().parents[2] / "config"


@dataclass(frozen=True, slots=True)
class Config:
    """Everything the operator wrote, checked."""

    folder: Path
    settings: Settings
    subscriptions: tuple[Subscription, ...]  #: those to poll
    disabled: tuple[Subscription, ...]  #: in feeds.toml, but switched off
    outputs: tuple[Output, ...]
    sites: tuple[SiteRules, ...]
    fingerprint: str  #: of the bytes read; equals `fingerprint(folder)` until a file changes


def locate_folder(folder: Path | None = None, environ: Mapping[str, str] | None = None) -> Path:
    """Where the config is: `folder`, AGGREGATOR_CONFIG, ./config, or the one beside the package. Absolute.

    Raises ConfigError when there is no such folder.
    """
    environ = os.environ if environ is None else environ
    chosen = folder or (Path(named) if (named := environ.get(environment.FOLDER)) else None)
    if chosen is None:
        here = Path("config")
        chosen = here if (here / FILES[0]).is_file() or _aside(here) else _SHIPPED
    if not chosen.is_dir():
        if aside := _aside(chosen):
            raise ConfigError(f"{chosen}: a restore was stopped as it changed the config; rename {aside} to {chosen}")
        raise ConfigError(f"{chosen}: there is no config folder here; name one with --config or {environment.FOLDER}")
    return chosen.absolute()


def _aside(folder: Path) -> Path | None:
    """The config that a restore has put aside last, where none came in its place."""
    return None if folder.exists() else max(folder.parent.glob(f"{folder.name}.before-*"), default=None)


def load(
    folder: Path | None = None, *, environ: Mapping[str, str] | None = None, replace: Mapping[str, bytes] | None = None
) -> Config:
    """Read and check everything.

    `replace` gives bytes to take in place of a file's (name -> bytes), to check an edit before it is written.
    Raises ConfigError whose text is all mistakes, a line each, and whose `problems` are the same one by one.
    """
    environ = os.environ if environ is None else environ
    place = locate_folder(folder, environ)
    read = {name: sources.read(path, (replace or {}).get(name)) for name, path in _paths(place).items()}
    general, feeds_source, outputs_source = (read[name] for name in FILES)
    settings, found = _settings(general, environ, place)
    feeds = checks.feeds(feeds_source, settings, general)
    outputs = checks.outputs(outputs_source, checks.names(feeds_source))
    sites = [checks.site(source) for name, source in read.items() if name not in FILES]
    for source in read.values():
        found.extend(source.problems)
    if found:
        raise problems.error(dict.fromkeys(found))
    return Config(
        folder=place,
        settings=settings,
        subscriptions=feeds.enabled,
        disabled=feeds.disabled,
        outputs=outputs,
        sites=tuple(site for site in sites if site),
        fingerprint=_hash({name: source.body for name, source in read.items()}),
    )


def fingerprint(folder: Path) -> str:
    """A hash of names and bytes of all files that `load` would read. Cheap; never raises for a file that is away."""
    bodies = {}
    for name, path in _paths(folder).items():
        with suppress(OSError):
            bodies[name] = path.read_bytes()
    return _hash(bodies)


def _paths(folder: Path) -> dict[str, Path]:
    sites = sorted((folder / "sites").glob("*.toml"))
    return {name: folder / name for name in FILES} | {f"sites/{path.name}": path for path in sites}


def _hash(bodies: Mapping[str, bytes]) -> str:
    mixed = blake2b(digest_size=16)
    for name, body in bodies.items():
        mixed.update(f"{name}\0{len(body)}\0".encode() + body)
    return mixed.hexdigest()


def _settings(source: Source, environ: Mapping[str, str], folder: Path) -> tuple[Settings, list[Problem]]:
    """aggregator.toml with the environment over it; with mistakes, what is sound of it and the defaults."""
    overrides, found = environment.overrides(environ)
    table = source.table
    for path, value in overrides.items():
        table = _with(table, path, value)

    def report(path: tuple[str | int, ...], fault: Mistake) -> None:
        if tuple(part for part in path if isinstance(part, str)) in overrides:
            found.append(Problem(ENVIRONMENT, None, environment.variable(path), fault.what, fault.mend))
        else:
            source.report(path, fault.what, fault.mend)

    settings = sources.check(Settings, table, report) or Settings()
    # A relative folder is meant from where it was written: the shell for a variable, the checkout for the file.
    root = Path.cwd() if ("data_dir",) in overrides else folder.parent
    settled = settings.settled(root)
    if blocking := file_in_the_way(settled.data_dir):
        report(
            ("data_dir",),
            Mistake(f"{blocking} is a file, not a folder", "name a folder; it is made when it is missing"),
        )
    return settled, found


def _with(table: dict[str, Any], path: tuple[str, ...], value: Any) -> dict[str, Any]:
    """`table` with `value` at `path`; the original stays as it is."""
    head, *rest = path
    if not rest:
        return {**table, head: value}
    below = table.get(head, {})
    return {**table, head: _with(below if isinstance(below, dict) else {}, tuple(rest), value)}
