"""Sina's column API."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

URL = "https://interface.sina.cn/pc_api/public_news_data.d.json?cids=57045&pageSize=2&up=0"
PAGE = "https://finance.sina.com.cn/stock/usstock/c/2026-10-16/doc-intbbbc6000001.shtml"


def row(**changes: Any) -> dict[str, Any]:
    facts = {"docid": "ntbbbcd6000001", "title": "样本美股要闻", "url": PAGE, "wapurl": "", "ctime": 1792122600}
    facts |= {
        "media": "环球样本播报",
        "author": "",
        "intro": "简介。",
        "thumb": "//n.sinaimg.cn/bb.jpg",
        "tags": ["美股"],
    }
    return facts | changes


def answer(data: Any) -> str:
    return json.dumps({"status": {"code": 0, "msg": "ok"}, "data": data})


@pytest.mark.parametrize("changes", [{}, {"url": None, "pcurl": PAGE}, {"ctime": "1792122600"}])
def test_a_row(read, changes: dict[str, Any]) -> None:
    parsed = read(answer([row(**changes)]), url=URL)
    assert (parsed.format, parsed.problems, parsed.next_page) == ("sina-news", (), None)
    [entry] = parsed.entries
    assert (entry.id, entry.title, entry.link) == ("ntbbbcd6000001", "样本美股要闻", PAGE)
    assert (entry.outlet, entry.summary, entry.keywords) == ("环球样本播报", "简介。", ("美股",))
    assert entry.published == datetime(2026, 10, 16, 3, 50, tzinfo=UTC)
    assert entry.images[0].url == "https://n.sinaimg.cn/bb.jpg"


@pytest.mark.parametrize("data", [None, []])
def test_no_rows(read, data: Any) -> None:
    assert read(answer(data), url=URL).entries == ()


def test_rows_without_title_are_reported(read) -> None:
    parsed = read(answer([row(title=None), row(), 7]), url=URL)
    assert len(parsed.entries) == 1
    assert parsed.problems == ("skipped 2 of 3 rows, for want of a title or an address",)


def test_a_full_page_has_a_next_one(read) -> None:
    assert read(answer([row(), row()]), url=URL).next_page == URL.replace("up=0", "up=1")
