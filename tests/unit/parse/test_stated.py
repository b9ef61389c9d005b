"""Rules that hold for every format: ids, links, texts."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from aggregator.parse import stated
from aggregator.parse.feedtext import FeedText
from aggregator.parse.stated import Stated


def build(*items: Stated, base: str = "https://feeds.example/a/f.xml"):
    now = datetime(2026, 10, 16, tzinfo=UTC)
    return stated.entries(items, FeedText("", base, base, "Asia/Shanghai", None, now))


DOC = "https://finance.sina.com.cn/china/2026-10-16/doc-intaaqwe1000101.shtml"
WRAPPED = "https://cj.sina.cn/article/norm_detail?url=https%3A%2F%2Ffinance.sina.com.cn%2Fchina%2F2026-10-16%2Fdoc-intaaqwe1000101.shtml"


@pytest.mark.parametrize(
    ("item", "entry_id", "docid"),
    [
        (Stated(title="a", guid=" g1 ", link=DOC), "g1", "ntaaqwe1000101"),
        (Stated(title="a", link=DOC), "ntaaqwe1000101", "ntaaqwe1000101"),
        (Stated(title="a", link=WRAPPED), "ntaaqwe1000101", "ntaaqwe1000101"),
        (Stated(title="a", guid=DOC), DOC, "ntaaqwe1000101"),
        (Stated(title="a", link="https://A.example/1?utm_source=x#top"), "a.example/1", None),
        (Stated(title="a", guid="/posts/1"), "https://feeds.example/posts/1", None),
    ],
)
def test_ids(item: Stated, entry_id: str, docid: str | None) -> None:
    [entry] = build(item)
    assert (entry.id, entry.docid) == (entry_id, docid)


def test_an_id_from_title_and_date_is_stable_and_tells_days_apart() -> None:
    one, again, other = (
        build(Stated(title="收评", published=f"2026-10-{day} 15:00:00"))[0].id for day in ("16", "16", "17")
    )
    assert one == again
    assert one != other


def test_a_guid_stands_for_a_missing_link_only_when_it_is_an_address() -> None:
    address, name, stated_not = build(
        Stated(guid="https://a.example/1", guid_is_link=True),
        Stated(guid="abc", guid_is_link=True),
        Stated(guid="https://a.example/2", guid_is_link=False),
    )
    assert (address.link, name.link, stated_not.link) == ("https://a.example/1", None, None)


def test_different_articles_under_one_guid_are_told_apart() -> None:
    first, second, third = build(
        Stated(title="甲", guid="0", link="https://a.example/1"),
        Stated(title="乙", guid="0", link="https://a.example/2"),
        Stated(title="丙", guid="1", link="https://a.example/3"),
    )
    assert len({first.id, second.id, third.id}) == 3
    assert third.id == "1"
    assert (first.id, second.id) == ("0 a.example/1", "0 a.example/2")


def test_two_states_of_one_article_keep_one_id() -> None:
    before, after = build(
        Stated(title="甲", guid="0", link="https://a.example/1"),
        Stated(title="甲（更新）", guid="0", link="http://a.example/1"),
    )
    assert before.id == after.id == "0"


def test_same_guid_without_links_is_told_apart_by_title() -> None:
    one, other = build(Stated(title="甲", guid="0"), Stated(title="乙", guid="0"))
    assert one.id != other.id


def test_the_longer_text_is_the_content() -> None:
    [swapped, alone, equal] = build(
        Stated(guid="1", summary="<p>a long text</p>", content="short"),
        Stated(guid="2", summary="short", content=" "),
        Stated(guid="3", summary="same", content="same"),
    )
    assert (swapped.summary, swapped.content) == ("short", "<p>a long text</p>")
    assert (alone.summary, alone.content) == ("short", None)
    assert (equal.summary, equal.content) == (None, "same")


@pytest.mark.parametrize(
    ("ttl", "period", "frequency", "minutes"),
    [
        ("5", None, None, 5),
        ("0", "hourly", None, 60),
        ("soon", "daily", "4", 360),
        (None, "hourly", "x", 60),
        (None, "never", "1", None),
        (None, None, None, None),
    ],
)
def test_lifetime(ttl: str | None, period: str | None, frequency: str | None, minutes: int | None) -> None:
    found = stated.lifetime(ttl, period, frequency)
    assert (found.total_seconds() / 60 if found else None) == minutes


@pytest.mark.parametrize(
    ("site", "base"),
    [
        (None, "https://mirror.example/f"),
        ("https://site.example/news/", "https://site.example/news/"),
        ("https://mirror.example/site/", "https://mirror.example/f"),
    ],
)
def test_link_base(site: str | None, base: str) -> None:
    assert stated.link_base("https://mirror.example/f", site) == base
