from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.fetch import freshness

NOW = datetime(2026, 8, 1, 9, 30, tzinfo=UTC)
DATE = "Sat, 01 Aug 2026 09:30:00 GMT"
LATER = "Sat, 01 Aug 2026 09:40:00 GMT"
WEEK = timedelta(days=7)
TEN = timedelta(minutes=10)


@pytest.mark.parametrize(
    ("headers", "fresh"),
    [
        ({}, None),
        ({"cache-control": "max-age=600"}, TEN),
        ({"cache-control": 'public, Max-Age="600"'}, TEN),
        ({"cache-control": "max-age = 600 , must-revalidate"}, TEN),
        ({"cache-control": "max-age=600, max-age=5"}, TEN),
        ({"cache-control": "s-maxage=600"}, None),
        ({"cache-control": "s-maxage=5, max-age=600"}, TEN),
        ({"cache-control": "x-max-age=600"}, None),
        ({"cache-control": "private, max-age=600, stale-while-revalidate=30"}, TEN),
        ({"cache-control": "no-cache, max-age=600"}, None),
        ({"cache-control": "no-store, max-age=600"}, None),
        ({"cache-control": 'no-cache="set-cookie", max-age=600'}, None),
        ({"cache-control": "max-age=0"}, None),
        ({"cache-control": "max-age=-5"}, None),
        ({"cache-control": "max-age"}, None),
        ({"cache-control": "max-age=soon"}, None),
        ({"cache-control": "max-age=600.5"}, None),
        ({"cache-control": "max-age=99999999999999999999"}, WEEK),
        ({"cache-control": "max-age=604801"}, WEEK),
        ({"cache-control": "max-age=900", "age": "300"}, TEN),
        ({"cache-control": "max-age=600", "age": "600"}, None),
        ({"cache-control": "max-age=600", "age": "9999999999999"}, None),
        ({"cache-control": "max-age=600", "age": "-1"}, TEN),
        ({"expires": LATER}, TEN),
        ({"expires": LATER, "date": "Sat, 01 Aug 2026 09:35:00 GMT"}, timedelta(minutes=5)),
        ({"expires": LATER, "date": "garbage"}, TEN),
        ({"expires": LATER, "age": "300"}, timedelta(minutes=5)),
        ({"expires": "Saturday, 01-Aug-26 09:40:00 GMT"}, TEN),
        ({"expires": "Sat Aug  1 09:40:00 2026"}, TEN),
        ({"expires": "0"}, None),
        ({"expires": "-1"}, None),
        ({"expires": "garbage"}, None),
        ({"expires": "Fri, 31 Jul 2026 09:40:00 GMT"}, None),
        ({"expires": "Fri, 31 Dec 9999 23:59:59 GMT"}, WEEK),
        ({"expires": LATER, "cache-control": "max-age=60"}, timedelta(minutes=1)),
        ({"expires": LATER, "cache-control": "max-age=garbage"}, None),
        ({"expires": LATER, "cache-control": "public"}, TEN),
    ],
)
def test_not_before(headers: dict[str, str], fresh: timedelta | None) -> None:
    assert freshness.not_before(headers, NOW) == (NOW + fresh if fresh else None)


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({}, None),
        ({"retry-after": "120"}, timedelta(seconds=120)),
        ({"retry-after": " 120 "}, timedelta(seconds=120)),
        ({"retry-after": "0"}, timedelta()),
        ({"retry-after": "2592001"}, timedelta(days=30)),
        ({"retry-after": "1000000000000"}, timedelta(days=30)),
        ({"retry-after": "9" * 5000}, timedelta(days=30)),
        ({"retry-after": "1e12"}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "5.5"}, None),
        ({"retry-after": "１２０"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": ""}, None),
        ({"retry-after": LATER}, TEN),
        ({"retry-after": "Saturday, 01-Aug-26 09:40:00 GMT"}, TEN),
        ({"retry-after": "Sat Aug  1 09:40:00 2026"}, TEN),
        ({"retry-after": LATER, "date": "Sat, 01 Aug 2026 09:39:00 GMT"}, timedelta(minutes=1)),
        ({"retry-after": "Sun, 01 Aug 2021 10:00:00 GMT", "date": "Sun, 01 Aug 2021 09:50:00 GMT"}, TEN),
        ({"retry-after": "Fri, 31 Jul 2026 09:40:00 GMT"}, timedelta()),
        ({"retry-after": "Fri, 31 Dec 9999 23:59:59 GMT"}, timedelta(days=30)),
    ],
)
def test_retry_after(headers: dict[str, str], wait: timedelta | None) -> None:
    assert freshness.retry_after(headers, NOW) == wait


def test_stay_away_takes_the_longer_word() -> None:
    assert freshness.stay_away({"retry-after": "60", "cache-control": "max-age=600"}, NOW) == TEN
    assert freshness.stay_away({"retry-after": "600", "cache-control": "max-age=60"}, NOW) == TEN
    assert freshness.stay_away({"retry-after": "0"}, NOW) == timedelta()
    assert freshness.stay_away({"cache-control": "max-age=600"}, NOW) == TEN
    assert freshness.stay_away({"retry-after": "garbage", "expires": LATER}, NOW) == TEN
    assert freshness.stay_away({}, NOW) is None


@settings(derandomize=True, deadline=None)
@given(st.dictionaries(st.sampled_from(["cache-control", "expires", "age", "date", "retry-after"]), st.text()))
def test_no_header_breaks_it(headers: dict[str, str]) -> None:
    at = freshness.not_before(headers, NOW)
    assert at is None or NOW < at <= NOW + WEEK
    wait = freshness.stay_away(headers, NOW)
    assert wait is None or timedelta() <= wait <= timedelta(days=30)


@pytest.mark.parametrize("text", [DATE, "Sat, 01 Aug 2026 17:30:00 +0800", "Sat, 01 Aug 2026 09:30:00 -0000"])
def test_http_date(text: str) -> None:
    assert freshness.http_date(text) == NOW
