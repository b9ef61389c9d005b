"""Reading, walking, changing and writing the tree that the rules of clean/ work on.

In: an HTML fragment. Out: a `body` element whose children the rules change in place, and HTML again. The text after an
element is its `tail`; removing an element must not lose it, so rules use `drop` and `unwrap` from here.
No function recurses: hostile nesting is as deep as libxml2 lets it be (2,048).
"""

from __future__ import annotations

import re
from urllib.parse import quote

from aggregator.clean import nodes, reading
from aggregator.clean.nodes import Body

Element = nodes.Element
parse = reading.parse
words = nodes.words

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

#: What style sheets and scripts of the site read, and nobody after us.
_STYLING = frozenset(["class", "id", "style", "cms-style", "align"])
_VOID = words("area base basefont br col embed frame hr img input isindex link meta param source track wbr")
MADE = nodes.MADE
_FIGURE = words("figure figcaption")
_WITHIN_LINES = words("a strong em u s del ins sub sup small mark abbr q cite code kbd samp")
#: As the sanitiser writes it: what it has not changed needs not be read again.
_LINK_REL = ' rel="noopener nofollow"'
_ADDRESSES = frozenset(["href", "src"])
_WHOLE_ADDRESS = re.compile(r"[!-~]*")
_ADDRESS_SIGNS = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"


def write(root: Element) -> str:
    """The children of `root` as HTML, one block a line. Without classes and styles: the sanitiser would drop them."""
    pieces: list[str] = []
    if root.text:
        pieces += (escape(root.text), "\n")
    node = root.first
    while node is not None:
        tag, text = node.tag, node.text
        if text and ("&" in text or "<" in text or ">" in text):
            text = escape(text)
        if node.attrib and not _STYLING.issuperset(node.attrib):
            pieces.append(f"<{tag}{_attributes(node)}>{text or ''}")
        else:
            pieces.append(f"<{tag}>{text or ''}")
        if node.first is not None:
            node = node.first
            continue
        if tag not in _VOID:
            pieces.append(f"</{tag}>")
        if node.after is not None and node.parent is not root:
            if node.tail:
                pieces.append(escape(node.tail))
            node = node.after
        else:
            node = _close(node, root, pieces)
    return "".join(pieces).removesuffix("\n").replace("\xa0", "&nbsp;")


def lines(root: Element) -> list[str] | None:
    """The texts of its blocks, where all it holds are simple lines and captions that nothing breaks; else None."""
    texts: list[str] = []
    if root.text:
        return None
    block = root.first
    while block is not None:
        if block.tail:
            return None
        if block.tag in LINES:
            text = _line(block)
        elif block.tag == "figure" and not block.text:
            text = _caption(block)
        else:
            return None
        if text is None:
            return None
        texts.append(text)
        block = block.after
    return texts


def _line(block: Element) -> str | None:
    text = block.text or ""
    child = block.first
    while child is not None:
        if child.first is not None or child.tag not in _WITHIN_LINES:
            return None
        text += (child.text or "") + (child.tail or "")
        child = child.after
    return text


def _caption(figure: Element) -> str | None:
    """The words of a figure of one picture, with or without a caption."""
    picture, words = figure.first, figure.last
    if picture is None or words is None or picture.tag != "img" or picture.tail or words.tail:
        return None
    if words is picture:
        return ""
    return _line(words) if words.tag == "figcaption" and words is picture.after else None


def _close(node: Element, root: Element, pieces: list[str]) -> Element | None:
    """Write what follows a finished element, up to the next one."""
    while True:
        parent = node.parent
        if parent is None or parent is root:
            pieces.append(f"\n{escape(node.tail)}\n" if node.tail else "\n")
            return node.after
        if node.tail:
            pieces.append(escape(node.tail))
        if node.after is not None:
            return node.after
        pieces.append(f"</{parent.tag}>")
        node = parent


def _attributes(element: Element) -> str:
    written = ""
    for name, value in element.attrib.items():
        if name in _STYLING:
            continue
        if name in _ADDRESSES and not _WHOLE_ADDRESS.fullmatch(value):
            value = quote(value.lstrip(" \t\n\r"), safe=_ADDRESS_SIGNS)
        written += f' {name}="{escape(value).replace(chr(34), "&quot;")}"'
    return written + _LINK_REL if element.tag == "a" else written


def escape(text: str) -> str:
    """Text as it stands in HTML between tags."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def elements(root: Element, *tags: str, most: int = 0) -> list[Element]:
    """Descendants with one of the tags, or all, in document order; a list, so that the tree may change meanwhile.

    With `most`, the first so many.
    """
    found: list[Element] = []
    if tags and type(root) is Body and root.names.isdisjoint(tags):
        return found
    wanted = frozenset(tags) if len(tags) > 3 else tags
    node = root.first
    while node is not None:
        if not tags or node.tag in wanted:
            found.append(node)
            if len(found) == most:
                return found
        if (following := node.first) is None:
            while (following := node.after) is None:
                if (parent := node.parent) is None or parent is root:
                    return found
                node = parent
        node = following
    return found


def has(root: Element, *tags: str) -> bool:
    """True where the element is, or holds, one with one of the tags."""
    return root.tag in tags or bool(elements(root, *tags, most=1))


def text_of(element: Element) -> str:
    """All text within, runs of source blanks as one, trimmed of blanks of every width."""
    return trimmed(_all_text(element) if element.first is not None else element.text or "")


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
    """All text within, as it is."""
    pieces = [element.text or ""]
    node = element.first
    while node is not None:
        if node.text:
            pieces.append(node.text)
        following = node.first
        while following is None:
            if node.tail:
                pieces.append(node.tail)
            if (following := node.after) is None:
                if (parent := node.parent) is None or parent is element:
                    return "".join(pieces)
                node = parent
        node = following
    return "".join(pieces)


def collapse(text: str) -> str:
    """Runs of ASCII blanks and line ends as one blank, as browsers show them; wide blanks stay."""
    if "\n" in text or "  " in text or "\t" in text or "\r" in text or "\f" in text:  # else nothing to do, quickly
        return _SOURCE_BLANKS.sub(" ", text)
    return text


def is_empty(element: Element) -> bool:
    """Neither words nor a picture nor anything else that shows."""
    if shows(element.text):  # nearly always
        return False
    if element.first is None:
        return element.tag not in ("img", "hr")
    return not shows(_all_text(element)) and not has(element, "img", "hr")


def has_words(element: Element) -> bool:
    """True where `text_of` is not ''."""
    return shows(element.text) or (element.first is not None and shows(_all_text(element)))


def shows(text: str | None) -> bool:
    """True for text that is not only blanks."""
    return bool(text and text.strip(BLANKS))


def classes(element: Element) -> list[str]:
    """The words of its class attribute."""
    return (element.get("class") or "").split()


def drop(element: Element) -> None:
    """Remove the element with all it holds; the text after it stays."""
    if element.parent is None:
        return
    if element.tail:
        _append_before(element, element.tail)
        element.tail = None
    element.detach()


def unwrap(element: Element) -> None:
    """Replace the element by what it holds."""
    if element.parent is None:
        return
    if element.text:
        _append_before(element, element.text)
    child = element.first
    while child is not None:
        following = child.after
        element.put_before(child)
        child = following
    drop(element)


def rename(element: Element, tag: str) -> Element:
    """Give the element another name, one of MADE, and no attributes."""
    element.tag = _made(tag)
    element.attrib = nodes.NOTHING
    return element


def wrap_children(element: Element, tag: str) -> Element:
    """Put all that the element holds into one new child: of a name of MADE, or of one that the tree holds already."""
    wrapper = Element(tag, element.text)
    element.text = None
    wrapper.first, wrapper.last = element.first, element.last
    for child in wrapper:
        child.parent = wrapper
    element.first = element.last = None
    element.append(wrapper)
    return wrapper


def _append_before(element: Element, text: str) -> None:
    if (before := element.before) is not None:
        before.tail = before.tail + text if before.tail else text
    elif (parent := element.parent) is not None:
        parent.text = parent.text + text if parent.text else text


def new(tag: str, text: str | None = None) -> Element:
    """A new element that holds `text`; its name is one of MADE."""
    return Element(_made(tag), text)


def _made(tag: str) -> str:
    if tag not in MADE and tag not in _FIGURE:
        raise ValueError(f"rules make no <{tag}>; tree.MADE names what they make")
    return tag


def pictures(element: Element) -> bool:
    """True where it holds a picture."""
    return element.tag == "img" if element.first is None else has(element, "img")


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
    while (last := element.last) is not None:
        if shows(last.tail):
            return last, True
        element = last
    return element, False
