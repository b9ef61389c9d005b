"""What the server needs to know, as a Protocol. app.App is one; tests bring a small one of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, Protocol

from aggregator.models import (
    Dossier,
    Mentions,
    Offers,
    Output,
    Query,
    Results,
    Site,
    Statistics,
    Story,
    StoryPage,
    SubscriptionStatus,
)
from aggregator.publish import Spot
from aggregator.publish.static import Rendered
from aggregator.web.listing import Place


class PastPage(Protocol):
    """A page of the past of an output."""

    @property
    def body(self) -> bytes:
        """The document."""

    @property
    def full(self) -> bool:
        """Its members stay."""


class Backend(Protocol):
    """Called on the event loop. The plain methods answer from memory at once; the async ones may ask the store."""

    @property
    def site(self) -> Site:
        """Our own name and address."""

    def outputs(self) -> Sequence[Output]:
        """The outputs as configured now, in the order of the configuration."""

    def rendered(self, slug: str, extension: str) -> Rendered | None:
        """What is served for `/feeds/<slug>.<extension>`; None when it is not rendered (yet)."""

    def picture(self, name: str) -> Path | None:
        """Where the picture of this name (HASH.jpg) lies, or would lie; None for what is no name of one."""

    def version(self) -> object:
        """Equal to before, nothing that is shown has changed."""

    async def past(self, slug: str, name: str, extension: str) -> PastPage | None:
        """What is served for `/feeds/<slug>/archive/<name>.<extension>`; None where there is no such page."""

    async def statuses(self) -> list[SubscriptionStatus]:
        """Every subscription the store knows, configured or not."""

    async def poll_now(self, slug: str) -> bool:
        """Make a subscription due at once, unless it was polled a moment ago; False where none is called so."""

    async def latest(self, limit: int) -> list[Story]:
        """The newest `limit` stories, newest first."""

    async def listed(
        self, query: Query, limit: int, older: Place | None = None, newer: Place | None = None
    ) -> StoryPage:
        """The stories that meet a query, newest first: the first page, the one behind a place or the one before it."""

    async def found(self, query: Query, limit: int, offset: int) -> Results:
        """The stories that meet a query, best first, and how many there are."""

    async def feed(self, output: Output, query: Query, spot: Spot) -> bytes:
        """The newest stories that meet a query, as the one format of an output says, served at a spot."""

    async def mentions(self, code: str) -> Mentions:
        """How often an instrument is told of in the last year, and with which others."""

    async def per_day(self, since: datetime, until: datetime) -> Mapping[date, int]:
        """How many stories each Beijing day between two instants has."""

    async def offers(self) -> Offers:
        """What stories may be filtered by."""

    async def story(self, uid: str) -> Dossier | None:
        """The head of a story with all that is known of it; a uid that was merged away leads to the survivor."""

    async def figures(self) -> Statistics:
        """What the archive holds and takes, some minutes old perhaps; without its tables."""

    def health(self) -> dict[str, Any]:
        """Facts for /healthz. `status` is "ok" while all is well; anything else makes the answer a 503."""
