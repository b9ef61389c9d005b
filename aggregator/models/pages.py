"""What was learned by asking for the page of an article: attempts that failed, and whether the page is still there.

Frozen dataclasses without behaviour beyond small derived values; aware datetimes only.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Tried:
    """Attempts in a row that failed for one reason."""

    reason: str
    first: datetime
    last: datetime
    count: int = 1


@dataclass(frozen=True, slots=True)
class Retry:
    """A page that must be tried again."""

    article_id: int
    url: str
    attempts: int
    since: datetime
    next_at: datetime | None  #: None: given up, the article stays a summary
    reason: str  #: the last one
    history: tuple[
        Tried, ...
    ] = ()  #: every attempt, oldest first; of very many reasons those in the middle are left out


class Sight(StrEnum):
    """What an answer says of a page."""

    PRESENT = "present"  # the article stands there
    ABSENT = "absent"  # 404, 410, or a notice that there is no such article
    FAILED = "failed"  # anything else: it says nothing of the article


@dataclass(frozen=True, slots=True)
class Observation:
    """One look at the page of an article."""

    article_id: int
    at: datetime
    sight: Sight
    words: str = ""  #: the evidence, or why it failed
    asked: bool = False  #: by a recheck: noted also where all is well
    next_at: datetime | None = None  #: when to look again


@dataclass(frozen=True, slots=True)
class Absence:
    """One piece of evidence that the page is gone."""

    at: datetime
    words: str


@dataclass(frozen=True, slots=True)
class PageCheck:
    """What all looks at the page of an article come to."""

    article_id: int
    checked_at: datetime | None = None  #: the last look that told anything, or failed
    present_at: datetime | None = None  #: the last time it was there
    absent: int = 0  #: looks since then that found it gone
    evidence: tuple[Absence, ...] = ()  #: of those the first and the last ones, oldest first
    removed_at: datetime | None = None  #: when that was enough to say that it was removed at source
    failures: int = 0  #: looks since it was last there that told nothing
    failure: str | None = None  #: why the last of them failed
    next_at: datetime | None = None  #: when to look again
