"""What one poll of a subscription met, as plain facts: the input of schedule/policy.py.

Produced by pipeline/update.py; a Policy turns state and Poll into the next state, so that the walk itself decides
no times.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from aggregator.errors import AggregatorError, BadStatus, Unreachable
from aggregator.models import Document, Endpoint, NotModified, Subscription, SubscriptionState


@dataclass(frozen=True, slots=True)
class Attempt:
    """One address asked."""

    url: str  #: the candidate as config expands it, also when a learned redirect was asked instead
    answer: Document | NotModified | None = None
    error: AggregatorError | None = None
    body_hash: str | None = None  #: of a good body
    newest: datetime | None = None  #: newest publish time in a good body

    @property
    def good(self) -> bool:
        """The address served a usable feed, or said that the last one still stands."""
        return self.error is None and self.answer is not None

    @property
    def asked(self) -> bool:
        """A request was sent; False while an earlier answer forbids to ask this host."""
        return self.error.asked if isinstance(self.error, BadStatus) else True

    @property
    def retry_after(self) -> timedelta | None:
        """How long the origin asked to be left alone."""
        return self.error.retry_after if self.error else None

    @property
    def gone(self) -> bool:
        """The origin said that this address will not come back."""
        return isinstance(self.error, BadStatus) and self.error.gone

    @property
    def network(self) -> bool:
        """The failure says nothing of the origin: the network may be down."""
        return isinstance(self.error, Unreachable)


@dataclass(frozen=True, slots=True)
class Poll:
    """One poll: the addresses asked in order, and what came of it."""

    at: datetime
    attempts: tuple[Attempt, ...]
    candidates: tuple[str, ...] = ()  #: all addresses of the subscription, also those that had to be left alone
    new: int = 0
    entries: int | None = None  #: in the feed document; None when it was unchanged
    hours: tuple[int, ...] = ()  #: those that new and edited entries state: schedule/habit.py
    ttl: timedelta | None = None  #: of the feed, a hint
    deep: bool = False  #: older pages were read again
    outage: bool = False  #: nothing answers anywhere: this counts against nobody

    @property
    def success(self) -> Attempt | None:
        """The attempt that served the feed."""
        return next((attempt for attempt in self.attempts if attempt.good), None)

    @property
    def asked(self) -> bool:
        """Something was learned: at least one address could be asked."""
        return any(attempt.asked for attempt in self.attempts)

    @property
    def problem(self) -> str | None:
        """Why there is no feed, in words; None when there is one."""
        if self.success:
            return None
        return "; ".join(str(attempt.error) for attempt in self.attempts) or "no address of this feed may be asked yet"


class Policy(Protocol):
    """Decides where to ask and when to poll next."""

    def asked_url(self, endpoint: Endpoint) -> str:
        """The address to ask for a candidate: itself, or where it has lastingly moved to."""
        ...

    def settle(self, subscription: Subscription, state: SubscriptionState, poll: Poll) -> SubscriptionState:
        """The state after `poll`, with the next poll time in it."""
        ...

    def fault(self, state: SubscriptionState) -> str | None:
        """Why a feed that answers seems to be dead, as one word; None while it seems to live."""
        ...
