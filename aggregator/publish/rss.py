"""RSS 2.0 (rssboard.org/rss-specification, with the RSS Board's profile): Item and Head in, bytes out.

feedgen writes what RSS itself defines; Dublin Core, Media RSS and Atom elements are added to its tree. Used through
publish.FORMATS.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

from feedgen.ext.base import BaseExtension
from lxml import etree

from aggregator.kit import dates
from aggregator.publish import xmlparts
from aggregator.publish.item import GENERATOR, NEVER, SYMBOL_SCHEME, VERSION, Head, Item

_NAMESPACES = {
    "atom": xmlparts.ATOM,
    "content": xmlparts.CONTENT,
    "dc": xmlparts.DC,
    "media": xmlparts.MEDIA,
}


class _HeadExtension(BaseExtension):  # type: ignore[misc]
    """Declares the namespaces of the entries, and gives the head its own date (feedgen's is the time of the build)."""

    head: Head

    def extend_ns(self) -> dict[str, str]:
        return _NAMESPACES

    def extend_rss(self, feed: Any) -> Any:
        date = feed.find("channel/lastBuildDate")
        if self.head.updated == NEVER:
            date.getparent().remove(date)
        else:
            date.text = dates.rfc822(self.head.updated)
        return feed


class _Rss:
    """The writer of the format."""

    def entry(self, entry: Item) -> bytes:
        """One `<item>`. A description is HTML, so plain text is escaped once more; it stands before content:encoded."""
        made = xmlparts.FeedEntry()
        made.guid(entry.uid, permalink=False)
        made.title(entry.title)
        if entry.link:
            made.link(href=entry.link)
        if entry.full:
            made.description(html.escape(entry.summary, quote=False) or entry.title, isSummary=True)
            made.content(entry.html)
        else:
            made.description(entry.html or html.escape(entry.title, quote=False))
        for name in entry.categories:
            made.category(term=name)
        for tag in entry.symbols:
            made.category(term=tag.code, scheme=SYMBOL_SCHEME)
        if entry.outlet and entry.link:
            made.source(url=entry.link, title=entry.outlet)
        root = etree.Element("rss", nsmap=_NAMESPACES)
        item = made.rss_entry()
        root.append(item)
        etree.SubElement(item, "pubDate").text = dates.rfc822(entry.published)
        if entry.author:
            xmlparts.child(item, xmlparts.DC, "creator", entry.author)
        if entry.updated != entry.published:
            xmlparts.child(item, xmlparts.ATOM, "updated", dates.rfc3339(entry.updated))
        for source in entry.sources:
            if source.url and source.url != entry.link:
                xmlparts.child(item, xmlparts.ATOM, "link", rel="related", href=source.url, title=source.outlet)
        if entry.image:
            xmlparts.child(item, xmlparts.MEDIA, "content", url=entry.image, medium="image")
            xmlparts.child(item, xmlparts.MEDIA, "thumbnail", url=entry.image)
        return _hexadecimal(xmlparts.cut(root))

    def document(self, head: Head, entries: Sequence[bytes]) -> bytes:
        """The channel around ready items."""
        feed = xmlparts.FeedGenerator()
        feed.title(head.title)
        feed.link(href=head.address, rel="self", type=head.media_type.partition(";")[0])
        feed.link(href=head.home, rel="alternate")
        feed.description(head.description)
        feed.language(head.language)
        feed.generator(f"{GENERATOR} {VERSION}")
        feed.ttl(head.ttl)
        feed.register_extension("house", _HeadExtension)
        feed.house.head = head
        return xmlparts.styled(xmlparts.join(_hexadecimal(feed.rss_str()), b"</channel></rss>", entries), head.style)


def _hexadecimal(document: bytes) -> bytes:
    """Write `<` and `&` of the first title as hexadecimal references, as the RSS Board's profile asks for.

    Readers disagree whether an RSS title is text or HTML; this is the form that most of them show as text.
    """
    before, end, after = document.partition(b"</title>")
    return before.replace(b"&lt;", b"&#x3C;").replace(b"&amp;", b"&#x26;") + end + after


WRITER = _Rss()
