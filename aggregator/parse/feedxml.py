"""The strict, quick reader of plain feeds: well-formed RSS 0.9x and 2.0, and Atom 1.0, by lxml.

In: a FeedText. Out: ParsedFeed, or None when anything in the document is out of the ordinary: a DOCTYPE, xml:base, an
element or attribute that is not named here, markup inside text, an element twice that should stand once. The tolerant
reader then takes the whole document. What is accepted is read as the tolerant reader would read it; a test over the
corpora holds the two side by side.

lxml resolves no entities, opens no file and no connection here, and keeps its own limits on depth and size (huge_tree
off).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from aggregator.kit import text, urls
from aggregator.models import Feed, Image, ParsedFeed
from aggregator.parse import stated, xmltext
from aggregator.parse.feedtext import FeedText
from aggregator.parse.stated import Stated

_ATOM = "{http://www.w3.org/2005/Atom}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_SY = "{http://purl.org/rss/1.0/modules/syndication/}"
_MEDIA = "{http://search.yahoo.com/mrss/}"
_CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
_ORIGIN = "{http://rssnamespace.org/feedburner/ext/1.0}origLink"
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"

#: Namespaces whose elements say nothing an entry keeps.
_IGNORED = (
    "{http://purl.org/rss/1.0/modules/slash/}",
    "{http://wellformedweb.org/CommentAPI/}",
    "{http://www.georss.org/georss}",
    "{http://purl.org/syndication/thread/1.0}",
    "{http://webns.net/mvcb/}",
    _SY,
)
_RSS_CHANNEL_SKIPPED = frozenset(
    {"copyright", "managingEditor", "webMaster", "pubDate", "lastBuildDate", "category", "generator", "docs", "cloud"}
    | {"image", "skipHours", "skipDays", "rating"}
)
_RSS_ITEM_SKIPPED = frozenset(
    {"comments", _DC + "identifier", _DC + "rights", _DC + "language", _DC + "format", _DC + "type"}
)
_RSS_ITEM_ONCE = {
    "title": "title",
    "link": "link",
    "description": "summary",
    "pubDate": "published",
    "author": "author",
    _DC + "creator": "author",
    _DC + "date": "updated",
    _CONTENT: "content",
    "source": "outlet",
}
_ATOM_SKIPPED = frozenset(
    _ATOM + name for name in ("generator", "icon", "logo", "rights", "contributor", "updated", "author", "category")
)
_ATOM_ENTRY_ONCE = {
    _ATOM + "id": "guid",
    _ATOM + "published": "published",
    _ATOM + "updated": "updated",
    _ATOM + "title": "title",
    _ATOM + "summary": "summary",
    _ATOM + "content": "content",
}
_WIDE = re.compile("[^\x00-\xff]")  # Chinese has such a character at once
_PAGES = ("text/html", "html", "xhtml", "application/xhtml+xml")
_TEXT_KINDS = {
    None: "text/plain",
    "text": "text/plain",
    "html": "text/html",
    "text/plain": "text/plain",
    "text/html": "text/html",
}


class _UnusualError(Exception):
    """The document holds something that this reader does not read."""


def read(feed: FeedText) -> ParsedFeed | None:
    """Read a plain RSS or Atom document; None when it is not plain."""
    if "xml:base" in feed.text or xmltext.has_doctype(feed.text):
        return None
    root = _tree(feed)
    if root is None:
        return None
    try:
        if root.tag == "rss":
            return _rss(root, feed)
        if root.tag == _ATOM + "feed":
            return _atom(root, feed)
    except _UnusualError:
        pass
    return None


def _tree(feed: FeedText) -> etree._Element | None:
    """The root of a well-formed document, None for any other. Most are read as they came, without a copy."""
    data = xmltext.as_it_is(feed.text, feed.data)
    root = None if data is None else _well_formed(data)
    if root is None and (data is None or xmltext.controlled(data)):
        return _well_formed(xmltext.encode(feed.text))
    return root


def _well_formed(data: bytes) -> etree._Element | None:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        return etree.fromstring(data, parser)
    except etree.XMLSyntaxError:
        return None


# ------------------------------------------------------------------------------------------------------------ RSS


def _rss(root: etree._Element, feed: FeedText) -> ParsedFeed:
    if len(root) != 1 or root[0].tag != "channel" or set(root.attrib) - {"version", _LANGUAGE}:
        raise _UnusualError
    said: dict[str, str] = {}
    items: list[Stated] = []
    hub = None
    for child in root[0]:
        tag = str(child.tag)
        if tag == "item":
            items.append(_rss_item(child))
        elif tag in ("title", "link", "description", "language", "ttl", _SY + "updatePeriod", _SY + "updateFrequency"):
            if tag in said:
                raise _UnusualError
            said[tag] = _leaf(child)
        elif tag == _ATOM + "link":
            hub = _channel_link(child) or hub
        elif not (tag in _RSS_CHANNEL_SKIPPED or (tag.startswith(_IGNORED) and not len(child))):
            raise _UnusualError
    about = Feed(
        title=text.title(said.get("title", "")) or None,
        link=stated.site(feed.base, _address(said.get("link")), None),
        description=text.line(said.get("description", "")) or None,
        language=said.get("language") or (root.get(_LANGUAGE) or "").replace("_", "-") or None,
        ttl=stated.lifetime(said.get("ttl"), said.get(_SY + "updatePeriod"), said.get(_SY + "updateFrequency")),
        hub=urls.absolute(feed.base, hub),
    )
    entries = stated.entries(items, feed, stated.link_base(feed.base, about.link))
    feed.complain(len(items))
    return ParsedFeed(feed=about, entries=entries, format="feedxml")


def _channel_link(child: etree._Element) -> str | None:
    """The hub, when the atom:link of a channel names one. One that names the site competes with `link`."""
    if child.get("rel") not in ("self", "hub", "next", "first", "last") or len(child):
        raise _UnusualError
    return child.get("href") if child.get("rel") == "hub" else None


def _rss_item(item: etree._Element) -> Stated:
    if item.attrib:
        raise _UnusualError
    made = Stated(guid_is_link=True, is_xml=True)
    seen = set()
    for child in item:
        tag = str(child.tag)
        name = _RSS_ITEM_ONCE.get(tag)
        if name is not None:
            if name in seen or (tag != "source" and child.keys()):
                raise _UnusualError
            seen.add(name)
            setattr(made, name, _leaf(child))
        elif tag == "guid":
            if made.guid is not None or set(child.attrib) - {"isPermaLink"}:
                raise _UnusualError
            made.guid = _address(_leaf(child))
            made.guid_is_link = child.get("isPermaLink", "true") == "true"
        elif tag in ("category", _DC + "subject"):
            made.categories.append(_leaf(child))
        elif tag == _ORIGIN:
            made.aliases.append(_leaf(child))
        elif tag == "enclosure":
            _enclosure(made, child.get("url"), child)
        elif tag in (_MEDIA + "content", _MEDIA + "thumbnail"):
            made.images.extend(_media(child))
        elif not (tag in _RSS_ITEM_SKIPPED or tag.startswith(_IGNORED)) or len(child):
            raise _UnusualError
    made.published = made.published or made.updated  # dc:date, which dates the item
    if _address(made.link) is not None:
        made.guid_is_link = True  # stands in for a link that is empty or opens nothing
    if "@" in (made.author or ""):
        raise _UnusualError  # a mail address with or without a name around it
    return made


# ----------------------------------------------------------------------------------------------------------- Atom


def _atom(root: etree._Element, feed: FeedText) -> ParsedFeed:
    if set(root.attrib) - {_LANGUAGE}:
        raise _UnusualError
    said: dict[str, str] = {}
    links: list[etree._Element] = []
    items: list[Stated] = []
    for child in root:
        tag = str(child.tag)
        if tag == _ATOM + "entry":
            items.append(_atom_entry(child))
        elif tag in (_ATOM + "title", _ATOM + "subtitle"):
            if tag in said or child.get("type") not in _TEXT_KINDS:
                raise _UnusualError
            said[tag] = _leaf(child)
        elif tag == _ATOM + "link":
            links.append(child)
        elif tag == _ATOM + "id":
            said[tag] = _leaf(child)
        elif not (tag in _ATOM_SKIPPED or (tag.startswith(_IGNORED) and not len(child))):
            raise _UnusualError
    hub = next((link.get("href") for link in links if link.get("rel") == "hub"), None)
    about = Feed(
        title=text.title(said.get(_ATOM + "title", "")) or None,
        link=stated.site(feed.base, _address(_alternate(links)), _address(said.get(_ATOM + "id"))),
        description=text.line(said.get(_ATOM + "subtitle", "")) or None,
        language=(root.get(_LANGUAGE) or "").replace("_", "-") or None,
        hub=urls.absolute(feed.base, hub),
    )
    entries = stated.entries(items, feed)
    feed.complain(len(items))
    return ParsedFeed(feed=about, entries=entries, format="feedxml")


def _atom_entry(entry: etree._Element) -> Stated:
    if set(entry.attrib) - {_LANGUAGE}:
        raise _UnusualError
    made = Stated(guid_is_link=True, is_xml=True)
    links: list[etree._Element] = []
    authors: list[str] = []
    kinds: dict[str, str] = {}
    for child in entry:
        tag = str(child.tag)
        name = _ATOM_ENTRY_ONCE.get(tag)
        if name is not None:
            kind = _TEXT_KINDS.get(child.get("type"))
            if name in kinds or kind is None or child.get("src") is not None:
                raise _UnusualError
            kinds[name] = kind
            setattr(made, name, _leaf(child))
        elif tag == _ATOM + "link":
            links.append(child)
        elif tag == _ATOM + "author":
            authors.append(_author(child))
        elif tag == _ATOM + "category":
            if child.text:
                raise _UnusualError
            made.categories.append(child.get("label") or child.get("term") or "")
        elif tag not in (_ATOM + "rights", _ATOM + "contributor") and not (tag.startswith(_IGNORED) and not len(child)):
            raise _UnusualError
    made.link = _address(_alternate(links))
    made.author = ", ".join(dict.fromkeys(authors)) or None
    _address(made.guid)
    for link in links:
        if link.get("rel") == "enclosure":
            _enclosure(made, _address(link.get("href")), link)
    made.published = made.published or made.updated
    stated.settle_text(made, kinds.get("summary"), kinds.get("content"))
    return made


def _alternate(links: list[etree._Element]) -> str | None:
    found = [link for link in links if link.get("rel", "alternate") == "alternate"]
    odd = any(len(link) or link.text or not link.get("href") or link.get("uri") for link in links)
    if odd or len(found) > 1 or any(link.get("type", "text/html") not in _PAGES for link in found):
        raise _UnusualError
    return found[0].get("href") if found else None


def _author(author: etree._Element) -> str:
    names = [_leaf(child) for child in author if child.tag == _ATOM + "name"]
    known = {_ATOM + "name", _ATOM + "uri", _ATOM + "email"}
    if len(names) != 1 or not names[0] or any(child.tag not in known for child in author):
        raise _UnusualError
    return names[0]


# ------------------------------------------------------------------------------------------------------- elements


def _leaf(element: etree._Element) -> str:
    """The text of an element without children, stripped."""
    if len(element):
        raise _UnusualError
    value = (element.text or "").strip()
    if not value.isascii() and not _WIDE.search(value) and _doubly_encoded(value):
        raise _UnusualError
    return value


def _doubly_encoded(value: str) -> bool:
    """True for UTF-8 that was taken for Latin-1 and encoded again; the tolerant reader mends that."""
    try:
        value.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return False
    return True


def _address(value: str | None) -> str | None:
    """An address or id, unless the tolerant reader would mend it: slashes too many, entities escaped twice."""
    if value and (":///" in value or ("&" in value and ";" in value)):
        raise _UnusualError
    return value


def _enclosure(made: Stated, href: str | None, element: etree._Element) -> None:
    kind = element.get("type") or ""
    if not href or len(element):
        raise _UnusualError
    if kind.startswith("image/"):
        made.images.extend(stated.image(href))
    else:
        facts = {"href": href, "type": kind, "length": element.get("length")}
        made.extra.setdefault("enclosures", []).append({name: value for name, value in facts.items() if value})


def _media(element: etree._Element) -> Iterator[Image]:
    if len(element) or element.text:
        raise _UnusualError
    kind = element.get("medium") or element.get("type") or ""
    if str(element.tag).endswith("thumbnail") or kind.startswith("image"):
        yield from stated.image(element.get("url"), element.get("width"), element.get("height"))
