"""What is followed: subscriptions, and what is known of them between polls.

Frozen dataclasses without behaviour beyond small derived values; aware datetimes only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import MAXYEAR, datetime, timedelta
from enum import StrEnum


class FullText(StrEnum):
    """Whether a subscription's entries get their article page fetched."""

    AUTO = "auto"  # only where the entry lacks its full text
    ALWAYS = "always"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Keep:
    """How much is kept, of one subscription or of all; None: no bound."""

    max_age: timedelta | None = None  #: since it was first seen
    max_count: int | None = None  #: articles
    max_bytes: int | None = None  #: that their texts take in the database


@dataclass(frozen=True, slots=True)
class Subscription:
    """What config follows. `url` is the address as configured (http, https, `sina:` or `rsshub:`)."""

    slug: str
    name: str
    url: str
    interval: timedelta  #: shortest time between two polls
    interval_explicit: bool = False  #: the operator chose it for this feed, rather than taking the default
    categories: tuple[str, ...] = ()
    timezone: str = "Asia/Shanghai"  #: IANA name; the zone of dates that state none
    language: str = "zh-CN"
    full_text: FullText = FullText.AUTO
    headers: tuple[tuple[str, str], ...] = ()
    keep: Keep = Keep()
    allow_private: bool = False  #: the configured host (never a redirect or link target) may be private


@dataclass(frozen=True, slots=True)
class Validators:
    """HTTP validators byte for byte as the origin sent them (RFC 9110 §8.8)."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What is remembered about one concrete address of a subscription (RSSHub routes have several)."""

    url: str
    validators: Validators = Validators()
    body_hash: str | None = None  #: of the last good body, hex
    failures: int = 0  #: in a row
    retry_at: datetime | None = None  #: not before; set by back-off and Retry-After
    gone: bool = False  #: answered 410; polled again only when the operator asks
    moved_to: str | None = None  #: target of a permanent redirect
    moved_count: int = 0  #: good polls in a row that agreed on `moved_to`
    newest: datetime | None = None  #: newest publish time seen in the last good body


@dataclass(frozen=True, slots=True)
class SubscriptionState:
    """What the store knows about a subscription between polls."""

    slug: str
    endpoints: Mapping[str, Endpoint] = field(default_factory=dict)
    last_polled: datetime | None = None
    last_success: datetime | None = None
    last_new: datetime | None = None
    next_poll: datetime | None = None  #: None: due at once (never polled)
    failures: int = 0
    problem: str | None = None  #: in words, of the last poll, when it failed
    problem_since: datetime | None = None
    spacing: timedelta | None = None  #: learned interval (adaptive), None until learned
    deep_read_at: datetime | None = None  #: when older pages were last read again
    empty_polls: int = 0  #: good polls in a row that held no entry, or far fewer than usual
    warning: str | None = None  #: what an operator should look at although the poll succeeded, in words
    history: bytes | None = None  #: the hours in which it had new entries; see schedule/habit.py
    pause: timedelta | None = None  #: the longest that is usual between new entries, in its working time
    fresh_at: datetime | None = None  #: when entries came last that were no older than those before
    overdue_at: datetime | None = None  #: others should have come by then; None while its habit is not known
    changed_at: datetime | None = None  #: when its bytes were others than before
    items: int | None = None  #: entries in its last document
    usual_items: int | None = None  #: that it holds at least; None while that is not known
    poor_since: datetime | None = None  #: since when it holds none, or far fewer
    no_feed_polls: int = 0  #: answers in a row that were no feed

    @property
    def gone(self) -> bool:
        """Every address answered 410: nothing is polled until the operator asks."""
        if self.next_poll is not None and self.next_poll.year == MAXYEAR:
            return True
        return bool(self.endpoints) and all(one.gone for one in self.endpoints.values())
