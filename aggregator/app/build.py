"""From Config to the plain values that the stages take. Pure; called by app/core.py."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from aggregator import __version__
from aggregator.config import Config
from aggregator.fetch import address, http
from aggregator.kit import hashing
from aggregator.models import Entry, RawKind
from aggregator.pipeline import tools
from aggregator.schedule import policy
from aggregator.work import processes


def limits(config: Config) -> http.Limits:
    """What one fetch and all fetches together may take."""
    ours = config.settings.limits
    return http.Limits(
        max_bytes=ours.max_body,
        deadline=ours.deadline,
        connect=ours.connect,
        per_host=ours.per_host,
        total=ours.concurrency,
        user_agent=config.settings.user_agent,
        trusted_networks=ours.trusted_networks,
    )


def workers(config: Config) -> int:
    """Worker processes for CPU work; 0 for none."""
    wanted = config.settings.limits.processes
    return processes.default_count() if wanted is None else wanted


def bounds(config: Config) -> policy.Bounds:
    """The operator's bounds on poll times."""
    polling = config.settings.polling
    return policy.Bounds(
        no_validators_interval=polling.no_validators_interval,
        max_interval=polling.max_interval,
        max_backoff=polling.max_interval,
    )


def walk(config: Config) -> tools.Settings:
    """What the walk of a subscription must know."""
    settings = config.settings
    return tools.Settings(
        rsshub=settings.rsshub.instances,
        sina_roll=settings.sources.sina_roll,
        sina_live=settings.sources.sina_live,
        sites=config.sites,
        near=settings.dedup.near,
        split_differing=settings.dedup.split_differing,
        pages_max=settings.polling.pages_max,
        reread=settings.polling.reread,
        group=settings.limits.page_concurrency,
        allow_private_pages=settings.limits.allow_private_pages,
        raw=frozenset(RawKind(kind.removesuffix("s")) for kind in settings.archive.raw),
        program=program(),
    )


@cache
def program() -> str:
    """What tells this program from another version, or another state of its source, that may read a feed otherwise."""
    folder = Path(__file__).parents[1]
    parts = [*sorted((folder / "parse").glob("*.py")), *sorted((folder / "kit").glob("*.py"))]
    parts += [folder / "models" / "documents.py", folder / "pipeline" / "skipping.py"]
    found = [(part, part.stat()) for part in parts if part.exists()]
    stamps = [f"{part.name} {stat.st_size} {stat.st_mtime_ns}" for part, stat in found]
    return hashing.digest(__version__, hashing.stated(Entry("", "")), *stamps)


def addresses(config: Config) -> dict[str, tuple[str, ...]]:
    """The addresses that are asked for each subscription, by slug: its own, as sources and instances expand it."""
    ours = walk(config)
    return {
        one.slug: address.candidates(one.url, ours.rsshub, sina_roll=ours.sina_roll, sina_live=ours.sina_live)
        for one in config.subscriptions
    }
