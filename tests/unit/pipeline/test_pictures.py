"""How one picture is asked for, and what a failure leads to."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from aggregator.errors import BadStatus, BadTransfer, FetchError, RefusedAddress, TimedOut, TooLarge, Unreachable
from aggregator.models import Document, NotModified, WantedPicture
from aggregator.pipeline import pictures
from tests.support import shots

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
SINA = "https://finance.sina.com.cn/a.shtml"
WANTED = WantedPicture(1, "https://n.sinaimg.cn/a.jpg", SINA, 0, NOW)


@pytest.mark.parametrize(
    ("url", "page", "sent"),
    [
        ("https://n.sinaimg.cn/a.jpg", SINA, SINA),
        ("https://n.sinaimg.cn/a.jpg", "https://news.example.org/1", None),
        ("https://n.sinaimg.cn/a.jpg", None, None),
        ("https://img.example.org/a.jpg", "https://news.example.org/1?a=b#part", "https://news.example.org/1?a=b"),
        ("http://img.example.org/a.jpg", "https://news.example.org/1", None),
        ("http://img.example.org/a.jpg", "http://u:secret@news.example.org:81/1", "http://news.example.org:81/1"),
        ("https://img.example.org/a.jpg", "https://news.example.org/新闻", "https://news.example.org/"),
        ("https://img.example.org/a.jpg", "https://新闻.example.org/1", "https://xn--efvy88h.example.org/1"),
        ("https://img.example.org/a.jpg", "ftp://news.example.org/1", None),
        ("https://img.example.org/a.jpg", f"https://{'x' * 70}.org/1", None),
    ],
)
def test_the_referer_is_the_page_where_the_host_may_know_it(url: str, page: str | None, sent: str | None) -> None:
    wanted = replace(WANTED, url=url, page=page)
    assert pictures.referer(wanted) == sent
    assert pictures.referer(replace(wanted, attempts=1)) is None


class World:
    """Answers, and weather."""

    def __init__(self, answer: Document | NotModified | FetchError, *, down: bool = False) -> None:
        self.answer, self.down = answer, down
        self.asked: list[dict[str, Any]] = []

    async def get(self, url: str, **options: Any) -> Document | NotModified:
        self.asked.append({"url": url, **options})
        if isinstance(self.answer, FetchError):
            raise self.answer
        return self.answer

    def report(self, url: str, *, reached: bool) -> None:
        """Not watched."""


def document(body: bytes, **headers: str) -> Document:
    return Document(
        WANTED.url, WANTED.url, 200, body, NOW, {name.replace("_", "-"): value for name, value in headers.items()}
    )


async def take(world: World, wanted: WantedPicture = WANTED) -> pictures.Taken | pictures.Missed:
    return await pictures.take(wanted, pictures.Manner(world, world, 5_000, False), NOW)


async def test_a_picture_is_asked_for_within_its_cap() -> None:
    world = World(document(shots.JPEG, content_type="text/html"))
    came = await take(world)
    assert isinstance(came, pictures.Taken)
    assert (came.body, came.shape.extension) == (shots.JPEG, "jpg")
    (asked,) = world.asked
    assert asked["headers"] == [("Referer", SINA)]
    assert (asked["accept"], asked["max_bytes"], asked["allow_private"]) == ("picture", 5_000, False)


async def test_a_cut_picture_counts_unless_the_origin_said_that_this_is_all() -> None:
    cut = shots.JPEG[:-4]
    came = await take(World(document(cut)))
    assert isinstance(came, pictures.Missed)
    assert came.reason == "is cut"
    assert isinstance(await take(World(document(cut, content_length=str(len(cut))))), pictures.Taken)


MINUTES = timedelta(minutes=1)
URL = WANTED.url


@pytest.mark.parametrize(
    ("answer", "attempts", "then"),
    [
        (document(b"<html>"), 0, (1, 5)),
        (document(b"<svg/>"), 2, (3, 20)),
        (NotModified(URL, URL, NOW), 0, (1, 5)),
        (TimedOut(URL, "slow"), 1, (2, 10)),
        (TimedOut(URL, "slow"), 30, (31, 720)),
        (BadTransfer(URL, "cut"), 0, (1, 5)),
        (Unreachable(URL, "no name"), 0, (1, 5)),
        (BadStatus(URL, 403), 0, (1, 5)),
        (BadStatus(URL, 503, retry_after=timedelta(hours=2)), 0, (1, 120)),
        (BadStatus(URL, 429, retry_after=timedelta(minutes=9), asked=False), 3, (3, 9)),
        (BadStatus(URL, 404), 0, (1, 5)),
        (BadStatus(URL, 404), 2, (3, None)),
        (BadStatus(URL, 410), 2, (3, None)),
        (RefusedAddress(URL, "is private"), 0, (1, None)),
        (TooLarge(URL, "too large"), 0, (1, None)),
    ],
)
async def test_a_failure_waits_longer_each_time_or_ends_it(
    answer: Document | NotModified | FetchError, attempts: int, then: tuple[int, int | None]
) -> None:
    came = await take(World(answer), replace(WANTED, attempts=attempts))
    assert isinstance(came, pictures.Missed)
    waits = None if came.next_at is None else (came.next_at - NOW) / MINUTES
    assert (came.attempts, waits) == then
    assert came.reason


async def test_after_three_days_it_is_given_up_but_not_for_an_outage() -> None:
    old = replace(WANTED, attempts=7, since=NOW - timedelta(days=3))
    came = await take(World(TimedOut(URL, "slow")), old)
    assert came == pictures.Missed(8, None, "slow")
    few = await take(World(TimedOut(URL, "slow")), replace(old, attempts=2))
    assert isinstance(few, pictures.Missed)
    assert few.next_at, "days in which the program did not run are no tries"
    assert await take(World(Unreachable(URL, "no network"), down=True), old) == pictures.Missed(
        7, NOW + timedelta(minutes=5), "no network"
    )
