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
_TRIMMED = words("p h2 h3 h4 h5 h6 li dt dd td th figcaption caption")
_CELLS = words("li td th dd")
_PRUNED = _EMPTY_GOES | _CELLS
#: Elements between whose children blanks mean nothing.
_LAYOUT = words("body blockquote ul ol dl table thead tbody tfoot tr figure")


def trim(draft: Draft) -> None:
    """Rule: normalise blanks, trim every line, remove what is empty."""
    preformatted = tree.has(draft.root, "pre")
    unfinished: list[Element] = []
    _blanks(draft.root)
    for element in tree.elements(draft.root):
        if preformatted and _is_preformatted(element):
            unfinished.append(element)
        elif not (_finish_line(element) if element.first is not None else _finish_words(draft, element)):
            _blanks(element)
            unfinished.append(element)
    for element in reversed(unfinished):
        if element.tag in _TRIMMED:
            line(element)
        _settle(element)


def line(element: Element) -> None:
    """Trim one line at both ends, without what is empty there."""
    if element.first is None:
        text = element.text or ""
        words = text.strip(BLANKS)
        if words != text:
            element.text = words or None
    else:
        _trim_start(element)
        _trim_end(element)


def prune(draft: Draft) -> None:
    """Rule: what other rules have emptied goes too: a quotation without its advertisement, a list without its items."""
    for element in reversed(tree.elements(draft.root)):
        tag = element.tag
        if tag in _PRUNED and not (tag in tree.LINES and draft.words(element)):
            _settle(element)


def _settle(element: Element) -> None:
    tag = element.tag
    if tag in tree.BLOCKS:
        if _is_void(element):
            tree.drop(element)
        elif (
            tag in _CELLS
            and (only := element.first) is not None
            and only is element.last
            and only.tag == "p"
            and not element.text
        ):
            tree.unwrap(only)
    elif tag not in ("img", "br") and tree.is_empty(element):
        tree.unwrap(element)


def _is_void(block: Element) -> bool:
    """An empty cell keeps its column and a row of them its line; a row without cells is nothing."""
    if block.tag == "tr":
        return block.first is None
    return block.tag in _EMPTY_GOES and tree.is_empty(block)


def _is_preformatted(element: Element) -> bool:
    return element.tag == "pre" or any(above.tag == "pre" for above in element.ancestors())


def _finish_line(line: Element) -> bool:
    """Blanks and edges of a line that begins and ends with words, whatever is between; False for every other one."""
    if line.tag not in tree.LINES:
        return False
    last, text = line.last, line.text
    if last is None:
        return False
    if last is line.first and last.first is None and not tree.shows(text) and not tree.shows(last.tail):
        return _finish_only(line, last)
    if not text or not last.tail:
        return False
    begin, close = text.lstrip(BLANKS), last.tail.rstrip(BLANKS)
    if not begin or not close:
        return False
    line.text, last.tail = tree.collapse(begin), tree.collapse(close)
    child = line.first
    while child is not None and child is not last:
        if child.tail:
            child.tail = tree.collapse(child.tail)
        child = child.after
    return True


def _finish_only(line: Element, inner: Element) -> bool:
    """The same for a line that is bold, or a link, as a whole."""
    if not inner.text or inner.tag in tree.BLOCKS or not (words := inner.text.strip(BLANKS)):
        return False
    line.text = inner.tail = None
    inner.text = words
    return True


def _finish_words(draft: Draft, element: Element) -> bool:
    """All that is to be done to a line or inline element that holds nothing but words; False for every other one."""
    text = element.text
    if not text or not (words := text.strip(BLANKS)):
        return False
    tag = element.tag
    if tag in tree.LINES:
        element.text = words = tree.collapse(words)
        draft.know_words(element, words)
    elif tag in tree.BLOCKS:
        return False
    else:  # blanks at the edges of bold words stand between words
        element.text = tree.collapse(text)
    return True


def _blanks(element: Element) -> None:
    layout = element.tag in _LAYOUT
    if text := element.text:
        kept = None if layout and not text.strip(BLANKS) else tree.collapse(text)
        if kept != text:
            element.text = kept
    for child in element:
        if tail := child.tail:
            kept = None if layout and not tail.strip(BLANKS) else tree.collapse(tail)
            if kept != tail:
                child.tail = kept


def _trim_start(place: Element) -> None:
    """Strip the first text of the line, however deep it stands, and line breaks before it."""
    while True:
        if text := place.text:
            kept = text.lstrip(BLANKS)
            if kept != text:
                place.text = kept or None
            if kept:
                return
        if (first := place.first) is None:
            return
        if first.tag == "br":
            tree.drop(first)
        elif first.tag in tree.BLOCKS or first.tag == "img":
            return
        elif tree.is_empty(first):
            tree.unwrap(first)
        else:
            place = first


def _trim_end(place: Element) -> None:
    while (last := place.last) is not None:
        if tail := last.tail:
            kept = tail.rstrip(BLANKS)
            if kept != tail:
                last.tail = kept or None
            if kept:
                return
        if last.tag in tree.BLOCKS or last.tag == "img":
            return
        if last.tag == "br":
            tree.drop(last)
        elif tree.is_empty(last):
            tree.unwrap(last)
        else:
            place = last
    if text := place.text:
        kept = text.rstrip(BLANKS)
        if kept != text:
            place.text = kept or None
