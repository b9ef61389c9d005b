"""The language of searches: what a person types, taken apart.

In: `央行 "公开市场" -基金 title:降准 outlet:示例日报 after:2026-11`. Out: models.Query. Called by store/search.py, app
and web. Clauses are divided by blanks, and all must hold; there are no other operators, so that AND, NEAR, * and ^ are
words or signs like any others. One walk over the text, in linear time. Full-width signs, and the quotes of Chinese
keyboards, count as the ASCII ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple

from aggregator.errors import QueryError
from aggregator.kit import dates, searchwords
from aggregator.models import Query, Without

#: Characters of a search, and its clauses, at most.
LONGEST = 1_000
MOST = 50

#: Fields by each of their names.
FIELDS = {
    "title": "title", "标题": "title",
    "outlet": "outlet", "媒体": "outlet", "来源": "outlet",
    "symbol": "symbol", "代码": "symbol",
    "category": "category", "分类": "category",
    "feed": "feed", "订阅": "feed",
    "after": "after", "起": "after",
    "before": "before", "止": "before",
}  # fmt: skip

_SIGNS = str.maketrans({"：": ":"} | dict.fromkeys("“”„‟＂「」『』", '"') | dict.fromkeys("－−﹣", "-"))
# Controls, lone surrogates, marks of direction and invisible characters divide words.
_BLANK = re.compile("[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2064\ud800-\udfff\ufeff\ufffe\uffff]")
_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{1,2})(?:-([0-9]{1,2}))?|([0-9]{2})([0-9]{2})?)?")
_DIVIDERS = str.maketrans("/.年月", "----")
_AGO = re.compile(r"([0-9]{1,4})(h|d|w|小时|天|周)")
_UNITS = {"h": "hours", "小时": "hours", "d": "days", "天": "days", "w": "weeks", "周": "weeks"}
_DAYS = {"今天": 0, "今日": 0, "today": 0, "昨天": 1, "昨日": 1, "yesterday": 1, "前天": 2}


#: Field of a Query -> kind of clause.
_HELD = {"words": "word", "phrases": "phrase", "title": "title", "outlets": "outlet", "symbols": "symbol",
         "categories": "category", "feeds": "feed"}  # fmt: skip


class _Clause(NamedTuple):
    start: int  #: where it stands in the text
    minus: bool
    field: str  #: '' for none
    value: str
    quoted: bool


def parse(text: str, now: datetime | None = None) -> Query:
    """Read a search; `now`: what today and 7d are counted from (None: the clock of this machine).

    A quote that is not closed ends with the text. Words without a letter or digit are left out: nothing could hold
    them. Raises QueryError for a field or date that is none, a field without a value, and for too much.
    """
    if len(text) > LONGEST:
        what, mend = f"it has {len(text):,} characters", f"write at most {LONGEST:,}"
        raise QueryError("long", LONGEST, what, mend, n=f"{len(text):,}", most=f"{LONGEST:,}")
    held: dict[str, dict[str, None]] = {}
    without: dict[Without, None] = {}
    since: datetime | None = None
    until: datetime | None = None
    for number, clause in enumerate(_clauses(_BLANK.sub(" ", text))):
        if number >= MOST:
            raise QueryError("many", clause.start, f"it has more than {MOST} words", "leave some out", most=MOST)
        if clause.field in ("after", "before"):
            instant = _instant(clause, now or datetime.now(UTC))
            if clause.field == "after":
                since = max(since or instant, instant)
            else:
                until = min(until or instant, instant)
        elif value := _value(clause):
            if clause.minus:
                without[Without(clause.field, value)] = None
            else:
                held.setdefault(clause.field or ("phrase" if clause.quoted else "word"), {})[value] = None
    values = {name: tuple(held.get(kind, ())) for name, kind in _HELD.items()}
    return Query(**values, without=tuple(without), since=since, until=until, text=text)


def _clauses(text: str) -> Iterator[_Clause]:
    signs = text.translate(_SIGNS)
    place, end = 0, len(signs)
    while place < end:
        if signs[place].isspace():
            place += 1
            continue
        start = place
        while place < end and signs[place] == "-":
            place += 1
        minus = place > start
        field, place = _field(text, signs, place)
        quoted = signs[place : place + 1] == '"'
        if quoted:
            close = signs.find('"', place + 1)
            close = end if close < 0 else close
            value = text[place + 1 : close].strip()
            place = close + 1
        else:
            close = _until(signs, place, '"')
            value, place = text[place:close], close
        if field and not value:
            what, mend = f"nothing stands behind {field}:", f"write {field}:WORD, without a blank between"
            raise QueryError("empty", start, what, mend, field=field)
        if value:
            yield _Clause(start, minus, field, value, quoted)


def _field(text: str, signs: str, start: int) -> tuple[str, int]:
    """The field that a clause begins with, '' for none, and where its value begins."""
    colon = _until(signs, start, '":')
    if signs[colon : colon + 1] != ":":
        return "", start
    name = signs[start:colon].lower()
    if field := FIELDS.get(name):
        return field, colon + 1
    # `快讯：`, `AI：`, `12:30` and `https://` are how headlines and addresses are written.
    if name.isascii() and name.isalpha() and text[colon] == ":" and not signs.startswith("//", colon + 1):
        known = ", ".join(name for name in FIELDS if name.isascii())
        what, mend = f"{name}: is no field", f"there are {known}; words with a colon go in quotes"
        raise QueryError("field", start, what, mend, field=name, known=known)
    return "", start


def _until(signs: str, place: int, stops: str) -> int:
    """Where a blank or one of `stops` stands, or the end."""
    while place < len(signs) and signs[place] not in stops and not signs[place].isspace():
        place += 1
    return place


def _value(clause: _Clause) -> str:
    """The value of a clause in one form; '' where nothing could have it."""
    if clause.field == "symbol":
        from aggregator.kit import symbols  # only where a search names one

        return symbols.typed(clause.value)
    if clause.field in ("", "title"):
        return " ".join(clause.value.split()) if searchwords.phrase(clause.value) else ""
    return clause.value


def _instant(clause: _Clause, now: datetime) -> datetime:
    """The instant that a date names: its beginning, in Beijing."""
    found = None if clause.minus else _read(clause.value.translate(_SIGNS).lower(), now.astimezone(dates.BEIJING))
    if found is None:
        told = f"-{clause.field}" if clause.minus else clause.field
        mend = f"write {clause.field}:2026-11-23, {clause.field}:2026-11, {clause.field}:today or {clause.field}:7d"
        value = f"{told}:{clause.value[:40]}"
        raise QueryError("date", clause.start, f"{value} is no date", mend, value=value, field=clause.field)
    return found.astimezone(UTC)


def _read(word: str, here: datetime) -> datetime | None:
    today = datetime.combine(here.date(), time(), dates.BEIJING)
    try:
        if word in _DAYS:
            return today - timedelta(days=_DAYS[word])
        if ago := _AGO.fullmatch(word):
            unit = _UNITS[ago[2]]
            # Days begin at midnight, so that the same search means the same all day long.
            return (here if unit == "hours" else today) - timedelta(**{unit: int(ago[1])})
        if date := _DATE.fullmatch(word.translate(_DIVIDERS).rstrip("日-")):
            year, month, day = int(date[1]), int(date[2] or date[4] or 1), int(date[3] or date[5] or 1)
            given = datetime(year, month, day, tzinfo=dates.BEIJING)
        else:
            given = datetime.fromisoformat(word.upper())
    except (ValueError, OverflowError):
        return None
    given = given if given.tzinfo else given.replace(tzinfo=dates.BEIJING)
    return given if 1970 <= given.year <= 2100 else None
