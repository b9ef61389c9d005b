"""JSON Feed 1.0 and 1.1 (jsonfeed.org), and the sloppy ones: ids that are numbers, authors that are strings.

In: a FeedText whose value is the decoded object. Out: ParsedFeed. Of version 1.1 `authors`, of 1.0 `author` is read;
`id` falls back to `url`. `next_url` becomes `next_page` only on the feed's own host: a document must not send us
elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from aggregator.errors import NotAFeed
from aggregator.kit import text, urls
from aggregator.models import Feed, Image, ParsedFeed
from aggregator.parse import stated
from aggregator.parse.feedtext import FeedText
from aggregator.parse.stated import Stated


def read(feed: FeedText) -> ParsedFeed:
    """Read a JSON Feed. Items that are no objects are skipped and reported. Raises NotAFeed when `items` is no list."""
    top: Mapping[str, Any] = feed.value
    items = top.get("items", [])
    if not isinstance(items, list):
        raise NotAFeed("a JSON Feed whose items are no list")
    usable = [item for item in items if isinstance(item, Mapping)]
    entries = stated.entries((_stated(item) for item in usable), feed)
    feed.complain(len(usable), len(items))
    hub = next((hub.get("url") for hub in _objects(top.get("hubs")) if _string(hub, "url")), None)
    next_url = urls.absolute(feed.base, _string(top, "next_url"))
    return ParsedFeed(
        feed=Feed(
            title=text.title(_string(top, "title") or "") or None,
            link=urls.absolute(feed.base, _string(top, "home_page_url")),
            description=text.line(_string(top, "description") or "") or None,
            language=_string(top, "language"),
            hub=urls.absolute(feed.base, hub),
        ),
        entries=entries,
        format="jsonfeed",
        next_page=next_url if next_url and urls.host(next_url) == urls.host(feed.base) else None,
    )


def _stated(item: Mapping[str, Any]) -> Stated:
    external = _string(item, "external_url")
    content = _string(item, "content_html") or _string(item, "content_text")
    made = Stated(
        title=_string(item, "title"),
        link=_string(item, "url") or external,
        guid=_id(item.get("id")),
        guid_is_link=True,
        published=_string(item, "date_published"),
        updated=_string(item, "date_modified"),
        author=", ".join(_authors(item)) or None,
        summary=_string(item, "summary"),
        content=content,
        categories=[tag for tag in item.get("tags") or [] if isinstance(tag, str)]
        if isinstance(item.get("tags"), list)
        else [],
        images=list(_images(item)),
        aliases=[external] if external and _string(item, "url") else [],
        language=_string(item, "language"),
        extra=_extra(item),
    )
    stated.settle_text(made, "text/plain", "text/html" if _string(item, "content_html") else "text/plain")
    return made


def _id(value: Any) -> str | None:
    """Ids must be strings; numbers become what they look like."""
    if isinstance(value, str) or (isinstance(value, int | float) and not isinstance(value, bool)):
        return str(value)
    return None


def _authors(item: Mapping[str, Any]) -> Iterable[str]:
    listed = item.get("authors")
    candidates = listed if isinstance(listed, list) and listed else [item.get("author")]
    for author in candidates:
        name = author if isinstance(author, str) else _string(author, "name") if isinstance(author, Mapping) else None
        if name and name.strip():
            yield name.strip()


def _images(item: Mapping[str, Any]) -> Iterable[Image]:
    for name in ("image", "banner_image"):
        yield from stated.image(_string(item, name))
    for attachment in _objects(item.get("attachments")):
        if (_string(attachment, "mime_type") or "").startswith("image/"):
            yield from stated.image(_string(attachment, "url"))


def _extra(item: Mapping[str, Any]) -> dict[str, Any]:
    files = [
        {
            name: value
            for name, value in (
                ("href", attachment.get("url")),
                ("type", attachment.get("mime_type")),
                ("length", attachment.get("size_in_bytes")),
            )
            if value and isinstance(value, str | int)
        }
        for attachment in _objects(item.get("attachments"))
        if not (_string(attachment, "mime_type") or "").startswith("image/") and _string(attachment, "url")
    ]
    return {"enclosures": files} if files else {}


def _objects(value: Any) -> list[Mapping[str, Any]]:
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def _string(value: Mapping[str, Any], name: str) -> str | None:
    found = value.get(name)
    return found if isinstance(found, str) and found.strip() else None
