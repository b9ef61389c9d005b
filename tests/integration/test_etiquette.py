"""How our polls look to the hosts that are polled: a simulated week with three restarts, scored by what they logged."""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from aggregator import __version__, config
from aggregator.app.core import App, walk
from aggregator.errors import ConfigError
from aggregator.fetch import dns
from aggregator.models import Document, NotModified, SubscriptionState
from aggregator.pipeline import tools as walking
from tests.support import place as places
from tests.support.origin.client import Origin
from tests.support.origin.strict import DAY, HOUR, SCRIPTS, Visit

START = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
END = START + timedelta(days=8)  # long enough to come back after being sent away for seven days
#: The ends of the first three lives of the program, and for how long nothing runs then.
STOPS = ((timedelta(days=1, minutes=17), 0), (timedelta(days=3, hours=5), 0), (timedelta(days=5), 9 * HOUR))
#: Feeds for which the operator chose a rhythm.
CHOSEN = {"five": 300, "five-fresh": 300}
#: They are sent away together with everything on their host.
ALONE = ("busy", "full", "insistent", "down")
QUERY = "?b=2&a=%2f&&empty="
FEEDS = sorted(SCRIPTS)
WRONG_AND_RIGHT = {"wrong": "153/1686", "right": "384/2519"}
OWN = {"allow_private": True, "full_text": False}


class Clock:
    """A clock that a test moves."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Week:
    """What the hosts saw. `visits` is in order; `later` came when the operator asked for more."""

    visits: list[Visit]
    later: list[Visit]
    peaks: dict[str, int]
    others: list[str]
    starts: list[tuple[float, set[str]]] = field(default_factory=list)  #: when, and what was due by then
    states: dict[str, SubscriptionState] = field(default_factory=dict)
    seconds: float = 0.0

    def of(self, feed: str) -> list[Visit]:
        """The visits to one feed, those to its redirect's target included."""
        return [one for one in self.visits if one.feed == feed]

    def polls(self, feed: str) -> list[Visit]:
        """The last visit of each poll of a feed: the one whose answer counts."""
        return list({one.at: one for one in self.of(feed)}.values())

    def gaps(self, feed: str) -> list[float]:
        """Seconds between the polls of a feed."""
        return [after.at - before.at for before, after in pairwise(self.polls(feed))]


def asked(visit: Visit, name: str) -> str | None:
    """A request header; it must not come twice."""
    found = [value for key, value in visit.headers if key.lower() == name]
    assert len(found) <= 1
    return found[0] if found else None


def conditional(visit: Visit) -> bool:
    return bool(asked(visit, "if-none-match") or asked(visit, "if-modified-since"))


def when(visit: Visit) -> str:
    return f"{visit.feed} after {timedelta(seconds=visit.at - START.timestamp())}"


# ------------------------------------------------------------------------------------------------- the simulation


@contextmanager
def every_name_is_this_machine() -> Iterator[None]:
    async def lookup(host: str) -> Sequence[str]:
        return ["127.0.0.1"]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dns, "system_lookup", lambda: lookup)
        yield


def address(origin: Origin, feed: str) -> str:
    host = f"{feed}.example" if feed in ALONE else "news.example"
    return f"http://{host}:{origin.port}/strict/{feed}" + (f"{QUERY}#part" if feed == "query" else "")


def tables(origin: Origin) -> list[dict[str, Any]]:
    chosen = {feed: {"interval": f"{seconds}s"} for feed, seconds in CHOSEN.items()}
    return [{"name": feed, "slug": feed, "url": address(origin, feed), **OWN} | chosen.get(feed, {}) for feed in FEEDS]


async def live(app: App, clock: Clock, origin: Origin, until: datetime) -> None:
    """Let one life of the program run: whenever something is due, it is done at once."""
    due = {slug: state.next_poll or clock.now for slug, state in app.store.subscriptions.states().items()}
    while (soonest := min(due.values())) < until:
        clock.now = max(soonest, clock.now)
        origin.control("strict/now", at=clock.now.timestamp())
        for outcome in await app.update():
            due[outcome.slug] = app.store.subscriptions.state(outcome.slug).next_poll or clock.now
    clock.now = until


def read(origin: Origin) -> tuple[list[Visit], dict[str, int]]:
    book = origin.control("strict/book")
    return [Visit(**one) for one in book["visits"]], book["peaks"]


async def simulate(folder: Path, origin: Origin) -> Week:
    clock, chance, starts = Clock(), random.Random(1).random, []
    place = places.make(folder, origin.url)
    place.feeds(*tables(origin))
    (place.config / "outputs.toml").write_text("", "utf-8")  # what is published does not matter here
    ours = config.load(place.config, environ={})
    began = time.monotonic()
    for life, slept in (*STOPS, (END - START, 0)):
        with App(ours, clock=clock, chance=chance) as app:
            app.prepare()
            starts.append((clock.now.timestamp(), set(app.store.subscriptions.due(clock.now))))
            await live(app, clock, origin, START + life)
        clock.now += timedelta(seconds=slept)
    visits, peaks = read(origin)
    others = [row["path"] for row in origin.log() if not row["path"].startswith("/strict/")]
    with App(ours, clock=clock, chance=chance) as app:
        app.prepare()
        states = app.store.subscriptions.states()
        await app.update(force=True)
    later = read(origin)[0][len(visits) :]
    return Week(visits, later, peaks, others, starts, states, time.monotonic() - began)


@pytest.fixture(scope="module")
def week(origin: Origin, tmp_path_factory: pytest.TempPathFactory) -> Week:
    origin.reset()
    origin.control("strict/reset")
    with every_name_is_this_machine():
        return asyncio.run(simulate(tmp_path_factory.mktemp("week"), origin))


# ------------------------------------------------------------------------------------------------- validators


@pytest.mark.parametrize("feed", [feed for feed in FEEDS if feed not in ("blind", "leaving")])
def test_the_first_poll_is_the_only_unconditional_one(week: Week, feed: str) -> None:
    bare = {when(visit) for visit in week.of(feed) if not conditional(visit)}
    assert bare == {when(week.of(feed)[0])}
    assert all(conditional(visit) for visit in week.later if visit.feed == feed), "a manual refresh was unconditional"


@pytest.mark.parametrize("feed", FEEDS)
def test_validators_come_back_byte_for_byte_and_are_replaced_with_every_answer(week: Week, feed: str) -> None:
    etag = modified = None
    for visit in week.of(feed):
        sent = asked(visit, "if-none-match"), asked(visit, "if-modified-since")
        assert sent == (etag, modified), f"{when(visit)}: those it gave last were {(etag, modified)}"
        if visit.status == 200 and visit.served:
            etag, modified = visit.etag, visit.modified
        elif visit.status == 304:
            etag, modified = visit.etag or etag, visit.modified or modified


@pytest.mark.parametrize("feed", ["restless", "renewing", "leaving", "both"])
def test_a_replaced_validator_is_never_sent_again(week: Week, feed: str) -> None:
    sent = [asked(visit, "if-none-match") for visit in week.of(feed)]
    changes = [after for before, after in pairwise(sent) if before != after]
    assert len(changes) == len(set(changes)) >= 2


# ------------------------------------------------------------------------------------------------- when


@pytest.mark.parametrize("feed", FEEDS)
def test_no_poll_comes_before_interval_and_answer_allow_it(week: Week, feed: str) -> None:
    least = CHOSEN.get(feed, DAY if feed == "blind" else HOUR)
    assert len(week.gaps(feed)) >= 3
    for visit, gap in zip(week.polls(feed), week.gaps(feed), strict=False):
        assert gap >= max(least, visit.hold), f"{when(visit)} was followed by a poll after {timedelta(seconds=gap)}"


def test_what_loses_its_validators_is_polled_once_a_day(week: Week) -> None:
    polls = [visit.at for visit in week.polls("leaving") if not (visit.etag or visit.modified)]
    assert len(polls) >= 3
    assert all(after - before >= DAY for before, after in pairwise(polls))


def test_an_hour_is_never_59_minutes(week: Week) -> None:
    gaps = [gap for visit, gap in zip(week.polls("hourly"), week.gaps("hourly"), strict=False) if visit.status == 200]
    assert len(gaps) >= 45
    assert min(gaps) >= HOUR
    assert sorted(gaps)[35] < 1.1 * HOUR  # it was asked hourly, so there was something to get wrong


def test_a_chosen_interval_of_five_minutes_is_used_and_kept(week: Week) -> None:
    assert 300 <= min(week.gaps("five")) < 330
    assert min(week.gaps("five-fresh")) == 4 * HOUR


@pytest.mark.parametrize("feed", ["fresh", "expires", "five-fresh"])
def test_freshness_holds_back_after_a_200_and_after_a_304(week: Week, feed: str) -> None:
    held = {visit.status for visit, gap in zip(week.polls(feed), week.gaps(feed), strict=False) if gap == visit.hold}
    assert held == {200, 304}, "the answer's word must be what decides"


@pytest.mark.parametrize("feed", ALONE)
def test_those_who_send_us_away_are_left_alone_for_as_long_as_they_ask_and_asked_again(week: Week, feed: str) -> None:
    visits = week.of(feed)
    refused = [number for number, visit in enumerate(visits) if visit.status in (429, 503)]
    assert refused
    for number in refused:
        away = visits[number + 1].at - visits[number].at
        assert visits[number].hold <= away <= visits[number].hold + HOUR, when(visits[number])


def test_a_start_asks_for_nothing_that_is_not_due(week: Week) -> None:
    assert len(week.starts) == 4
    for at, due in week.starts:
        assert {visit.feed for visit in week.visits if visit.at == at} == due
    assert [len(due) for _, due in week.starts[1:3]] == [0, 0], "nothing was due at the first two restarts"
    slept = week.starts[3][0] - 9 * HOUR
    assert not [when(visit) for visit in week.visits if slept <= visit.at < week.starts[3][0]]


def test_no_request_is_doubled_and_none_is_a_head(week: Week) -> None:
    seen = [(visit.at, visit.target) for visit in week.visits]
    assert len(seen) == len(set(seen))
    assert {visit.method for visit in week.visits} == {"GET"}


@pytest.mark.parametrize("feed", ["ttl", "period"])
def test_the_feeds_own_rhythm_holds_also_after_answers_that_do_not_repeat_it(week: Week, feed: str) -> None:
    assert min(week.gaps(feed)) >= week.of(feed)[0].hold
    assert feed == "period" or 304 in {visit.status for visit in week.polls(feed)[:-1]}


def test_feeds_that_rarely_change_are_polled_less_and_less(week: Week) -> None:
    gaps = week.gaps("quiet")
    assert gaps[0] < 1.7 * HOUR
    assert gaps[:6] == sorted(gaps[:6])
    assert gaps[-1] >= DAY
    assert len(gaps) < len(week.gaps("hourly")) / 3


# ------------------------------------------------------------------------------------------------- what is asked


def test_the_address_is_asked_exactly_as_written(week: Week) -> None:
    ways = {feed: {visit.target for visit in week.of(feed)} for feed in FEEDS}
    expected = {feed: {f"/strict/{feed}"} for feed in FEEDS} | {"query": {f"/strict/query{QUERY}"}}
    for feed in ("moved", "wandering"):
        expected[feed] |= {f"/strict/{feed}/home"}
    assert ways == expected
    assert week.others == [], "no home page, no icon, no robots.txt"


def test_nothing_is_told_that_is_nobodys_business(week: Week) -> None:
    for visit in (*week.visits, *week.later):
        names = {name.lower() for name, _ in visit.headers}
        assert names <= {"host", "user-agent", "accept", "accept-encoding", "if-none-match", "if-modified-since"}
    assert len(week.of("cookies")) > 3


def test_we_say_who_we_are_and_take_compressed_answers(week: Week) -> None:
    agents = {asked(visit, "user-agent") for visit in week.visits}
    assert len(agents) == 1
    assert re.fullmatch(rf"aggregator/{re.escape(__version__)} \(.+\)", str(agents.pop()))
    assert all("gzip" in str(asked(visit, "accept-encoding")) for visit in week.visits)


def test_many_feeds_of_one_host_are_not_asked_at_once(week: Week) -> None:
    together = [visit for visit in week.visits if visit.at == START.timestamp() and visit.host.startswith("news.")]
    assert len(together) > 20
    assert max(week.peaks.values()) <= 2


# ------------------------------------------------------------------------------------------------- moving and going


def test_a_permanent_move_is_learned_after_five_agreeing_polls(week: Week) -> None:
    targets = [visit.target for visit in week.of("moved")]
    assert targets == ["/strict/moved", "/strict/moved/home"] * 5 + ["/strict/moved/home"] * (len(targets) - 10)
    assert len(targets) > 12


def test_a_temporary_move_is_never_learned(week: Week) -> None:
    targets = [visit.target for visit in week.of("wandering")]
    assert targets == ["/strict/wandering", "/strict/wandering/home"] * (len(targets) // 2)
    assert len(targets) > 12


def test_what_is_gone_is_asked_no_more(week: Week) -> None:
    for feed in ("gone", "five"):
        assert [visit.status for visit in week.of(feed)].count(410) == 1
        assert week.of(feed)[-1].status == 410
        (endpoint,) = week.states[feed].endpoints.values()
        assert endpoint.gone


def test_what_is_missing_is_never_given_up(week: Week) -> None:
    statuses = [visit.status for visit in week.of("missing")]
    assert statuses.count(404) == 6
    assert statuses[-1] == 304
    assert (week.states["missing"].failures, week.states["missing"].problem) == (0, None)
    assert max(week.gaps("missing")) < 1.4 * DAY


# ------------------------------------------------------------------------------------------------- beside the week


@contextmanager
def at_work(folder: Path, origin: Origin, clock: Clock, *feeds: dict[str, Any]) -> Iterator[App]:
    place = places.make(folder, origin.url)
    place.feeds(*feeds)
    with every_name_is_this_machine(), App(config.load(place.config, environ={}), clock=clock) as app:
        app.prepare()
        yield app


async def poll(app: App, tools: walking.Tools, slug: str) -> SubscriptionState:
    subscription = next(one for one in app.config.subscriptions if one.slug == slug)
    await walk(subscription, app.store.subscriptions.state(slug), tools)
    return app.store.subscriptions.state(slug)


def test_one_address_cannot_be_followed_twice(tmp_path: Path, origin: Origin) -> None:
    twice = [
        {"name": name, "slug": name, "url": address(origin, "etag") + part, **OWN}
        for name, part in (("a", ""), ("b", "#b"))
    ]
    with pytest.raises(ConfigError, match="the same as"), at_work(tmp_path, origin, Clock(), *twice):
        pass


async def test_who_waits_for_a_host_that_wants_silence_is_put_off_and_blamed_for_nothing(
    tmp_path: Path, fresh_origin: Origin
) -> None:
    feeds = [{"name": name, "slug": name, "url": f"{fresh_origin.url}/made/{name}", **OWN} for name in ("a", "b")]
    fresh_origin.fault("/made/a", status=429, headers={"Retry-After": "7200"})
    clock = Clock()
    with at_work(tmp_path, fresh_origin, clock, *feeds) as app:
        async with app.working() as tools:
            refused = await poll(app, tools, "a")
            waiting = await poll(app, tools, "b")
    assert [row["path"] for row in fresh_origin.log()] == ["/made/a"]
    assert refused.failures == 1
    assert (waiting.failures, waiting.problem, waiting.last_polled) == (0, None, None)
    (endpoint,) = waiting.endpoints.values()
    assert (endpoint.failures, endpoint.retry_at) == (0, START + timedelta(hours=2))
    assert waiting.next_poll == refused.next_poll == START + timedelta(hours=2)


async def test_a_page_instead_of_json_is_a_refusal_by_sinas_host(tmp_path: Path, fresh_origin: Origin) -> None:
    feeds = [
        {"name": "roll", "slug": "roll", "url": "sina:roll/384/2519", **OWN},
        {"name": "live", "slug": "live", "url": "sina:live/152", **OWN},
    ]
    fresh_origin.fault(
        "/api/roll/get", status=200, headers={"Content-Type": "text/html"}, body="\n<html>稍后再试</html>"
    )
    clock = Clock()
    with at_work(tmp_path, fresh_origin, clock, *feeds) as app:
        async with app.working() as tools:
            pauses = []
            for _ in range(3):
                refused = await poll(app, tools, "roll")
                waiting = await poll(app, tools, "live")
                assert waiting.next_poll is not None
                pauses.append((waiting.next_poll - clock.now).total_seconds())
                clock.now = waiting.next_poll
            assert (refused.failures, waiting.failures) == (3, 0)
            fresh_origin.heal()
            assert (await poll(app, tools, "live")).last_success == clock.now
    assert pauses == [30, 60, 120]
    assert [row["path"] for row in fresh_origin.log()] == ["/api/roll/get"] * 3 + ["/api/zhibo/feed"]


async def test_an_api_that_says_no_in_json_is_no_refusal_by_its_host(tmp_path: Path, fresh_origin: Origin) -> None:
    feeds = [{"name": name, "slug": name, "url": f"sina:roll/{ids}", **OWN} for name, ids in WRONG_AND_RIGHT.items()]
    with at_work(tmp_path, fresh_origin, Clock(), *feeds) as app:
        async with app.working() as tools:
            assert (await poll(app, tools, "wrong")).failures == 1
            assert (await poll(app, tools, "right")).last_success == START


async def test_the_wait_for_a_busy_host_does_not_shorten_the_next_gap(tmp_path: Path, fresh_origin: Origin) -> None:
    clock = Clock()

    class Crowded:
        """A fetcher whose every turn comes ten minutes late."""

        def __init__(self, fetcher: walking.Fetches) -> None:
            self.complain = fetcher.complain
            self._get: Callable[..., Any] = fetcher.get

        async def get(self, url: str, **how: Any) -> Document | NotModified:
            clock.now += timedelta(minutes=10)
            answer: Document | NotModified = await self._get(url, **how)
            return answer

    feed = {"name": "etag", "slug": "etag", "url": address(fresh_origin, "fresh"), **OWN}
    with at_work(tmp_path, fresh_origin, clock, feed) as app:
        async with app.working() as tools:
            state = await poll(app, replace(tools, fetcher=Crowded(tools.fetcher)), "etag")
    assert state.next_poll is not None
    assert state.next_poll >= START + timedelta(minutes=10) + timedelta(hours=3)
