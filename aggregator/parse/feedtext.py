"""What every parser gets: the decoded text of a feed document, with what is needed to read it.

Built by parse.parse(); mutable only in `problems`, which parse.parse() collects at the end.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aggregator.kit import dates


@dataclass(slots=True)
class FeedText:
    """The text of one feed document and its surroundings."""

    text: str
    url: str  #: as asked for; paging of APIs counts from its query
    base: str  #: final address: relative links start here
    zone: str  #: IANA name for dates that state none
    language: str | None
    now: datetime  #: when it was fetched; relative dates count from it
    value: Any = None  #: the decoded JSON value, where the text is JSON
    data: bytes | None = None  #: `text` in UTF-8, where the document came so
    problems: list[str] = field(default_factory=list)
    unread_dates: Counter[str] = field(default_factory=Counter)
    moving_dates: int = 0  #: dates that count from `now`

    def when(self, stated: str | None) -> datetime | None:
        """The instant a date string states, or None. One that cannot be read is remembered for `complain`."""
        if not stated or not stated.strip():
            return None
        at = dates.parse(stated, zone=self.zone)
        if at is None and (at := dates.parse(stated, zone=self.zone, now=self.now)) is not None:
            self.moving_dates += 1
        if at is None:
            self.unread_dates[stated.strip()[:60]] += 1
        return at

    def complain(self, read: int, listed: int | None = None) -> None:
        """Put into `problems` what `when` could not read, and that `listed` items shrank to `read`."""
        if self.unread_dates:
            example = next(iter(self.unread_dates))
            number = counted(self.unread_dates.total(), "date")
            self.problems.append(f"{number} could not be read, such as {example!r}")
        if listed is not None and read < listed:
            self.problems.append(f"only {read} of {counted(listed, 'item')} could be read")


def counted(number: int, noun: str) -> str:
    """`1 item`, `3 items`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
