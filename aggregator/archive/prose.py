"""The text of an article as mark-up that is valid wherever it is put: in a page of HTML, in XML.

In: HTML as the sanitiser left it, or as an archive from elsewhere brought it. Out: HTML or XHTML of known elements
only, each where the HTML standard allows it (content models, §4). Called by site.py and epub.py.

The sanitiser allows elements one by one; `<li>` without a list, or a heading in a link, pass it, and browsers take
them. Checkers do not. Pictures are what the caller says: a file of the archive, or a link to the origin.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from lxml import etree, html

from aggregator.kit import markup, text

#: Elements that hold words and each other; they may stand everywhere.
_INLINE = frozenset(
    [
        "q",
        "cite",
        "code",
        "kbd",
        "samp",
        "strong",
        "em",
        "u",
        "s",
        "del",
        "ins",
        "sub",
        "sup",
        "small",
        "mark",
        "abbr",
        "a",
        "ruby",
        "rt",
        "rp",
        "br",
        "img",
    ]
)
#: Elements that hold paragraphs as well as words.
_FLOW = frozenset(["blockquote", "div", "figure", "figcaption", "li", "dd", "td", "th", "caption"])
_PHRASES = frozenset(["p", "h2", "h3", "h4", "h5", "h6", "pre", "dt"])
_BLOCK = _FLOW | _PHRASES | frozenset(["hr", "ul", "ol", "dl", "table", "thead", "tbody", "tfoot", "tr"])
_VOID = frozenset(["br", "hr", "img"])
#: Old names and their meaning now; `rb` became the ruby element's own text.
_RENAMED = {"b": "strong", "i": "em", "strike": "s", "tt": "code", "h1": "h2", "section": "div", "article": "div"}
#: What vanishes with all it holds.
_GONE = frozenset(
    [
        "script",
        "style",
        "iframe",
        "object",
        "embed",
        "svg",
        "math",
        "template",
        "noscript",
        "head",
        "title",
        "textarea",
        "select",
    ]
)
#: Element -> what alone it may stand in; elsewhere it becomes the second.
_WITHIN = {
    "li": (("ul", "ol"), "div"),
    "dt": (("dl",), "p"),
    "dd": (("dl",), "div"),
    "figcaption": (("figure",), "p"),
    "rt": (("ruby",), None),
    "rp": (("ruby",), None),
    "caption": (("table",), "p"),
    "thead": (("table",), None),
    "tbody": (("table",), None),
    "tfoot": (("table",), None),
    "tr": (("table", "thead", "tbody", "tfoot"), None),
    "td": (("tr",), "div"),
    "th": (("tr",), "div"),
}
#: Element -> what alone it may hold.
_HOLDS = {
    "ul": ("li",),
    "ol": ("li",),
    "dl": ("dt", "dd"),
    "table": ("caption", "thead", "tbody", "tfoot", "tr"),
    "thead": ("tr",),
    "tbody": ("tr",),
    "tfoot": ("tr",),
    "tr": ("td", "th"),
}
_NUMBER = re.compile(r"[1-9][0-9]{0,4}")
_ATTRIBUTES = {
    ("td", "colspan"): _NUMBER,
    ("td", "rowspan"): _NUMBER,
    ("th", "colspan"): _NUMBER,
    ("th", "rowspan"): _NUMBER,
    ("th", "scope"): re.compile("row|col|rowgroup|colgroup"),
    ("ol", "start"): re.compile("-?[0-9]{1,6}"),
    ("ol", "reversed"): re.compile(".*", re.DOTALL),
}


class Picture(NamedTuple):
    """A picture that a page can show."""

    address: str  #: relative to the page


Pictures = Callable[[str], Picture | None]


def of(source: str, plain: str, pictures: Pictures, *, xml: bool = False) -> str:
    """The mark-up of an article; `plain` is taken where `source` cannot be read whole. Well-formed XML if so asked."""
    made = etree.Element("div")
    try:
        parsed = html.fragment_fromstring(markup.fragment(source), create_parent="div")
        _fill(made, parsed, pictures)
    except (etree.LxmlError, ValueError, RecursionError):
        made = etree.Element("div")
    if not len(made) and not (made.text or "").strip():
        for line in text.strip_controls(plain).splitlines():
            etree.SubElement(made, "p").text = line
    pieces = [_escaped(made.text or "")]
    pieces += [etree.tostring(one, encoding="unicode", method="xml" if xml else "html") for one in made]
    return "".join(pieces).strip()


def _escaped(words: str) -> str:
    return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


# ------------------------------------------------------------------------------------------------------- the tree


def _fill(parent: etree._Element, source: etree._Element, pictures: Pictures) -> None:
    """Put what `source` holds into `parent`, each where it may stand."""
    _words(parent, source.text)
    for child in source:
        if isinstance(child.tag, str):
            _put(parent, child, pictures)
        _words(parent, child.tail)


def _words(parent: etree._Element, words: str | None) -> None:
    """Text at the end of `parent`. Where only rows or items may stand, it gets one."""
    if not words:
        return
    home = parent
    if parent.tag in _HOLDS:
        if not words.strip():
            return
        home = _home(parent)
    if len(home):
        home[-1].tail = (home[-1].tail or "") + words
    else:
        home.text = (home.text or "") + words


def _home(parent: etree._Element) -> etree._Element:
    """Where in a list or a table something may stand that is no item, no row, no cell of it."""
    while parent.tag in _HOLDS:
        last = parent[-1] if len(parent) else None
        name = {"dl": "dd", "tr": "td"}.get(parent.tag, "li" if parent.tag in ("ul", "ol") else "tr")
        parent = last if last is not None and last.tag == name else etree.SubElement(parent, name)
    return parent


def _put(parent: etree._Element, source: etree._Element, pictures: Pictures) -> None:
    """Put one element, by its own name, by another that is allowed here, or only what it holds."""
    name = str(source.tag).lower()
    name = _RENAMED.get(name, name)
    if name in _GONE:
        return
    within = _WITHIN.get(name)
    if within is not None and parent.tag not in within[0]:
        name = within[1] or ""
    if name == "figcaption" and any(one.tag == "figcaption" for one in parent):
        name = "p"
    if name == "caption" and len(parent):
        name = "p"
    if name == "dt" and _has_blocks(source):
        name = "dd"
    if not _allowed(name, source, parent):
        _fill(parent, source, pictures)
        return
    if parent.tag in _HOLDS and name not in _HOLDS[parent.tag]:
        parent = _home(parent)
    if name == "img":
        _picture(parent, source, pictures)
        return
    if name in _PHRASES and _has_blocks(source):
        name = "div"
    made = etree.SubElement(parent, name)
    _attributes(made, source)
    if name not in _VOID:
        _fill(made, source, pictures)


def _allowed(name: str, source: etree._Element, parent: etree._Element) -> bool:
    """Whether an element of this name may stand here; its content may in any case."""
    if name in _INLINE:
        if name == "a" and (_in(parent, "a") or not _address(source)):
            return False
        if name == "ruby" and _in(parent, "ruby"):
            return False
        return not _has_blocks(source)
    if name not in _BLOCK:
        return False
    return name not in ("table", "caption") or not _in(parent, "caption")


def _has_blocks(source: etree._Element) -> bool:
    return any(_RENAMED.get(str(one.tag), one.tag) in _BLOCK for one in source.iterdescendants())


def _in(element: etree._Element, name: str) -> bool:
    return element.tag == name or any(True for _ in element.iterancestors(name))


def _address(source: etree._Element) -> str | None:
    """Where a link leads, if that is on the web."""
    href = source.get("href", "").strip()
    return href if re.match(r"https?://[^\s/]", href, re.IGNORECASE) else None


def _attributes(made: etree._Element, source: etree._Element) -> None:
    for name, value in source.attrib.items():
        wanted = _ATTRIBUTES.get((str(made.tag), str(name)))
        if wanted is not None and wanted.fullmatch(str(value)):
            made.set(str(name), "reversed" if name == "reversed" else str(value))
    if made.tag == "a":
        made.set("href", iri(_address(source) or ""))
        made.set("rel", "noopener noreferrer nofollow")


_HOST = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*")
_UNSAFE = re.compile(r"[\x00-\x20\"<>\\^`{|}]")


def iri(address: str) -> str:
    """An address without the signs that no address may hold, as they stand in what people paste."""
    address = re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", address)
    address = _UNSAFE.sub(lambda sign: f"%{ord(sign[0]):02X}", address)
    host = _HOST.match(address)
    end = host.end() if host else 0  # brackets belong to addresses of IPv6, and nowhere else
    address = address[:end] + address[end:].replace("[", "%5B").replace("]", "%5D")
    head, mark, rest = address.partition("#")
    return head + mark + rest.replace("#", "%23")


def _picture(parent: etree._Element, source: etree._Element, pictures: Pictures) -> None:
    """A picture of the archive; else a link to where it was, which loads nothing by itself."""
    address = source.get("src", "").strip()
    words = " ".join(text.strip_controls(source.get("alt", "")).split())
    shown = pictures(address)
    if shown is not None:
        made = etree.SubElement(parent, "img", src=shown.address, alt=words)
        for name in ("width", "height"):
            if _NUMBER.fullmatch(source.get(name, "")):
                made.set(name, source.get(name, ""))
        return
    if not re.match(r"https?://[^\s/]", address, re.IGNORECASE):
        return
    label = f"图片：{words}" if words else "图片"
    if _in(parent, "a"):
        etree.SubElement(parent, "span").text = f"［{label}］"
        return
    around = etree.SubElement(parent, "span")
    around.set("class", "absent")
    around.text = "［"  # outside of the link: half of a full-width bracket is blank, which would be underlined
    made = etree.SubElement(around, "a", href=iri(address), rel="noopener noreferrer nofollow")
    made.text, made.tail = label, "］"
