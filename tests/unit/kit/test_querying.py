from __future__ import annotations

import contextlib
import random
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.errors import QueryError
from aggregator.kit import querying
from aggregator.models import Query, Without

#: 00:30 in Beijing, a Monday.
NOW = datetime(2026, 11, 22, 16, 30, tzinfo=UTC)


def parse(text: str) -> Query:
    return querying.parse(text, NOW)


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("", {}),
        ("　 \t", {}),
        ("央行 降准", {"words": ("央行", "降准")}),
        ("央行 央行", {"words": ("央行",)}),
        ('"公开 市场"', {"phrases": ("公开 市场",)}),
        ("“公开市场”操作", {"words": ("操作",), "phrases": ("公开市场",)}),
        ('央行"降准', {"words": ("央行",), "phrases": ("降准",)}),
        ("。！ ，", {}),
        ('"" - -。', {}),
        ("-基金 －债券 -“国 债”", {"without": (("", "基金"), ("", "债券"), ("", "国 债"))}),
        ("title:降准 标题：“央行 降准”", {"title": ("降准", "央行 降准")}),
        ("-title:降准", {"without": (("title", "降准"),)}),
        ("outlet:示例日报 媒体：“样本 报”", {"outlets": ("示例日报", "样本 报")}),
        ("-outlet:示例日报", {"without": (("outlet", "示例日报"),)}),
        ("symbol:600941.SH symbol:sh600941 symbol:xyz1", {"symbols": ("600941.SH", "XYZ1")}),
        ("category:金融 feed:yaowen", {"categories": ("金融",), "feeds": ("yaowen",)}),
        ("TITLE:GDP", {"title": ("GDP",)}),
        ("快讯：央行 AI：未来 12:30 https://a.example/b", {"words": ("快讯：央行", "AI：未来", "12:30", "https://a.example/b")}),
        ("AND NEAR( a* ^b {c} +d", {"words": ("AND", "NEAR(", "a*", "^b", "{c}", "+d")}),
        ("a\x00b \ud800c", {"words": ("a", "b", "c")}),
        ("5%", {"words": ("5%",)}),
    ],
)  # fmt: skip
def test_clauses(text: str, means: dict[str, Any]) -> None:
    means["without"] = tuple(Without(*one) for one in means.get("without", ()))
    assert parse(text) == Query(**means)


@pytest.mark.parametrize(
    ("word", "instant"),
    [
        ("2026-11-23", "2026-11-22T16:00"),
        ("20261123", "2026-11-22T16:00"),
        ("2026/11/3", "2026-11-02T16:00"),
        ("2026年11月23日", "2026-11-22T16:00"),
        ("2026年11月", "2026-10-31T16:00"),
        ("2026-11", "2026-10-31T16:00"),
        ("202611", "2026-10-31T16:00"),
        ("2026", "2025-12-31T16:00"),
        ("2026-11-23T08:30", "2026-11-23T00:30"),
        ("2026-11-23T08:30:00Z", "2026-11-23T08:30"),
        ("今天", "2026-11-22T16:00"),
        ("Today", "2026-11-22T16:00"),
        ("昨天", "2026-11-21T16:00"),
        ("yesterday", "2026-11-21T16:00"),
        ("7d", "2026-11-15T16:00"),
        ("2周", "2026-11-08T16:00"),
        ("3h", "2026-11-22T13:30"),
    ],
)
def test_dates_begin_in_beijing(word: str, instant: str) -> None:
    wanted = datetime.fromisoformat(instant).replace(tzinfo=UTC)
    assert parse(f"after:{word}") == Query(since=wanted)
    assert parse(f"止：{word}") == Query(until=wanted)


def test_the_narrower_of_two_dates_counts() -> None:
    assert parse("after:2026-10 after:2026-11 before:2026-12 before:2027") == parse("after:2026-11 before:2026-12")


@pytest.mark.parametrize(
    ("text", "position", "words"),
    [
        ("央行 colour:red", 3, "colour: is no field; there are title, outlet, symbol"),
        ("title:", 0, "nothing stands behind title:; write title:WORD"),
        ('a outlet:"" b', 2, "nothing stands behind outlet:"),
        ("after:2026-02-30", 0, "after:2026-02-30 is no date; write after:2026-11-23"),
        ("after:0001", 0, "is no date"),
        ("after:9999999d", 0, "is no date"),
        ("after:9999-12-31T23:59:59.999999-12:00", 0, "is no date"),
        ("x -before:today", 2, "-before:today is no date"),
        ("央" * 1001, 1000, "1,001 characters; write at most 1,000"),
        (" ".join("央" * 51), 100, "more than 50 words; leave some out"),
        ("行" * 10_000, 1000, "10,000 characters"),
    ],
)
def test_mistakes_are_told_with_their_place(text: str, position: int, words: str) -> None:
    with pytest.raises(QueryError, match="search, at character") as told:
        parse(text)
    assert told.value.position == position
    assert words in str(told.value)


def test_a_thousand_quotes_are_nothing() -> None:
    assert parse('"' * 1000) == Query()


SIGNS = st.sampled_from(
    [*'央行证券gdp5.:："“”- －\x00　', "title:", "outlet:", "symbol:", "after:2026", "-", "\ud800", "é", "𠀀"]
)


@given(st.lists(SIGNS, max_size=40).map("".join))
def test_the_canonical_form_reads_as_the_query(text: str) -> None:
    try:
        query = parse(text)
    except QueryError:
        return
    assert parse(str(query)) == query
    assert str(parse(str(query))) == str(query)
    assert query.text == text


def test_values_that_nobody_typed_have_a_form_too() -> None:
    query = Query(outlets=('a "b" c',), since=datetime(2026, 1, 1, 1, 2, 3, tzinfo=UTC), without=(Without("", "x:y"),))
    assert str(query) == 'outlet:"a  b  c" after:2026-01-01T09:02:03 -"x:y"'


def test_reading_takes_time_by_length_only() -> None:
    chance = random.Random(5)
    worst = max(["".join(chance.choice('":- a央') for _ in range(999)) for _ in range(50)], key=_seconds)
    assert _seconds(worst) < 5  # milliseconds, in fact


def _seconds(text: str) -> float:
    start = time.process_time()
    with_mistakes = text.replace("a:", "")
    with contextlib.suppress(QueryError):
        parse(with_mistakes)
    return time.process_time() - start
