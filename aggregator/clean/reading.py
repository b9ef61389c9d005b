"""Reads HTML into the elements of clean/nodes.py: plain mark-up at once, everything else through libxml2.

In: an HTML fragment. Out: its Body. Called through clean/tree.py. Mark-up is plain where every tag is a common one, and
every element is closed by its own end tag and stands where it may stand, so that there is nothing to mend: then the
tree is what is written, and every parser agrees. What is not certain to be plain is read by libxml2; a test holds both
against each other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from lxml import etree

from aggregator.clean.nodes import MADE, NOTHING, Body, Element, words
from aggregator.kit import markup

_parser = etree.HTMLParser(encoding="utf-8", remove_comments=False, huge_tree=True)

_VOID = words("br img hr")
_INLINE = words("a strong b em i u s font span sub sup small big code cite label del ins mark strike tt")
_LINES = words("p h1 h2 h3 h4 h5 h6")
_BLOCKS = _LINES | words("div blockquote section article center figure figcaption ul ol li table tbody thead tr td th")
#: Elements whose content is no mark-up. Here it may hold no `<` at all.
_RAW = words("style script iframe")
_KNOWN = _VOID | _INLINE | _BLOCKS | _RAW
_ROWS = words("tbody thead tr td th")
#: By the name of an element, what ends it or is moved out of it, for one parser or another.
_REFUSED: dict[str, frozenset[str]] = {
    **dict.fromkeys(_BLOCKS, words("")),
    **dict.fromkeys(_INLINE, _ROWS | words("table li p center")),
    **dict.fromkeys(_LINES, _BLOCKS | {"hr"}),
    **dict.fromkeys(words("body td th"), _ROWS),
    **dict.fromkeys(words("ul ol"), _KNOWN - {"li"}),
    **dict.fromkeys(words("thead tbody"), _KNOWN - {"tr"}),
    **dict.fromkeys(_RAW, _KNOWN),
    "a": _ROWS | words("table li p center a"),
    "li": words("li"),
    "table": _KNOWN - words("thead tbody tr"),
    "tr": _KNOWN - words("td th"),
}
_FIGURE = words("figure figcaption")
_DEEPEST = 100
_LONGEST_TAG = 2_000
_SHORT_TAG = 40

#: Control characters, which `markup.fragment` takes out. Looked for in bytes: that is three times as quick.
_CONTROLS = bytes([*range(9), 11, 12, *range(14, 32)])

#: A start tag without its signs and the values of its attributes.
_FORM = re.compile(r"([A-Za-z][A-Za-z0-9]*)((?:\s+(?!xml)[A-Za-z][A-Za-z0-9_-]*(?:=\")?)*)\s*(/\s*)?", re.ASCII)
_KEY = re.compile(r"([A-Za-z][A-Za-z0-9_-]*)(=?)")
_REFERENCES = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "nbsp": "\xa0"}
_REFERENCE = re.compile(r"&(?:(amp|lt|gt|quot|nbsp)|#(\d{2,5}));")
#: An ampersand that stands for itself: before what is no name, and in addresses.
_BARE = re.compile(r"&(?![A-Za-z0-9#])")
_BARE_IN_VALUE = re.compile(r"&(?![A-Za-z0-9#])|&(?=[A-Za-z0-9]+=)")


class _NotPlainError(Exception):
    """The mark-up needs a parser that mends."""


def parse(html: str) -> Body:
    """The fragment as a tree."""
    try:
        return read_plain(html)
    except (_NotPlainError, UnicodeEncodeError):
        return read_any(html)


def read_any(html: str) -> Body:
    """The fragment as libxml2 reads it."""
    root = etree.fromstring(f"<html><body>{markup.fragment(html)}</body></html>".encode(), _parser)
    source = root.find("body") if root is not None else None
    return Body() if source is None else _converted(source)


def read_plain(html: str) -> Body:
    """The fragment, if its mark-up is plain. Raises _NotPlainError, or UnicodeEncodeError for lone surrogates."""
    _refuse_controls(html)
    if "\r" in html:
        html = html.replace("\r\n", "\n").replace("\r", "\n")
    first, *rest = html.split("<")
    pieces = iter(rest)
    body = Body(_text(first))
    everything, comments = body.everything, body.comments
    place: Element = body  # the innermost open element
    depth = 0
    for piece in pieces:
        tag, end, text = piece.partition(">")
        sign = tag[:1]
        if sign == "/":
            name = tag[1:]
            if (name != place.tag and name.rstrip().lower() != place.tag) or place is body or not end:
                raise _NotPlainError
            if text:
                place.tail = text if "&" not in text else _text(text)
            place = place.parent or body
            depth -= 1
            continue
        if sign == "!":
            if place.tag in _RAW:
                raise _NotPlainError
            if text := _read_comment(piece, pieces, comments):
                _add_text(place, text)
            continue
        name, attrib = _short_opening(tag) if len(tag) <= _SHORT_TAG else _opening(tag)
        if name in _REFUSED[place.tag] or not end:
            raise _NotPlainError
        before = place.last
        place.last = element = Element(name, None, attrib, place, before)
        everything.append(element)
        if before is None:
            place.first = element
        else:
            before.after = element
        if name in _VOID:
            element.tail = _text(text)
            continue
        if text:
            element.text = text if "&" not in text or name in _RAW else _text(text)
        place = element
        depth += 1
        if depth > _DEEPEST:
            raise _NotPlainError
    if depth:
        raise _NotPlainError
    body.names = _names(everything)
    return body


def _names(everything: list[Element]) -> frozenset[str]:
    names = frozenset([element.tag for element in everything]) | MADE
    return names | _FIGURE if "img" in names else names


def _refuse_controls(html: str) -> None:
    data = html.encode()
    if len(data.translate(None, _CONTROLS)) != len(data) or "\ufffe" in html or "\uffff" in html or "]]>" in html:
        raise _NotPlainError


def _read_comment(piece: str, pieces: Iterator[str], comments: list[str]) -> str:
    """Keep what the comment says, which may go on over the next pieces; the text after it."""
    if piece[:3] != "!--":
        raise _NotPlainError
    said, end, after = piece[3:].partition("-->")
    if not end:
        parts = [piece[3:]]
        for piece in pieces:
            parts.append(piece)
            if "-->" in piece:
                break
        said, end, after = "<".join(parts).partition("-->")
    if not end or said[:1] == ">" or said[:2] == "->" or "--!>" in said:
        raise _NotPlainError
    if ("<" in said or "&" in said) and markup.fragment(f"<!--{said}-->") != f"<!--{said}-->":
        raise _NotPlainError
    comments.append(said)
    return after


def _add_text(place: Element, source: str) -> None:
    text = _text(source)
    if not text:
        return
    if place.last is not None:
        place.last.tail = (place.last.tail or "") + text
    else:
        place.text = (place.text or "") + text


def _text(source: str) -> str | None:
    if "&" not in source:
        return source or None
    return _decoded(source, _BARE)


def _decoded(source: str, bare: re.Pattern[str]) -> str:
    """`source` with the few references that need no table of names; any other one is not for us."""
    if source.count("&") != len(_REFERENCE.findall(source)) + len(bare.findall(source)):
        raise _NotPlainError
    return _REFERENCE.sub(_referred, source)


def _referred(reference: re.Match[str]) -> str:
    name, number = reference.groups()
    if name:
        return _REFERENCES[name]
    code = int(number)
    if not (0x20 <= code < 0x7F or 0xA0 <= code < 0xD800):
        raise _NotPlainError
    return chr(code)


def _opening(tag: str) -> tuple[str, Mapping[str, str]]:
    """Name and attributes of a start tag, without its signs."""
    if len(tag) > _LONGEST_TAG:
        raise _NotPlainError
    if '"' not in tag:
        tag = tag.replace("'", '"')
    parts = tag.split('"')
    name, keys, bare = _form('"'.join(parts[::2]))
    values = parts[1::2]
    if "&" in tag:
        values = [_decoded(value, _BARE_IN_VALUE) for value in values]
    for place in bare:
        values.insert(place, "")
    return name, (dict(zip(keys, values, strict=True)) if keys else NOTHING)


@lru_cache(maxsize=1024)
def _short_opening(tag: str) -> tuple[str, Mapping[str, str]]:
    """Sites write the same few again and again, for their paragraphs and fonts."""
    return _opening(tag)


@lru_cache(maxsize=1024)
def _form(form: str) -> tuple[str, list[str], list[int]]:
    """Names of the element and its attributes, and which of these have no value; of a tag like `a href=" class="`."""
    found = _FORM.fullmatch(form)
    if found is None:
        raise _NotPlainError
    name, stated, slash = found[1].lower(), found[2], found[3]
    if name not in _KNOWN or (slash and name not in _VOID):  # libxml2 takes <p/> for an element without content
        raise _NotPlainError
    attributes = _KEY.findall(stated)
    keys = [key.lower() for key, _ in attributes]
    if len(set(keys)) != len(keys):
        raise _NotPlainError
    return name, keys, [place for place, (_, value) in enumerate(attributes) if not value]


def _converted(source: etree._Element) -> Body:
    body = Body(source.text)
    made: dict[etree._Element, Element] = {source: body}
    for node in source.iterdescendants():
        parent = node.getparent()
        place = body if parent is None else made[parent]
        tag = node.tag
        if not isinstance(tag, str):
            if tag is etree.Comment or tag is etree.PI:
                body.comments.append(node.text or "")
            if tail := node.tail:
                if place.last is not None:
                    place.last.tail = (place.last.tail or "") + tail
                else:
                    place.text = (place.text or "") + tail
            continue
        element = made[node] = Element(tag, node.text, dict(node.items()) or NOTHING)  # type: ignore[arg-type]
        element.tail = node.tail
        place.append(element)
        body.everything.append(element)
    body.names = _names(body.everything)
    return body
