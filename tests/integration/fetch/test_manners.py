"""Manners: what is told to whom, refusals of origins, and how a host is left alone."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from urllib.parse import urlencode

import pytest

from aggregator.errors import BadStatus
from aggregator.fetch import http
from aggregator.models import Document
from tests.integration.fetch.conftest import Ask, Canary, failure
from tests.support.origin import client

#: As a server states it whose clock is off.
HALF_AN_HOUR = {"Retry-After": "Sat, 01 Aug 2020 10:00:00 GMT", "Date": "Sat, 01 Aug 2020 09:30:00 GMT"}


async def echoed(fetcher: http.Fetcher, url: str, **options: object) -> tuple[str, dict[str, str]]:
    document = await fetcher.get(url, **options)  # type: ignore[arg-type]
    assert isinstance(document, Document)
    seen = json.loads(document.body)
    headers = {name.lower(): value for name, value in seen["headers"]}
    assert len(headers) == len(seen["headers"]), "a header was sent twice"
    return seen["target"], headers


async def test_what_every_origin_is_told(abroad: http.Fetcher, origin: client.Origin) -> None:
    target, headers = await echoed(abroad, f"http://News.TEST:{origin.port}/zoo/echo?b=2&a=%2f&c#part")
    assert target == "/zoo/echo?b=2&a=%2f&c"
    assert headers.pop("accept").startswith("application/atom+xml")
    assert headers == {
        "host": f"news.test:{origin.port}",
        "user-agent": "aggregator/0.1.0 (self-hosted feed reader)",
        "accept-encoding": "gzip, deflate",
    }


async def test_pages_are_asked_for_as_html(abroad: http.Fetcher, origin: client.Origin) -> None:
    _, headers = await echoed(abroad, f"http://news.test:{origin.port}/zoo/echo", accept="page")
    assert headers["accept"].startswith("text/html")


async def test_sina_is_told_what_it_insists_on(abroad: http.Fetcher, origin: client.Origin) -> None:
    _, headers = await echoed(abroad, f"http://finance.sina.com.cn:{origin.port}/zoo/echo")
    assert headers["referer"] == "https://finance.sina.com.cn/"
    assert headers["user-agent"].startswith("Mozilla/5.0")


async def test_configured_headers_win_but_cannot_break_the_request(abroad: http.Fetcher, origin: client.Origin) -> None:
    _, headers = await echoed(
        abroad,
        f"http://finance.sina.com.cn:{origin.port}/zoo/echo",
        headers=[
            ("user-agent", "mine/1"),
            ("Authorization", "Bearer t"),
            ("Host", "evil.test"),
            ("Accept-Encoding", "br"),
            ("If-None-Match", "*"),
            ("Content-Length", "5"),
            ("X-Split", "a\r\nX-Evil: 1"),
        ],
    )
    assert headers["user-agent"] == "mine/1"
    assert headers["authorization"] == "Bearer t"
    assert headers["host"].startswith("finance.sina.com.cn")
    assert headers["accept-encoding"] == "gzip, deflate"
    assert headers.keys().isdisjoint({"if-none-match", "content-length", "x-split", "x-evil"})


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("echo", "/zoo/echo"),
        ("echo?a=1&&b=%e4%b8%ad&utm_source=x", "/zoo/echo?a=1&&b=%e4%b8%ad&utm_source=x"),
        ("echo?a=b+c%20d", "/zoo/echo?a=b+c%20d"),
        ("echo?q=样本 x", "/zoo/echo?q=%E6%A0%B7%E6%9C%AC%20x"),
        ("echo?a='\"<>{}|^`[]", "/zoo/echo?a='\"<>{}|^`[]"),
    ],
)
async def test_the_address_is_sent_as_written(
    fetcher: http.Fetcher, origin: client.Origin, path: str, sent: str
) -> None:
    url = f"{origin.url}/zoo/{path}"
    target, _ = await echoed(fetcher, url, allow_private=True)
    assert target == sent


async def test_dots_and_slashes_stay(fetcher: http.Fetcher, canary: Canary) -> None:
    await fetcher.get(f"http://127.0.0.1:{canary.port}/a/./b/../c//d;e=%2F/%7Ef", allow_private=True)
    assert canary.heard[0].startswith(b"GET /a/./b/../c//d;e=%2F/%7Ef HTTP/1.1\r\n")


@pytest.mark.parametrize(
    ("code", "headers", "wait"),
    [
        (404, {}, None),
        (410, {}, None),
        (500, {}, None),
        (503, {"Retry-After": "120"}, timedelta(seconds=120)),
        (503, HALF_AN_HOUR, timedelta(minutes=30)),
        (503, {"Retry-After": "garbage"}, None),
        (503, {"Cache-Control": "max-age=900"}, timedelta(minutes=15)),
        (429, {"Retry-After": "172800"}, timedelta(days=2)),
        (429, HALF_AN_HOUR, timedelta(minutes=30)),
        (429, {"Cache-Control": "max-age=172800"}, timedelta(days=2)),
        (429, {}, timedelta(seconds=30)),
        (429, {"Retry-After": "-5"}, timedelta(seconds=30)),
        (429, {"Retry-After": "0"}, timedelta(seconds=30)),
        (403, {}, None),
        (204, {}, None),
        (206, {}, None),
        (300, {}, None),
    ],
)  # fmt: skip
async def test_refusals_carry_the_status_and_the_wait(
    origin: client.Origin, code: int, headers: dict[str, str], wait: timedelta | None
) -> None:
    frozen = datetime(2026, 8, 1, 9, 30, tzinfo=UTC)
    async with http.Fetcher(clock=lambda: frozen) as fetcher:
        url = f"{origin.url}/zoo/status/{code}?" + urlencode({"headers": json.dumps(headers)})
        error = await failure(fetcher.get(url, allow_private=True))
    assert isinstance(error, BadStatus)
    assert (error.status, error.retry_after, error.gone) == (code, wait, code == 410)


async def test_challenges_are_named(ask: Ask) -> None:
    error = await failure(ask('status/403?headers={"cf-mitigated":"challenge"}'))
    assert "challenge" in str(error)


async def test_429_silences_the_host_until_its_time_has_come(fresh_origin: client.Origin) -> None:
    now = datetime(2026, 8, 1, 9, 30, tzinfo=UTC)
    clock: Callable[[], datetime] = lambda: now  # noqa: E731
    async with http.Fetcher(clock=lambda: clock()) as fetcher:
        url = fresh_origin.url
        await failure(fetcher.get(f'{url}/zoo/status/429?headers={{"Retry-After":"60"}}', allow_private=True))
        error = await failure(fetcher.get(f"{url}/zoo/echo", allow_private=True))
        assert isinstance(error, BadStatus)
        assert (error.status, error.retry_after) == (429, timedelta(seconds=60))
        assert "not asked" in str(error)
        assert [one["path"] for one in fresh_origin.log()] == ["/zoo/status/429"]
        clock = lambda: now + timedelta(seconds=61)  # noqa: E731
        assert isinstance(await fetcher.get(f"{url}/zoo/echo", allow_private=True), Document)


async def test_429_also_stops_those_who_already_wait(fresh_origin: client.Origin) -> None:
    fresh_origin.fault("/zoo/status/429", delay=0.1)
    async with http.Fetcher(http.Limits(per_host=1)) as fetcher:
        paths = ["status/429", *(f"echo?{number}" for number in range(5))]
        errors = await asyncio.gather(
            *(failure(fetcher.get(f"{fresh_origin.url}/zoo/{path}", allow_private=True)) for path in paths)
        )
    assert {error.status for error in errors if isinstance(error, BadStatus)} == {429}
    assert len(fresh_origin.log()) == 1


async def test_503_and_500_back_off_only_themselves(ask: Ask) -> None:
    await failure(ask('status/503?headers={"Retry-After":"600"}'))
    await failure(ask("status/500"))
    assert isinstance(await ask("echo"), Document)


async def test_403_from_sina_is_a_pause_that_doubles_until_it_answers_well(origin: client.Origin) -> None:
    now = datetime(2026, 8, 1, 9, 30, tzinfo=UTC)
    pauses = []

    async def here(host: str) -> list[str]:
        return ["127.0.0.1"]

    base = f"http://zhibo.sina.com.cn:{origin.port}/zoo"
    limits = http.Limits(trusted_networks=("127.0.0.0/8",))
    async with http.Fetcher(limits, clock=lambda: now, lookup=here) as fetcher:
        for path in ("status/403", "status/403", "echo", "status/403"):
            if path == "echo":
                await fetcher.get(f"{base}/{path}")
                continue
            error = await failure(fetcher.get(f"{base}/{path}"))
            assert isinstance(error, BadStatus)
            assert error.retry_after is not None
            pauses.append(error.retry_after.total_seconds())
            assert isinstance(await fetcher.get(f"http://news.test:{origin.port}/zoo/echo"), Document)
            now += error.retry_after
    assert pauses == [30, 60, 30]


async def test_a_host_is_not_crowded(fresh_origin: client.Origin) -> None:
    fresh_origin.fault("/zoo/echo", delay=0.1)
    limits = http.Limits(per_host=2, spacing=timedelta(seconds=0.05))
    async with http.Fetcher(limits) as fetcher:
        await asyncio.gather(*(fetcher.get(f"{fresh_origin.url}/zoo/echo?{n}", allow_private=True) for n in range(6)))
    starts = [one["at"] for one in fresh_origin.log()]
    gaps = [after - before for before, after in pairwise(starts)]
    assert min(gaps) > 0.035
    assert starts[2] - starts[0] > 0.09
