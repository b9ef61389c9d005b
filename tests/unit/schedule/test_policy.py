from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from aggregator.errors import BadStatus, NotAFeed, Unreachable
from aggregator.models import Document, Endpoint, NotModified, Subscription, SubscriptionState, Validators
from aggregator.pipeline.poll import Attempt, Poll
from aggregator.schedule import policy

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # a Monday morning in Beijing
URL = "https://news.example/feed.xml"
HOUR = timedelta(hours=1)

web = Subscription("web", "Web", URL, interval=HOUR)
explicit = replace(web, interval=timedelta(minutes=5), interval_explicit=True)
roll = Subscription("roll", "Roll", "sina:roll/384/2519", interval=timedelta(seconds=90))
fresh = SubscriptionState("web")


def rhythm(chance: float = 0.0) -> policy.Rhythm:
    return policy.Rhythm(policy.Bounds(), lambda: chance)


def served(headers: dict[str, str] | None = None, url: str = URL, moved_to: str | None = None) -> Attempt:
    document = Document(url, url, 200, b"x", NOW, {"etag": '"1"'} | (headers or {}), moved_to)
    return Attempt(URL, document, body_hash="h1")


def poll(*attempts: Attempt, new: int = 0, **more: object) -> Poll:
    return Poll(NOW, attempts, new=new, **more)  # type: ignore[arg-type]


def failed(error: Exception, url: str = URL) -> Attempt:
    return Attempt(url, error=error)  # type: ignore[arg-type]


def wait(state: SubscriptionState) -> timedelta:
    assert state.next_poll is not None
    return state.next_poll - NOW


def test_a_good_poll_waits_at_least_the_interval() -> None:
    state = rhythm().settle(web, fresh, poll(served(), new=3))
    assert wait(state) == HOUR
    assert (state.failures, state.problem, state.last_success, state.last_new) == (0, None, NOW, NOW)


def test_jitter_only_adds() -> None:
    least = wait(rhythm(0.0).settle(web, fresh, poll(served(), new=1)))
    most = wait(rhythm(0.999).settle(web, fresh, poll(served(), new=1)))
    assert least == HOUR
    assert least < most <= 1.1 * HOUR


def test_quiet_feeds_are_polled_less_and_news_brings_them_back() -> None:
    state, waits = fresh, []
    for _ in range(12):
        state = rhythm().settle(web, state, poll(served()))
        waits.append(wait(state))
    assert waits == sorted(waits)
    assert waits[-1] == policy.Bounds().max_interval
    for _ in range(6):
        state = rhythm().settle(web, state, poll(served(), new=1))
    assert wait(state) == HOUR


def test_a_chosen_interval_stretches_only_a_little() -> None:
    state = fresh
    for _ in range(20):
        state = rhythm().settle(explicit, state, poll(served()))
    assert wait(state) == 4 * explicit.interval


def test_without_validators_a_web_feed_is_polled_once_a_day() -> None:
    blind = served({"etag": ""})
    assert wait(rhythm().settle(web, fresh, poll(blind, new=1))) == timedelta(hours=24)
    assert wait(rhythm().settle(explicit, fresh, poll(blind, new=1))) == explicit.interval
    assert wait(rhythm().settle(roll, fresh, poll(blind, new=1))) == roll.interval


@pytest.mark.parametrize("subscription", [web, explicit, roll])
def test_cache_control_is_a_not_before(subscription: Subscription) -> None:
    state = rhythm().settle(subscription, fresh, poll(served({"cache-control": "max-age=7200"}), new=1))
    assert wait(state) == timedelta(hours=2)


def test_ttl_is_a_hint_that_a_chosen_interval_overrides() -> None:
    long = timedelta(hours=3)
    assert wait(rhythm().settle(web, fresh, poll(served(), new=1, ttl=long))) == long
    assert wait(rhythm().settle(explicit, fresh, poll(served(), new=1, ttl=long))) == explicit.interval


def test_ttl_holds_also_while_nothing_changes() -> None:
    state = rhythm().settle(web, fresh, poll(served(), new=1, ttl=timedelta(hours=3)))
    for _ in range(3):
        state = rhythm().settle(web, state, poll(served()))
        assert wait(state) >= timedelta(hours=3)
    assert wait(rhythm().settle(web, state, poll(served(), new=1))) >= HOUR


def test_failures_double_the_wait_up_to_a_day_and_success_forgets_them() -> None:
    state, waits = fresh, []
    for _ in range(14):
        state = rhythm().settle(explicit, state, poll(failed(BadStatus(URL, 500))))
        waits.append(wait(state))
    assert waits[0] == explicit.interval
    assert waits[-1] == timedelta(hours=24)
    assert waits == sorted(waits)
    assert state.failures == 14
    assert state.problem is not None
    assert "500" in state.problem
    assert state.problem_since == NOW
    state = rhythm().settle(explicit, state, poll(served()))
    assert (state.failures, state.problem, state.endpoints[URL].retry_at) == (0, None, None)


def test_sina_backs_off_from_half_a_minute_to_half_an_hour() -> None:
    state, waits = fresh, []
    for _ in range(10):
        state = rhythm().settle(roll, state, poll(failed(NotAFeed("HTML instead of JSON"))))
        waits.append(wait(state).total_seconds())
    assert waits[:4] == [30, 60, 120, 240]
    assert waits[-1] == 1800


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_obeyed(status: int) -> None:
    error = BadStatus(URL, status, retry_after=timedelta(days=7))
    assert wait(rhythm().settle(web, fresh, poll(failed(error)))) == timedelta(days=7)


def test_what_could_not_be_asked_is_put_off_and_blamed_for_nothing() -> None:
    unasked = BadStatus(URL, 429, retry_after=timedelta(hours=5), asked=False)
    learned = Endpoint(URL, moved_to="https://new.example/", moved_count=policy.MOVED_AFTER, failures=2)
    before = replace(fresh, endpoints={URL: learned}, failures=2, problem="answered 500", last_polled=NOW - HOUR)
    after = rhythm().settle(web, before, poll(failed(unasked)))
    at = NOW + timedelta(hours=5)
    assert after == replace(before, endpoints={URL: replace(learned, retry_at=at)}, next_poll=at)


def test_a_sister_that_was_asked_still_counts() -> None:
    sister = "https://mirror.example/feed.xml"
    unasked = failed(BadStatus(URL, 429, retry_after=timedelta(hours=5), asked=False))
    state = rhythm().settle(web, fresh, poll(unasked, failed(BadStatus(sister, 500), sister)))
    assert (state.failures, wait(state)) == (1, HOUR)
    assert rhythm().settle(web, fresh, poll(unasked, served())).problem is None


def test_addresses_of_an_older_config_do_not_bring_the_next_poll_forward() -> None:
    old = {"https://old.example/": Endpoint("https://old.example/", failures=3, retry_at=NOW - HOUR)}
    state = rhythm().settle(
        web,
        replace(fresh, endpoints=old),
        poll(failed(BadStatus(URL, 500)), candidates=(URL, "https://other.example/")),
    )
    assert wait(state) == HOUR
    gone = rhythm().settle(web, replace(fresh, endpoints=old), poll(failed(BadStatus(URL, 410)), candidates=(URL,)))
    assert gone.next_poll == policy.NEVER


def test_410_stops_the_address_but_not_its_sisters() -> None:
    sister = "https://mirror.example/feed.xml"
    both = poll(failed(BadStatus(URL, 410)), failed(BadStatus(sister, 500), sister))
    state = rhythm().settle(web, fresh, both)
    assert state.endpoints[URL].gone
    assert not state.endpoints[sister].gone
    assert wait(state) == HOUR
    alone = rhythm().settle(web, fresh, poll(failed(BadStatus(URL, 410))))
    assert alone.next_poll == policy.NEVER


def test_an_outage_counts_against_nobody() -> None:
    state = rhythm().settle(web, fresh, poll(failed(Unreachable(URL, "no route")), outage=True))
    assert state.failures == 0
    assert state.endpoints[URL].failures == 0
    assert wait(state) == policy.OUTAGE_RETRY
    assert state.problem is not None
    assert "network is down" in state.problem


def test_validators_are_kept_byte_for_byte_and_a_304_replaces_only_what_it_carries() -> None:
    odd = {"etag": 'W/"a b"', "last-modified": "yesterday"}
    state = rhythm().settle(web, fresh, poll(served(odd)))
    assert state.endpoints[URL].validators == Validators('W/"a b"', "yesterday")
    unchanged = Attempt(URL, NotModified(URL, URL, NOW, {"etag": '"2"'}))
    state = rhythm().settle(web, state, poll(unchanged))
    assert state.endpoints[URL].validators == Validators('"2"', "yesterday")
    assert state.endpoints[URL].body_hash == "h1"


def test_a_failed_parse_stores_no_validators() -> None:
    document = Document(URL, URL, 200, b"<html>", NOW, {"etag": '"challenge"'})
    state = rhythm().settle(web, fresh, poll(Attempt(URL, document, NotAFeed("a challenge page"))))
    assert state.endpoints[URL].validators == Validators()


def test_a_permanent_redirect_is_learned_after_agreeing_polls_only() -> None:
    target = "https://new.example/feed.xml"
    state = fresh
    for count in range(1, policy.MOVED_AFTER + 1):
        assert rhythm().asked_url(state.endpoints.get(URL, Endpoint(URL))) == URL
        state = rhythm().settle(web, state, poll(served(moved_to=target)))
        assert state.endpoints[URL].moved_count == count
    assert rhythm().asked_url(state.endpoints[URL]) == target
    assert state.warning is not None
    assert target in state.warning
    direct = rhythm().settle(web, state, poll(served(url=target)))
    assert rhythm().asked_url(direct.endpoints[URL]) == target
    broken = rhythm().settle(web, direct, poll(failed(BadStatus(target, 404))))
    assert rhythm().asked_url(broken.endpoints[URL]) == URL


def test_a_temporary_redirect_is_never_learned() -> None:
    state = fresh
    for _ in range(20):
        state = rhythm().settle(web, state, poll(served()))
    assert rhythm().asked_url(state.endpoints[URL]) == URL


def test_https_on_the_same_host_is_learned_at_once() -> None:
    plain = Endpoint("http://news.example/feed", moved_to="https://news.example/feed", moved_count=1)
    elsewhere = replace(plain, moved_to="https://other.example/feed")
    assert rhythm().asked_url(plain) == "https://news.example/feed"
    assert rhythm().asked_url(elsewhere) == plain.url
