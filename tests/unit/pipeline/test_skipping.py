"""What is remembered of a feed's items, and when they may be left out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from aggregator.models import Document, FullText, Known, Subscription
from aggregator.models.articles import Completeness
from aggregator.pipeline import decide, labour, skipping
from tests.support.made import item, rss

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
FEED = Subscription("a", "甲", "https://a.example/feed", timedelta(minutes=5))
DEPENDS = skipping.about(FEED, FEED.url, "1")


def document(*items: str, frame: str = "", **changes: object) -> Document:
    body = rss(*items).replace("<title>样本</title>", f"<title>样本</title>{frame}", 1).encode()
    given = Document(FEED.url, FEED.url, 200, body, NOW, {"content-type": "application/xml"})
    return replace(given, **changes)  # type: ignore[arg-type]


def one(number: int, **changes: str) -> str:
    return item(
        **{"title": f"样本{number}", "link": f"https://a.example/{number}.html", "guid": f"g{number}"} | changes
    )


def read(document: Document) -> labour.Read:
    return labour.read_feed(document, FEED.timezone, FEED.language, depends=DEPENDS)


def memory(document: Document, known: dict[str, Known] | None = None) -> bytes:
    """What is remembered of a document whose entries are new, or known."""
    found = read(document)
    assert found.items is not None
    entries = found.parsed.entries
    selection = decide.select(entries, known or {})
    return skipping.remember(found.items, entries, entries, selection, FullText.AUTO)


def cut(now: Document, before: Document, depends: str = DEPENDS) -> skipping.Cut | None:
    return skipping.cut(now, depends, memory(before))


def test_only_what_is_new_is_left() -> None:
    found = cut(document(one(3), one(1), one(2)), document(one(1), one(2), one(0)))
    assert found is not None
    assert found.document == document(one(3))
    assert (found.left, len(found.rows)) == (1, 2)
    shortened = read(found.document)
    assert skipping.stands(found, shortened.parsed, shortened.items)


def test_a_feed_of_which_only_the_time_changed_has_nothing_left() -> None:
    before, now = (f"<lastBuildDate>{day}</lastBuildDate>" for day in "12")
    found = cut(document(one(1), frame=now), document(one(1), frame=before))
    assert found is not None
    assert found.document == document(frame=now)
    assert skipping.stands(found, read(found.document).parsed, None)


@pytest.mark.parametrize(
    "change",
    [
        {"frame": "<link>https://b.example/</link>"},
        {"final_url": "https://b.example/feed"},
        {"headers": {"content-type": "text/xml"}},
        {"url": "https://b.example/feed"},
    ],
    ids=str,
)
def test_under_another_head_nothing_is_known(change: dict[str, str]) -> None:
    assert cut(document(one(1), **change), document(one(1))) is None


@pytest.mark.parametrize(
    "change",
    [
        {"timezone": "UTC"},
        {"language": "en"},
        {"full_text": FullText.NEVER},
        {"categories": ("财经",)},
        {"url": "https://b.example/feed"},
    ],
    ids=str,
)
def test_under_another_config_nothing_is_known(change: dict[str, object]) -> None:
    other = skipping.about(replace(FEED, **change), FEED.url, "1")  # type: ignore[arg-type]
    assert cut(document(one(1)), document(one(1)), other) is None
    assert cut(document(one(1)), document(one(1)), skipping.about(FEED, "https://b.example/", "1")) is None
    assert cut(document(one(1)), document(one(1)), skipping.about(FEED, FEED.url, "2")) is None


def test_an_item_that_stands_twice_is_read() -> None:
    assert cut(document(one(1), one(1)), document(one(1))) is None


@pytest.mark.parametrize(
    ("new", "stands"),
    [
        (one(3), True),
        (one(3, guid="g1"), False),
        (one(3, link="https://a.example/1.html?utm_source=x"), False),
        (one(3, guid="g1 https://a.example/3.html"), False),
        (one(3, date="何时"), False),
        ("<item/>", False),
        ("<item><title/></item>", False),
        (one(3).replace("</item>", "<unknown/></item>"), False),
    ],
)
def test_a_new_item_under_a_name_that_was_left_out_has_all_read(new: str, stands: bool) -> None:
    found = cut(document(new, one(1)), document(one(1)))
    if found is not None:
        shortened = read(found.document)
        assert skipping.stands(found, shortened.parsed, shortened.items) is stands
    assert stands <= (found is not None)


def test_documents_share_their_id_as_well() -> None:
    first = one(1, link="https://finance.sina.com.cn/doc-iabcdefg1234567.shtml")
    other = one(2, link="https://finance.sina.cn/doc-iabcdefg1234567.d.html")
    found = cut(document(other, first), document(first))
    assert found is not None
    shortened = read(found.document)
    assert shortened.parsed.entries[0].docid == "abcdefg1234567"
    assert not skipping.stands(found, shortened.parsed, shortened.items)


@pytest.mark.parametrize(
    ("pair", "remembered"),
    [
        ((one(1), one(2)), 2),
        ((one(1), one(2, link="https://a.example/1.html")), 0),
        ((one(1), one(2, guid="g1")), 0),
        ((one(1), one(2, link="https://a.example/")), 1),
        ((one(1), one(2, body="一句话。")), 1),
        ((one(1), one(2, guid="g 2")), 1),
        ((one(1), one(2, title="", link="", body="", guid="g2")), 1),
    ],
)
def test_only_entries_that_stand_for_themselves_are_remembered(pair: tuple[str, str], remembered: int) -> None:
    assert len(memory(document(*pair))) == 16 + 28 * remembered


def test_an_entry_whose_page_is_wanted_is_remembered_once_it_is_known() -> None:
    thin = document(one(1, body="一句话。"))
    (entry,) = read(thin).parsed.entries
    known = Known(1, entry.stated_hash, None, Completeness.FULL, here=True)
    assert len(memory(thin)) == 16
    assert len(memory(thin, {entry.id: known})) == 16 + 28
    noted = replace(known, stated_hash=None)
    assert len(memory(document(one(1)), {entry.id: noted})) == 16


@pytest.mark.parametrize("date", ["5分钟前", "昨天 10:00", "何时"])
def test_a_document_whose_dates_move_or_are_none_is_not_remembered(date: str) -> None:
    assert read(document(one(1))).items is not None
    assert read(document(one(1, date=date))).items is None


@pytest.mark.parametrize(
    "body",
    [
        rss(one(1), "<item/>"),
        rss(one(1)).replace("<channel>", "<!-- x --><channel>").replace("<?xml", "<!DOCTYPE rss><?xml"),
        rss(one(1)).replace("</channel>", "<unknown/></channel>"),
        rss(one(1)).replace("</rss>", ""),
    ],
)
def test_a_document_that_is_out_of_the_ordinary_is_not_remembered(body: str) -> None:
    assert read(document(body=body.encode())).items is None


def test_no_more_than_so_many_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(skipping, "MOST", 2)
    assert len(memory(document(*map(one, range(9))))) == 16 + 2 * 28
