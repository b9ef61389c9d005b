"""Sina's roll API: `feed.mix.sina.com.cn/api/roll/get?pageid=384&lid=2519&num=50&page=1`, as JSON or JSONP.

In: a FeedText whose value has `result.data` as a list of rows; sniff has checked `result.status.code`. Out: ParsedFeed.

A row is sorted into the list by `ctime` (publish time); `mtime` is the last edit, `intime` when the row entered the
list. All three are epoch seconds as strings, "0" or missing when unknown. `docid` (after its colon) is the identity:
one document may stand twice, edited, or under its desktop and its mobile address. Both rows come back; the pipeline
folds them. At most 50 rows a page whatever `num` asks for; a shorter page is the last one.
"""

from __future__ import annotations

from typing import Any

from aggregator.kit import dates, hashing, text, urls
from aggregator.models import Entry, Feed, ParsedFeed
from aggregator.parse import sina
from aggregator.parse.feedtext import FeedText, counted

_MOST_ROWS = 50


def read(feed: FeedText) -> ParsedFeed:
    """Read one page of a roll list, rows in their order. Rows with neither title nor address are skipped, reported."""
    rows: list[Any] = feed.value["result"]["data"]
    entries = [entry for row in rows if isinstance(row, dict) and (entry := _entry(row, feed)) is not None]
    if skipped := len(rows) - len(entries):
        feed.problems.append(f"skipped {skipped} of {counted(len(rows), 'row')}, for want of title and address")
    return ParsedFeed(
        feed=Feed(),
        entries=tuple(entries),
        format="sina-roll",
        next_page=_next_page(feed.url, len(rows)),
    )


def _entry(row: dict[str, Any], feed: FeedText) -> Entry | None:
    title = text.title(sina.raw(row, "title"))
    stated_link = sina.address(row.get("url"))
    if not title and not stated_link:
        return None
    every = [row.get("url"), *sina.listed(row.get("urls")), row.get("wapurl"), *sina.listed(row.get("wapurls"))]
    link = stated_link or next((url for url in map(sina.address, every) if url), None)
    docid = sina.docid(row.get("docid")) or urls.docid(link)
    published = dates.from_epoch(row.get("ctime") or 0) or dates.from_epoch(row.get("intime") or 0)
    return Entry(
        id=docid or (urls.key(link) if link else hashing.digest(title, published.isoformat() if published else None)),
        title=title or text.title(sina.raw(row, "stitle")),
        link=link,
        aliases=sina.others(link, every),
        docid=docid,
        published=published,
        updated=dates.from_epoch(row.get("mtime") or 0),
        author=sina.said(row, "author") or None,
        outlet=sina.said(row, "media_name") or None,
        summary=sina.said(row, "intro", "summary", "wapsummary") or None,
        content_is_text=True,
        keywords=sina.words(row.get("keywords")),
        images=sina.pictures([*sina.listed(row.get("images")), row.get("img")]),
        language=feed.language,
        extra=_extra(row),
    )


def _extra(row: dict[str, Any]) -> dict[str, Any]:
    """Facts without a field of their own: lists and topics the row belongs to, its row number, its video."""
    extra: dict[str, Any] = {}
    for name in ("lids", "columnid", "subjectid"):
        if found := list(sina.words(row.get(name))):
            extra[name] = found
    if oid := sina.said(row, "oid"):
        extra["oid"] = oid
    if video := sina.said(row, "video_id", "vid"):
        extra["video_id"] = video
        if length := sina.number(row, "video_time_length"):
            extra["video_milliseconds"] = length
    return extra


def _next_page(url: str, rows: int) -> str | None:
    """Address of the page with older rows, when this one was full."""
    wanted = sina.asked(url, "num")
    if not rows or wanted is None or rows < min(wanted, _MOST_ROWS):
        return None
    return sina.with_query(url, page=(sina.asked(url, "page") or 1) + 1)
