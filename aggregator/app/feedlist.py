"""The feed list as other readers exchange it, and feeds found on web pages.

In: a Config or its folder, and feeds, OPML or an address. Out: reports; feeds.toml changes through config/edit.py only.
Called by cli/feeds.py and app/importing.py. Nothing here needs the database.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aggregator.app import build
from aggregator.archive import opml
from aggregator.archive.items import Broken, Followed
from aggregator.config import Config, edit, loader, units
from aggregator.config.fields import is_private
from aggregator.kit import urls
from aggregator.models import FullText, Subscription

if TYPE_CHECKING:
    from aggregator.pipeline.discover import Discovery

#: How feeds.toml writes full_text.
_FULL_TEXT: dict[str, bool | str] = {FullText.ALWAYS: True, FullText.NEVER: False, FullText.AUTO: "auto"}


@dataclass(frozen=True, slots=True)
class Followings:
    """What became of feeds that were to be followed."""

    added: tuple[str, ...] = ()  #: slugs
    known: int = 0  #: those whose addresses feeds.toml has already
    refused: tuple[Broken, ...] = ()


def bring_in(
    folder: Path, listed: Sequence[tuple[str, bytes]], *, allow_private: bool = False, write: bool = True
) -> Followings:
    """Add the feeds of OPML lists, (name, bytes) each, to feeds.toml; with `write` False only tell what would be.

    Raises ArchiveError for what is no OPML, ConfigError when the config is wrong as it is.
    """
    items = [item for name, body in listed for item in opml.parse(body, name)]
    done = follow(folder, [one for one in items if isinstance(one, Followed)], allow_private=allow_private, write=write)
    return replace(done, refused=(*(one for one in items if isinstance(one, Broken)), *done.refused))


def follow(folder: Path, feeds: Iterable[Followed], *, allow_private: bool = False, write: bool = True) -> Followings:
    """Add feeds to feeds.toml, those that are not there yet. Raises ConfigError when the config is wrong as it is."""
    config = loader.load(folder)
    known = {one.url for one in (*config.subscriptions, *config.disabled)}
    new: dict[str, Followed] = {}
    repeated = 0
    for feed in feeds:
        if feed.url in known or feed.url in new:
            repeated += 1
        else:
            new[feed.url] = feed
    found = list(new.values())
    added = edit.add_feeds(folder, [_table(one, allow_private=allow_private) for one in found], write=write)
    refused = [Broken(found[place].where, f"{found[place].url}: {why}") for place, why in sorted(added.refused.items())]
    return Followings(tuple(added.slugs.values()), repeated, tuple(refused))


def _table(feed: Followed, *, allow_private: bool) -> dict[str, Any]:
    """The [[feed]]; what is wrong in it, the check of the config will say."""
    stated = feed.settings
    table: dict[str, Any] = {"name": feed.name or edit.name_for(feed.url)}
    table |= {key: stated[key] for key in ("slug",) if key in stated}
    table["url"] = feed.url
    if feed.categories:
        table["categories"] = feed.categories
    table |= {key: stated[key] for key in ("interval", "timezone", "language") if key in stated}
    if chosen := stated.get("full_text"):
        table["full_text"] = _FULL_TEXT.get(chosen, chosen)
    if stated.get("enabled") == "false":
        table["enabled"] = False
    if allow_private and is_private(urls.host(feed.url)):
        table["allow_private"] = True
    return table


def followed(config: Config) -> Iterator[Followed]:
    """The feed list, those that are switched off last. Request headers are left out: they may be secrets."""
    listed = [(one, True) for one in config.subscriptions] + [(one, False) for one in config.disabled]
    for one, enabled in listed:
        settings = {"slug": one.slug}
        if one.interval_explicit:
            settings["interval"] = units.written(one.interval)
        usual = Subscription("", "", "", one.interval)
        for key in ("timezone", "language", "full_text"):
            if (value := getattr(one, key)) != getattr(usual, key):
                settings[key] = str(value)
        if not enabled:
            settings["enabled"] = "false"
        yield Followed(one.slug, one.url, one.name, one.categories, settings)


def as_opml(config: Config) -> bytes:
    """The feed list as OPML."""
    return opml.compose(followed(config), config.settings.title)


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
