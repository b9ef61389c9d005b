"""Adding and removing a [[feed]] in feeds.toml. In: what to change. Out: the file, changed in nothing else by a byte.

The text is cut and joined by lines rather than written anew, so comments, order and spacing stay as the operator left
them; tomlkit only composes the new table. The whole config is checked with the edit before it is written, and the file
is replaced in one step, so a running daemon never reads half of it.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

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
    source = _source(folder)
    for text in (url, name, *categories):
        _writable(text)
    table = tomlkit.table()
    table.add("name", name)
    table.add("slug", slug or urls.slug(name))
    table.add("url", url)
    if interval:
        table.add("interval", interval)
    if categories:
        table.add("categories", list(categories))
    if allow_private:
        table.add("allow_private", True)
    feeds = tomlkit.aot()
    feeds.append(table)
    document = tomlkit.document()
    document.add("feed", feeds)
    config = _replace(source, _append(source.body.decode(), tomlkit.dumps(document)), folder, environ)
    return next(feed for feed in config.subscriptions if feed.slug == table["slug"])


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


def _replace(source: sources.Source, text: str, folder: Path, environ: Mapping[str, str] | None) -> loader.Config:
    """Check the config with `text` as feeds.toml, then write it: whole or not at all, with the mode it had."""
    body = text.encode()
    try:
        config = loader.load(folder, environ=environ, replace={_FEEDS: body})
    except ConfigError as fault:
        told = f"nothing was changed, for the config would then be wrong:\n{fault}"
        raise ConfigError(told, problems=fault.problems) from None
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
