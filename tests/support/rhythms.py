"""Feeds that live in simulated time: when their entries come, and what a daemon that polls them makes of it."""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from aggregator.kit import exchange
from aggregator.kit.dates import BEIJING
from aggregator.models import Document, Subscription, SubscriptionState
from aggregator.pipeline.poll import Attempt, Poll
from aggregator.schedule import policy, vitality

URL = "https://news.example/feed.xml"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
#: A Monday four months before Golden Week.
START = datetime(2026, 6, 1, tzinfo=BEIJING).astimezone(UTC)


def arrivals(
    days: int, hours: Sequence[int], of_day: Callable[[random.Random, datetime], float], seed: int = 1
) -> list[datetime]:
    """Entries of so many days from START: `of_day` says how many to expect, spread over some Beijing hours."""
    chance, found = random.Random(seed), []
    for number in range(days):
        day = START + number * DAY
        expected = of_day(chance, day)
        count = int(expected) + (chance.random() < expected % 1)
        found += [day + chance.choice(hours) * HOUR + chance.random() * HOUR for _ in range(count)]
    return sorted(found)


def trades(day: datetime) -> bool:
    """Whether it is a trading day in Beijing."""
    return not exchange.closed(day.astimezone(BEIJING).date())


@dataclass
class Life:
    """A feed under a daemon's eyes. `told`: each fault with the time of the poll that found it."""

    entries: list[datetime]
    interval: timedelta = HOUR
    shown: int = 20  #: entries in the document
    dated: bool = True
    url: str = URL
    state: SubscriptionState = field(default_factory=lambda: SubscriptionState("feed"))
    told: list[tuple[datetime, vitality.Fault]] = field(default_factory=list)
    lag: timedelta = timedelta()  #: from an entry's date until it stands in the document

    def live(self, since: datetime, until: datetime, change: Callable[[Life, datetime], Attempt | Poll | None]) -> Life:
        """Poll from `since` on, whenever the policy says so. `change` may put another poll in place of the true one."""
        rhythm = policy.Rhythm(policy.Bounds(), lambda: 0.0)
        subscription = Subscription("feed", "Feed", self.url, interval=self.interval)
        now, seen = since, 0
        while now < until:
            there = bisect_right(self.entries, now - self.lag)
            poll = self.poll(now, there, seen)
            changed = change(self, now)
            if isinstance(changed, Poll):
                poll = changed
            else:
                seen = there
            before = self.state
            self.state = rhythm.settle(subscription, before, poll)
            found = vitality.diagnose(self.state)
            if found and (vitality.diagnose(before) or found).fault == found.fault and not vitality.diagnose(before):
                self.told.append((now, found.fault))
            assert self.state.next_poll is not None
            now = max(self.state.next_poll, now + timedelta(minutes=1))
        return self

    def poll(self, now: datetime, there: int, seen: int) -> Poll:
        """What a poll meets: the last entries before now."""
        document = self.entries[max(0, there - self.shown) : there]
        new = min(there - seen, len(document))
        hours = tuple({int(at.timestamp()) // 3600 + 8 for at in document}) if self.dated and new else ()
        body = f"{there}"
        changed = there != seen or not self.state.endpoints
        return Poll(now, (answer(now, body),), new=new, entries=len(document) if changed else None, hours=hours)


def answer(now: datetime, body: str) -> Attempt:
    """A good answer with this body."""
    return Attempt(URL, Document(URL, URL, 200, b"x", now, {"etag": '"1"'}), body_hash=body)
