from __future__ import annotations

from datetime import UTC, date, datetime
from urllib.parse import parse_qsl, unquote

import pytest

from aggregator.errors import RequestError
from aggregator.web import listing
from aggregator.web.language import CHINESE, ENGLISH
from aggregator.web.listing import Listing, read

AT = datetime(2026, 11, 23, 11, 54, 4, 123456, tzinfo=UTC)


def asked(address: str) -> tuple[Listing, str | None]:
    path, _, query = address.partition("?")
    return read(unquote(path), parse_qsl(query))


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/symbol/600941.SH",
        "/category/%E5%9B%BD%E5%86%85",
        "/outlet/A%2FB%20%26%20C%3F%23%25",
        "/outlet/x.rss.html",
        "/outlet/a.html.html",
        "/day/2026-11-23",
        "/search?q=%E5%A4%AE%E8%A1%8C%20-%E5%9F%BA%E9%87%91",
        "/?q=a%2Bb&symbol=600000.SH&symbol=600941.SH&category=x&outlet=y&feed=z&after=2026-01-01&before=2026-02-01",
        "/?older=1795434844123456-7",
        "/symbol/AAPL.US?newer=1795434844123456-7",
    ],
)
def test_a_canonical_address_leads_back_to_itself(address: str) -> None:
    found, extension = asked(address)
    assert found.address() == address
    assert extension is None
    assert asked(found.address())[0] == found


@pytest.mark.parametrize(
    ("address", "path", "extension"),
    [
        ("/latest.atom?feed=b&feed=a", "/latest.atom?feed=a&feed=b", "atom"),
        ("/symbol/600941.SH.rss", "/symbol/600941.SH.rss", "rss"),
        ("/outlet/x.rss.json", "/outlet/x.rss.json", "json"),
        ("/search.rss?q=x&older=1-1", "/search.rss?q=x", "rss"),
        ("/day/2026-11-23.json", "/day/2026-11-23.json", "json"),
    ],
)
def test_the_same_list_as_a_feed(address: str, path: str, extension: str) -> None:
    found, shape = asked(address)
    assert shape == extension
    assert found.address(shape) == path


@pytest.mark.parametrize(
    ("address", "canonical"),
    [
        ("/latest", "/"),
        ("/?symbol=sh600941&symbol=600941.sh&symbol=", "/?symbol=600941.SH"),
        ("/symbol/sh600941", "/symbol/600941.SH"),
        ("/symbol/600941.SH?symbol=sh600941", "/symbol/600941.SH"),
        ("/?outlet=b&outlet=a&outlet=b&utm=1&q=%20x%20%20y%00", "/?q=x%20y&outlet=a&outlet=b"),
        ("/?older=5-1&newer=6-1", "/?older=5-1"),
        ("/category/%20x%20", "/category/x"),
    ],
)
def test_other_ways_to_write_it(address: str, canonical: str) -> None:
    assert asked(address)[0].address() == canonical


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/nothing", 404),
        ("/symbol/", 404),
        ("/symbol", 404),
        ("/.rss", 404),
        ("/latest.html", 404),
        ("/outlet/%00", 404),
        ("/outlet/..", 404),
        ("/outlet/" + "x" * 201, 404),
        ("/day/2026-02-30", 404),
        ("/day/today", 404),
        ("/day/20261123", 404),
        ("/day/1969-12-31", 404),
        ("/?after=2026-13-01", 400),
        ("/?before=yesterday", 400),
        ("/?older=x", 400),
        ("/?older=-1-1", 400),
        ("/?newer=" + "9" * 18 + "-1", 400),
        ("/?older=1-" + "9" * 40, 400),
        ("/?q=" + "x" * 10_000, 400),
        ("/?outlet=" + "x" * 201, 400),
        ("/?" + "&".join(f"outlet={n}" for n in range(21)), 400),
    ],
)
def test_what_makes_no_sense_is_told(address: str, status: int) -> None:
    with pytest.raises(RequestError) as caught:
        asked(address)
    assert caught.value.status == status
    for language in (CHINESE, ENGLISH):
        assert language(caught.value.key, **caught.value.values)


def test_cursors_keep_the_microsecond() -> None:
    assert listing.place(listing.cursor((AT, 7))) == (AT, 7)


def test_the_time_a_list_spans() -> None:
    day = asked("/day/2026-11-23")[0]
    assert (day.since, day.until) == (datetime(2026, 11, 22, 16, tzinfo=UTC), datetime(2026, 11, 23, 16, tzinfo=UTC))
    later = asked("/day/2026-11-23?after=2026-11-24")[0]
    assert str(later.since) >= str(later.until)  # nothing is
    assert asked("/?before=2026-11-23")[0].until == datetime(2026, 11, 22, 16, tzinfo=UTC)
    assert asked("/")[0].since is None


def test_filters_go_one_by_one() -> None:
    found = asked("/symbol/600941.SH?outlet=a&outlet=b&q=x&after=2026-01-01&older=5-1")[0]
    assert found.without("outlets", "a").address() == "/symbol/600941.SH?q=x&outlet=b&after=2026-01-01"
    assert found.without("words").address() == "/symbol/600941.SH?outlet=a&outlet=b&after=2026-01-01"
    assert found.without("after").after is None
    assert found.wanted("symbols") == ("600941.SH",)
    assert found.wanted("outlets") == ("a", "b")


def test_a_name_that_no_path_can_hold() -> None:
    assert listing.of("outlet", "..").address() == "/?outlet=.."
    assert listing.of("outlet", "a/..").address() == "/outlet/a%2F.."


def test_titles() -> None:
    found = asked("/outlet/样例时报?symbol=600941.SH&q=央行&before=2026-11-23")[0]
    assert found.title(CHINESE) == "媒体：样例时报 · 600941.SH · 央行 · 2026-11-23 之前"
    assert found.title(ENGLISH) == "Outlet: 样例时报 · 600941.SH · 央行 · before 2026-11-23"
    assert asked("/search?q=降准")[0].title(ENGLISH) == "Search: 降准"
    assert asked("/search")[0].title(ENGLISH) == "Search"
    assert asked("/symbol/600941.SH")[0].title(ENGLISH, "中国移动 600941.SH") == "中国移动 600941.SH"
    assert asked("/day/2026-11-23")[0].day == date(2026, 11, 23)
