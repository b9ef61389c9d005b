from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from aggregator.models import Completeness, Entry, Known
from aggregator.pipeline import reuse

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
ENTRY = Entry("guid-1", "今日早报（二）", "https://news.example/2", published=NOW)
SEEN = Known(1, "hash", None, Completeness.FULL, title="今日早报（一）", published=NOW - timedelta(days=1))


def resolved(known: dict[str, Known], entry: Entry = ENTRY) -> str:
    (one,) = reuse.resolve([entry], known)
    return one.id


def longer_id() -> str:
    (_, longer) = reuse.both([ENTRY])
    return longer.id


def test_a_used_id_with_another_title_time_and_address_is_another_article() -> None:
    assert resolved({"guid-1": SEEN}) == longer_id()
    assert longer_id().startswith("guid-1 ")


def test_it_keeps_that_id_ever_after() -> None:
    stored = replace(SEEN, article_id=2, title=ENTRY.title, published=NOW)
    assert resolved({"guid-1": SEEN, longer_id(): stored}) == longer_id()


@pytest.mark.parametrize(
    "edit",
    [{"title": "快讯：今日早报（一）"}, {"published": SEEN.published}, {"published": None}],
    ids=["same title", "same time", "no time"],
)
def test_an_edit_keeps_the_id(edit: dict[str, object]) -> None:
    assert resolved({"guid-1": SEEN}, replace(ENTRY, **edit)) == "guid-1"


def test_the_same_address_is_the_same_article() -> None:
    by_address = replace(SEEN, stated_hash=None, by_address=True)
    assert resolved({"guid-1": SEEN, longer_id(): by_address}) == "guid-1"


@pytest.mark.parametrize(
    "entry",
    [
        replace(ENTRY, id="https://news.example/2"),
        replace(ENTRY, docid="ntaaqwe1000101"),
        replace(ENTRY, link=None),
        replace(ENTRY, shares_link=True),
    ],
    ids=["guid is the link", "docid", "no link", "shared link"],
)
def test_ids_that_need_no_look_are_not_looked_up(entry: Entry) -> None:
    assert reuse.both([entry]) == [entry]
    assert resolved({entry.id: SEEN}, entry) == entry.id
