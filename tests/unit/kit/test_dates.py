"""kit.dates: every form in the zone of Beijing, relative forms, and junk that must give no date."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.kit import charset, dates

NOW = datetime(2026, 8, 1, 4, 0, tzinfo=UTC)  # Saturday noon in Beijing
HALF_PAST_NINE = "2026-08-01T01:30:00"  # 09:30 in Beijing
MIDNIGHT = "2026-07-31T16:00:00"


def utc(stamp: str) -> datetime:
    return datetime.fromisoformat(stamp).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        # RFC 822, 2822, 850
        "Sat, 01 Aug 2026 09:30:00 +0800",
        "Sat, 1 Aug 2026 01:30:00 GMT",
        "Sat, 01 Aug 2026 01:30:00 Z",
        "Sat, 01 Aug 2026 01:30:00 UT",
        "Sat, 01 Aug 2026 01:30:00 -0000",
        "Sat, 01 Aug 26 09:30:00 +0800",
        "Sat, 01 Aug 126 09:30:00 +0800",
        "01 Aug 2026 09:30 +0800",
        "Saturday, 01-Aug-26 01:30:00 GMT",
        "sat,01 august 2026 09:30:00 +08:00",
        "Sat 01 Aug 2026, 09:30:00 +0800",
        "Fri, 31 Jul 2026 20:30:00 EST",
        "Fri, 31 Jul 2026 21:30:00 EDT",
        "Fri, 31 Jul 2026 18:30:00 PDT",
        "Sat, 01 Aug 2026 10:30:00 JST",
        "Sat, 01 Aug 2026 03:30:00 CEST",
        "Sat, 01 Aug 2026 09:30:00 CST",
        "Sat, 01 Aug 2026 09:30:00 GMT+8",
        "Sat, 01 Aug 2026 09:30:00 GMT+08:00",
        "Sat, 01 Aug 2026 09:30:00 UTC+8",
        "Sat, 01 Aug 2026 09:30:00 +0800 (CST)",
        "Sat, 01 Aug 2026 09:30:00",
        "Mon, 01 Aug 2026 09:30:00 +0800",  # the weekday is wrong, the date is not
        " Sat, 01 Aug 2026 09:30:00 +0800\n",
        "星期六, 01 八月 2026 09:30:00 +0800",
        "周六, 1 8月 2026 09:30:00",
        # RFC 3339, ISO 8601, W3CDTF
        "2026-08-01T09:30:00+08:00",
        "2026-08-01T01:30:00Z",
        "2026-08-01t01:30:00z",
        "2026-08-01 09:30:00 +0800",
        "2026-08-01T09:30:00+0800",
        "2026-08-01T09:30:00+08",
        "2026-08-01T09:30+08:00",
        "2026-08-01 09:30:00 +0800 CST",
        "2026-08-01 09:30:00 CST",
        "2026-08-01 09:30:00",
        "2026-08-01  09:30",
        "2026-08-01 09:30:00.000",
        "2026-08-01 9:30 AM",
        "20260801T093000+0800",
        "20260801T013000Z",
        "20260801093000",
        "202608010930",
        "20260801 09:30:00",
        "2026-213T09:30:00+08:00",
        "2026-W31-6T09:30:00+08:00",
        # asctime and its kin
        "Sat Aug  1 09:30:00 2026",
        "Sat Aug  1 09:30:00 CST 2026",
        "Sat Aug 01 09:30:00 +0800 2026",
        "Sat Aug 01 2026 09:30:00 GMT+0800",
        "Sat Aug 01 2026 09:30:00 GMT+0800 (中国标准时间)",
        "Aug 1, 2026 9:30 AM",
        "August 1st, 2026 at 09:30",
        "Saturday, August 1, 2026 9:30 a.m.",
        # Chinese
        "2026年08月01日 09:30",
        "2026年8月1日 09:30:00",
        "2026年08月01日09:30",
        "2026年8月1日 9时30分",
        "2026年8月1日上午9点30分00秒",
        "2026年8月1日 星期六 09:30",
        "2026年8月1日（周六）09：30",
        "2026 年 8 月 1 日 09:30",
        "２０２６年８月１日　０９：３０",
        "2026.08.01 09:30",
        "2026/08/01 09:30:00",
        "2026/8/1 9:30",
        "2026-8-1 上午 9:30",
        "2026-08-01 09:30:00 北京时间",
        "北京时间 2026-08-01 09:30",
        "北京时间2026年8月1日09:30",
        "2026-08-01 09:30（北京时间）",
        "(2026-08-01 09:30)",
        "【2026年8月1日 09:30】",
        "发布时间：2026-08-01 09:30",
        # epoch
        "1785547800",
        "1785547800000",
        # relative to noon
        "今天 09:30",
        "今日09:30",
        "08-01 09:30",
        "8月1日 09:30",
        "(8月1日 09:30)",
    ],
)
def test_half_past_nine_in_beijing(text: str) -> None:
    assert dates.parse(text, now=NOW) == utc(HALF_PAST_NINE)


@pytest.mark.parametrize("text", ["2026-08-01", "20260801", "2026/8/1", "2026.8.1", "2026年8月1日",
                                  "2026年08月", "2026-08",
                                  "二〇二六年八月一日", "2026-213", "2026-W31-6", "2026W316",
                                  "01 Aug 2026", "Aug 1, 2026",
                                  "星期六, 01 八月 2026", "2026-07-31 24:00:00", "Fri, 31 Jul 2026 24:00:00 +0800",
                                  "2026-07-31 23:59:60", "2026年8月1日 凌晨0:00", "Aug 1, 2026 12:00 AM",
                                  "今天", "8月1日"])  # fmt: skip
def test_midnight_in_beijing(text: str) -> None:
    assert dates.parse(text, now=NOW) == utc(MIDNIGHT)


@pytest.mark.parametrize(
    ("text", "stamp"),
    [
        ("2011年12月21日08:16", "2011-12-21T00:16:00"),
        ("2026.10.16 16:12", "2026-10-16T08:12:00"),
        ("2026", "2025-12-31T16:00:00"),
        ("2026-08-01T09", "2026-08-01T01:00:00"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00"),
        ("2019-10-12T07:20:50.52Z", "2019-10-12T07:20:50.520000"),
        ("2026-08-01T09:30:00.123456789+08:00", "2026-08-01T01:30:00.123456"),
        ("2026-08-01T09:30:00,5+08:00", "2026-08-01T01:30:00.500000"),
        ("二〇二六年十二月三十一日", "2026-12-30T16:00:00"),
        ("2024年2月29日", "2024-02-28T16:00:00"),
        ("2026年8月1日 下午3:05", "2026-08-01T07:05:00"),
        ("2026年8月1日 下午3点", "2026-08-01T07:00:00"),
        ("2026年8月1日 下午15:05", "2026-08-01T07:05:00"),
        ("2026年8月1日 中午12:05", "2026-08-01T04:05:00"),
        ("2026年8月1日 晚上8:05", "2026-08-01T12:05:00"),
        ("2026年8月1日 凌晨12:05", "2026-07-31T16:05:00"),
        ("Aug 1, 2026 9:30 PM", "2026-08-01T13:30:00"),
        ("Aug 1, 2026 12:30 PM", "2026-08-01T04:30:00"),
        ("31/12/2026 10:00", "2026-12-31T02:00:00"),
        ("12/31/2026", "2026-12-30T16:00:00"),
        ("08/08/2026", "2026-08-07T16:00:00"),
        ("Thu, 01 Jan 98 00:00:00 GMT", "1998-01-01T00:00:00"),
        ("1785547800.5", "2026-08-01T01:30:00.500000"),
        ("2099-01-01T00:00:00Z", "2099-01-01T00:00:00"),
    ],
)
def test_other_instants(text: str, stamp: str) -> None:
    assert dates.parse(text) == utc(stamp)


@pytest.mark.parametrize(
    ("text", "stamp"),
    [
        ("刚刚", "2026-08-01T04:00:00"),
        ("5分钟前", "2026-08-01T03:55:00"),
        ("5 分钟前", "2026-08-01T03:55:00"),
        ("30秒前", "2026-08-01T03:59:30"),
        ("半小时前", "2026-08-01T03:30:00"),
        ("3小时前", "2026-08-01T01:00:00"),
        ("2个小时之前", "2026-08-01T02:00:00"),
        ("2天前", "2026-07-30T04:00:00"),
        ("2 hours ago", "2026-08-01T02:00:00"),
        ("a minute ago", "2026-08-01T03:59:00"),
        ("昨天 09:30", "2026-07-31T01:30:00"),
        ("昨日 下午3:05", "2026-07-31T07:05:00"),
        ("前天09:30", "2026-07-30T01:30:00"),
        ("前天", "2026-07-29T16:00:00"),
        ("8月2日 09:30", "2026-08-02T01:30:00"),  # at most a day ahead: this year
        ("8月3日 09:30", "2025-08-03T01:30:00"),
        ("(10月16日 17:45)", "2025-10-16T09:45:00"),
        ("12-31 23:59", "2025-12-31T15:59:00"),
        ("2月29日 09:30", "2024-02-29T01:30:00"),
    ],
)
def test_relative_forms(text: str, stamp: str) -> None:
    assert dates.parse(text, now=NOW) == utc(stamp)
    assert dates.parse(text) is None


def test_the_year_is_inferred_in_the_zone_across_new_year() -> None:
    eve = datetime(2026, 12, 31, 17, 0, tzinfo=UTC)  # one o'clock on New Year's Day in Beijing
    assert dates.parse("01-01 00:30", now=eve) == utc("2026-12-31T16:30:00")
    assert dates.parse("12-31 23:30", now=eve) == utc("2026-12-31T15:30:00")
    assert dates.parse("01-01 00:30", now=eve - timedelta(hours=3)) == utc("2026-12-31T16:30:00")


@pytest.mark.parametrize(
    "text",
    ["", " ", "()", "[ ]", "(", "0", "1", "-1", "17", "0000000000", "null", "None", "not a date", "2026-13-01",
    "2026-02-30", "2026-00-10", "2026-366",
     "2026-W54-1", "2025-02-29", "2026-08-01 25:00", "2026-08-01 09:60", "2026-08-01 24:01",
     "2026-08-01 09:30:61",
     "0001-01-01T00:00:00Z", "0000-00-00 00:00:00", "1969-12-31T23:59:59Z", "1970-01-01 08:00:01",
     "1970-01-01T00:00:00Z", "2102-01-01", "9999-12-31", "01/08/2026", "01.08.2026", "foo 2026-08-01",
     "2026-08-01 09:30 foo", "2026-08-01T09:30:00+25:00", "2026-08-01T09:30:00+08:75", "2026-08-01 09:30 XYZ",
     "Sat, 01 Foo 2026 09:30:00 GMT", "Foo, 01 Aug 2026 09:30:00 GMT", "2026-08/01", "8月", "2026年13月1日",
     "2026年8月1日 foo", "来源：2026年8月1日",
     "2026-08-01至2026-08-02", "2026-08-01 - 2026-08-02", "2026年8月1日 晚上12:00",
     "2026年8月1日 上午12:30", "2026年8月1日 上午15:30",
     "13:00 PM AM", "2026-08-01北京时间09:30", "200分前文", "昨天的新闻",
     "1.5", "3.14", "600519", "12345678", "start=2002-10-13T09:00+01:00;end=2002-10-17",
     "2026-08-01T09:30:00Z" * 9,
     "۲۰۲۶-۰۸-۰۱", "²⁰²⁶x", "Aug 1", "09:30"],
)  # fmt: skip
def test_junk_gives_no_date(text: str) -> None:
    assert dates.parse(text, now=NOW) is None


def test_the_zone_of_the_subscription() -> None:
    def at(text: str, zone: str) -> datetime | None:
        return dates.parse(text, zone=zone)

    assert at("2026-08-01 09:30", "America/New_York") == utc("2026-08-01T13:30:00")
    assert at("2026-01-01 09:30", "America/New_York") == utc("2026-01-01T14:30:00")
    assert at("2026-08-01 09:30", "UTC") == utc("2026-08-01T09:30:00")
    assert at("2026-08-01 09:30", "Asia/Hong_Kong") == utc(HALF_PAST_NINE)
    assert at("Sat, 01 Aug 2026 09:30:00 CST", "America/Chicago") == utc("2026-08-01T15:30:00")
    assert at("2026-08-01 09:30 北京时间", "America/Chicago") == utc(HALF_PAST_NINE)
    assert at("2026-08-01T09:30:00+08:00", "America/Chicago") == utc(HALF_PAST_NINE)
    assert dates.parse("昨天 09:30", zone="America/New_York", now=utc("2026-08-01T02:00:00")) == utc(
        "2026-07-30T13:30:00"
    )


@pytest.mark.parametrize("zone", ["Mars/Base", "", "../etc/passwd"])
def test_an_unknown_zone_is_an_error(zone: str) -> None:
    with pytest.raises(ValueError, match="unknown time zone"):
        dates.parse("2026-08-01", zone=zone)


@pytest.mark.parametrize(
    ("value", "stamp"),
    [
        (1785547800, HALF_PAST_NINE),
        ("1785547800", HALF_PAST_NINE),
        (1785547800000, HALF_PAST_NINE),
        ("1785547800000", HALF_PAST_NINE),
        (1785547800.25, "2026-08-01T01:30:00.250000"),
        ("0", None),
        (0, None),
        ("", None),
        (None, None),
        ("abc", None),
        (-5, None),
        (1, None),
        ("nan", None),
        ("inf", None),
        (1e30, None),
        (4133980800, None),
    ],
)
def test_from_epoch(value: str | float | None, stamp: str | None) -> None:
    assert dates.from_epoch(value) == (utc(stamp) if stamp else None)


def test_writing() -> None:
    at = utc("2026-08-01T01:30:00.9").astimezone(dates.BEIJING)
    assert dates.rfc822(at) == "Sat, 01 Aug 2026 01:30:00 +0000"
    assert dates.rfc3339(at) == "2026-08-01T01:30:00Z"
    assert dates.beijing_day(utc("2026-07-31T15:59:59")) == date(2026, 7, 31)
    assert dates.beijing_day(utc("2026-07-31T16:00:00")) == date(2026, 8, 1)


WHEN = st.integers(86_400 * 365, 4_102_444_800).map(lambda stamp: datetime.fromtimestamp(stamp, UTC))


@given(WHEN)
def test_what_is_written_is_read_back(at: datetime) -> None:
    beijing = at.astimezone(dates.BEIJING)
    for text in (
        dates.rfc822(at),
        dates.rfc3339(at),
        at.isoformat(),
        beijing.isoformat(),
        beijing.strftime("%Y年%m月%d日 %H:%M:%S"),
        beijing.strftime("%Y/%m/%d %H:%M:%S"),
        beijing.strftime("%a %b %d %H:%M:%S +0800 %Y"),
    ):
        assert dates.parse(text) == at


@given(st.text(alphabet="0123456789-/:. TZ+年月日时分前昨天上下午AugSat,()", max_size=24) | st.text(max_size=24))
def test_parse_never_raises_and_gives_plausible_utc(text: str) -> None:
    at = dates.parse(text, now=NOW)
    assert at is None or (at.utcoffset() == timedelta(0) and 1970 <= at.year <= 2100)


def test_corpus_of_feed_dates(corpus: Path) -> None:
    """Every date a manifest expects is read from some string of its document, and every date element is read."""
    element = re.compile(
        r"<(?:\w+:)?(?:pubDate|date|published|updated|issued|modified|created|lastBuildDate)>([^<]{4,80})</"
    )
    quoted = re.compile(r"[>\"']\s*([^<>\"']{4,60}?)\s*[<\"']")
    expected = 0
    for row in (corpus / "parsers" / "manifest.jsonl").read_text("utf-8").splitlines():
        case = json.loads(row)
        text = charset.decode((corpus / "parsers" / case["path"]).read_bytes()).text
        for raw in element.findall(text):
            assert dates.parse(raw, zone="UTC") is not None, (case["path"], raw)
        items = case["expected"].get("items", [])
        items = items if isinstance(items, list) else list(items.values())
        wanted = [item[k] for item in items for k in ("published", "updated") if item.get(k)]
        if wanted:
            read = {at.isoformat() for raw in quoted.findall(text) if (at := dates.parse(raw, zone="UTC"))}
            assert set(wanted) <= read, case["path"]
            expected += len(wanted)
    assert expected >= 30


@settings(max_examples=500)
@given(
    st.sampled_from(["Fri, {d} Oct {y} {t} {z}", "{d} Feb {y} {t} {z}", "{y}-02-{d}T{t}{z}", "{y}-10-{d} {t}"]),
    st.sampled_from(["01", "1", "28", "29", "31", "00"]),
    st.sampled_from(["2026", "2024", "1970", "1969", "2100", "2101", "0001"]),
    st.sampled_from(["00:00:00", "23:59:59", "24:00:00", "24:00:01", "02:30:60", "12:61:00", "7:00:00"]),
    st.sampled_from(
        ["GMT", "+0000", "-0000", "+0800", "-0800", "+0860", "Z", "+08:00", "-13:59", "+14:00", "+15:00", "CST", ""]
    ),
    st.sampled_from(["Asia/Shanghai", "America/New_York", "Europe/Berlin"]),
)
def test_common_forms_are_read_as_the_grammar_reads_them(
    form: str, day: str, year: str, time: str, shift: str, zone: str
) -> None:
    stated = form.format(d=day, y=year, t=time, z=shift)
    quick = dates.parse(stated, zone=zone)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dates, "_common", lambda _text, _local: None)
        assert dates.parse(stated, zone=zone) == quick


def test_an_unknown_zone_is_refused_whatever_the_date_states() -> None:
    with pytest.raises(ValueError, match="unknown time zone"):
        dates.parse("Fri, 16 Oct 2026 02:00:00 GMT", zone="Nowhere/Town")
