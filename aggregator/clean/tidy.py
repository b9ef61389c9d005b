"""Rule: indents, blank runs and empty elements go, so that a paragraph begins and ends with its words.

Chinese pages indent with two U+3000, spread paragraphs with `<p>　　</p>`, and break source lines anywhere. Blanks
within a line stay as they are, but for runs of ASCII blanks, which browsers show as one.
"""

from __future__ import annotations

from aggregator.clean import tree
from aggregator.clean.draft import Draft
from aggregator.clean.tree import BLANKS, Element, words

_EMPTY_GOES = words(
    "p h2 h3 h4 h5 h6 tr ul ol li dl dt dd blockquote pre figure figcaption caption table thead tbody tfoot"
)
_TRIMMED = ("p", "h2", "h3", "h4", "h5", "h6", "li", "dt", "dd", "td", "th", "figcaption", "caption")
_CELLS = words("li td th dd")
#: Elements between whose children blanks mean nothing.
_LAYOUT = words("body blockquote ul ol dl table thead tbody tfoot tr figure")


def trim(draft: Draft) -> None:
    """Rule: normalise blanks, trim every line, remove what is empty."""
    preformatted = next(draft.root.iter("pre"), None) is not None
    for element in [draft.root, *tree.elements(draft.root)]:
        if not preformatted or not _is_preformatted(element):
            _blanks(element)
    for element in reversed(tree.elements(draft.root)):
        if element.tag in _TRIMMED:
            line(element)
        _settle(element)


def line(element: Element) -> None:
    """Trim one line at both ends, without what is empty there."""
    if not len(element):
        element.text = (element.text or "").strip(BLANKS) or None
    else:
        _trim_start(element)
        _trim_end(element)


def prune(draft: Draft) -> None:
    """Rule: what other rules have emptied goes too: a quotation without its advertisement, a list without its items."""
    for element in reversed(tree.elements(draft.root, *_EMPTY_GOES, *_CELLS)):
        _settle(element)


def _settle(element: Element) -> None:
    if element.tag in tree.BLOCKS:
        if _is_void(element):
            tree.drop(element)
        elif element.tag in _CELLS and len(element) == 1 and element[0].tag == "p" and not element.text:
            tree.unwrap(element[0])
    elif element.tag not in ("img", "br") and tree.is_empty(element):
        tree.unwrap(element)


def _is_void(block: Element) -> bool:
    """An empty cell keeps its column and a row of them its line; a row without cells is nothing."""
    if block.tag == "tr":
        return not len(block)
    if not len(block) and block.text:
        return block.tag in _EMPTY_GOES and not block.text.strip(BLANKS)
    return block.tag in _EMPTY_GOES and tree.is_empty(block)


def _is_preformatted(element: Element) -> bool:
    return element.tag == "pre" or next(element.iterancestors("pre"), None) is not None


def _blanks(element: Element) -> None:
    layout = element.tag in _LAYOUT
    if element.text:
        element.text = None if layout and not element.text.strip(BLANKS) else tree.collapse(element.text)
    for child in element:
        if child.tail:
            child.tail = None if layout and not child.tail.strip(BLANKS) else tree.collapse(child.tail)


def _trim_start(place: Element) -> None:
    """Strip the first text of the line, however deep it stands, and line breaks before it."""
    while True:
        if place.text:
            place.text = place.text.lstrip(BLANKS) or None
        if place.text or not len(place):
            return
        first = place[0]
        if first.tag == "br":
            tree.drop(first)
        elif first.tag in tree.BLOCKS or first.tag == "img":
            return
        elif tree.is_empty(first):
            tree.unwrap(first)
        else:
            place = first


def _trim_end(place: Element) -> None:
    while len(place):
        last = place[-1]
        if last.tail:
            last.tail = last.tail.rstrip(BLANKS) or None
        if last.tail or last.tag in tree.BLOCKS or last.tag == "img":
            return
        if last.tag == "br":
            tree.drop(last)
        elif tree.is_empty(last):
            tree.unwrap(last)
        else:
            place = last
    if place.text:
        place.text = place.text.rstrip(BLANKS) or None
