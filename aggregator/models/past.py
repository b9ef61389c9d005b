"""Pages of the past of outputs, as store/past.py reads them and publish/ links them (RFC 5005 §4).

Frozen dataclasses; aware datetimes only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from aggregator.models.outgoing import Story

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PLACE = re.compile(r"([0-9a-f]{8})-([0-9]{1,9})(?:-([0-9]{1,17})-([0-9]{1,18})(?:-([0-9]{1,18}))?)?")


@dataclass(frozen=True, slots=True)
class PastPlace:
    """A page of the past of an output; store/past.py says what is on it. Its text stands in addresses."""

    filters: str  #: eight digits that stand for the filters of the output
    number: int  #: of the full page, the oldest being 1; with `edge`, of the one before
    edge: tuple[datetime, int] | None = None  #: an open page: only what sorts behind this time and story id
    below: int | None = None  #: and only what has a lower id than this

    def __str__(self) -> str:
        parts: list[object] = [self.filters, self.number]
        if self.edge is not None:
            parts += [(self.edge[0] - _EPOCH) // timedelta(microseconds=1), self.edge[1]]
            parts += [] if self.below is None else [self.below]
        return "-".join(map(str, parts))

    @classmethod
    def read(cls, text: str) -> PastPlace | None:
        """The place that str() wrote; None for any other text."""
        found = _PLACE.fullmatch(text)
        if not found:
            return None
        number, at, story, below = (int(one) if one else None for one in found.groups()[1:])
        assert number is not None  # noqa: S101 - the expression demands it
        edge = None if at is None or story is None else (_EPOCH + timedelta(microseconds=at), story)
        place = cls(found[1], number, edge, below)
        return place if str(place) == text else None


@dataclass(frozen=True, slots=True)
class PastPage:
    """A page of the past of an output."""

    stories: tuple[Story, ...]  #: newest first
    previous: PastPlace | None  #: of what is older
    following: PastPlace | None  #: the next full page
    full: bool  #: its members stay
