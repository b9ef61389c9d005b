"""Sina's 7x24 live feed: `zhibo.sina.com.cn/api/zhibo/feed?zhibo_id=152&page=1&page_size=50`, as JSON or JSONP.

In: a FeedText whose value has `result.data.feed`; sniff has checked the status. Out: ParsedFeed, newest row first.

A row is a flash: `rich_text` (HTML in parts) with its headline in 【】, Beijing times without a zone, an `id` that
grows by one, and `ext`, JSON inside a string that may be empty or broken. `list` is null past the end. Only the last
900 rows can be paged. `creator`, `mender` and `check_user` are staff mail addresses and `comment_list` holds readers'
names and places: neither is ever read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from aggregator.kit import symbols, text, urls
from aggregator.models import Entry, Feed, Found, ParsedFeed, Symbol
from aggregator.parse import sina
from aggregator.parse.feedtext import FeedText, counted

_FLASH_PAGE = "https://finance.sina.com.cn/7x24/#feed-{}"
_HEADLINE_LENGTH = 80
_LEADING = " \t\r\n\u3000\u00a0\u200b\ufeff"
_BRACKETED = re.compile(r"【([^【】]{1,300})】")
_SENTENCE_END = re.compile(r"[。！？!?\n]")
_BLOCK = re.compile(r"<(?:p|div|br|table|ul|ol|blockquote|h[1-6])\b", re.IGNORECASE)
_PICTURE = re.compile(r"""<img\b[^>]*?\bsrc\s*=\s*["']?([^"'\s>]+)""", re.IGNORECASE)
_TRAILING = re.compile(r"[（(]([^（）()]{2,24})[）)][\s。]*\Z")
_OUTLET = re.compile(
    r"(?:来源[:：]\s*|据)?(?P<name>[^\s，。；：:]*(?:报|社|网|台|闻|刊|财经|资讯|通讯|证券|杂志|在线|客户端|见闻|路透|彭博|央视|新华|Wind))"
    r"(?:记者.{0,12})?\Z"
)


def read(feed: FeedText) -> ParsedFeed:
    """Read one page of the live feed. A row without text is skipped and reported; a withdrawn one comes back marked."""
    data = feed.value["result"]["data"]
    listed = _rows(data["feed"].get("list"))
    top = data.get("top")
    pinned = _rows(top.get("list")) if isinstance(top, Mapping) else []
    pinned_ids = {row.get("id") for row in pinned}
    seen = {row.get("id") for row in listed}
    rows = listed + [row for row in pinned if row.get("id") not in seen]
    entries = [entry for row in rows if (entry := _entry(row, feed, pinned=row.get("id") in pinned_ids)) is not None]
    if skipped := len(rows) - len(entries):
        feed.problems.append(f"skipped {skipped} of {counted(len(rows), 'row')}, for want of text or id")
    feed.complain(len(entries))
    return ParsedFeed(
        feed=Feed(),
        entries=tuple(entries),
        format="sina-live",
        next_page=_next_page(feed.url, data["feed"].get("page_info"), len(listed)),
    )


def _rows(value: Any) -> list[dict[str, Any]]:
    return [row for row in sina.listed(value) if isinstance(row, dict)]


def _entry(row: dict[str, Any], feed: FeedText, *, pinned: bool) -> Entry | None:
    number, rich = sina.said(row, "id"), text.strip_controls(sina.raw(row, "rich_text")).strip(_LEADING)
    if not number or not rich:
        return None
    title, content = _headline(rich)
    ext = _ext(row.get("ext"))
    channel = sina.said(row, "zhibo_id") or str(sina.asked(feed.url, "zhibo_id") or "")
    link = sina.address(ext.get("docurl")) or sina.address(row.get("docurl")) or _FLASH_PAGE.format(number)
    published, updated = feed.when(sina.raw(row, "create_time")), feed.when(sina.raw(row, "update_time"))
    flags = ("focus",) * (sina.number(row, "is_focus") > 0) + ("pinned",) * (
        pinned or sina.number(row, "top_value") > 0
    )
    return Entry(
        id=f"sina-live-{channel}-{number}",
        title=title,
        link=link,
        aliases=sina.others(link, [row.get("docurl")]),
        docid=sina.docid(ext.get("docid")) or urls.docid(link),
        published=published,
        updated=updated if updated and published and updated > published else None,
        outlet=_outlet(text.plain(rich)),
        content=content,
        categories=_tags(row.get("tag")),
        symbols=_symbols(ext.get("stocks")),
        images=sina.pictures(_picture_addresses(rich, row.get("multimedia"))),
        language=feed.language,
        deleted=sina.number(row, "is_delete") > 0,
        flags=flags,
        extra={"zhibo_id": channel} if channel else {},
    )


def _headline(rich: str) -> tuple[str, str]:
    """Headline as plain text, and the text without it as HTML (the headline again when nothing follows it).

    A headline stands in 【】 at the start. Without one it is the first sentence, and the text stays whole.
    """
    if (bracketed := _BRACKETED.match(rich)) and (title := text.title(bracketed[1])):
        rest = rich[bracketed.end() :].strip(_LEADING)
        return title, _paragraphs(rest if text.plain(rest) or "<img" in rest.lower() else bracketed[1])
    plain = text.plain(rich).strip(_LEADING)
    end = _SENTENCE_END.search(plain)
    sentence = plain[: end.start() if end and end[0] in "。\n" else end.end()] if end else plain
    return text.truncate(text.line(sentence) or text.line(plain), _HEADLINE_LENGTH), _paragraphs(rich)


def _paragraphs(rich: str) -> str:
    """Line ends of a flash are breaks; one that has block tags of its own keeps them."""
    if "\n" not in rich or _BLOCK.search(rich):
        return rich
    return "".join(f"<p>{line}</p>" for row in rich.splitlines() if (line := row.strip(_LEADING)))


def _outlet(plain: str) -> str | None:
    """The outlet in round brackets at the end, `（证券时报）`; other bracketed endings (（重复发布）) name none."""
    ending = _TRAILING.search(plain)
    named = _OUTLET.match(ending[1].strip()) if ending else None
    return named["name"] if named else None


def _ext(value: Any) -> Mapping[str, Any]:
    if isinstance(value, str) and value.strip():
        try:
            value = json.loads(value, strict=False)
        except (ValueError, RecursionError):
            return {}
    return value if isinstance(value, Mapping) else {}


def _tags(tags: Any) -> tuple[str, ...]:
    names = (sina.said(tag, "name") for tag in sina.listed(tags) if isinstance(tag, Mapping))
    return tuple(dict.fromkeys(name for name in names if name))


def _symbols(stocks: Any) -> tuple[Symbol, ...]:
    """Instruments the API matched by keyword: weak, so marked as found by the API."""
    found: list[Symbol] = []
    for stock in sina.listed(stocks):
        if isinstance(stock, Mapping) and (raw := sina.said(stock, "symbol")):
            symbol = symbols.read(
                raw, Found.API, market=sina.said(stock, "market") or None, name=sina.said(stock, "key") or None
            )
            if symbol is not None:
                found.append(symbol)
    return symbols.merge(found)


def _picture_addresses(rich: str, multimedia: Any) -> list[str]:
    """Pictures in the text, then those of `multimedia`: an HTML string, an address, a list, or an object of these."""
    return [*_PICTURE.findall(rich), *_flat(multimedia)]


def _flat(value: Any, depth: int = 0) -> list[str]:
    if isinstance(value, str):
        inside = _PICTURE.findall(value)
        return inside or ([value] if value.startswith(("http", "//")) else [])
    children = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return [found for child in children for found in _flat(child, depth + 1)] if depth < 4 else []


def _next_page(url: str, page_info: Any, rows: int) -> str | None:
    """Address of the next page while the API says that there is one."""
    if not rows or not isinstance(page_info, Mapping):
        return None
    page = sina.number(page_info, "page") or sina.asked(url, "page") or 1
    last = sina.number(page_info, "totalPage") or sina.number(page_info, "lastPage")
    return sina.with_query(url, page=page + 1) if page < last else None
