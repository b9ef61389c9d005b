"""When to poll next, and what is remembered of each address: a pure function of the state and of the last poll.

In: Subscription, SubscriptionState, Poll. Out: the next SubscriptionState. Given to pipeline/update.py by app.py.

The rules, in the order in which they bind:

1.  An origin's own words come first: Retry-After on 429 and 503, Cache-Control and Expires always (RFC 9111 §5.2, 5.3).
2.  Never sooner than the subscription's interval. Without one of its own, a web feed whose server offers no
    validators is polled once a day: each poll costs that server a whole body.
3.  A feed that rarely changes is polled less often, step by step, up to a bound; a new entry brings it back.
4.  Jitter only adds.
5.  A failing address backs off alone: its siblings on the same host, and the other addresses of the same
    subscription, go on. 410 stops it until the operator asks again.
6.  An address that could not be asked, because its host wants to be left alone, is put off and blamed for nothing.
7.  When nothing at all answers, the network is down: nobody's failures are counted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from aggregator.fetch import address, freshness
from aggregator.models import Document, Endpoint, NotModified, Subscription, SubscriptionState
from aggregator.pipeline.poll import Attempt, Poll
from aggregator.schedule import vitality

#: A poll time that never comes: every address is gone.
NEVER = datetime(9999, 1, 1, tzinfo=UTC)

#: Good polls in a row that must agree before a permanent redirect is followed without asking the old address.
MOVED_AFTER = 5

#: While the network is down, somebody must look whether it is back.
OUTAGE_RETRY = timedelta(seconds=60)

#: A list that an API serves on request may be asked this many times its interval apart, when nothing changes.
API_STRETCH = 4


@dataclass(frozen=True, slots=True)
class Bounds:
    """The operator's limits, from config/aggregator.toml."""

    no_validators_interval: timedelta = timedelta(hours=24)
    max_interval: timedelta = timedelta(hours=24)
    backoff: timedelta = timedelta(seconds=60)
    max_backoff: timedelta = timedelta(hours=24)
    api_backoff: timedelta = timedelta(seconds=30)
    max_api_backoff: timedelta = timedelta(minutes=30)


class Rhythm:
    """The daemon's Policy. `chance` returns a float in [0, 1) for the jitter."""

    def __init__(self, bounds: Bounds, chance: Callable[[], float]) -> None:
        self._bounds = bounds
        self._chance = chance

    def asked_url(self, endpoint: Endpoint) -> str:
        """The address to ask for a candidate: itself, or where it has lastingly moved to.

        From http to https on the same host at once; elsewhere after MOVED_AFTER agreeing polls.
        """
        if endpoint.moved_to and (endpoint.moved_count >= MOVED_AFTER or _only_upgraded(endpoint)):
            return endpoint.moved_to
        return endpoint.url

    def settle(self, subscription: Subscription, state: SubscriptionState, poll: Poll) -> SubscriptionState:
        """The state after `poll`, with the next poll time in it."""
        endpoints = dict(state.endpoints)
        for attempt in poll.attempts:
            before = endpoints.get(attempt.url, Endpoint(attempt.url))
            endpoints[attempt.url] = self._endpoint(subscription, before, attempt, poll)
        if poll.success is None:
            put_off = replace(state, endpoints=endpoints, next_poll=_open_again(subscription, poll, endpoints))
            return vitality.failed(_failed(put_off, poll), poll) if poll.asked else put_off
        return self._succeeded(subscription, state, poll, poll.success, endpoints)

    def fault(self, state: SubscriptionState) -> str | None:
        """Why a feed that answers seems to be dead, as one word; None while it seems to live."""
        found = vitality.diagnose(state)
        return found.fault.value if found else None

    def _succeeded(
        self,
        subscription: Subscription,
        state: SubscriptionState,
        poll: Poll,
        good: Attempt,
        endpoints: Mapping[str, Endpoint],
    ) -> SubscriptionState:
        endpoint = endpoints[good.url]
        spacing = self._spacing(subscription, state, endpoint, poll)
        waits = [poll.at + spacing + spacing * (0.1 * self._chance())]
        if good.answer is not None:
            waits.append(freshness.not_before(good.answer.headers, poll.at) or poll.at)
        return replace(
            vitality.noted(subscription, state, poll, good),
            endpoints=endpoints,
            last_polled=poll.at,
            last_success=poll.at,
            last_new=poll.at if poll.new else state.last_new,
            next_poll=max(waits),
            failures=0,
            problem=None,
            problem_since=None,
            spacing=spacing,
            deep_read_at=poll.at if poll.deep else state.deep_read_at,
            warning=_warning(endpoint),
        )

    def _endpoint(self, subscription: Subscription, before: Endpoint, attempt: Attempt, poll: Poll) -> Endpoint:
        if attempt.good and attempt.answer is not None:
            return _served(before, attempt, attempt.answer)
        if poll.outage and attempt.network:
            return before
        if not attempt.asked:
            return replace(before, retry_at=poll.at + (attempt.retry_after or timedelta()))
        failures = before.failures + 1
        wait = max(self._backoff(subscription, failures), attempt.retry_after or timedelta())
        moved = before.moved_count if attempt.network else 0  # a learned address that fails is forgotten again
        return replace(
            before,
            failures=failures,
            retry_at=poll.at + wait,
            gone=before.gone or attempt.gone,
            moved_count=moved,
        )

    def _backoff(self, subscription: Subscription, failures: int) -> timedelta:
        """Doubles from the first failure on; a web feed is never asked again before its interval."""
        doublings = 1 << min(failures - 1, 20)
        if address.kind(subscription.url).startswith("sina"):
            return min(self._bounds.api_backoff * doublings, self._bounds.max_api_backoff)
        return max(min(self._bounds.backoff * doublings, self._bounds.max_backoff), subscription.interval)

    def _spacing(
        self, subscription: Subscription, state: SubscriptionState, endpoint: Endpoint, poll: Poll
    ) -> timedelta:
        """The adaptive interval: halved by news, stretched by half when nothing is new, between two bounds.

        The feed's own hint raises the lower bound. Unchanged answers do not repeat it and need not: they only stretch.
        """
        least = subscription.interval
        api = address.kind(subscription.url).startswith("sina")
        blind = endpoint.validators.etag is None and endpoint.validators.last_modified is None
        if blind and not api and not subscription.interval_explicit:
            least = max(least, self._bounds.no_validators_interval)
        if poll.ttl and not subscription.interval_explicit:
            least = max(least, min(poll.ttl, self._bounds.max_interval))
        most = least * API_STRETCH if api or subscription.interval_explicit else self._bounds.max_interval
        last = state.spacing or least
        return max(least, min(last * (0.5 if poll.new else 1.5), max(least, most)))


def _open_again(subscription: Subscription, poll: Poll, endpoints: Mapping[str, Endpoint]) -> datetime:
    """When the first of the subscription's present addresses may be asked; those of an older config do not matter."""
    urls = poll.candidates or [attempt.url for attempt in poll.attempts]
    ours = [endpoints[url] for url in urls if url in endpoints]
    return min((one.retry_at or poll.at + subscription.interval for one in ours if not one.gone), default=NEVER)


def _failed(state: SubscriptionState, poll: Poll) -> SubscriptionState:
    return replace(
        state,
        last_polled=poll.at,
        next_poll=poll.at + OUTAGE_RETRY if poll.outage else state.next_poll,
        failures=state.failures if poll.outage else state.failures + 1,
        problem=f"the network is down: {poll.problem}" if poll.outage else poll.problem,
        problem_since=state.problem_since or poll.at,
    )


def _only_upgraded(endpoint: Endpoint) -> bool:
    return (
        endpoint.moved_count > 0
        and endpoint.moved_to is not None
        and endpoint.url.startswith("http://")
        and endpoint.moved_to == "https://" + endpoint.url.removeprefix("http://")
    )


def _served(before: Endpoint, attempt: Attempt, answer: Document | NotModified) -> Endpoint:
    """A good answer: validators exactly as sent; a 304 keeps those that it does not replace (RFC 9110 §15.4.5)."""
    validators = answer.validators
    if isinstance(answer, NotModified):
        validators = replace(
            before.validators,
            etag=validators.etag or before.validators.etag,
            last_modified=validators.last_modified or before.validators.last_modified,
        )
    moved_to, moved_count = before.moved_to, before.moved_count
    if answer.moved_to is not None:
        moved_count = moved_count + 1 if answer.moved_to == moved_to else 1
        moved_to = answer.moved_to
    elif answer.url == before.url:  # the old address serves again, by itself
        moved_to, moved_count = None, 0
    return replace(
        before,
        validators=validators,
        body_hash=attempt.body_hash or before.body_hash,
        failures=0,
        retry_at=None,
        gone=False,
        moved_to=moved_to,
        moved_count=moved_count,
        newest=max(filter(None, (attempt.newest, before.newest)), default=None),
    )


def _warning(endpoint: Endpoint) -> str | None:
    """What an operator should look at although the poll succeeded."""
    if endpoint.moved_to and endpoint.moved_count >= MOVED_AFTER:
        return f"has moved for good to {endpoint.moved_to}; put that address into feeds.toml"
    return None
