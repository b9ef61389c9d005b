"""Whether a feed that answers still lives: silent death, found from what the store knows of a subscription. Pure.

`noted` turns state and poll into the next state (called by policy.py, so that it is stored with the poll); `diagnose`
reads a state and says what is wrong, and since when. Words for people are made elsewhere (web/words.py, cli/views.py).

What is looked for, and from when on it is told:
    not_a_feed  three answers in a row that are no feed (an HTML page)
    empty       three documents in a row without entries
    shrunken    three documents in a row with less than half of the entries that the feed held at least
    frozen      nothing new for longer than the habit of the feed grants, and the very same bytes
    stale       the same, though the document brings entries: all are older than what was there
    silent      the same, though the bytes change
How long a habit grants is habit.py's; it is never longer than three of the longest pauses that are usual.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from aggregator.errors import ParseError
from aggregator.fetch import address
from aggregator.models import Subscription, SubscriptionState, SubscriptionStatus
from aggregator.pipeline.poll import Attempt, Poll
from aggregator.schedule import habit
from aggregator.schedule.habit import Day, Habit

#: Polls in a row that make a fault of an answer that may be an accident.
IN_A_ROW = 3

#: What a Sina channel is granted until its habit is known: rows of a working day are minutes apart.
SINA = replace(habit.NEW, patience=24)

#: A feed that has been smaller for this long has become a small one.
ACCEPTED = timedelta(days=30)


class Fault(StrEnum):
    """Why a feed that answers is not well."""

    NOT_A_FEED = "not_a_feed"
    EMPTY = "empty"
    SHRUNKEN = "shrunken"
    FROZEN = "frozen"
    STALE = "stale"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault with what a person wants to know of it."""

    fault: Fault
    since: datetime | None  #: it began, or the last news came
    pause: timedelta | None = None  #: the longest that was usual, in working time; None while no habit is known
    items: int | None = None  #: entries in the last document
    usual_items: int | None = None  #: that it held at least


def silence(status: SubscriptionStatus) -> Finding | None:
    """What is wrong with a feed that answers; None also for one that is not asked any more."""
    asked = status.configured and status.enabled and not status.state.gone
    return diagnose(status.state) if asked else None


def diagnose(state: SubscriptionState) -> Finding | None:
    """What is wrong with a feed, as of its last poll; None while all is well, or no more is known than its failure."""
    if state.no_feed_polls >= IN_A_ROW:
        return Finding(Fault.NOT_A_FEED, state.problem_since)
    if state.problem:
        return None
    if state.empty_polls >= IN_A_ROW:
        fault = Fault.SHRUNKEN if state.items else Fault.EMPTY
        return Finding(fault, state.poor_since, items=state.items, usual_items=state.usual_items)
    looked, overdue = state.last_success, state.overdue_at
    if overdue is None or looked is None or looked < overdue or state.fresh_at is None:
        return None
    fault, since = Fault.FROZEN, state.fresh_at
    if overdue <= state.fresh_at:  # when it was met first, all in it was old already
        newest = habit.newest(habit.unpack(state.history))
        fault, since = Fault.STALE, habit.instant(newest) if newest else since
    elif state.last_new is not None and state.last_new > state.fresh_at:
        fault = Fault.STALE
    elif state.changed_at is not None and state.changed_at > state.fresh_at:
        fault = Fault.SILENT
    return Finding(fault, since, pause=state.pause)


def words(found: Finding) -> str:
    """A finding in English, for terminals and logs."""
    pause, items, usual = _span(found.pause), found.items, found.usual_items
    return {
        Fault.NOT_A_FEED: "answers, but with no feed any more (an HTML page?)",
        Fault.EMPTY: "answers, but holds no entry any more; it may have been given up",
        Fault.SHRUNKEN: f"answers, but holds {items} entries only; it used to hold at least {usual}",
        Fault.FROZEN: f"answers, but always with the same bytes; something new usually came within {pause}",
        Fault.STALE: f"answers, but all its entries are old; something newer usually came within {pause}",
        Fault.SILENT: f"answers, but without anything new; that usually came within {pause}",
    }[found.fault]


def _span(pause: timedelta | None) -> str:
    if pause is None:
        return "a working day"
    hours = round(pause / habit.HOUR)
    return f"{hours} h of its working hours" if hours < 48 else f"{hours / 24:.0f} of its days"


def failed(state: SubscriptionState, poll: Poll) -> SubscriptionState:
    """The state after a poll that brought no feed."""
    if any(isinstance(attempt.error, ParseError) for attempt in poll.attempts):
        return replace(state, no_feed_polls=state.no_feed_polls + 1)
    return state


def noted(subscription: Subscription, state: SubscriptionState, poll: Poll, good: Attempt) -> SubscriptionState:
    """The state after a poll that brought a feed. An unchanged one costs next to nothing."""
    before = state.endpoints.get(good.url)
    changed = good.body_hash is not None and (before is None or before.body_hash != good.body_hash)
    state = replace(state, no_feed_polls=0, changed_at=poll.at if changed or not state.changed_at else state.changed_at)
    if poll.entries is None:
        return replace(state, empty_polls=state.empty_polls + 1) if state.empty_polls else state
    days = habit.unpack(state.history)
    state, counted = _weighed(state, poll, poll.entries, days)
    return _stirred(subscription, state, poll, counted)


def _weighed(
    state: SubscriptionState, poll: Poll, entries: int, days: tuple[Day, ...]
) -> tuple[SubscriptionState, tuple[Day, ...]]:
    """Whether the document holds as many entries as it should; what it holds is counted where that is no fault."""
    usual = state.usual_items
    poor = (usual is None or usual > 0) if entries == 0 else usual is not None and 2 * entries < usual
    since = (state.poor_since or poll.at) if poor else None
    if since is not None and entries and poll.at - since > ACCEPTED:
        poor, since, days = False, None, tuple(replace(day, items=None) for day in days)
    fewest = entries
    if not poor and state.empty_polls:  # it recovered by itself: so small a document is no fault of this feed
        fewest = min(entries, state.items or 0)
    if days and not poor and (days[-1].items is None or days[-1].items > min(fewest, 253)):
        days = (*days[:-1], replace(days[-1], items=min(fewest, 253)))
    polls = state.empty_polls + 1 if poor else 0
    return replace(state, items=entries, empty_polls=polls, poor_since=since), days


def _stirred(
    subscription: Subscription, state: SubscriptionState, poll: Poll, days: tuple[Day, ...]
) -> SubscriptionState:
    """What new entries tell: only those count that are no older than what was there."""
    now, last = habit.hour(poll.at), habit.newest(days)
    stated = [number for number in poll.hours if 0 < number <= now]
    hours = stated or [now]
    fresh = poll.new > 0 and (last is None or max(hours) >= last)
    marked = habit.marked(days, hours) if fresh else days
    moved, days = marked != days, marked
    packed = habit.pack(days)
    if packed != state.history:
        state = replace(state, history=packed, usual_items=habit.fewest_items(days))
    if not fresh:
        return state
    # What a feed held before it was followed is as old as it says; later its news are as old as we saw them come.
    if state.fresh_at is not None and not moved and habit.hour(state.fresh_at) == now:
        return replace(state, fresh_at=poll.at)  # an hour is the finest that is learnt
    since = habit.instant(max(hours)) if state.fresh_at is None else poll.at
    known: Habit | None = habit.learn(days)
    granted = known or (SINA if address.kind(subscription.url).startswith("sina") else None)
    return replace(
        state,
        fresh_at=poll.at,
        pause=known.pause * habit.HOUR if known else None,
        overdue_at=granted.until(since, granted.patience) if granted else None,
    )
