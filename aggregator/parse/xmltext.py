"""XML text before a parser sees it: made harmless and, for the tolerant reader, well-formed where that takes no
guessing.

Called by feedxml (`encode`) and tolerant (`mend`). A DOCTYPE is taken out whole, so no parser behind this module ever
meets an entity declaration or an external subset, in whatever encoding the document hid it: the text is decoded by
then.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from dataclasses import dataclass, field
from html.entities import html5

from aggregator.errors import NotAFeed
from aggregator.kit import text as texts

#: An element with more attributes is an attack: feedparser is quadratic in them (40,000 take it 13 s).
MOST_ATTRIBUTES = 500
#: No feed nests this deep.
DEEPEST = 500
#: feedparser takes some 50 µs an element, and reads an ill-formed document twice. One with more is read up to here.
MOST_ELEMENTS = 50_000
#: Signs that may begin mark-up. More of them than in 15 MB of escaped HTML are an attack on the time of the reader.
_MOST_SIGNS = 2_000_000
_LONGEST_DOCTYPE = 65_536
_MOST_EXPANSION = 1_000_000

_DECLARATION = re.compile(r"<\?xml(?=[\s?])[^>]*+>\s*", re.IGNORECASE)
_CONTROLS = bytes(c for c in range(32) if c not in (9, 10, 13)) + b"\x7f"
_C1_REFERENCE = re.compile(r"&#(?:0*1[2-5]\d|[xX]0*[89][0-9a-fA-F]);")
_C1 = re.compile("[\x80-\x9f]")
_C1_BYTES = re.compile(rb"\xc2[\x80-\x9f]")
_DOCTYPE_PART = re.compile(r"\"[^\"]*\"|'[^']*'|<!--.*?-->|[\[\]>]", re.DOTALL)
_ENTITY = re.compile(r"<!ENTITY\s+([\w.:-]+)\s+(?:\"([^\"]*)\"|'([^']*)')\s*>")
_BEFORE_ROOT = re.compile(
    r"[^<]+|<!--(?:.*?-->|.*)|<\?(?:.*?>|.*)|<(?![A-Za-z_!?/])|<!(?!--|doctype)[^>]*>?", re.DOTALL | re.IGNORECASE
)
#: Markup that is skipped whole, then tags. Each branch takes the rest where its end is missing, so the scan is linear.
_OPAQUE = r"<!--(?:.*?-->|.*)|<!\[CDATA\[(?:.*?\]\]>|.*)|<\?(?:.*?\?>|.*)"
_MARKUP = re.compile(_OPAQUE + r"|<(?P<close>/?)(?P<name>[A-Za-z_][\w.:-]*)(?P<rest>[^>]*+)(?P<end>>?)", re.DOTALL)
_REFERENCE = re.compile(
    _OPAQUE + r"|&(?:(?P<name>[A-Za-z][\w.-]{0,63});|#(?P<number>\d{1,8}|[xX][0-9a-fA-F]{1,7});)?", re.DOTALL
)
#: A second address in an attribute, which feedparser would take for the link (`<link uri="at://…">https://…</link>`).
_LINK_URI = re.compile(r"(<link\b[^<>]{0,500}?)\suri\s*=\s*(?:\"[^\"<>]*\"|'[^'<>]*')(?=[^<>]{0,500}>[^<])")
#: Markup inside an id, which feedparser would drop.
_GUID_MARKUP = re.compile(r"(<guid\b[^<>]{0,200}(?<!/)>)(\s*<(?!/guid|!)[^>]{1,200}>.{0,500}?)(</guid>)", re.DOTALL)
_PREDEFINED = frozenset({"lt", "gt", "amp", "quot", "apos"})
_ITEMS = frozenset({"item", "entry"})
_ITEM = re.compile(r"<(?:[\w.-]+:)?(?:item|entry)(?=[\s/>])", re.IGNORECASE)


@dataclass(slots=True)
class Survey:
    """What one pass over the tags tells."""

    listed: int = 0  #: item and entry tags opened
    cut_at: int | None = None  #: where the last item begins that must be dropped with all behind it
    too_long: bool = False  #: cut because of MOST_ELEMENTS, not because the text breaks off


@dataclass(slots=True)
class Mended:
    """XML text made harmless, and what that took."""

    data: bytes  #: UTF-8, without declaration and DOCTYPE
    listed: int  #: items in the source, the cut one included
    problems: list[str] = field(default_factory=list)


def encode(text: str) -> bytes:
    """UTF-8 without declaration and without characters that XML forbids.

    U+0080 to U+009F, which nobody means, become what Windows-1252 has there.
    """
    text = _DECLARATION.sub("", text, count=1) if text.startswith("<?xml") else text
    if "&#" in text and _C1_REFERENCE.search(text):
        text = _C1_REFERENCE.sub(_windows, text)
    try:
        data = text.encode("utf-8")
    except UnicodeEncodeError:  # lone surrogates
        data = texts.strip_controls(text).encode("utf-8")
    data = data.translate(None, _CONTROLS)
    if _C1_BYTES.search(data):
        data = _C1.sub(_windows, data.decode("utf-8")).encode("utf-8")
    return data.replace(b"\xef\xbf\xbe", b"").replace(b"\xef\xbf\xbf", b"")


def as_it_is(text: str, data: bytes | None) -> bytes | None:
    """`data`, the UTF-8 of `text`, without its declaration, where `encode` would change nothing else in it.

    None where it would. Other characters that XML forbids are not looked for: a strict reader finds them anyway, and
    `controlled` tells whether they may be what it stumbled over.
    """
    try:
        data = text.encode("utf-8") if data is None else data
    except UnicodeEncodeError:
        return None
    if b"\0" in data or b"\x7f" in data or (b"\xc2" in data and _C1_BYTES.search(data)):
        return None
    if "&#" in text and _C1_REFERENCE.search(text):
        return None
    declared = _DECLARATION.match(text) if text.startswith("<?xml") else None
    return data[len(declared.group().encode()) :] if declared else data


def controlled(data: bytes) -> bool:
    """True when `data` holds characters that XML forbids and `encode` would take out."""
    return len(data.translate(None, _CONTROLS)) < len(data) or b"\xef\xbf\xbe" in data or b"\xef\xbf\xbf" in data


def has_doctype(text: str) -> bool:
    """True when a DOCTYPE stands before the first element."""
    return text[(start := _prolog_end(text)) : start + 9].lower() == "<!doctype"


def mend(text: str) -> Mended:
    """Take out the DOCTYPE, resolve HTML entities, escape stray ampersands, cut off an item the text breaks off in.

    Raises NotAFeed when the document has an element with more than MOST_ATTRIBUTES attributes, nests deeper than
    DEEPEST, or has entities that expand without measure.
    """
    problems: list[str] = []
    text, entities = _without_doctype(text)
    found = survey(text)
    if found.cut_at is not None:
        text = text[: found.cut_at]
        reason = f"has more than {MOST_ELEMENTS} elements" if found.too_long else "breaks off inside an item"
        problems.append(f"the document {reason}: read up to the last whole item")
    text = _references(text, entities)
    text = _LINK_URI.sub(r"\1", text) if " uri=" in text else text
    text = _GUID_MARKUP.sub(lambda m: m[1] + html.escape(m[2], quote=False) + m[3], text)
    return Mended(encode(text), found.listed, problems)


def survey(text: str) -> Survey:
    """Walk over all tags once: count items, refuse bombs, find out where the text breaks off inside an item."""
    if text.count("<") + text.count("&") > _MOST_SIGNS:
        raise NotAFeed("more mark-up than any feed has")
    result = Survey()
    stack: list[str] = []
    opened: Counter[str] = Counter()
    item_start, elements = None, 0
    for tag in _MARKUP.finditer(text):
        name = tag["name"]
        if name is None:
            continue
        is_item = name.rpartition(":")[2].lower() in _ITEMS
        if tag["close"]:
            item_start = None if is_item else item_start
            _close(stack, opened, name)
            continue
        rest = tag["rest"]
        if len(rest) > MOST_ATTRIBUTES and rest.count("=") > MOST_ATTRIBUTES:
            raise NotAFeed(f"an element <{name[:40]}> with more than {MOST_ATTRIBUTES} attributes")
        elements += 1
        if is_item:
            result.listed += 1
            item_start = tag.start()
        if not rest.endswith("/"):
            stack.append(name)
            opened[name] += 1
        elif is_item:
            item_start = None
        if len(stack) > DEEPEST:
            raise NotAFeed(f"elements nested more than {DEEPEST} deep")
        result.too_long = result.too_long or elements > MOST_ELEMENTS
        if result.too_long and (is_item or not result.listed):
            result.cut_at = tag.start()
            result.listed = len(_ITEM.findall(text))
            return result
    result.cut_at = item_start if stack else None
    return result


def _close(stack: list[str], opened: Counter[str], name: str) -> None:
    """Take the element off the stack, and everything left open inside it."""
    if not opened[name]:
        return
    while stack:
        last = stack.pop()
        opened[last] -= 1
        if last == name:
            return


def _windows(match: re.Match[str]) -> str:
    found = match.group()
    if found.startswith("&#"):
        digits = found[2:-1]
        found = chr(int(digits[1:], 16) if digits[0] in "xX" else int(digits))
        if not "\x80" <= found <= "\x9f":
            return match.group()
    return found.encode("latin-1").decode("cp1252", "ignore")


def _prolog_end(text: str) -> int:
    """Where the DOCTYPE or the first element begins; comments before it may hold anything that looks like either."""
    at = 0
    while part := _BEFORE_ROOT.match(text, at):
        at = part.end()
    return at


def _without_doctype(text: str) -> tuple[str, dict[str, str]]:
    """The text without its DOCTYPE, and the plain entities that it declares."""
    entities: dict[str, str] = {}
    for _ in range(3):
        start = _prolog_end(text)
        if not has_doctype(text):
            return _DECLARATION.sub("", text[:start]) + text[start:], entities
        subset = _doctype(text[start : start + _LONGEST_DOCTYPE])
        entities |= _entities(subset)
        text = text[:start] + text[start + len(subset) :]
    raise NotAFeed("more than one DOCTYPE")


def _doctype(window: str) -> str:
    """The DOCTYPE that `window` begins with, its internal subset included."""
    depth = 0
    for part in _DOCTYPE_PART.finditer(window):
        sign = part.group()
        depth += (sign == "[") - (sign == "]")
        if sign == ">" and depth <= 0:
            return window[: part.end()]
    raise NotAFeed("a DOCTYPE without end, or one that is longer than any feed has")


def _entities(subset: str) -> dict[str, str]:
    """Internal general entities whose value holds no markup and no other entity; all others are not resolved."""
    found: dict[str, str] = {}
    for name, double, single in _ENTITY.findall(subset):
        value = double or single
        if "<" not in value and "%" not in value and not re.search(r"&(?!#\d+;|#[xX][0-9a-fA-F]+;)", value):
            found.setdefault(name, value)
    return found


def _references(text: str, entities: dict[str, str]) -> str:
    """Every entity the text names as characters, and every `&` that begins no reference as `&amp;`."""
    if "&" not in text:
        return text
    grown = 0

    def replaced(match: re.Match[str]) -> str:
        nonlocal grown
        whole = match.group()
        if whole[0] != "&":
            return whole
        if number := match["number"]:
            code = int(number[1:], 16) if number[0] in "xX" else int(number)
            return whole if _is_xml(code) else ""
        name = match["name"]
        if name is None:
            return "&amp;"
        if name in _PREDEFINED:
            return whole
        if name in entities:
            grown += len(entities[name])
            if grown > _MOST_EXPANSION:
                raise NotAFeed("its entities expand without measure")
            return entities[name]
        known = html5.get(name + ";")
        return "".join(f"&#{ord(c)};" for c in known) if known else f"&amp;{name};"

    return _REFERENCE.sub(replaced, text)


def _is_xml(code: int) -> bool:
    """The Char production of XML 1.0."""
    return code in (9, 10, 13) or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or 0x10000 <= code <= 0x10FFFF
