from __future__ import annotations

from datetime import date, timedelta

import pytest

from aggregator.kit import exchange

DAY = timedelta(days=1)


def closed_weekdays(year: int) -> set[str]:
    days = (date(year, 1, 1) + number * DAY for number in range(366))
    return {f"{day:%m%d}" for day in days if day.year == year and day.weekday() < 5 and exchange.closed(day)}


#: The weekdays without trading as the exchanges announced them.
ANNOUNCED = {
    2024: "0101 0209 0212 0213 0214 0215 0216 0404 0405 0501 0502 0503 0610 0916 0917 1001 1002 1003 1004 1007",
    2025: "0101 0128 0129 0130 0131 0203 0204 0404 0501 0502 0505 0602 1001 1002 1003 1006 1007 1008",
    2026: "0101 0102 0216 0217 0218 0219 0220 0223 0406 0501 0504 0505 0619 0925 1001 1002 1005 1006 1007",
}


@pytest.mark.parametrize("year", ANNOUNCED)
def test_announced_holidays(year: int) -> None:
    assert closed_weekdays(year) == set(ANNOUNCED[year].split())
    assert exchange.source(year) is exchange.Source.ANNOUNCED


def test_weekends_never_trade_though_they_are_worked() -> None:
    assert exchange.closed(date(2026, 10, 10))
    assert exchange.closed(date(2026, 2, 14))
    assert not exchange.closed(date(2026, 10, 9))


def test_a_year_not_announced_yet_is_estimated_and_says_so() -> None:
    assert exchange.source(2027) is exchange.Source.ESTIMATED
    closed = closed_weekdays(2027)
    assert {"0101", "0205", "0208", "0405", "0503", "0609", "0915", "1001", "1007"} <= closed
    assert closed <= {"0101", "0405", "0503", "0504", "0505", "0609", "0915"} | {
        *("0205", "0208", "0209", "0210", "0211", "0212"),
        *("1001", "1004", "1005", "1006", "1007"),
    }


@pytest.mark.parametrize("year", ANNOUNCED)
def test_the_estimate_comes_near_to_what_was_announced(year: int, monkeypatch: pytest.MonkeyPatch) -> None:
    lunar = {2024: (210, 610, 917, 404), 2025: (129, 531, 1006, 404), 2026: (217, 619, 925, 405)}
    monkeypatch.setattr(exchange, "ANNOUNCED", {})
    monkeypatch.setitem(exchange._LUNAR, year, lunar[year])
    exchange._holidays.cache_clear()
    estimated = closed_weekdays(year)
    exchange._holidays.cache_clear()
    assert len(estimated ^ set(ANNOUNCED[year].split())) <= 4


def test_beyond_the_table_weekends_are_known() -> None:
    assert exchange.source(2050) is exchange.Source.UNKNOWN
    assert closed_weekdays(2050) == set()
    assert exchange.closed(date(2050, 1, 1))


def test_days_by_number_are_the_same_days() -> None:
    for number in range(0, 30_000, 7):
        for day in (number, number + 1):
            assert exchange.closed_on(day) == exchange.closed(date(1970, 1, 1) + day * DAY)
