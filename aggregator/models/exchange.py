"""What an export is asked for.

Frozen dataclasses without behaviour beyond small derived values; aware datetimes only.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which articles an export carries. Empty filters let everything pass; several filters must all pass."""

    since: datetime | None = None  #: published, else first seen, at this instant or later
    until: datetime | None = None  #: before this instant
    categories: tuple[str, ...] = ()  #: one of them, of the article or of a feed it was seen in
    symbols: tuple[str, ...] = ()  #: one of them, as 600941.SH
    feeds: tuple[str, ...] = ()  #: seen in one of them, by slug
    query: str = ""  #: words of the search index, all of which title or text hold

    @property
    def everything(self) -> bool:
        """Whether nothing is filtered."""
        return self == Wanted()
