"""What the server needs to know, as a Protocol. app.App is one; tests bring a small one of their own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from aggregator.models import Dossier, Output, Site, Story, SubscriptionStatus
from aggregator.publish.static import Rendered


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

    async def statuses(self) -> list[SubscriptionStatus]:
        """Every subscription the store knows, configured or not."""

    async def latest(self, limit: int) -> list[Story]:
        """The newest `limit` stories, newest first."""

    async def story(self, uid: str) -> Dossier | None:
        """The head of a story with all that is known of it; a uid that was merged away leads to the survivor."""

    def health(self) -> dict[str, Any]:
        """Facts for /healthz. `status` is "ok" while all is well; anything else makes the answer a 503."""
