"""The list APIs and feeds of the stand-in origin, written from the newsroom's articles.

In: a `Newsroom`, the origin's own address, query values. Out: text of the answer. Called by the server's routes.
"""

from __future__ import annotations

import html
import json
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from tests.support.origin import pages
from tests.support.origin.newsroom import BEIJING, LISTS, Flash, Item, Newsroom
from tests.support.origin.words import WIRE

LIVE_ROOM = "152"


def roll(room: Newsroom, base: str, query: dict[str, str], now: int) -> str:
    """`/api/roll/get`: rows of one list, or code 11 (in a 200) for a pair that is not registered."""
    lid = query.get("lid", "")
    stamp = datetime.fromtimestamp(now, BEIJING).strftime("%a %b %d %H:%M:%S +0800 %Y")
    if (query.get("pageid", ""), lid) not in LISTS:
        status = {"code": 11, "msg": "样本：页面与列表没有登记"}
        return sina({"result": {"status": status, "timestamp": stamp, "data": []}}, query)
    listed = room.listed(lid)
    size = min(_number(query, "num", 20), 50)
    start = (max(_number(query, "page", 1), 1) - 1) * size
    rows = listed[start : start + size]
    result = {
        "status": {"code": 0, "msg": "succ"},
        "timestamp": stamp,
        "top": [],
        "pdps": [],
        "cre": [],
        "total": len(listed),
        "start": rows[0].ctime if rows else 0,
        "end": rows[-1].ctime if rows else 0,
        "lid": int(lid),
        "rtime": now,
        "data": [_row(one, base) for one in rows],
    }
    return sina({"result": result}, query)


def live(room: Newsroom, base: str, query: dict[str, str], now: int) -> str:
    """`/api/zhibo/feed`: 7x24 rows, newest first; `list` is null past the end."""
    flashes = list(room.flashes) if query.get("zhibo_id") == LIVE_ROOM else []
    size = min(_number(query, "page_size", 10), 100)
    page = max(_number(query, "page", 1), 1)
    rows = flashes[(page - 1) * size : page * size]
    last = max(1, -(-len(flashes) // size))
    feed = {
        "list": [_flash(one, base) for one in rows] or None,
        "html": "",
        "page_info": {"totalPage": last, "pageSize": size, "prePage": max(page - 1, 1), "nextPage": min(page + 1, last),
                      "firstPage": 1, "lastPage": last, "totalNum": len(flashes), "pName": "page", "page": page},
        "max_id": rows[0].id if rows else 0,
        "min_id": rows[-1].id if rows else 0,
    }  # fmt: skip
    stamp = datetime.fromtimestamp(now, BEIJING).strftime("%a %b %d %H:%M:%S +0800 %Y")
    data = {"zhibo": [], "focus": [], "top": {"list": [], "html": ""}, "feed": feed}
    return sina({"result": {"status": {"code": 0, "msg": "OK"}, "timestamp": stamp, "data": data}}, query)


def sina(answer: dict[str, Any], query: dict[str, str]) -> str:
    """JSON the way Sina writes it (`\\uXXXX`, `\\/`), inside the callback's try block when one is asked for."""
    text = json.dumps(answer, separators=(",", ":")).replace("/", "\\/")
    name = query.get("callback")
    return f"try{{{name}({text});}}catch(e){{}};" if name else text


def rss(room: Newsroom, base: str) -> str:
    """Another outlet's RSS 2.0 with full text: it retells every fourth article under the same title, the same day."""
    items = "".join(
        f"<item><title>{_text(one.title)}</title><description>{_text(_whole(one))}</description>"
        f'<link>{base}{one.wire_path}</link><guid isPermaLink="false">{WIRE}-{one.number}</guid>'
        f"<pubDate>{_gmt(one.ctime)}</pubDate><author>{WIRE}</author>"
        f'<source url="{base}/rss.xml">{WIRE}</source><category>{_text(one.keywords[-1])}</category></item>'
        for one in _newest(room, retold=True)
    )
    return _channel(WIRE, base, "/rss.xml", items)


def rsshub(room: Newsroom, base: str) -> str:
    """The roll as an RSSHub route prints it: addresses of the same articles, so they must be recognised."""
    items = "".join(
        f"<item><title>{_text(one.title)}</title><description>{_text(pages.inner(one, base))}</description>"
        f'<link>{base}{one.path}</link><guid isPermaLink="false">{base}{one.path}</guid>'
        f"<pubDate>{_gmt(one.ctime + 90)}</pubDate><author>{one.outlet}</author></item>"
        for one in _newest(room)
        if one.kind != "slide"
    )
    return _channel("样本财经－国内滚动", base, "/rsshub/sina/finance/china", items)


def thin(room: Newsroom, base: str) -> str:
    """Headlines and leads only: the text must be fetched, half of it from pages of the old template."""
    items = "".join(
        f"<item><title>{_text(one.title)}</title><description>{_text(one.paragraphs[0][:30])}…</description>"
        f"<link>{base}{old_path(one) if one.number % 2 else one.path}</link><pubDate>{_gmt(one.ctime)}</pubDate></item>"
        for one in _newest(room)
        if one.kind == "desktop"
    )
    return _channel("样本要闻（摘要）", base, "/thin.xml", items)


def atom(room: Newsroom, base: str) -> str:
    """Atom 1.0 with full text."""
    entries = "".join(
        f'<entry><id>urn:sample:{one.docid}</id><title type="text">{_text(one.title)}</title>'
        f'<link rel="alternate" href="{base}{one.wire_path}"/><published>{_iso(one.ctime)}</published><updated>{_iso(one.mtime)}</updated>'
        f'<author><name>{WIRE}</name></author><content type="html">{_text(_whole(one))}</content></entry>'
        for one in _newest(room, retold=True)
    )
    newest = max((one.mtime for one in room.items), default=room.opened)
    return (
        f'<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom" xml:lang="zh-CN"><id>urn:sample:atom</id>'
        f'<title>样本 Atom</title><link rel="self" href="{base}/atom.xml"/><link href="{base}/"/><updated>{_iso(newest)}</updated>{entries}</feed>'
    )


def jsonfeed(room: Newsroom, base: str) -> str:
    """JSON Feed 1.1 with full text."""
    items = [
        {"id": f"{WIRE}/{one.number}", "url": base + one.wire_path, "title": one.title, "content_html": _whole(one),
         "date_published": _iso(one.ctime), "date_modified": _iso(one.mtime), "authors": [{"name": WIRE}], "tags": list(one.keywords)}
        for one in _newest(room, retold=True)
    ]  # fmt: skip
    about = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "样本 JSON",
        "home_page_url": f"{base}/",
        "language": "zh-CN",
    }
    return json.dumps(about | {"feed_url": f"{base}/feed.json", "items": items}, ensure_ascii=False)


def old_path(item: Item) -> str:
    """Address of the old template: day, clock and number, no docid."""
    return f"/china/{item.clock('%Y%m%d')}/{item.clock('%H%M')}{item.number:08d}.shtml"


def _row(item: Item, base: str) -> dict[str, Any]:
    desktop, wap = base + item.path, base + item.mobile_path
    picture = (
        {"u": base + item.picture, "w": "320", "h": 180, "t": f"{item.company.name}（样本图）"}
        if item.picture
        else None
    )
    slide, video = item.kind == "slide", item.kind == "video"
    chart = {"stockCharts": "no", "stockCode": "", "stockMarket": "", "mulStockChart": "", "isStaticStock": ""}
    return {
        "icons": "", "is_cre_manual": "0", "hqChart": json.dumps(chart), "intime": str(item.mtime + 63), "channelid": "31",
        "ctime": str(item.ctime), "mtime": str(item.mtime), "authoruid": "0", "level": "2", "vid": f"59{item.number:07d}" if video else "0",
        "ipad_vid": "0", "video_time_length": "61000" if video else "0", "categoryid": "1", "mediaid": "0", "templateid": "0",
        "productid": "0", "ext_0": "0", "ext_1": "0", "ext_2": "0", "ext_3": "0", "ext_4": "0",
        "docid": f"slide:9-100-{item.number:06d}" if slide else f"comos:{item.docid}",
        "url": desktop, "urls": json.dumps([desktop]), "wapurl": "" if slide else wap, "wapurls": json.dumps([] if slide else [wap]),
        "wapsummary": "", "title": item.title, "stitle": "", "summary": "", "intro": f" {item.paragraphs[0][:48]}...", "author": "",
        "commentid": f"cj:comos-{item.docid}:0", "video_id": f"59{item.number:07d}" if video else "0", "keywords": "",
        "media_name": item.outlet, "columnid": "1834,1996", "subjectid": "", "img": picture or [], "images": [picture] if picture else [],
        "lids": ",".join(("295", *item.lids)), "oid": str(810_000_000 + item.number), "mlids": "", "ext": "1",
    }  # fmt: skip


def _flash(flash: Flash, base: str) -> dict[str, Any]:
    at, edited = (
        datetime.fromtimestamp(one, BEIJING).strftime("%Y-%m-%d %H:%M:%S") for one in (flash.at, flash.edited)
    )
    stock = {"market": "cn", "symbol": flash.company.raw, "key": flash.company.name}
    page = base + flash.page if flash.page else ""
    ext = {
        "stocks": [stock],
        "needPushWB": False,
        "needCMSLink": True,
        "terms": [],
        "docurl": page,
        "docid": flash.docid or "",
    }
    return {
        "id": flash.id, "zhibo_id": int(LIVE_ROOM), "type": 0, "rich_text": flash.text, "multimedia": "",
        "commentid": f"live:finance-152-{flash.id}:0", "compere_id": 0, "creator": "desk@example.invalid", "mender": "desk@example.invalid",
        "create_time": at, "update_time": edited, "is_need_check": "0", "check_time": "1970-01-01 08:00:01", "check_status": "1",
        "check_user": "", "is_delete": int(flash.deleted), "top_value": 0, "is_focus": int(flash.focus), "source_content_id": "0",
        "anchor": "", "ext": json.dumps(ext) if flash.id % 7 else "", "old_live_cid": "0", "tab": "", "is_repeat": "0",
        "tag": [{"id": number, "name": name} for number, name in flash.tags], "like_nums": 0,
        "comment_list": {"list": [{"nick": "样本读者", "content": "读者留言不应入库", "area": "样城"}], "total": 1},
        "docurl": page.replace("/china/", "/m/china/").replace("doc-i", "detail-i").replace(".shtml", ".d.html"),
        "rich_text_nick_to_url": [], "compere_info": "",
    }  # fmt: skip


def _newest(room: Newsroom, *, retold: bool = False) -> list[Item]:
    return [one for one in room.items if one.retold or not retold][:20]


def _channel(title: str, base: str, path: str, items: str) -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><rss xmlns:atom="http://www.w3.org/2005/Atom" version="2.0"><channel><title>{title}</title>'
        f'<link>{base}/</link><atom:link href="{base}{path}" rel="self" type="application/rss+xml"></atom:link>'
        f"<description>{title}</description><language>zh-CN</language><ttl>5</ttl>{items}</channel></rss>"
    )


def _whole(item: Item) -> str:
    return "".join(f"<p>{html.escape(one, quote=False)}</p>" for one in item.paragraphs)


def _text(value: str) -> str:
    return html.escape(value)


def _number(query: dict[str, str], name: str, default: int) -> int:
    value = query.get(name, "")
    return int(value) if value.isdecimal() else default


def _gmt(epoch: int) -> str:
    return format_datetime(datetime.fromtimestamp(epoch, UTC), usegmt=True)


def _iso(epoch: int) -> str:
    return datetime.fromtimestamp(epoch, BEIJING).isoformat()
