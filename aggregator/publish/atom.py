"""Atom 1.0 (RFC 4287): Item and Head in, bytes out.

feedgen writes the elements of Atom; the lead image (Media RSS) is added to its tree. Used through publish.FORMATS.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from feedgen.ext.base import BaseExtension
from lxml import etree

from aggregator.publish import xmlparts
from aggregator.publish.item import GENERATOR, SYMBOL_SCHEME, VERSION, Head, Item

_NAMESPACES = {"media": xmlparts.MEDIA}


class _HeadExtension(BaseExtension):  # type: ignore[misc]
    """Declares the namespaces of the entries, and says what is an archive document (RFC 5005 §4)."""

    is_archive = False

    def extend_ns(self) -> dict[str, str]:
        return _NAMESPACES | ({"fh": xmlparts.HISTORY} if self.is_archive else {})

    def extend_atom(self, feed: Any) -> Any:
        if self.is_archive:
            xmlparts.child(feed, xmlparts.HISTORY, "archive")
        return feed


class _Atom:
    """The writer of the format."""

    def entry(self, entry: Item) -> bytes:
        """One `<entry>`. Without an address to link to it must have content (RFC 4287 §4.1.2): then the summary is."""
        made = xmlparts.FeedEntry()
        made.id(entry.uid)
        made.title(entry.title)
        made.published(entry.published)
        made.updated(entry.updated)
        if entry.author:
            made.author(name=entry.author)
        if entry.full:
            made.summary(entry.summary, type="text")
        if entry.full or not entry.link:
            made.content(entry.html, type="html")
        else:
            made.summary(entry.html, type="html")
        if entry.link:
            made.link(href=entry.link)  # feedgen insists on it where there is no content; see _links
        for name in entry.categories:
            made.category(term=name)
        for tag in entry.symbols:
            named = {"label": tag.name} if tag.name else {}
            made.category(term=tag.code, scheme=SYMBOL_SCHEME, **named)
        root = etree.Element("feed", nsmap=_NAMESPACES)
        element = made.atom_entry()
        root.append(element)
        _links(element, entry)
        if entry.image:
            xmlparts.child(element, xmlparts.MEDIA, "content", url=entry.image, medium="image")
            xmlparts.child(element, xmlparts.MEDIA, "thumbnail", url=entry.image)
        return xmlparts.cut(root)

    def document(self, head: Head, entries: Sequence[bytes]) -> bytes:
        """The feed around ready entries."""
        feed = xmlparts.FeedGenerator()
        feed.id(head.id)
        feed.title(head.title)
        feed.subtitle(head.description)
        feed.updated(head.updated)
        feed.author(name=head.author, uri=head.home)
        feed.link(href=head.address, rel="self", type=head.media_type.partition(";")[0])
        feed.link(href=head.home, rel="alternate", type="text/html")
        for rel, address in (
            ("current", head.current),
            ("prev-archive", head.previous),
            ("next-archive", head.following),
        ):
            if address:
                feed.link(href=address, rel=rel, type=head.media_type.partition(";")[0])
        feed.language(head.language)
        feed.generator(GENERATOR, version=VERSION)
        feed.register_extension("house", _HeadExtension)
        feed.house.is_archive = head.current is not None
        return xmlparts.styled(xmlparts.join(feed.atom_str(), b"</feed>", entries), head.style)


def _links(element: Any, entry: Item) -> None:
    """Write the links anew: feedgen 1.0 drops `rel`, `type` and `title` of the links of an entry.

    `alternate` is the story's head, `via` names its outlet, `related` are the same story elsewhere.
    """
    for link in element.findall("link"):
        element.remove(link)
    if entry.link:
        etree.SubElement(element, "link", rel="alternate", type="text/html", href=entry.link)
    for source in entry.sources:
        if source.url:
            rel = "via" if source.url == entry.link else "related"
            etree.SubElement(element, "link", rel=rel, type="text/html", href=source.url, title=source.outlet)


WRITER = _Atom()
