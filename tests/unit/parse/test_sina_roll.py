"""The roll API, with the holes and odd forms that its rows have."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from aggregator.models import Image

URL = "https://feed.mix.sina.com.cn/api/roll/get?pageid=384&lid=2519&k=&num=2&page=1&_=1792145100"
DESKTOP = "https://finance.sina.com.cn/china/2026-10-16/doc-intaaqwe1000101.shtml"
MOBILE = "https://finance.sina.cn/china/2026-10-16/detail-intaaqwe1000101.d.html"


def row(**changes: Any) -> dict[str, Any]:
    facts = {
        "docid": "comos:ntaaqwe1000101",
        "title": "示例央行开展逆回购操作",
        "stitle": "",
        "url": DESKTOP,
        "urls": json.dumps([DESKTOP]),
        "wapurl": MOBILE,
        "wapurls": json.dumps([MOBILE, MOBILE.replace("https", "http")]),
        "ctime": "1792144931",
        "mtime": "1792144991",
        "intime": "1792144994",
        "intro": "示例央行公告称。",
        "author": "0",
        "media_name": "示例财经",
        "keywords": "",
        "lids": "295,2519",
        "columnid": "1834",
        "subjectid": "",
        "oid": "910000101",
        "img": [],
        "images": [],
        "vid": "0",
        "comment_total": 12,
    }
    return {name: value for name, value in {**facts, **changes}.items() if value is not ...}


def answer(*rows: Any, code: Any = 0) -> str:
    return json.dumps(
        {"result": {"status": {"code": code, "msg": "succ"}, "data": rows, "total": 100_350, "lid": 2519}}
    )


def test_a_row(read) -> None:
    parsed = read(answer(row()), url=URL, language="zh-CN")
    assert (parsed.format, parsed.problems, parsed.next_page) == ("sina-roll", (), None)
    [entry] = parsed.entries
    assert (entry.id, entry.docid, entry.title) == ("ntaaqwe1000101", "ntaaqwe1000101", "示例央行开展逆回购操作")
    assert (entry.link, entry.aliases) == (DESKTOP, (MOBILE,))
    assert entry.published == datetime(2026, 10, 16, 10, 2, 11, tzinfo=UTC)
    assert entry.updated == datetime(2026, 10, 16, 10, 3, 11, tzinfo=UTC)
    assert (entry.outlet, entry.author, entry.summary, entry.content_is_text) == (
        "示例财经",
        None,
        "示例央行公告称。",
        True,
    )
    assert (entry.content, entry.language, entry.keywords, entry.images) == (None, "zh-CN", (), ())
    assert entry.extra == {"lids": ["295", "2519"], "columnid": ["1834"], "oid": "910000101"}


@pytest.mark.parametrize(
    "wrapped",
    ["try{{cb({0});}}catch(e){{}};", "cb({0})", "\n try {{ a.b$c (\n{0}\n) ; }} catch ( e ) {{ }} ;\n", "/**/cb({0});"],
)
def test_jsonp(read, wrapped: str) -> None:
    assert len(read(wrapped.format(answer(row())), url=URL).entries) == 1


def test_code_zero_may_be_a_string(read) -> None:
    assert read(answer(code="0"), url=URL).entries == ()


@pytest.mark.parametrize(
    ("changes", "published"),
    [
        ({"ctime": "0"}, 1792144994),
        ({"ctime": ...}, 1792144994),
        ({"ctime": 1792144931}, 1792144931),
        ({"ctime": "0", "intime": "0"}, None),
        ({"ctime": None, "intime": ...}, None),
    ],
)
def test_publish_time_falls_back_to_the_time_of_entry(read, changes: dict[str, Any], published: int | None) -> None:
    [entry] = read(answer(row(**changes)), url=URL).entries
    assert entry.published == (datetime.fromtimestamp(published, UTC) if published else None)


@pytest.mark.parametrize("mtime", ["0", "", None, ..., "x"])
def test_no_edit_time(read, mtime: Any) -> None:
    assert read(answer(row(mtime=mtime)), url=URL).entries[0].updated is None


@pytest.mark.parametrize(
    ("changes", "link", "docid"),
    [
        ({"url": DESKTOP.replace("https", "http")}, DESKTOP.replace("https", "http"), "ntaaqwe1000101"),
        ({"url": f"https://cj.sina.cn/article/norm_detail?url={DESKTOP}&from=redirect"}, DESKTOP, "ntaaqwe1000101"),
        ({"url": ""}, DESKTOP, "ntaaqwe1000101"),
        ({"url": "", "urls": "broken [", "wapurls": "[]"}, MOBILE, "ntaaqwe1000101"),
        ({"url": MOBILE}, MOBILE, "ntaaqwe1000101"),
        ({"docid": ...}, DESKTOP, "ntaaqwe1000101"),
        ({"docid": "slide:9-100-700001", "url": "http://slide.finance.sina.com.cn/slide_9_100_700001.html"},
         "http://slide.finance.sina.com.cn/slide_9_100_700001.html", "9-100-700001"),
    ],
)  # fmt: skip
def test_addresses_and_ids(read, changes: dict[str, Any], link: str, docid: str) -> None:
    [entry] = read(answer(row(**changes)), url=URL).entries
    assert (entry.link, entry.docid, entry.id) == (link, docid, docid)
    assert link not in entry.aliases


def test_a_self_media_row_without_docid_is_known_by_its_address(read) -> None:
    url = "https://cj.sina.com.cn/articles/view/7000000001/1a13b860100100abcd"
    [entry] = read(answer(row(docid="", url=url, urls="", wapurl="", wapurls="")), url=URL).entries
    assert (entry.id, entry.docid) == (url.removeprefix("https://"), None)


def test_one_document_twice_stays_two_entries_in_order(read) -> None:
    parsed = read(answer(row(), row(title="更新", mtime="1792145402"), row(url=MOBILE)), url=URL)
    assert [entry.id for entry in parsed.entries] == ["ntaaqwe1000101"] * 3
    assert [entry.title for entry in parsed.entries][1] == "更新"


def test_rows_without_title_and_address_are_skipped_and_reported(read) -> None:
    parsed = read(answer(row(title="", url=""), row(title="", url=DESKTOP), row(title="甲", url=""), None, 3), url=URL)
    assert len(parsed.entries) == 2
    assert parsed.problems == ("skipped 3 of 5 rows, for want of title and address",)


@pytest.mark.parametrize(
    ("stated", "title"),
    [
        ("&quot;新规&quot;落地 &amp; 调整", '"新规"落地 & 调整'),
        (" 样本：　　关于调整 \n", "样本： 关于调整"),
        ("关于<条例>的<b>决定</b>", "关于<条例>的决定"),
    ],
)
def test_titles_are_cleaned(read, stated: str, title: str) -> None:
    assert read(answer(row(title=stated)), url=URL).entries[0].title == title


def test_pictures(read) -> None:
    [entry] = read(
        answer(
            row(
                images=[
                    {"u": "http://n.sinaimg.cn/a.png", "w": "550", "h": 315, "t": "说明 &amp; 图"},
                    {"u": "//n.sinaimg.cn/b.png", "w": "", "h": None, "t": ""},
                    {"u": "javascript:x"},
                    "x",
                ],
                img={"u": "http://n.sinaimg.cn/x/wx_poster_finance1.png", "w": 100},
            )
        ),
        url=URL,
    ).entries
    assert entry.images == (
        Image("https://n.sinaimg.cn/a.png", "说明 & 图", 550, 315),
        Image("https://n.sinaimg.cn/b.png"),
    )


def test_video_and_keywords(read) -> None:
    [entry] = read(
        answer(row(vid="59700010001", video_time_length="1274660", keywords="丙丁药业,创新药 获批")), url=URL
    ).entries
    assert entry.keywords == ("丙丁药业", "创新药", "获批")
    assert (entry.extra["video_id"], entry.extra["video_milliseconds"]) == ("59700010001", 1274660)


@pytest.mark.parametrize(
    ("rows", "query", "following"),
    [
        (2, "num=2&page=1", "num=2&page=2"),
        (2, "num=2", "num=2&page=2"),
        (1, "num=2&page=1", None),
        (0, "num=2&page=9", None),
        (2, "page=1", None),
        (50, "num=100&page=3", "num=100&page=4"),
        (49, "num=100&page=3", None),
    ],
)
def test_the_next_page_follows_a_full_one(read, rows: int, query: str, following: str | None) -> None:
    base = "https://feed.mix.sina.com.cn/api/roll/get?lid=2519&"
    found = read(answer(*[row()] * rows), url=base + query).next_page
    assert found == (base + following if following else None)
