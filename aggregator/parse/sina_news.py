"""Sina's column API: `interface.sina.cn/pc_api/public_news_data.d.json?cids=57045&pageSize=50&up=0`.

In: a FeedText whose value has `status` and `data`, a list of rows or null; sniff has checked the status. Out:
ParsedFeed. Rows without a title (withdrawn ones) are skipped and reported. `up` counts pages from 0.
"""

from __future__ import annotations

from typing import Any

from aggregator.kit import dates, text, urls
from aggregator.models import Entry, Feed, ParsedFeed
from aggregator.parse import sina
from aggregator.parse.feedtext import FeedText, counted


def read(feed: FeedText) -> ParsedFeed:
    """Read one page of a column, rows in their order; a document listed twice comes back twice."""
    rows: list[Any] = feed.value["data"] or []
    entries = [entry for row in rows if isinstance(row, dict) and (entry := _entry(row, feed)) is not None]
    if skipped := len(rows) - len(entries):
        feed.problems.append(f"skipped {skipped} of {counted(len(rows), 'row')}, for want of a title or an address")
    size = sina.asked(feed.url, "pageSize")
    more = size is not None and len(rows) >= size > 0
    return ParsedFeed(
        feed=Feed(),
        entries=tuple(entries),
        format="sina-news",
        next_page=sina.with_query(feed.url, up=(sina.asked(feed.url, "up") or 0) + 1) if more else None,
    )


def _entry(row: dict[str, Any], feed: FeedText) -> Entry | None:
    title = text.title(sina.raw(row, "title"))
    every = [row.get("url"), row.get("pcurl"), row.get("wapurl")]
    link = next((url for url in map(sina.address, every) if url), None)
    docid = sina.docid(row.get("docid")) or urls.docid(link)
    if not title or not (docid or link):
        return None
    return Entry(
        id=docid or urls.key(link or ""),
        title=title,
        link=link,
        aliases=sina.others(link, every),
        docid=docid,
        published=dates.from_epoch(row.get("ctime") or 0),
        author=sina.said(row, "author") or None,
        outlet=sina.said(row, "media", "media_name") or None,
        summary=sina.said(row, "intro", "summary") or None,
        content_is_text=True,
        keywords=sina.words(row.get("tags")),
        images=sina.pictures([row.get("thumb")]),
        language=feed.language,
    )
