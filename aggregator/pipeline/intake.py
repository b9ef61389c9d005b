"""Imports: entries that need no fetching enter the walk at step 3, in batches.

In: entries read from files. Out: an Outcome a batch. Called by app.py for `aggregator import`. Sync: nothing here
waits for a network.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from aggregator.models import Entry, FullText, Known, Neighbour, Outcome, Plan, SiteRules, StoryKey
from aggregator.pipeline import assemble, decide, labour

#: The subscription under which imported articles are known.
SLUG = "import"


class Articles(Protocol):
    """The part of the store that an import uses."""

    def known(self, slug: str, entries: Sequence[Entry]) -> dict[str, Known]:
        """What is known of the entries."""
        ...

    def neighbours(self, keys: Sequence[StoryKey], prints: Sequence[tuple[int, datetime]]) -> list[Neighbour]:
        """Stored articles that may belong to the same stories."""
        ...

    def commit(self, plans: Sequence[Plan], now: datetime) -> list[Outcome]:
        """Write the plans in one transaction."""
        ...


def take(
    entries: Sequence[Entry],
    articles: Articles,
    *,
    now: datetime,
    sites: Sequence[SiteRules] = (),
    near: bool = True,
    split_differing: bool = False,
) -> Outcome:
    """Clean, place and store one batch. The same batch again changes nothing."""
    marked = decide.mark_shared_links(entries)
    selection = decide.select(marked, articles.known(SLUG, marked), FullText.NEVER)
    prepared = [
        decide.prepare(candidate, labour.make_clean(assemble.article(candidate.entry, None), sites), now)
        for candidate in selection.candidates
    ]
    prints = [(item.fingerprint, item.at) for item in prepared if item.fingerprint is not None]
    neighbours = articles.neighbours([item.key for item in prepared], prints)
    writes = decide.writes(prepared, neighbours, now=now, near=near, split_differing=split_differing)
    (outcome,) = articles.commit([Plan(SLUG, writes=writes, sightings=selection.sightings)], now)
    return Outcome(
        SLUG,
        new=outcome.new,
        revised=outcome.revised,
        merged=outcome.merged,
        unchanged=outcome.unchanged + selection.unchanged,
        stories=outcome.stories,
    )
