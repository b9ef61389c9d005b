"""What the walk is given: the world as Protocols, and the plain values of config that it needs.

Built by app/core.py; used by every module of the pipeline that waits for something.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

from aggregator.fetch import address
from aggregator.models import (
    Document,
    Entry,
    Fetched,
    Known,
    Neighbour,
    NotModified,
    Outcome,
    Plan,
    RawDocument,
    RawKind,
    Retry,
    SiteRules,
    StoredArticle,
    StoryKey,
    Validators,
)
from aggregator.pipeline.arrivals import Arrivals
from aggregator.pipeline.claims import Claims
from aggregator.pipeline.poll import Policy

T = TypeVar("T")


class Fetches(Protocol):
    """What the walk wants of fetch/http.py."""

    async def get(
        self,
        url: str,
        *,
        validators: Validators = ...,
        headers: Sequence[tuple[str, str]] = ...,
        allow_private: bool = ...,
        accept: str = ...,
    ) -> Document | NotModified:
        """One conditional GET; raises FetchError."""
        ...

    def complain(self, url: str) -> None:
        """What `url` served was a refusal in disguise."""
        ...


class Weather(Protocol):
    """Tells one broken host from a network that is down."""

    def report(self, url: str, *, reached: bool) -> None:
        """Note whether the host of `url` could be reached."""
        ...

    @property
    def down(self) -> bool:
        """True while nothing can be reached anywhere."""
        ...


class Labour(Protocol):
    """Where CPU work is done, so that the event loop stays free: in a thread, or in another process."""

    async def do(self, weight: int, call: Callable[..., T], *args: Any, first: bool = False) -> T:
        """`call(*args)`, a function of pipeline/labour.py. `weight`: characters or bytes that it works on.

        `first`: before others that wait, as its result lets go of memory. Raises what the call raises.
        """
        ...

    def fetching(self) -> AbstractAsyncContextManager[None]:
        """Held while a feed is fetched: waits as long as what was fetched before still waits for work."""
        ...


@dataclass(frozen=True, slots=True)
class Settings:
    """The plain values of config that the walk needs."""

    rsshub: tuple[str, ...] = ()
    sina_roll: str = address.SINA_ROLL
    sina_live: str = address.SINA_LIVE
    sites: tuple[SiteRules, ...] = ()
    near: bool = True
    split_differing: bool = False
    pages_max: int = 40  #: pages of one list read in one poll, when it holds that much news
    reread: timedelta = timedelta(hours=6)  #: how far back a deep read goes, at least
    reread_every: timedelta = timedelta(minutes=30)
    group: int = 10  #: entries that need their page are stored in groups of this size
    full_text_max: int = 60  #: pages fetched in one poll; the rest waits in the full-text queue
    allow_private_pages: bool = False
    raw: frozenset[RawKind] = frozenset()  #: kinds of documents that are kept as they came
    program: str = ""  #: tells this program from any that may read an item otherwise


class PageTools(Protocol):
    """The part of Tools that reads pages."""

    @property
    def fetcher(self) -> Fetches:
        """The HTTP client."""
        ...

    @property
    def labour(self) -> Labour:
        """Where CPU work is done."""
        ...

    @property
    def settings(self) -> Settings:
        """Plain values of config."""
        ...


@dataclass(frozen=True, slots=True)
class Reader:
    """What reads feeds and pages, and stores nothing."""

    fetcher: Fetches
    settings: Settings
    labour: Labour


async def keep_none(wanted: Sequence[Fetched]) -> list[RawDocument | None]:
    """Where no document is kept."""
    return [None] * len(wanted)


@dataclass(frozen=True, slots=True)
class Tools:
    """The world, as the walk sees it. The store's calls are made awaitable by who builds this."""

    fetcher: Fetches
    policy: Policy
    weather: Weather
    known: Callable[[str, Sequence[Entry]], Awaitable[dict[str, Known]]]
    neighbours: Callable[[Sequence[StoryKey], Sequence[tuple[int, datetime]]], Awaitable[list[Neighbour]]]
    commit: Callable[[Plan], Awaitable[Outcome]]
    retries: Callable[[datetime, int], Awaitable[list[Retry]]]
    stored: Callable[[int], Awaitable[StoredArticle | None]]
    last_items: Callable[[str], Awaitable[bytes | None]]
    clock: Callable[[], datetime]
    labour: Labour
    keep: Callable[[Sequence[Fetched]], Awaitable[list[RawDocument | None]]] = keep_none
    claims: Claims = field(default_factory=Claims)
    arrivals: Arrivals = field(default_factory=Arrivals)
    settings: Settings = field(default_factory=Settings)
