"""The feed list as other readers exchange it, and feeds found on web pages.

In: a Config or its folder, and OPML or an address. Out: reports; feeds.toml changes through config/edit.py only. Called
by cli/feeds.py. Nothing here needs the database.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aggregator.app import build
from aggregator.archive import opml
from aggregator.config import Config, edit, loader, units
from aggregator.config.fields import is_private
from aggregator.kit import urls
from aggregator.models import FullText, Subscription

if TYPE_CHECKING:
    from aggregator.pipeline.discover import Discovery

#: How feeds.toml writes full_text.
_FULL_TEXT: dict[str, bool | str] = {FullText.ALWAYS: True, FullText.NEVER: False, FullText.AUTO: "auto"}


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a list."""

    added: tuple[str, ...]  #: slugs
    known: int  #: addresses that the feed list has already
    problems: tuple[str, ...]  #: each with its place: what was refused, and what of the file could not be used


def bring_in(
    folder: Path, files: Sequence[tuple[str, bytes]], *, allow_private: bool = False, write: bool = True
) -> Imported:
    """Add the feeds of OPML files, (name, bytes) each, to feeds.toml; with `write` False only tell what would be.

    Raises ArchiveError for a file that is no OPML, ConfigError when the config is wrong as it is.
    """
    config = loader.load(folder)
    known = {one.url for one in (*config.subscriptions, *config.disabled)}
    found: list[opml.Outline] = []
    problems: list[str] = []
    repeated = 0
    for name, body in files:
        listed = opml.read(body, name)
        problems += listed.problems
        for outline in listed.subscriptions:
            if outline.url in known:
                repeated += 1
                continue
            known.add(outline.url)
            found.append(outline)
    added = edit.add_feeds(folder, [_table(one, allow_private=allow_private) for one in found], write=write)
    refused = [f"{found[number].place}: {found[number].url}: {why}" for number, why in sorted(added.refused.items())]
    return Imported(tuple(added.slugs.values()), repeated, (*problems, *refused))


def _table(outline: opml.Outline, *, allow_private: bool) -> dict[str, Any]:
    """The [[feed]] of an outline; what is wrong in it, the check of the config will say."""
    stated = outline.settings
    table: dict[str, Any] = {"name": outline.name or edit.name_for(outline.url)}
    table |= {key: stated[key] for key in ("slug",) if key in stated}
    table["url"] = outline.url
    if outline.categories:
        table["categories"] = outline.categories
    table |= {key: stated[key] for key in ("interval", "timezone", "language") if key in stated}
    if chosen := stated.get("full_text"):
        table["full_text"] = _FULL_TEXT.get(chosen, chosen)
    if stated.get("enabled") == "false":
        table["enabled"] = False
    if allow_private and is_private(urls.host(outline.url)):
        table["allow_private"] = True
    return table


def as_opml(config: Config) -> bytes:
    """The feed list as OPML, those that are switched off last. Request headers are left out: they may be secrets."""
    listed = [_outline(one, enabled=True) for one in config.subscriptions]
    listed += [_outline(one, enabled=False) for one in config.disabled]
    return opml.write(config.settings.title, listed)


def _outline(one: Subscription, *, enabled: bool) -> opml.Outline:
    settings = {"slug": one.slug}
    if one.interval_explicit:
        settings["interval"] = units.written(one.interval)
    usual = Subscription("", "", "", one.interval)
    for key in ("timezone", "language", "full_text"):
        if (value := getattr(one, key)) != getattr(usual, key):
            settings[key] = str(value)
    if not enabled:
        settings["enabled"] = "false"
    return opml.Outline(one.url, one.name, one.categories, settings)


async def discover(
    config: Config, url: str, clock: Callable[[], datetime], *, allow_private: bool = False
) -> Discovery:
    """The feeds that the page at `url` leads to. Raises FetchError, ExtractError, ConfigError."""
    from aggregator.fetch import http
    from aggregator.pipeline import discover as looking
    from aggregator.pipeline.tools import Reader
    from aggregator.work import processes

    async with http.Fetcher(build.limits(config), clock=clock) as fetcher:
        with closing(processes.Workers(0)) as workers:
            return await looking.discover(
                url, Reader(fetcher, build.walk(config), workers), allow_private=allow_private
            )
