"""A feed as a page for people who open its address in a browser: the bytes of a document go in, those of HTML come out.

The page is made by static/feed.xsl, the same style that the document names for browsers which still run XSLT. Called by
web/browsing.py, in a thread: 100 whole articles take some milliseconds.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any, cast

from lxml import etree

from aggregator.publish.xmlparts import ATOM

#: The style reads and writes no file, and asks nobody.
_NOTHING = cast(Any, etree.XSLTAccessControl).DENY_ALL


def page(document: bytes, style: bytes, files: str) -> bytes:
    """The page, in UTF-8. `style`: the bytes of feed.xsl; `files`: the path that our other files stand below.

    `document` is one of ours: RSS or Atom, or a JSON Feed, which is told as if it were Atom.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
    tree = _told(json.loads(document)) if document.startswith(b"{") else etree.fromstring(document, parser)
    made = _style(style)(tree, files=etree.XSLT.strparam(files))
    return etree.tostring(made, encoding="UTF-8", method="html", doctype="<!doctype html>")


@lru_cache(maxsize=2)
def _style(source: bytes) -> Any:
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    return etree.XSLT(etree.fromstring(source, parser), access_control=_NOTHING)


def _told(feed: dict[str, Any]) -> Any:
    """What the style reads of a feed, of a JSON Feed (https://www.jsonfeed.org/version/1.1/)."""
    root = etree.Element(f"{{{ATOM}}}feed")
    root.set("{http://www.w3.org/XML/1998/namespace}lang", feed.get("language", ""))
    _add(root, "title", feed["title"])
    _add(root, "subtitle", feed.get("description"))
    _link(root, "self", feed.get("feed_url"))
    _link(root, "alternate", feed.get("home_page_url"))
    _link(root, "prev-archive", feed.get("next_url"))
    for one in feed["items"]:
        entry = etree.SubElement(root, f"{{{ATOM}}}entry")
        _add(entry, "title", one.get("title"))
        _link(entry, "alternate", one.get("url"))
        _add(entry, "published", one.get("date_published"))
        author = etree.SubElement(entry, f"{{{ATOM}}}author")
        _add(author, "name", next((person["name"] for person in one.get("authors", ())), None))
        _add(entry, "summary", one.get("summary"))
    return root


def _add(parent: Any, name: str, text: str | None) -> None:
    if text:
        etree.SubElement(parent, f"{{{ATOM}}}{name}").text = text


def _link(parent: Any, rel: str, address: str | None) -> None:
    if address:
        etree.SubElement(parent, f"{{{ATOM}}}link", rel=rel, href=address)
