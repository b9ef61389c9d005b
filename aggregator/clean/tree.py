"""Reading, walking and writing the lxml tree that the rules of clean/ work on.

In: an HTML fragment. Out: a `body` element whose children the rules change in place, and HTML again. lxml keeps the
text after an element in its `tail`; removing an element must not lose it, so rules use `drop` and `unwrap` from here.
No function recurses: hostile nesting is as deep as libxml2 lets it be (2,048).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from aggregator.kit import markup

Element = etree._Element


def words(listed: str) -> frozenset[str]:
    """A set of names, written as one line of words."""
    return frozenset(listed.split())


#: Elements that end a line of text. Whatever else an article holds stands within a line.
BLOCKS = words(
    "p h1 h2 h3 h4 h5 h6 ul ol li dl dt dd blockquote pre hr figure figcaption table caption thead tbody tfoot tr th td"
)
#: Blocks that hold one line of prose.
LINES = frozenset(["p", "h1", "h2", "h3", "h4", "h5", "h6"])

#: What stands for nothing at the edges of a block: white space of every width, and invisible characters.
BLANKS = (
    " \t\n\r\x0b\x0c\x1c\x1d\x1e\x1f\x85\xa0\xad\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009"
    "\u200a\u200b\u200e\u200f\u2028\u2029\u202f\u205f\u2060\u3000\ufeff"
)
_SOURCE_BLANKS = re.compile(r"[ \t\r\n\f]+")

_parser = etree.HTMLParser(encoding="utf-8", remove_comments=False, huge_tree=True)
#: What style sheets and scripts of the site read, and nobody after us.
_STYLING = ("class", "id", "style", "cms-style", "align")


def parse(html: str) -> Element:
    """The fragment as a `body` element."""
    root = etree.fromstring(f"<html><body>{markup.fragment(html)}</body></html>".encode(), _parser)
    body = root.find("body") if root is not None else None
    return new("body") if body is None else body


def write(root: Element) -> str:
    """The children of `root` as HTML, one block a line. The last thing done to a tree: it loses classes and styles."""
    etree.strip_attributes(root, *_STYLING)  # quicker here than in the sanitiser, which drops all it does not know
    children = list(root)
    if root.text or any(child.tail for child in children):
        return "\n".join(_pieces(root))
    for child in children:  # as the rules leave it: nothing between the blocks, so that one call can write them all
        child.tail = "\n"
    whole = etree.tostring(root, encoding="unicode", method="html", with_tail=False)
    for child in children:
        child.tail = None
    return whole[whole.index(">") + 1 : whole.rindex("</")].removesuffix("\n")


def _pieces(root: Element) -> Iterator[str]:
    if root.text:
        yield escape(root.text)
    for child in root:
        yield etree.tostring(child, encoding="unicode", method="html", with_tail=False)
        if child.tail:
            yield escape(child.tail)


def escape(text: str) -> str:
    """Text as it stands in HTML between tags."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def elements(root: Element, *tags: str) -> list[Element]:
    """Descendants with one of the tags, or all, in document order; a list, so that the tree may change meanwhile."""
    found = list(root.iter(*(tags or "*")))
    if found and found[0] is root:
        del found[0]
    return found


def has(root: Element, *tags: str) -> bool:
    """True where the element is, or holds, one with one of the tags. Much cheaper than a look at each element."""
    return next(root.iter(*tags), None) is not None


def text_of(element: Element) -> str:
    """All text within, runs of source blanks as one, trimmed of blanks of every width."""
    return trimmed(_all_text(element) if len(element) else element.text or "")


def trimmed(text: str) -> str:
    """`text` without blanks at its edges, runs of source blanks within as one."""
    return collapse(text.strip(BLANKS))


def short_text(element: Element, most: int) -> str:
    """`text_of` where that has at most `most` characters, else ''. Prose is told from a note without being read."""
    if len(element.text or "") > 2 * most:
        return ""
    words = text_of(element)
    return words if len(words) <= most else ""


def _all_text(element: Element) -> str:
    return etree.tostring(element, method="text", encoding="unicode", with_tail=False)


def collapse(text: str) -> str:
    """Runs of ASCII blanks and line ends as one blank, as browsers show them; wide blanks stay."""
    if "\n" in text or "  " in text or "\t" in text or "\r" in text or "\f" in text:  # else nothing to do, quickly
        return _SOURCE_BLANKS.sub(" ", text)
    return text


def is_empty(element: Element) -> bool:
    """Neither words nor a picture nor anything else that shows."""
    if shows(element.text):  # nearly always
        return False
    if not len(element):
        return element.tag not in ("img", "hr")
    return not shows(_all_text(element)) and not has(element, "img", "hr")


def has_words(element: Element) -> bool:
    """True where `text_of` is not ''."""
    return shows(element.text) or (len(element) > 0 and shows(_all_text(element)))


def shows(text: str | None) -> bool:
    """True for text that is not only blanks."""
    return bool(text and text.strip(BLANKS))


def classes(element: Element) -> list[str]:
    """The words of its class attribute."""
    return (element.get("class") or "").split()


def drop(element: Element) -> None:
    """Remove the element with all it holds; the text after it stays."""
    parent = element.getparent()
    if parent is None:
        return
    if tail := element.tail:
        _append_before(parent, element, tail)
        element.tail = None
    parent.remove(element)


def unwrap(element: Element) -> None:
    """Replace the element by what it holds."""
    parent = element.getparent()
    if parent is None:
        return
    if not len(element):
        if words := (element.text or "") + (element.tail or ""):
            _append_before(parent, element, words)
        parent.remove(element)  # with its tail, which has its place already
        return
    if text := element.text:
        _append_before(parent, element, text)
    for child in list(element):
        element.addprevious(child)  # takes its tail along
    drop(element)


def rename(element: Element, tag: str) -> Element:
    """Give the element another name and no attributes."""
    element.tag = tag
    if attributes := element.attrib:
        attributes.clear()
    return element


def wrap_children(element: Element, tag: str) -> Element:
    """Put all that the element holds into one new child."""
    children = list(element)
    wrapper = etree.SubElement(element, tag)
    if text := element.text:
        wrapper.text, element.text = text, None
    wrapper.extend(children)
    return wrapper


def _append_before(parent: Element, element: Element, text: str) -> None:
    before = element.getprevious()
    if before is not None:
        before.tail = (before.tail or "") + text
    else:
        parent.text = (parent.text or "") + text


def new(tag: str, text: str | None = None) -> Element:
    """A new element that holds `text`."""
    element = etree.Element(tag)
    element.text = text
    return element


def pictures(element: Element) -> bool:
    """True where it holds a picture."""
    return has(element, "img") if len(element) else element.tag == "img"


def last_text(element: Element) -> str:
    """The text node that ends the element, without trailing blanks; '' where it ends in a picture or break."""
    holder, in_tail = _ending(element)
    return ((holder.tail if in_tail else holder.text) or "").rstrip(BLANKS)


def set_last_text(element: Element, text: str) -> None:
    """Replace the text node that ends the element."""
    holder, in_tail = _ending(element)
    if in_tail:
        holder.tail = text
    else:
        holder.text = text


def _ending(element: Element) -> tuple[Element, bool]:
    """The element whose text, or tail if True, ends `element`."""
    while len(element):
        last = element[-1]
        if last.tail and last.tail.strip(BLANKS):
            return last, True
        element = last
    return element, False
