from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from aggregator.store import columns

INSTANTS = [
    datetime(2022, 6, 14, 11, 54, 4, tzinfo=UTC),
    datetime(2026, 8, 1, 9, 30, 0, 1, tzinfo=UTC),
    datetime(2026, 8, 1, 9, 30, 59, 999_999, tzinfo=UTC),
    datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    datetime(1, 1, 1, tzinfo=UTC),
    datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    datetime(2026, 8, 1, 17, 30, tzinfo=timezone(timedelta(hours=8))),
]


@pytest.mark.parametrize("at", INSTANTS)
def test_instants_come_back_exact_and_in_utc(at: datetime) -> None:
    field = columns.InstantField()
    back = field.python_value(field.db_value(at))
    assert back == at
    assert back is not None
    assert back.tzinfo is UTC


def test_instants_sort_as_integers() -> None:
    ordered = sorted(INSTANTS)
    assert [columns.micros(at) for at in ordered] == sorted(columns.micros(at) for at in ordered)


def test_a_naive_datetime_is_a_bug() -> None:
    with pytest.raises(ValueError, match="without zone"):
        columns.micros(datetime(2026, 8, 1))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (columns.SpanField(), timedelta(seconds=90)),
        (columns.SpanField(), timedelta(days=3, microseconds=1)),
        (columns.DayField(), date(2022, 6, 14)),
        (columns.PrintField(), 0),
        (columns.PrintField(), 1 << 63),
        (columns.PrintField(), (1 << 64) - 1),
        (columns.JsonField(), {"标题": ["a", 1, None, {"b": 1.5}]}),
        (columns.DeflatedField(), "---\ntitle: 标题\n---\n<p>正文</p>"),
    ],
)
def test_values_come_back_as_they_went_in(field: Any, value: object) -> None:
    assert field.python_value(field.db_value(value)) == value
    assert field.db_value(None) is None
    assert field.python_value(None) is None


def test_prints_fit_a_signed_column() -> None:
    assert columns.PrintField().db_value((1 << 64) - 1) == -1


def test_json_is_readable_and_takes_dates() -> None:
    field = columns.JsonField()
    assert field.db_value({"日期": date(2022, 6, 14)}) == '{"日期":"2022-06-14"}'
    with pytest.raises(TypeError, match="no JSON value"):
        field.db_value({"x": object()})


HASHES = ["01" + "ab" * 20, "01" + "AB" * 20, "other", "h", "", "0", "zz" * 21]


@pytest.mark.parametrize("hash_", HASHES)
def test_hashes_come_back_and_take_half_the_room(hash_: str) -> None:
    field = columns.HashField()
    stored = field.db_value(hash_)
    assert field.python_value(stored) == hash_
    assert isinstance(stored, bytes) == (hash_ in (HASHES[0], ""))


@pytest.mark.parametrize("uid", ["urn:uuid:c866dbc9-4aeb-5dd4-b8b2-61b3d085719e", "urn:uuid:none", "x", "c866"])
def test_uids_come_back(uid: str) -> None:
    field = columns.UidField()
    stored = field.db_value(uid)
    assert field.python_value(stored) == uid
    assert isinstance(stored, bytes) == (len(uid) == 45)


def test_short_hashes_never_change() -> None:
    known = {"": 0, "entry-x": 2662075440, "条目": 2733170662, "\ud83d": 1168959801}
    assert {name: columns.short(name) for name in known} == known
