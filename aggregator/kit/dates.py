"""Dates as feeds, APIs and Chinese pages write them, read into exact instants, or not at all.

In: one date string. Out: an aware UTC datetime, or None; a wrong instant is worse than none, because title and date
are a story's identity. Called by parse, extract and clean (reading), publish (writing), dedup (`beijing_day`).

Only whole strings are read. A date without a zone is in the zone given; CST is Beijing time where that zone is
Chinese. Forms: RFC 822/2822/850, RFC 3339, ISO 8601 (with week and ordinal dates), W3CDTF parts, asctime, epoch
seconds and milliseconds, `2026年8月1日 09:30` and its kin, and, given `now`, relative forms such as `5分钟前`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import lru_cache

#: Beijing time: +08:00, no daylight saving.
BEIJING = timezone(timedelta(hours=8), "UTC+08:00")

# A stamp within the first day of 1970 is an empty field written as zero, in whatever zone.
_EARLIEST = datetime(1970, 1, 2, tzinfo=UTC)
_LATEST = datetime(2101, 1, 1, tzinfo=UTC)
_CHINESE_ZONES = frozenset({"Asia/Shanghai", "Asia/Chongqing", "Asia/Harbin", "Asia/Hong_Kong", "Asia/Macau",
                            "Asia/Taipei", "Asia/Urumqi", "PRC", "Hongkong", "ROC", "Etc/GMT-8"})  # fmt: skip
#: Hours east of UTC. RFC 822 §5.1, and the abbreviations that have one meaning in news. CST is decided by the zone.
_NAMED = {"z": 0, "ut": 0, "utc": 0, "gmt": 0, "wet": 0, "est": -5, "edt": -4, "cdt": -5, "mst": -7, "mdt": -6,
          "pst": -8, "pdt": -7, "akst": -9, "akdt": -8, "hst": -10, "bst": 1, "cet": 1, "met": 1, "west": 1, "cest": 2,
          "mest": 2, "eet": 2, "eest": 3, "msk": 3, "hkt": 8, "sgt": 8, "jst": 9, "kst": 9, "aest": 10, "aedt": 11,
          "nzst": 12, "nzdt": 13}  # fmt: skip
_MONTHS = {"jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "oct": 10,
           "nov": 11, "dec": 12}  # fmt: skip
_MONTH_NAMES = tuple(name.title() for name in _MONTHS)
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_NUMERALS = {c: i for i, c in enumerate("〇一二三四五六七八九")} | {"零": 0}
_DAYS_AGO = {"今天": 0, "今日": 0, "昨天": 1, "昨日": 1, "前天": 2}
_SECONDS = {"秒": 1, "秒钟": 1, "分": 60, "分钟": 60, "小时": 3600, "个小时": 3600, "天": 86400, "日": 86400,
            "second": 1, "minute": 60, "hour": 3600, "day": 86400, "sec": 1, "min": 60}  # fmt: skip

# ------------------------------------------------------------------------------------------------- the grammar


class _Form:
    """A form of the grammar, compiled when it is first tried: all of them take 10 ms, and most feeds need none."""

    __slots__ = ("_compiled", "_pattern")

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._compiled: re.Pattern[str] | None = None

    def fullmatch(self, text: str) -> re.Match[str] | None:
        """The match of the whole text, whatever its case."""
        if self._compiled is None:
            self._compiled = re.compile(self._pattern, re.IGNORECASE)
        return self._compiled.fullmatch(text)


_WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?\.?)"
_MONTH = (
    r"(?P<name>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_CLOCK = r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?"
_AMPM = r"(?:\s*(?P<half>[ap])\.?m\.?)"
_ZONE = (
    r"(?:\s*(?P<zone>(?:(?:gmt|utc?)\s*)?[+-]\d{1,2}(?::?\d{2})?|(?<![a-z])[a-z]{1,5})"
    r"(?:\s*\([^()]*\)|\s+[a-z]{3,5})?)"
)
_REST = rf"(?:(?:\s*,\s*|\s+(?:at\s+)?){_CLOCK}{_AMPM}?{_ZONE}?)?"

_RFC822 = _Form(
    rf"(?:{_WEEKDAY}\s*,?\s*)?(?P<day>\d{{1,2}})(?:\s+|-|/){_MONTH}(?:\s+|-|/|,\s*)(?P<year>\d{{2,4}}){_REST}"
)
_ISO = _Form(
    r"(?P<year>\d{4})(?:-(?P<month>\d{2})(?:-(?P<day>\d{2})"
    rf"(?:(?:\s*T\s*|\s+)(?:{_CLOCK}{_AMPM}?|(?P<hour2>\d{{2}})){_ZONE}?)?)?)?"
)
_BASIC = _Form(
    r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})"
    r"(?:(?:T|\s|(?=\d))(?P<hour>\d{2})(?P<minute>\d{2})(?:(?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?"
    rf"{_ZONE}?|(?:T|\s+)(?P<hour2>\d{{1,2}}):(?P<minute2>\d{{2}})(?::(?P<second2>\d{{2}}))?)?"
)
_WEEK_OR_ORDINAL = _Form(
    rf"(?P<year>\d{{4}})-?(?:W(?P<week>\d{{2}})-?(?P<weekday>[1-7])|(?P<ordinal>\d{{3}}))(?:T{_CLOCK}{_ZONE}?)?"
)
_MONTH_FIRST = _Form(
    rf"(?:{_WEEKDAY}\s*,?\s+)?{_MONTH}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:\s*,\s*|\s+)(?P<year>\d{{4}}){_REST}"
)
_ASCTIME = _Form(
    rf"(?:{_WEEKDAY}\s*,?\s+)?{_MONTH}\s+(?P<day>\d{{1,2}})\s+{_CLOCK}(?:\s+(?P<zone>[a-z]{{1,5}}|[+-]\d{{4}}))?"
    r"\s+(?P<year>\d{4})(?:\s+(?P<zone2>[+-]\d{4}))?"
)
_NUMERIC = _Form(
    rf"(?:{_WEEKDAY}\s*,?\s*)?(?P<year>\d{{4}})(?P<mark>[-/.])(?P<month>\d{{1,2}})(?P=mark)(?P<day>\d{{1,2}})"
    rf"(?:(?:\s*T\s*|\s*,\s*|\s+){_CLOCK}{_AMPM}?{_ZONE}?)?"
)
_YEAR_LAST = _Form(rf"(?P<first>\d{{1,2}})(?P<mark>[-/.])(?P<other>\d{{1,2}})(?P=mark)(?P<year>\d{{4}}){_REST}")
_EPOCH = re.compile(r"\d{10}(?:\d{3})?(?:\.\d{1,9})?")

_WEEKDAY_ZH = r"(?:(?:星期|周|礼拜)[一二三四五六日天])"
_CLOCK_ZH = (
    r"(?:(?P<period>凌晨|清晨|早晨|早上|上午|中午|下午|傍晚|晚上|晚间|夜间|am|pm)\s*)?"
    r"(?P<hour>\d{1,2})(?:\s*:\s*(?P<minute>\d{2})(?:\s*:\s*(?P<second>\d{2})(?:\.(?P<fraction>\d{1,9}))?)?"
    r"|[时点](?:整|(?P<minute2>\d{1,2})分?(?:(?P<second2>\d{1,2})秒)?)?)"
)
_AFTER_DAY = rf"(?:\s*\(?{_WEEKDAY_ZH}\)?)?(?:\s*,?\s*{_CLOCK_ZH}{_AMPM}?{_ZONE}?)?"
_CHINESE = _Form(rf"(?P<year>\d{{4}})\s*年\s*(?P<month>\d{{1,2}})\s*月\s*(?:(?P<day>\d{{1,2}})\s*[日号]{_AFTER_DAY})?")
_NUMERIC_ZH = _Form(
    rf"(?P<year>\d{{4}})(?P<mark>[-/.])(?P<month>\d{{1,2}})(?P=mark)(?P<day>\d{{1,2}})(?!\d)"
    rf"(?=\D*[^\x00-\x7f]){_AFTER_DAY}"
)
_CHINESE_RFC822 = _Form(
    rf"(?:{_WEEKDAY_ZH}\s*,?\s*)?(?P<day>\d{{1,2}})\s*(?P<month>\d{{1,2}})月\s*(?P<year>\d{{4}})"
    rf"(?:\s+{_CLOCK}{_ZONE}?)?"
)
_NUMERAL_MONTH = re.compile(r"(?<![一二三四五六七八九十])(十[一二]?|[一二三四五六七八九])月")
_NUMERAL_DATE = re.compile(
    r"([〇零一二三四五六七八九]{4})年([一二三四五六七八九十]{1,2})月([一二三四五六七八九十]{1,3})[日号]"
)
_LABEL = re.compile(r"(?:(?:发布|发表|更新|刊登)?(?:时间|日期)|发布于|发表于|更新于)\s*:?\s*")
_BEIJING_WORDS = re.compile(r"\(?北京时间\)?\s*[:,]?\s*")

_AGO = _Form(
    r"(?P<count>\d{1,4}|半|an?)\s*(?P<unit>个小时|小时|分钟|分|秒钟|秒|天|日|(?:second|minute|hour|day|sec|min)(?=s?\s))"
    r"s?\s*(?:之?前|以前|ago)"
)
_NAMED_DAY = _Form(rf"(?P<word>{'|'.join(_DAYS_AGO)})(?:\s*{_CLOCK_ZH})?")
_NO_YEAR = _Form(
    rf"(?P<month>\d{{1,2}})(?:月(?P<day>\d{{1,2}})[日号]|(?P<mark>[-/.])(?P<day2>\d{{1,2}})(?=\s+\d)){_AFTER_DAY}"
)

# What nearly all feeds write, at fixed places. Anything else, and any value out of range, goes to the grammar above.
_COMMON_RFC822 = re.compile(
    r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), )?([0-9]{1,2}) (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) ([0-9]{4})"
    r" ([0-9]{2}):([0-9]{2}):([0-9]{2}) (?:(GMT|[+-]0000)|\+0800)"
)
_COMMON_ISO = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(Z|[+-](?:0[0-9]|1[0-3]):[0-5][0-9])?"
)

# ------------------------------------------------------------------------------------------------- the front door


def parse(text: str, *, zone: str = "Asia/Shanghai", now: datetime | None = None) -> datetime | None:
    """The instant a date string states, as aware UTC; None when it states none for sure.

    `zone` (IANA name) holds for dates that state none; an unknown name raises ValueError. `now` (aware) allows
    relative forms and dates without a year, which never come out more than a day ahead of it. Dates before 1970 or
    after 2100 are no news dates: None. `24:00` and `:60` roll over.
    """
    text = text.strip()
    if not 2 <= len(text) <= 120:
        return None
    local = _zone(zone)
    if text.isascii():
        return _common(text, local) or _ascii(text, local, now)
    return _chinese(unicodedata.normalize("NFKC", text).strip(), local, now)


def from_epoch(value: str | int | float | None) -> datetime | None:
    """Seconds or milliseconds since 1970 as aware UTC; None for 0, '', and what is no plausible time."""
    try:
        stamp = float(value or 0)
        if abs(stamp) >= 1e11:
            stamp /= 1000
        return _plausible(datetime.fromtimestamp(stamp, UTC))
    except (ValueError, OverflowError, OSError, TypeError):
        return None


def beijing_midnight(on: date) -> datetime:
    """The instant at which a day begins in Beijing."""
    return datetime(on.year, on.month, on.day, tzinfo=BEIJING)


def beijing_day(at: datetime) -> date:
    """The calendar day in Beijing."""
    return at.astimezone(BEIJING).date()


def rfc822(at: datetime) -> str:
    """`Sat, 01 Aug 2026 01:30:00 +0000`, as RSS 2.0 wants it (RFC 822 with the four-digit year of RFC 2822)."""
    at = at.astimezone(UTC)
    day, month = _DAYS[at.weekday()], _MONTH_NAMES[at.month - 1]
    return f"{day}, {at.day:02d} {month} {at.year:04d} {at.hour:02d}:{at.minute:02d}:{at.second:02d} +0000"


def rfc3339(at: datetime) -> str:
    """`2026-08-01T01:30:00Z`, as Atom and JSON Feed want it (RFC 3339), to the second."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


# ------------------------------------------------------------------------------------------------- the readers


def _common(text: str, local: tzinfo) -> datetime | None:
    """The instant of a date in one of the two common forms; None where the grammar must look at it."""
    try:
        if match := _COMMON_RFC822.fullmatch(text):
            day, month, year, hour, minute, second, utc = match.groups()
            zone = UTC if utc else BEIJING
            at = datetime(int(year), _MONTHS[month.lower()], int(day), int(hour), int(minute), int(second), tzinfo=zone)
        elif match := _COMMON_ISO.fullmatch(text):
            at = datetime.fromisoformat(text) if match[1] else datetime.fromisoformat(text).replace(tzinfo=local)
        else:
            return None
    except ValueError:  # 24:00, :60, or no such day
        return None
    return at.astimezone(UTC) if 1970 < at.year < 2100 else None


def _ascii(text: str, local: tzinfo, now: datetime | None) -> datetime | None:
    for pattern in (_RFC822, _ISO):  # nearly all feeds
        if match := pattern.fullmatch(text):
            return _from(match, local)
    if _EPOCH.fullmatch(text):
        return from_epoch(text)
    for pattern in (_BASIC, _NUMERIC, _MONTH_FIRST, _ASCTIME):
        if match := pattern.fullmatch(text):
            return _from(match, local)
    if match := _WEEK_OR_ORDINAL.fullmatch(text):
        return _week_or_ordinal(match, local)
    if match := _YEAR_LAST.fullmatch(text):
        return _year_last(match, local)
    if text[:1] in ("(", "[") and text[-1:] in (")", "]"):
        return _ascii(text[1:-1].strip(), local, now)
    return _relative(text, local, now) if now else None


def _chinese(text: str, local: tzinfo, now: datetime | None) -> datetime | None:
    if text[:1] in ("(", "[", "【") and text[-1:] in (")", "]", "】"):
        text = text[1:-1].strip()
    text = _LABEL.sub("", text, count=1) if _LABEL.match(text) else text
    if "北京时间" in text:
        if not text.startswith(("北", "(北")) and not text.endswith(("间", "间)")):
            return None  # the words stand in front or behind, never in between
        text, local = _BEIJING_WORDS.sub("", text, count=1).strip(), BEIJING
    if text.isascii():
        return _ascii(text, local, now) if text else None
    if match := _NUMERAL_DATE.fullmatch(text):
        text = _numerals(match)
    elif "月" in text:
        text = _NUMERAL_MONTH.sub(lambda m: f"{_numeral(m.group(1))}月", text)
    for pattern in (_CHINESE, _NUMERIC_ZH, _CHINESE_RFC822):
        if match := pattern.fullmatch(text):
            return _from(match, local)
    if "(" in text and text.endswith(")"):  # the zone's name in words: GMT+0800 (中国标准时间)
        return _ascii_prefix(text, local)
    return _relative(text, local, now) if now else None


def _ascii_prefix(text: str, local: tzinfo) -> datetime | None:
    stem, _, words = text.rpartition("(")
    return _ascii(stem.strip(), local, None) if words == "中国标准时间)" else None


def _from(match: re.Match[str], local: tzinfo) -> datetime | None:
    """The instant of a match with the group names of the grammar."""
    part = match.groupdict()
    name = part.get("name")
    month = _MONTHS[name[:3].lower()] if name else int(part.get("month") or 1)
    day = int(part.get("day") or part.get("day2") or 1)
    return _instant(_full_year(part["year"]), month, day, part, local)


def _full_year(digits: str) -> int:
    """RFC 2822 §4.3: two digits below 50 are 20xx, two above and three digits count from 1900."""
    year = int(digits)
    if len(digits) == 2:
        return year + (2000 if year < 50 else 1900)
    return year + 1900 if len(digits) == 3 else year


def _instant(year: int, month: int, day: int, part: dict[str, str | None], local: tzinfo) -> datetime | None:
    offset = _offset(part.get("zone") or part.get("zone2"), local)
    hour = _hour(int(part.get("hour") or part.get("hour2") or 0), part.get("half"), part.get("period"))
    if offset is None or hour is None:
        return None
    minute = int(part.get("minute") or part.get("minute2") or 0)
    second = int(part.get("second") or part.get("second2") or 0)
    extra = 0
    if hour == 24 and minute == second == 0:
        hour, extra = 0, 86400
    elif second == 60:
        second, extra = 59, 1
    micros = int((part.get("fraction") or "0").ljust(6, "0")[:6])
    try:
        stated = datetime(year, month, day, hour, minute, second, micros, tzinfo=offset)
        return _plausible((stated + timedelta(seconds=extra)).astimezone(UTC))
    except (ValueError, OverflowError):
        return None


def _plausible(at: datetime) -> datetime | None:
    return at if _EARLIEST <= at < _LATEST else None


def _hour(hour: int, half: str | None, period: str | None) -> int | None:
    """The hour of 24. None where the words and the number do not go together, or can be read in two ways."""
    word = {"a": "am", "p": "pm"}.get((half or "").lower()) or (period or "").lower()
    if word in ("am", "pm"):
        return hour % 12 + (12 if word == "pm" else 0) if 1 <= hour <= 12 else (hour if word == "pm" else None)
    if word in ("凌晨", "清晨", "早晨", "早上", "上午"):
        return hour if hour < 12 else 0 if hour == 12 and word == "凌晨" else None
    if word == "中午":
        return hour if 11 <= hour <= 13 else hour + 12 if 1 <= hour <= 2 else None
    if word == "下午":
        return hour + 12 if 1 <= hour < 12 else hour if hour >= 12 else None
    if word:  # evening; 晚上12点 is read in two ways
        return hour + 12 if 4 < hour < 12 else hour if hour > 12 else None
    return hour


def _offset(zone: str | None, local: tzinfo) -> tzinfo | None:
    if not zone:
        return local
    if sign := re.search(r"([+-])(\d{1,2}):?(\d{2})?\Z", zone):
        hours, minutes = int(sign.group(2)), int(sign.group(3) or 0)
        if hours > 14 or minutes > 59:
            return None
        east = timedelta(hours=hours, minutes=minutes)
        return timezone(east if sign.group(1) == "+" else -east)
    name = zone.lower()
    if name == "cst":
        return BEIJING if local is BEIJING else timezone(timedelta(hours=-6))
    return timezone(timedelta(hours=_NAMED[name])) if name in _NAMED else None


@lru_cache(maxsize=64)
def _zone(name: str) -> tzinfo:
    if name in _CHINESE_ZONES:
        return BEIJING
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # most feeds need no other zone

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as problem:
        raise ValueError(f"unknown time zone {name!r}") from problem


def _week_or_ordinal(match: re.Match[str], local: tzinfo) -> datetime | None:
    part = match.groupdict()
    year = int(part["year"])
    try:
        if part["week"]:
            day = date.fromisocalendar(year, int(part["week"]), int(part["weekday"]))
        else:
            day = date(year, 1, 1) + timedelta(days=int(part["ordinal"]) - 1)
    except ValueError:
        return None
    if part["ordinal"] and day.year != year:
        return None
    return _instant(day.year, day.month, day.day, part, local)


def _year_last(match: re.Match[str], local: tzinfo) -> datetime | None:
    """`31/12/2026` or `12/31/2026`: only where one number cannot be a month, or both are the same."""
    first, other = int(match["first"]), int(match["other"])
    if first <= 12 and other <= 12 and first != other:
        return None
    day, month = (first, other) if first > 12 else (other, first)
    return _instant(int(match["year"]), month, day, match.groupdict(), local)


def _numeral(word: str) -> int:
    """Chinese numerals up to 99: 三, 十, 十二, 二十, 三十一."""
    tens, mark, ones = word.rpartition("十")
    if not mark:
        return _NUMERALS.get(word, 0)
    return _NUMERALS.get(tens, 1) * 10 + _NUMERALS.get(ones, 0)


def _numerals(match: re.Match[str]) -> str:
    year = "".join(str(_NUMERALS[c]) for c in match.group(1))
    return f"{year}年{_numeral(match.group(2))}月{_numeral(match.group(3))}日"


# ------------------------------------------------------------------------------------------------- relative to now


def _relative(text: str, local: tzinfo, now: datetime) -> datetime | None:
    for pattern, reader in _RELATIVE:
        if match := pattern.fullmatch(text):
            return reader(match, local, now)
    return None


def _just_now(_match: re.Match[str], _local: tzinfo, now: datetime) -> datetime | None:
    return now.astimezone(UTC)


def _ago(match: re.Match[str], _local: tzinfo, now: datetime) -> datetime | None:
    word = match["count"].lower()
    count = 0.5 if word == "半" else 1 if word in ("a", "an") else int(word)
    return _plausible(now.astimezone(UTC) - timedelta(seconds=count * _SECONDS[match["unit"].lower()]))


def _named_day(match: re.Match[str], local: tzinfo, now: datetime) -> datetime | None:
    day = now.astimezone(local).date() - timedelta(days=_DAYS_AGO[match["word"]])
    return _instant(day.year, day.month, day.day, match.groupdict(), local)


def _no_year(match: re.Match[str], local: tzinfo, now: datetime) -> datetime | None:
    """The latest such day that is not more than a day ahead of `now`."""
    part = match.groupdict()
    month, day = int(part["month"]), int(part["day"] or part["day2"])
    this_year = now.astimezone(local).year
    for year in range(this_year + 1, this_year - 9, -1):
        at = _instant(year, month, day, part, local)
        if at and at <= now + timedelta(days=1):
            return at
    return None


_Reader = Callable[[re.Match[str], tzinfo, datetime], datetime | None]
_RELATIVE: tuple[tuple[_Form, _Reader], ...] = (
    (_Form(r"刚刚|刚才|just\s+now"), _just_now),
    (_AGO, _ago),
    (_NAMED_DAY, _named_day),
    (_NO_YEAR, _no_year),
)
