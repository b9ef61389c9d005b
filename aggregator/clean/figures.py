"""Rule: pictures become `<figure><img src alt><figcaption>`, whatever the site wrapped them in.

Sina: `div.img_wrapper` with `span.img_descr`; pages before 2014: a centred paragraph with the caption in `font.f12`;
its mobile pages: a placeholder in `src`, the picture in `data-src`, the caption in `h2.art_img_tit`. Pictures whose
address is on the site's blocklist (placeholders, portraits) and QR pictures of any site go with their wrapper.
"""

from __future__ import annotations

import re
from functools import lru_cache

from aggregator.clean import links, qr, tree
from aggregator.clean.draft import Draft
from aggregator.clean.tree import Element
from aggregator.models import Image

#: Where the real address of a lazily loaded picture stands, before the placeholder in `src`.
_SOURCES = ("data-src", "data-original", "data-lazy-src", "data-actualsrc", "data-echo", "data-url", "src")
_WRAPPERS = frozenset(["img_wrapper", "art_img_mini", "art_img_box", "image-wrapper", "wp-caption", "pic-box"])
_CAPTIONS = frozenset(["img_descr", "art_img_tit", "f12", "wp-caption-text", "caption", "img-caption", "pic-caption"])
_LINES_OF_TEXT = frozenset(["a", "strong", "b", "em", "i", "u", "s", "span", "font", "small", "big", "label", "nobr"])
_LONGEST_CAPTION = 300
#: What holds more elements than this is no wrapper, and no line around one picture: hundreds may ask for the same one.
_MOST_HELD = 200
#: The same for characters of its source, blanks and all.
_MOST_WRITTEN = 1_000
_NOT_IN_WRAPPERS = ("table", "ul", "ol", "blockquote")
#: Side of the largest picture that is a counter's pixel or a spacer.
_PIXEL = 3


def frame(draft: Draft) -> None:
    """Give every picture its figure, drop those that are none of the article."""
    for source in tree.elements(draft.root, "source"):
        tree.unwrap(source)  # libxml2 knows no <source>, and puts the <img> after it into it
    lifted: dict[Element, Element] = {}
    for picture in tree.elements(draft.root, "img"):
        if picture.parent is None or not _within(draft.root, picture):
            continue
        _frame_one(draft, picture, lifted)
    for outer in lifted:
        if tree.is_empty(outer):
            tree.drop(outer)


def collect(draft: Draft) -> None:
    """The pictures of the finished article, in order."""
    found: dict[str, Image] = {}
    for picture in tree.elements(draft.root, "img"):
        caption = None
        parent = picture.parent
        if parent is not None and parent.tag == "figure" and (words := parent.find("figcaption")) is not None:
            caption = tree.text_of(words) or None
        address = picture.get("src")
        if address:
            image = Image(address, caption, _size(picture, "width"), _size(picture, "height"))
            found.setdefault(address, image)
    draft.images += found.values()


def is_blocked(address: str, patterns: tuple[str, ...]) -> bool:
    """True for a picture that is no content by the site's blocklist."""
    pattern = _blocklist(patterns)
    return bool(pattern and pattern.search(address))


def _frame_one(draft: Draft, picture: Element, lifted: dict[Element, Element]) -> None:
    """`lifted`: the last figure that came out of an element in a line of text."""
    address = _address(draft.base, picture)
    wrapper = _wrapper(picture)
    width, height = _size(picture, "width"), _size(picture, "height")
    pixel = width is not None and height is not None and max(width, height) <= _PIXEL
    alone = wrapper is not None and not _holds_several(wrapper)
    code = qr.is_picture(
        address, picture.get("alt"), picture.get("title"), _caption(picture, wrapper if alone else None)
    )
    if address is None or pixel or code or is_blocked(address, draft.rules.image_blocklist):
        if code and address:
            draft.refused.add(address)
        tree.drop(wrapper if wrapper is not None and alone and address else picture)
        return
    figure = tree.new("figure")
    attrib = {"src": address, "alt": tree.collapse(picture.get("alt") or "").strip(tree.BLANKS)}
    attrib |= {side: str(value) for side, value in (("width", width), ("height", height)) if value}
    figure.append(Element(picture.tag, None, attrib))
    if wrapper is None:
        _place_inline(picture, figure, lifted)
    else:
        _replace_wrapper(wrapper, picture, figure)


def _holds_several(element: Element) -> bool:
    """More than one picture within it. Only for what is small."""
    return len(tree.elements(element, "img", most=2)) > 1


def _caption(picture: Element, wrapper: Element | None) -> str:
    """The words that go with the picture: those of its wrapper, or of the line in which it is the only picture."""
    if wrapper is not None:
        return tree.short_text(wrapper, qr.LONGEST)
    line = picture.parent
    while line is not None and line.tag in _LINES_OF_TEXT:
        line = line.parent
    if line is None or line.tag not in ("p", "div", "section", "center") or not (words := _few_words(line, qr.LONGEST)):
        return ""
    inner = any(e.tag in tree.BLOCKS or e.tag in ("div", "section", "center") for e in tree.elements(line))
    return "" if inner or _holds_several(line) else words


def _replace_wrapper(wrapper: Element, picture: Element, figure: Element) -> None:
    """Put the figure before the wrapper; the last picture of a wrapper takes its caption and its place."""
    tree.drop(picture)
    wrapper.put_before(figure)
    if next(wrapper.iter("img"), None) is None:
        if caption := tree.text_of(wrapper):
            words = tree.new("figcaption", caption)
            figure.append(words)
        tree.drop(wrapper)


def _place_inline(picture: Element, figure: Element, lifted: dict[Element, Element]) -> None:
    """A picture in a line of text: lift it out of links, bold and fonts; structure.flatten splits the paragraph.

    Several that stood in one element follow it in their order.
    """
    outer = picture
    while (parent := outer.parent) is not None and parent.tag in _LINES_OF_TEXT:
        outer = parent
    if outer is picture:
        figure.tail, picture.tail = picture.tail, None
        parent = picture.parent
        if parent is not None:
            picture.put_before(figure)
            picture.detach()
        return
    tree.drop(picture)
    lifted.get(outer, outer).put_after(figure)
    lifted[outer] = figure


def _wrapper(picture: Element) -> Element | None:
    """The element that holds the picture with its caption and nothing else.

    What stands in something small is smaller still: the first ancestor that is not ends the search.
    """
    for depth, ancestor in enumerate(picture.ancestors()):
        if depth > 5 or ancestor.tag in ("body", "td", "th", "li", "blockquote"):
            return None
        known = ancestor.tag == "figure" or not _WRAPPERS.isdisjoint(tree.classes(ancestor))
        if not known and ancestor.tag not in ("p", "div", "center"):
            continue
        words = _few_words(ancestor, _LONGEST_CAPTION)
        if words is None:
            return None
        if known or _is_captioned(ancestor, words):
            return None if tree.has(ancestor, *_NOT_IN_WRAPPERS) else ancestor
    return None


def _is_captioned(block: Element, words: str) -> bool:
    """All `words` of the block stand in elements that are captions by their class."""
    captions = [
        e
        for e in tree.elements(block, "font", "span", "p", "div", "h2")
        if e.get("class") and not _CAPTIONS.isdisjoint(tree.classes(e))
    ]
    stated = "".join(tree.text_of(e) for e in captions)
    return bool(words) and words == tree.collapse(stated).strip(tree.BLANKS)


def _few_words(element: Element, most: int) -> str | None:
    """`tree.text_of`, None where that has more than `most` characters or holds much: that is not read whole."""
    held, written = 0, len(element.text or "")
    node = element.first
    while node is not None:
        held += 1
        written += len(node.text or "") + len(node.tail or "")
        if held > _MOST_HELD or written > _MOST_WRITTEN:
            return None
        node = node.first or node.after or node.following(element)
    if written > _MOST_WRITTEN:
        return None
    words = tree.text_of(element)
    return words if len(words) <= most else None


def _address(base: str | None, picture: Element) -> str | None:
    for name in _SOURCES:
        stated = picture.get(name)
        if stated and not stated.lstrip().lower().startswith("data:") and (found := links.secure(base, stated)):
            return found
    for name in ("data-srcset", "srcset"):
        first = (picture.get(name) or "").strip().split(" ", 1)[0].rstrip(",")
        if first and (found := links.secure(base, first)):
            return found
    return None


def _size(picture: Element, side: str) -> int | None:
    found = re.fullmatch(r"\s*(\d{1,5})(?:\.\d+)?(?:px)?\s*", picture.get(side) or "")
    return int(found.group(1)) or None if found else None


def _within(root: Element, element: Element) -> bool:
    return any(ancestor is root for ancestor in element.ancestors())


def drop_repeats(draft: Draft) -> None:
    """The same picture twice in a row is a lazy one and its fallback."""
    before: Element | None = None
    shown: str | None = None
    for figure in tree.elements(draft.root, "figure"):
        image = figure.find("img")
        if image is None:
            continue
        address = image.get("src")
        adjacent = before is not None and figure.before is before and not (before.tail or "").strip(tree.BLANKS)
        if adjacent and address == shown and figure.find("figcaption") is None:
            tree.drop(figure)
        else:
            before, shown = figure, address


@lru_cache(maxsize=64)
def _blocklist(patterns: tuple[str, ...]) -> re.Pattern[str] | None:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns)) if patterns else None
