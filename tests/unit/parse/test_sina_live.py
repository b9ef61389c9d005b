"""The 7x24 feed: headlines, sources, tags, and what must never be kept."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from aggregator.models import Found

URL = "https://zhibo.sina.com.cn/api/zhibo/feed?page=1&page_size=2&zhibo_id=152&tag_id=0&dire=f&dpc=1"
DESKTOP = "https://finance.sina.com.cn/7x24/2026-10-16/doc-intzzaq2200020.shtml"
MOBILE = "https://finance.sina.cn/7x24/2026-10-16/detail-intzzaq2200020.d.html"
EXT = {
    "docurl": DESKTOP,
    "docid": "ntzzaqr2200020",
    "stocks": [{"market": "cn", "symbol": "sh600941", "key": "中国移动"}],
}


def row(**changes: Any) -> dict[str, Any]:
    facts = {
        "id": 5200020,
        "zhibo_id": 152,
        "rich_text": "【样本央行：保持流动性充裕】样本央行公告。（样本证券报）",
        "multimedia": "",
        "creator": "editor1@staff.example",
        "mender": "editor2@staff.example",
        "check_user": "editor3@staff.example",
        "create_time": "2026-10-16 18:04:51",
        "update_time": "2026-10-16 18:04:51",
        "is_delete": 0,
        "top_value": 0,
        "is_focus": 0,
        "ext": json.dumps(EXT),
        "tag": [{"id": "1", "name": "宏观"}, {"id": "7", "name": "央行"}],
        "comment_list": {"list": [{"nick": "用户甲", "area": "某省", "content": "读者的话"}]},
        "docurl": MOBILE,
    }
    return {name: value for name, value in {**facts, **changes}.items() if value is not ...}


def answer(*rows: Any, page: dict[str, Any] | None = None, top: Any = None) -> str:
    feed = {"list": list(rows) or None, "page_info": page if page is not None else {"page": 1, "totalPage": 1}}
    return json.dumps({"result": {"status": {"code": 0}, "data": {"feed": feed, "top": top or {"list": []}}}})


def test_a_row(read) -> None:
    parsed = read(answer(row()), url=URL)
    assert (parsed.format, parsed.problems) == ("sina-live", ())
    [entry] = parsed.entries
    assert (entry.id, entry.docid) == ("sina-live-152-5200020", "ntzzaqr2200020")
    assert (entry.title, entry.content) == ("样本央行：保持流动性充裕", "样本央行公告。（样本证券报）")
    assert (entry.link, entry.aliases) == (DESKTOP, (MOBILE,))
    assert entry.published == datetime(2026, 10, 16, 10, 4, 51, tzinfo=UTC)
    assert (entry.updated, entry.outlet, entry.categories) == (None, "样本证券报", ("宏观", "央行"))
    assert [(s.code, s.found, s.name) for s in entry.symbols] == [("600941.SH", Found.API, "中国移动")]
    assert (entry.flags, entry.deleted, entry.content_is_text) == ((), False, False)


def test_staff_and_readers_are_never_kept(read) -> None:
    kept = repr(read(answer(row()), url=URL))
    assert not any(word in kept for word in ("staff.example", "用户甲", "某省", "读者的话"))


@pytest.mark.parametrize(
    ("rich", "title", "content"),
    [
        ("【只有标题】", "只有标题", "只有标题"),
        ("\u200b　【标题】 正文。", "标题", "正文。"),
        ("【标题】<img src='//n.sinaimg.cn/a.png'/>", "标题", "<img src='//n.sinaimg.cn/a.png'/>"),
        ("【甲 &amp; 乙】x &quot;y&quot;", "甲 & 乙", "x &quot;y&quot;"),
        ("上调预期0.1个百分点。其余不变。", "上调预期0.1个百分点", "上调预期0.1个百分点。其余不变。"),
        ("涨了！又跌了。", "涨了！", "涨了！又跌了。"),
        ("第一行\n第二行", "第一行", "<p>第一行</p><p>第二行</p>"),
        ("前言【不是标题】", "前言【不是标题】", "前言【不是标题】"),
        ("长" * 100, "长" * 79 + "…", "长" * 100),
        ("【】空的标题", "【】空的标题", "【】空的标题"),
    ],
)
def test_headlines(read, rich: str, title: str, content: str) -> None:
    [entry] = read(answer(row(rich_text=rich)), url=URL).entries
    assert (entry.title, entry.content) == (title, content)


@pytest.mark.parametrize(
    ("ending", "outlet"),
    [
        ("（证券时报）", "证券时报"),
        ("(央视新闻)", "央视新闻"),
        ("（来源：样本财经）", "样本财经"),
        ("（新华社记者 某某）", "新华社"),
        ("（财联社）。", "财联社"),
        ("（重复发布）", None),
        ("（已删除）", None),
        ("（完）", None),
        ("（000000.SZ）", None),
        ("（证券时报）之后还有字", None),
        ("", None),
    ],
)
def test_outlets_at_the_end(read, ending: str, outlet: str | None) -> None:
    assert read(answer(row(rich_text=f"【标题】正文{ending}")), url=URL).entries[0].outlet == outlet


@pytest.mark.parametrize(
    ("changes", "link"),
    [
        ({}, DESKTOP),
        ({"ext": ""}, MOBILE),
        ({"ext": '{"docurl": "https://x'}, MOBILE),
        ({"ext": "[]"}, MOBILE),
        ({"ext": "", "docurl": ""}, "https://finance.sina.com.cn/7x24/#feed-5200020"),
        ({"ext": ..., "docurl": ...}, "https://finance.sina.com.cn/7x24/#feed-5200020"),
    ],
)
def test_links(read, changes: dict[str, Any], link: str) -> None:
    assert read(answer(row(**changes)), url=URL).entries[0].link == link


@pytest.mark.parametrize(
    ("changes", "flags", "deleted"),
    [
        ({"is_focus": 1}, ("focus",), False),
        ({"top_value": 2, "is_focus": "1"}, ("focus", "pinned"), False),
        ({"is_delete": 1}, (), True),
        ({"is_delete": "0", "top_value": None}, (), False),
    ],
)
def test_flags(read, changes: dict[str, Any], flags: tuple[str, ...], deleted: bool) -> None:
    [entry] = read(answer(row(**changes)), url=URL).entries
    assert (entry.flags, entry.deleted) == (flags, deleted)


def test_a_later_update_is_an_edit(read) -> None:
    [entry] = read(answer(row(update_time="2026-10-16 18:06:06")), url=URL).entries
    assert entry.updated == datetime(2026, 10, 16, 10, 6, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    "multimedia",
    [
        '<img src="http://n.sinaimg.cn/a.jpg" />',
        "http://n.sinaimg.cn/a.jpg",
        ["//n.sinaimg.cn/a.jpg"],
        {"img_url": ["https://n.sinaimg.cn/a.jpg"], "type": "img"},
        [{"url": "https://n.sinaimg.cn/a.jpg"}],
    ],
)
def test_pictures_in_every_form(read, multimedia: Any) -> None:
    [entry] = read(answer(row(multimedia=multimedia)), url=URL).entries
    assert [image.url for image in entry.images] == ["https://n.sinaimg.cn/a.jpg"]


def test_pinned_rows_count_once(read) -> None:
    parsed = read(answer(row(), row(id=1), top={"list": [row(id=1), row(id=2)]}), url=URL)
    assert [entry.id.rpartition("-")[2] for entry in parsed.entries] == ["5200020", "1", "2"]
    assert [entry.flags for entry in parsed.entries] == [(), ("pinned",), ("pinned",)]


def test_rows_without_text_or_id_are_reported(read) -> None:
    parsed = read(answer(row(rich_text=""), row(id=...), row(rich_text=None), row(), "x"), url=URL)
    assert len(parsed.entries) == 1
    assert parsed.problems == ("skipped 3 of 4 rows, for want of text or id",)


def test_past_the_end(read) -> None:
    parsed = read(answer(), url=URL)
    assert (parsed.entries, parsed.next_page, parsed.problems) == ((), None, ())


@pytest.mark.parametrize(
    ("page", "following"),
    [
        ({"page": 1, "totalPage": 45}, 2),
        ({"page": 45, "totalPage": 45}, None),
        ({"page": "3", "lastPage": "9"}, 4),
        ({}, None),
    ],
)
def test_paging(read, page: dict[str, Any], following: int | None) -> None:
    found = read(answer(row(), page=page), url=URL).next_page
    assert found == (URL.replace("page=1&", f"page={following}&", 1) if following else None)
