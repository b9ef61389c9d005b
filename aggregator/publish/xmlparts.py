"""What RSS and Atom share when feedgen's elements become bytes: namespaces, extra elements, joining fragments.

Called by rss and atom only. An entry is serialised inside a root that declares the namespaces, and cut out of it, so
that ready fragments can be joined by bytes without repeating declarations.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import quoteattr

from feedgen import entry, feed
from lxml import etree

ATOM = "http://www.w3.org/2005/Atom"
CONTENT = "http://purl.org/rss/1.0/modules/content/"
DC = "http://purl.org/dc/elements/1.1/"
HISTORY = "http://purl.org/syndication/history/1.0"
MEDIA = "http://search.yahoo.com/mrss/"

# feedgen has no types.
FeedEntry: Any = entry.FeedEntry
FeedGenerator: Any = feed.FeedGenerator


def child(parent: etree._Element, namespace: str, name: str, text: str | None = None, **attributes: str) -> None:
    """Append an element, in a namespace that an ancestor declares."""
    element = etree.SubElement(parent, f"{{{namespace}}}{name}", attributes)
    element.text = text


def cut(root: etree._Element) -> bytes:
    """What stands between the start tag and the end tag of `root`, in UTF-8."""
    whole: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=False)
    return whole[whole.index(b">") + 1 : whole.rindex(b"</")].strip()


def join(shell: bytes, end: bytes, entries: Sequence[bytes]) -> bytes:
    """`shell` with `entries` before its closing tags `end`, one a line."""
    body, found, rest = shell.rpartition(end)
    if not found or rest.strip():
        raise ValueError(f"the document does not end in {end!r}")
    return b"\n".join((body, *entries, end, b""))


def styled(document: bytes, style: str) -> bytes:
    """`document` with what makes a readable page of it (xml-stylesheet 1.0, www.w3.org/TR/xml-stylesheet).

    For browsers that run XSLT, where the files are served by another program than ours: see preview.py.
    """
    before, end, after = document.partition(b"?>\n")
    named = f'<?xml-stylesheet type="text/xsl" href={quoteattr(style)}?>\n'
    return b"".join((before, end, named.encode(), after))
