"""The past of outputs as documents: RFC 5005 archive pages for Atom, `next_url` for JSON Feed.

In: an App, an output, a page's name as it stands in its address. Out: bytes, and for the subscription document the
address of the first page. Called by app/daemon.py, and by the Republisher that app/core.py builds.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from aggregator import publish
from aggregator.app import pictures
from aggregator.models import Output, PastPlace, Story
from aggregator.publish import Spot

if TYPE_CHECKING:
    from aggregator.app.core import App
    from aggregator.store.past import Past

#: Formats that can say where the past goes on.
LINKED = ("atom", "json")


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the past as a document."""

    body: bytes
    full: bool  #: its members stay


def subscription(past: Past, output: Output, shown: Sequence[Story], now: datetime) -> Spot:
    """Where the document of an output that shows these stories stands, and where its past begins."""
    own = _own(output)
    place = past.place(output, shown, now)
    return Spot(own, previous=f"{own}/archive/{place}" if place else None)


def page(app: App, output: Output, name: str, form: str) -> Page | None:
    """The page of this name in a format; None where there is none. Raises StoreError."""
    place = PastPlace.read(name)
    if form not in LINKED or form not in output.formats or place is None:
        return None
    now, own = app.clock(), _own(output)
    found = app.store.past.read(output, place, now)
    if found is None:
        return None

    def located(other: PastPlace | None) -> str | None:
        return f"{own}/archive/{other}" if other else None

    spot = Spot(
        f"{own}/archive/{place}", previous=located(found.previous), following=located(found.following), current=own
    )
    made = publish.documents(
        replace(output, formats=(form,)),
        app.config.settings.site,
        found.stories,
        now=now,
        pictures=pictures.addresses(app, found.stories),
        spot=spot,
    )
    return Page(made[form], found.full)


async def fill(
    past: Past,
    outputs: Sequence[Output],
    now: datetime,
    read: Callable[..., Awaitable[Any]],
    write: Callable[..., Awaitable[Any]],
    goes_on: Callable[[], bool],
) -> None:
    """Note which pages have become full: one piece of each output, all that is missing while `goes_on`."""
    for output in outputs:
        while found := await read(past.fill, output, now):
            await write(past.seal, found)
            if not goes_on():
                break


def _own(output: Output) -> str:
    return f"{publish.PREFIX}/{output.slug}"
