"""feeds.toml and outputs.toml, with the checks that need more than one table. In: a `Source`. Out: models.

Every check reports and goes on: `check` is to tell all mistakes at once. What comes back with problems is not for use.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from aggregator.config import locate, sources
from aggregator.config.fields import is_private, web_address
from aggregator.config.problems import Mistake, nearest
from aggregator.config.schema import Settings
from aggregator.config.sources import Source
from aggregator.config.tables import FeedTable, OutputTable, SiteTable
from aggregator.errors import ConfigError
from aggregator.fetch import address
from aggregator.kit import urls
from aggregator.models import Output, SiteRules, Subscription

RESERVED = frozenset({"import"})  #: the subscription that imported articles appear in

#: How to mend a private address; commands name their own option instead.
ALLOW_PRIVATE = "if that is meant, add allow_private = true to this feed"

#: Fields of SiteRules by what they hold: elements, elements or attributes (`@name`), regular expressions.
_SELECTORS = ("body", "drop", "title", "published", "updated", "outlet", "author", "keywords", "docid", "canonical")
_PATTERNS = ("drop_text", "title_suffixes", "image_blocklist")

# What is right by its form alone: `tag`, `.class`, `#id`, `[attr]`, `[attr="value"]` joined; descendants and children.
_NAME = r"[A-Za-z_][\w-]*"
_COMPOUND = rf"(?=[\w*.#\[])(?:{_NAME}|\*)?(?:[.#]{_NAME}|\[{_NAME}(?:[~^$*]?=\"[^\"\\]*\")?\])*"
_PLAIN = re.compile(rf"{_COMPOUND}(?:(?: *> *| +){_COMPOUND}){{0,9}}", re.ASCII)
_ATTRIBUTE = re.compile(r"@[\w:-]+\Z")

_SELECTOR_MEND = "mend it; browsers' inspectors show the selector of an element"

_FLOORS = {  # shortest interval by kind of address, with the reason
    "sina": (timedelta(seconds=15), "the API blocks addresses that ask more often"),
    "web": (timedelta(seconds=60), "hosts block readers that ask more often"),
    "own": (timedelta(seconds=1), "the program looks once a second"),
}
_AT_MOST = max(floor for floor, _ in _FLOORS.values())


@dataclass(frozen=True, slots=True)
class Feeds:
    """What feeds.toml holds: subscriptions to poll, and those switched off."""

    enabled: tuple[Subscription, ...]
    disabled: tuple[Subscription, ...]


def feeds(source: Source, settings: Settings, settings_source: Source) -> Feeds:
    """Every [[feed]] as a subscription."""
    enabled: list[Subscription] = []
    disabled: list[Subscription] = []
    slugs: dict[str, locate.Path] = {}
    addresses: dict[str, locate.Path] = {}
    for path, table in sources.tables(source, "feed"):
        feed = sources.check(FeedTable, table, source.reporter(path), essential=("name", "url"))
        if feed is None:
            continue
        slug = feed.slug or urls.slug(feed.name)
        _check_slug(source, path, slug, slugs, chosen=bool(feed.slug))
        concrete = _addresses(source, path, feed, settings)
        if feed.enabled and concrete:
            _check_twin(source, path, concrete[0], addresses)
        subscription = _subscription(feed, slug, settings)
        if concrete:
            _check_private(source, path, feed, concrete)
            _check_interval(source, path, subscription, concrete, settings_source)
        (enabled if feed.enabled else disabled).append(subscription)
    return Feeds(tuple(enabled), tuple(disabled))


def _subscription(feed: FeedTable, slug: str, settings: Settings) -> Subscription:
    polling = settings.polling
    rhythm = {"sina-roll": polling.roll_interval, "sina-live": polling.live_interval}
    return Subscription(
        slug=slug,
        name=feed.name,
        url=feed.url,
        interval=feed.interval or rhythm.get(_kind(feed.url), polling.interval),
        interval_explicit=feed.interval is not None,
        categories=feed.categories,
        timezone=feed.timezone,
        language=feed.language,
        full_text=feed.full_text,
        headers=tuple(feed.headers.items()),
        keep=feed.keep.bounds(),
        allow_private=feed.allow_private,
    )


def _kind(url: str) -> str:
    return address.kind(url) if url.startswith(("sina:", "rsshub:")) else "web"


def _check_slug(source: Source, path: locate.Path, slug: str, slugs: dict[str, locate.Path], *, chosen: bool) -> None:
    key = (*path, "slug" if chosen else "name")
    if slug in RESERVED:
        source.report(key, f'the slug "{slug}" is reserved for imported articles', 'set another one: slug = "my-feed"')
    elif slug in slugs:
        made = "" if chosen else f' (the slug "{slug}" is made from it)'
        what = f"is the same as in {source.place(slugs[slug])}{made}"
        source.report(key, what, 'give this feed a slug of its own: slug = "my-feed"')
    slugs.setdefault(slug, key)


def _addresses(source: Source, path: locate.Path, feed: FeedTable, settings: Settings) -> tuple[str, ...]:
    """The concrete addresses that the feed's url stands for; none, and a problem, when it is wrong."""
    key = (*path, "url")
    try:
        if not feed.url.startswith(("sina:", "rsshub:")):
            return (_web(feed.url),)
        apis = settings.sources
        return address.candidates(
            feed.url, settings.rsshub.instances, sina_roll=apis.sina_roll, sina_live=apis.sina_live
        )
    except Mistake as fault:
        source.report(key, fault.what, fault.mend)
    except ConfigError as fault:
        what, _, mend = str(fault).partition("; ")
        source.report(key, what, mend or "see the comments in the shipped feeds.toml")
    return ()


def _web(url: str) -> str:
    scheme = url.partition(":")[0].lower()
    close = nearest(scheme, ("sina", "rsshub", "https")) if re.match(r"[a-z]+:(?!//)", url) else None
    if close and close != "https":
        raise Mistake(f'"{url}" has an unknown scheme', f"did you mean {close}:{url.partition(':')[2]}?")
    return web_address(url)


def _check_twin(source: Source, path: locate.Path, concrete: str, addresses: dict[str, locate.Path]) -> None:
    """Two feeds at one address would fetch it twice.

    urls.key is too coarse here: it drops queries that tell one list of an API from another.
    """
    parts = urlsplit(concrete)
    port = "" if parts.port in (None, 80, 443) else f":{parts.port}"
    same = f"{(parts.hostname or '').rstrip('.')}{port}{parts.path or '/'}?{parts.query}"
    if same in addresses:
        what = f"is the same as in {source.place(addresses[same])}"
        source.report((*path, "url"), what, "remove one of the two feeds")
    addresses.setdefault(same, (*path, "url"))


def _check_private(source: Source, path: locate.Path, feed: FeedTable, concrete: tuple[str, ...]) -> None:
    if feed.allow_private:
        return
    private = [host for url in concrete if is_private(host := urlsplit(url).hostname or "")]
    if private:
        what = f"leads to {private[0]}, which is on this machine or network"
        source.report((*path, "url"), what, ALLOW_PRIVATE)


def _check_interval(
    source: Source, path: locate.Path, subscription: Subscription, concrete: tuple[str, ...], settings_source: Source
) -> None:
    if subscription.interval >= _AT_MOST:
        return
    kind = _kind(subscription.url)
    own = subscription.allow_private and all(is_private(urlsplit(url).hostname or "") for url in concrete)
    floor, reason = _FLOORS["own" if own else "sina" if kind.startswith("sina") else "web"]
    if subscription.interval >= floor:
        return
    what = f"{subscription.interval.total_seconds():g} s is too often: {reason}"
    mend = f'write "{floor.total_seconds():g}s" or more'
    if subscription.interval_explicit:
        source.report((*path, "interval"), what, mend)
    else:
        key = {"sina-roll": "roll_interval", "sina-live": "live_interval"}.get(kind, "interval")
        settings_source.report(("polling", key), what, mend)


def names(source: Source) -> dict[str, str] | None:
    """Slug -> name of everything that is, or is meant to be, a feed; None when the file could not be read at all."""
    if not source.table and source.problems:
        return None
    return {slug: str(table.get("name", slug)) for slug, table in zip(slugs(source), _raw(source), strict=True) if slug}


def slugs(source: Source) -> list[str]:
    """The slug of every [[feed]] in the order of the file, '' where one cannot be told."""
    named = [(table.get("slug"), table.get("name")) for table in _raw(source)]
    return [str(slug) if slug else urls.slug(str(name)) if name else "" for slug, name in named]


def _raw(source: Source) -> list[dict[str, Any]]:
    found = source.table.get("feed", [])
    return [table if isinstance(table, dict) else {} for table in found] if isinstance(found, list) else []


def outputs(source: Source, known: Mapping[str, str] | None) -> tuple[Output, ...]:
    """Every [[output]]. `known`: slug -> name of all feeds, also those switched off; None: nobody knows."""
    found: list[Output] = []
    slugs: dict[str, locate.Path] = {}
    for path, table in sources.tables(source, "output"):
        output = sources.check(OutputTable, table, source.reporter(path), essential=("slug", "title"))
        if output is None:
            continue
        key = (*path, "slug")
        if output.slug in slugs:
            source.report(key, f"is the same as in {source.place(slugs[output.slug])}", "give each output its own slug")
        slugs.setdefault(output.slug, key)
        for index, slug in enumerate(output.feeds):
            if known is not None and slug not in known and slug not in RESERVED:
                _unknown_feed(source, (*path, "feeds", index), slug, known)
        found.append(output.output())
    return tuple(found)


def _unknown_feed(source: Source, path: locate.Path, slug: str, known: Mapping[str, str]) -> None:
    by_name = next((own for own, name in known.items() if name == slug), None)
    close = by_name or nearest(slug, known)
    mend = f'did you mean "{close}"?' if close else f"the feeds are: {', '.join(sorted(known)) or 'none'}"
    source.report(path, f'"{slug}" is the slug of no feed', mend)


def site(source: Source) -> SiteRules | None:
    """The rules of one site; the file's name is the site's."""
    table = sources.check(SiteTable, source.table, source.reporter())
    if table is None:
        return None
    rules = SiteRules(name=source.path.stem, **dict(table))
    if rules != SiteRules(rules.name):
        _check_rules(source, rules)
    return rules


def _check_rules(source: Source, rules: SiteRules) -> None:
    """Selectors and expressions are read here once, so that none fails in the middle of the night."""
    for name in _PATTERNS:
        for index, expression in enumerate(getattr(rules, name)):
            try:
                re.compile(expression)
            except (re.error, OverflowError, RecursionError) as fault:
                what = f"{expression!r} is no regular expression ({fault})"
                source.report((name, index), what, "mend it, and keep it in single quotes")
    for name in _SELECTORS:
        for index, selector in enumerate(getattr(rules, name)):
            if told := _wrong_selector(selector, name):
                source.report((name, index), f"{selector!r} is no CSS selector ({told})", _SELECTOR_MEND)


def _wrong_selector(selector: str, name: str) -> str | None:
    """What those say who will use the selector; None where they can read it."""
    path = selector if name in ("body", "drop") else _ATTRIBUTE.sub("", selector)
    if _PLAIN.fullmatch(path):
        return None
    # Loading them takes longer than all the rest of the config.
    from aggregator.clean import selectors
    from aggregator.extract import soup

    try:
        if name == "drop":
            selectors.compiled((selector,))
        else:
            soup.check(selector, attribute=name != "body")
    except ConfigError as fault:
        return str(fault).splitlines()[0].partition(": ")[2]
    except (NotImplementedError, RecursionError) as fault:  # soupsieve: pseudo-elements; too many brackets
        return str(fault).splitlines()[0]
    return None
