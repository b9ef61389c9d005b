"""Silent death, by the whole walk against the stand-in origin, in simulated time: what is told, how soon, and of whom.

Each feed is polled whenever its state says so, over weeks, and after each poll the store is asked what is wrong with
it. The healthy ones live through Spring Festival and Golden Week; the others break on a Monday morning.
"""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from aggregator import config
from aggregator.app.core import App
from aggregator.cli import views
from aggregator.kit import exchange
from aggregator.kit.dates import BEIJING
from aggregator.models import SubscriptionStatus
from aggregator.pipeline import update as walking
from aggregator.schedule import vitality
from aggregator.schedule.vitality import Fault
from aggregator.web import words
from tests.support import place as places
from tests.support.made import OWN, Clock, item, rss, serve
from tests.support.origin.client import Origin

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SHORT = "<p>样本公司公布了季度数据。</p>"

#: What a feed shows at a time: titles with their dates, newest last, or the body itself.
Document = list[tuple[str, datetime]] | str


def beijing(month: int, day: int, hour: int = 0, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, tzinfo=BEIJING).astimezone(UTC)


def came(hours: range, of_day: Callable[[datetime], int], since: datetime, until: datetime) -> list[datetime]:
    """When entries come: so many on each Beijing day, at hours that are drawn."""
    chance, found, day = random.Random(5), [], since
    while day < until:
        found += [day + chance.choice(hours) * HOUR + chance.random() * HOUR for _ in range(of_day(day))]
        day += DAY
    return sorted(found)


def trades(day: datetime) -> bool:
    return not exchange.closed(day.astimezone(BEIJING).date())


def weekday(day: datetime) -> int:
    return day.astimezone(BEIJING).weekday()


#: Rhythms of healthy feeds: the hours in which entries come, and how many on a day.
HEALTHY: Mapping[str, tuple[range, Callable[[datetime], int]]] = {
    "office": (range(9, 18), lambda day: 4 if trades(day) else 0),
    "close": (range(16, 17), lambda day: 1 if trades(day) else 0),
    "morning": (range(8, 9), lambda _: 1),
    "wednesdays": (range(10, 11), lambda day: int(weekday(day) == 2)),
    "always": (range(24), lambda _: 4),
}


@dataclass
class Feed:
    """A feed of the stand-in origin: what it shows at a time."""

    name: str
    shows: Callable[[datetime], Document]
    served: str | None = None

    def appear(self, origin: Origin, now: datetime) -> None:
        """Let the origin serve what there is now."""
        document = self.shows(now)
        body = document if isinstance(document, str) else feed(document)
        if body != self.served:
            serve(origin, self.name, body)
            self.served = body


def feed(entries: list[tuple[str, datetime]]) -> str:
    return rss(*(item(title, date=format_datetime(at), body=SHORT) for title, at in reversed(entries)))


def lives(name: str, entries: list[datetime], shown: int = 20) -> Feed:
    """A feed that shows its latest entries, each as soon as it came."""

    def shows(now: datetime) -> Document:
        there = bisect_right(entries, now)
        return [(f"样本{name}第{number}条", entries[number]) for number in range(max(0, there - shown), there)]

    return Feed(name, shows)


@dataclass
class World:
    """An aggregator and its clock. `told`: what was found, where nothing had been, with the time of the poll."""

    app: App
    clock: Clock
    origin: Origin
    told: dict[str, list[tuple[datetime, Fault]]]
    polls: int = 0

    async def live(self, feeds: list[Feed], since: datetime, until: datetime) -> None:
        """Poll whatever is due, whenever it is."""
        subscriptions = {one.slug: one for one in self.app.config.subscriptions}
        due = {one.name: since for one in feeds}
        by_name = {one.name: one for one in feeds}
        async with self.app.working() as tools:
            while min(due.values()) < until:
                name = min(due, key=lambda one: due[one])
                self.clock.now = due[name]
                by_name[name].appear(self.origin, self.clock.now)
                before = self.app.store.subscriptions.state(name)
                await walking.update(subscriptions[name], before, tools)
                state, self.polls = self.app.store.subscriptions.state(name), self.polls + 1
                found = vitality.diagnose(state)
                if found and not vitality.diagnose(before):
                    self.told.setdefault(name, []).append((self.clock.now, found.fault))
                assert state.next_poll is not None
                due[name] = max(state.next_poll, self.clock.now + timedelta(minutes=1))

    def status(self, name: str) -> SubscriptionStatus:
        return next(one for one in self.app.statuses() if one.slug == name)


def world(folder: Path, origin: Origin, interval: str, names: list[str], now: datetime) -> World:
    place = places.make(folder, origin.url)
    place.feeds(
        *(
            {"name": name, "slug": name, "url": f"{origin.url}/made/{name}.xml", "interval": interval, **OWN}
            for name in names
        )
    )
    (place.config / "outputs.toml").write_text("", "utf-8")  # what is published does not matter here
    clock = Clock()
    clock.now = now
    app = App(config.load(place.config, environ={}), clock=clock, chance=lambda: 0.0)
    app.prepare()
    return World(app, clock, origin, {})


@pytest.mark.parametrize(
    ("since", "until"),
    [(beijing(1, 26), beijing(3, 6)), (beijing(9, 14), beijing(10, 21))],
    ids=["Spring Festival", "Golden Week"],
)
async def test_no_healthy_feed_is_told_in_weeks_with_a_holiday(
    since: datetime, until: datetime, tmp_path: Path, fresh_origin: Origin
) -> None:
    feeds = [
        lives(name, came(hours, of_day, since - (160 if name == "wednesdays" else 40) * DAY, until))
        for name, (hours, of_day) in HEALTHY.items()
    ]
    ours = world(tmp_path, fresh_origin, "6h", list(HEALTHY), since)
    with ours.app:
        await ours.live(feeds, since, until)
        assert ours.told == {}
        assert ours.polls > len(feeds) * (until - since) / DAY
        for name in HEALTHY:  # it was not told because it is well, and not because nothing is known of it
            state = ours.app.store.subscriptions.state(name)
            assert (state.pause is not None, state.overdue_at is not None, state.last_success is not None) == (
                True,
            ) * 3


# ---------------------------------------------------------------------------------------------------- what breaks

BEGAN, BROKE = beijing(8, 10), beijing(8, 24, 9)
CLOSES = HEALTHY["close"]
#: The last one before it broke came on Friday; three trading days later a third one is missing.
LATEST = beijing(8, 26, 17)


def broken(name: str, change: Callable[[Document, datetime], Document], at: datetime) -> Feed:
    """A feed with an entry at the close of each trading day, that shows something else from `at` on."""
    well = lives(name, came(*CLOSES, beijing(6, 1), at + 30 * DAY))
    last = well.shows(at)
    return Feed(name, lambda now: well.shows(now) if now < at else change(last, now))


def changed(last: Document, now: datetime) -> Document:
    return f"{feed(last)}<!-- {now} -->" if isinstance(last, list) else last


def old(last: Document, now: datetime) -> Document:
    assert isinstance(last, list)
    number = (now - BEGAN) // HOUR
    return [(f"旧闻第{number - back}条", BEGAN - 300 * DAY + (number - back) * HOUR) for back in range(20, 0, -1)]


MATRIX: Mapping[Fault, Callable[[Document, datetime], Document]] = {
    Fault.FROZEN: lambda last, _: last,
    Fault.EMPTY: lambda _last, _now: [],
    Fault.NOT_A_FEED: lambda _last, _now: "<!DOCTYPE html><html><body><p>本站已改版</p></body></html>",
    Fault.STALE: old,
    Fault.SHRUNKEN: lambda last, _: last[-4:],
    Fault.SILENT: changed,
}


def slug(fault: Fault) -> str:
    return fault.value.replace("_", "-")


@pytest.fixture
def matrix(tmp_path: Path, fresh_origin: Origin) -> Iterator[World]:
    ours = world(tmp_path, fresh_origin, "2h", [*map(slug, MATRIX), "well"], BEGAN)
    with ours.app:
        yield ours


async def test_every_fault_is_told_within_three_intervals_once_with_its_evidence(matrix: World) -> None:
    feeds = [broken(slug(fault), change, BROKE) for fault, change in MATRIX.items()]
    feeds.append(lives("well", came(*CLOSES, beijing(6, 1), BROKE + 30 * DAY)))
    await matrix.live(feeds, BEGAN, BROKE + 4 * DAY)
    assert {name: [fault for _, fault in found] for name, found in matrix.told.items()} == {
        slug(fault): [fault] for fault in MATRIX
    }
    for fault in MATRIX:
        ((at, _),) = matrix.told[slug(fault)]
        assert BROKE <= at <= LATEST, fault
        status = matrix.status(slug(fault))
        told = views.trouble(status)
        assert told is not None
        assert told.startswith("answers, but")
        assert "since 2026-08-2" in told
        assert words.state(status).detail
        assert views.status(status)["silence"]["fault"] == fault.value
    assert views.trouble(matrix.status("well")) is None


async def test_a_feed_that_dies_before_golden_week_is_told_after_it(tmp_path: Path, fresh_origin: Origin) -> None:
    ours = world(tmp_path, fresh_origin, "4h", ["close"], beijing(9, 7))
    with ours.app:
        await ours.live([broken("close", MATRIX[Fault.FROZEN], beijing(9, 30, 9))], beijing(9, 7), beijing(10, 14))
        ((at, fault),) = ours.told["close"]
        assert fault is Fault.FROZEN
        assert beijing(10, 8) < at <= beijing(10, 9, 23)  # no trading day lies between 30 September and 8 October
