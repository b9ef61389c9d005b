"""Adding and removing a [[feed]] in feeds.toml. In: what to change. Out: the file, changed in nothing else by a byte.

The text is cut and joined by lines rather than written anew, so comments, order and spacing stay as the operator left
them; tomlkit only composes the new table. The whole config is checked with the edit before it is written, and the file
is replaced in one step, so a running daemon never reads half of it.
"""

from __future__ import annotations

import bisect
import itertools
import os
import re
import tempfile
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import Any

import tomlkit

from aggregator.config import checks, loader, locate, problems, sources
from aggregator.config.problems import show
from aggregator.errors import ConfigError
from aggregator.kit import urls
from aggregator.models import Subscription

_FEEDS = "feeds.toml"


def add_feed(
    folder: Path,
    url: str,
    *,
    name: str,
    slug: str | None = None,
    interval: str | None = None,
    categories: Sequence[str] = (),
    allow_private: bool = False,
    environ: Mapping[str, str] | None = None,
) -> Subscription:
    """Append a feed, and return it as config reads it.

    Raises ConfigError, and writes nothing, when the config with the feed would hold a mistake: a slug or address that
    is there already, a wrong address or interval.
    """
    table: dict[str, Any] = {"name": name, "slug": slug or urls.slug(name), "url": url}
    more = {"interval": interval, "categories": list(categories), "allow_private": allow_private}
    table |= {key: value for key, value in more.items() if value}
    source = _source(folder)
    config = _replace(source, _append(source.body.decode(), _block(table)), folder, environ)
    return next(feed for feed in config.subscriptions if feed.slug == table["slug"])


@dataclass(frozen=True, slots=True)
class Added:
    """What became of a list of feeds, by its place in the list."""

    slugs: dict[int, str]  #: those added
    refused: dict[int, str]  #: why the others cannot be


def add_feeds(
    folder: Path,
    feeds: Sequence[Mapping[str, Any]],
    *,
    write: bool = True,
    environ: Mapping[str, str] | None = None,
) -> Added:
    """Append many feeds at once: those that are right, and the reasons for the others.

    Each of `feeds` holds keys of a [[feed]]; one without slug gets one that is free. With `write` False nothing is
    written. Raises ConfigError when the config is wrong as it is.
    """
    source = _source(folder)
    loader.load(folder, environ=environ)
    taken = {slug for slug in checks.slugs(source) if slug} | checks.RESERVED
    blocks: dict[int, str] = {}
    slugs: dict[int, str] = {}
    refused: dict[int, str] = {}
    for number, feed in enumerate(feeds):
        slugs[number] = feed.get("slug") or _free_slug(str(feed["name"]), taken)
        taken.add(slugs[number])
        try:
            blocks[number] = _block({"name": feed["name"], "slug": slugs[number], **feed})
        except ConfigError as fault:
            refused[number] = str(fault)
    while blocks:
        text = source.body.decode()
        lines: list[tuple[int, int | None]] = [
            (text.count("\n"), None)
        ]  # the last line of what was there and of each block, and whose it is
        for number, block in blocks.items():
            text = _append(text, block)
            lines.append((text.count("\n"), number))
        try:
            _replace(source, text, folder, environ, write=write)
            break
        except ConfigError as fault:
            wrong = _whose(fault, lines, source.path)
            if not wrong:
                raise
            refused |= wrong
            blocks = {number: block for number, block in blocks.items() if number not in wrong}
    return Added({number: slugs[number] for number in blocks}, refused)


def _whose(fault: ConfigError, lines: Sequence[tuple[int, int | None]], path: Path) -> dict[int, str]:
    """The first problem of each added feed that has one."""
    found: dict[int, str] = {}
    for problem in fault.problems:
        if isinstance(problem, problems.Problem) and problem.file == show(path) and problem.line is not None:
            place = bisect.bisect_left(lines, problem.line, key=itemgetter(0))
            number = lines[min(place, len(lines) - 1)][1]
            if number is not None:
                found.setdefault(number, f"{problem.key.rpartition('.')[2]}: {problem.what}; {problem.mend}")
    return found


def _free_slug(name: str, taken: Container[str]) -> str:
    slug = urls.slug(name)
    numbered = (f"{slug}-{number}" for number in itertools.count(2))
    return slug if slug not in taken else next(one for one in numbered if one not in taken)


def _block(feed: Mapping[str, Any]) -> str:
    """A [[feed]] as text. Raises ConfigError for text that is no UTF-8."""
    table = tomlkit.table()
    for key, value in feed.items():
        for text in value if isinstance(value, list | tuple) else (value,):
            _writable(str(text))
        table.add(key, list(value) if isinstance(value, tuple) else value)
    feeds = tomlkit.aot()
    feeds.append(table)
    document = tomlkit.document()
    document.add("feed", feeds)
    return tomlkit.dumps(document)


def _writable(text: str) -> None:
    """Raises ConfigError for bytes of the command line that are no UTF-8: Python passes them on as lone surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ConfigError(f"{text!a} is not UTF-8; write it in UTF-8") from None


def name_for(url: str) -> str:
    """A name for a feed that was given none: its host, or the address itself where it has none."""
    return urls.host(url) or url


def remove_feed(folder: Path, slug: str, *, environ: Mapping[str, str] | None = None) -> None:
    """Take a feed out, with the comment right above it. What it brought stays in the database.

    Raises ConfigError, and writes nothing, when there is no such feed or something else still needs it.
    """
    source = _source(folder)
    slugs = checks.slugs(source)
    if slug not in slugs:
        there = ", ".join(known for known in slugs if known) or "none"
        raise ConfigError(f'{show(source.path)} has no feed with the slug "{slug}"; it has: {there}')
    lines = re.findall(r"[^\n]*\n|[^\n]+", source.body.decode())
    first, end = _extent(lines, source.spans[("feed", slugs.index(slug))])
    if not any(line.lstrip().startswith("[[") for line in lines[first:end]):
        raise ConfigError(f"{show(source.path)} holds its feeds in one list; take the feed out with an editor")
    _refuse_while_used(folder, slug)
    _replace(source, "".join(lines[:first] + lines[end:]), folder, environ)


def _refuse_while_used(folder: Path, slug: str) -> None:
    outputs = sources.read(folder / "outputs.toml")
    listed = outputs.table.get("output", [])
    for number, output in enumerate(listed if isinstance(listed, list) else []):
        if isinstance(output, dict) and slug in _texts(output.get("feeds")):
            place = outputs.place(("output", number, "feeds"))
            name = output.get("slug") or number + 1
            raise ConfigError(f'{place}: the output "{name}" shows this feed; take {slug} out of its feeds first')


def _texts(value: object) -> list[object]:
    """A list of texts as it stands in the file; a text alone is a list of one."""
    return value if isinstance(value, list) else [value]


def _source(folder: Path) -> sources.Source:
    source = sources.read(folder / _FEEDS)
    if source.problems:
        raise problems.error(source.problems)
    return source


def _append(text: str, block: str) -> str:
    """`text` with `block` below it, a blank line between, in the line ends of the file."""
    ending = "\r\n" if "\r\n" in text else "\n"
    gap = "" if not text.strip() else ending if text.endswith("\n") else 2 * ending
    return text + gap + block.replace("\n", ending)


def _extent(lines: list[str], span: locate.Span) -> tuple[int, int]:
    """The lines that belong to one table, as a slice: its own, the comments that touch it, one gap to its neighbour."""
    first, end = span.first - 1, span.last
    above = first
    while above > 0 and _is_comment(lines[above - 1]):
        above -= 1
    if above > 0:  # a comment that starts the file speaks of the whole file
        first = above
    below = end
    while below < len(lines) and _is_comment(lines[below]):
        below += 1
    if below == len(lines) or not lines[below].strip():  # else it is the comment of the next table
        end = below
    while end < len(lines) and not lines[end].strip():
        end += 1
    if end == len(lines) and first > 0 and not lines[first - 1].strip():
        first -= 1
    return first, end


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith("#")


def _replace(
    source: sources.Source, text: str, folder: Path, environ: Mapping[str, str] | None, *, write: bool = True
) -> loader.Config:
    """Check the config with `text` as feeds.toml, then write it: whole or not at all, with the mode it had."""
    body = text.encode()
    try:
        config = loader.load(folder, environ=environ, replace={_FEEDS: body})
    except ConfigError as fault:
        told = f"nothing was changed, for the config would then be wrong:\n{fault}"
        raise ConfigError(told, problems=fault.problems) from None
    if not write:
        return config
    target = source.path.resolve()  # a link stays a link
    try:
        _write(target, body)
    except OSError as fault:
        raise ConfigError(f"{show(source.path)} cannot be written ({fault.strerror}); mend its permissions") from fault
    return config


def _write(target: Path, body: bytes) -> None:
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(body)
            file.flush()
            os.fchmod(file.fileno(), target.stat().st_mode & 0o7777)
            os.fsync(file.fileno())
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
