"""Mends HTML text before a lenient parser reads it, so that no words are lost.

In: HTML as a feed or page states it. Out: HTML that every HTML parser reads the same way. Called by clean/ and
extract/, which read with different parsers.

Chinese prose writes titles inside titles with ASCII signs: 《关于修改<条例>的决定》. The HTML standard (§13.2.5.6, tag
open state) makes a `<` text unless a letter, `!`, `/` or `?` follows; libxml2 keeps to that only in part, and
`<ETF联接>` or `</条例>` begin a tag or a bogus comment for all parsers. What no element of HTML is called is text here.
"""

from __future__ import annotations

import re

from aggregator.kit import text

_ELEMENTS = (
    "a|abbr|acronym|address|applet|area|article|aside|audio|b|base|basefont|bdi|bdo|bgsound|big|blink|blockquote|"
    "body|br|button|canvas|caption|center|cite|code|col|colgroup|command|content|data|datalist|dd|del|details|dfn|"
    "dialog|dir|div|dl|dt|em|embed|fieldset|figcaption|figure|font|footer|form|frame|frameset|h1|h2|h3|h4|h5|h6|"
    "head|header|hgroup|hr|html|i|iframe|image|img|input|ins|isindex|kbd|keygen|label|legend|li|link|listing|main|"
    "map|mark|marquee|math|menu|menuitem|meta|meter|multicol|nav|nextid|nobr|noembed|noframes|noscript|object|ol|"
    "optgroup|option|output|p|param|picture|plaintext|portal|pre|progress|q|rb|rbc|rp|rt|rtc|ruby|s|samp|script|"
    "search|section|select|shadow|slot|small|source|spacer|span|strike|strong|style|sub|summary|sup|svg|table|"
    "tbody|td|template|textarea|tfoot|th|thead|time|title|tr|track|tt|u|ul|var|video|wbr|xmp|xml"
)

#: A `<` that begins no comment, no declaration, no known element, no custom or prefixed name (wx-open, o:p), and no
#: unknown element that carries an attribute.
_TEXT_SIGN = re.compile(
    r"<(?!/?(?:" + _ELEMENTS + r")(?:[\s/>]|$)"
    r"|!--|!doctype|!\[cdata\[|!\[(?:if|endif)|\?(?:xml|php)"
    r"|/?[a-z][a-z0-9]*[-:][a-z]"
    r"|/?[a-z][a-z0-9]*\s[^<>]*=)",
    re.IGNORECASE,
)
_REFERENCE = re.compile(r"&#(?:[xX]0*([0-9A-Fa-f]{1,8})|0*(\d{1,8}));?")
#: A tag with more than about a thousand attributes loses them all: parsers need seconds for such a one.
_CROWDED = re.compile(r"<([A-Za-z][\w:-]*)(?:[^<>\s\"'/]*[\s\"'/]+){3000}[^<>]*>?")
_LONG = 20_000
#: A `<` that begins neither a comment nor one of the tags that nearly all articles are made of. Where there is none,
#: nothing is to be mended; and this is three times as quick as a look at all names.
_UNCOMMON = re.compile(
    r"<(?!/?(?:p|font|span|a|div|img|strong|br|style|h[1-6]|b|table|tr|td|tbody|th|ul|ol|li|em|i|u|figure|figcaption|"
    r"blockquote|section|script|center|sub|sup)[\s/>]|!--)"
)
_SIGN = re.compile(r"<(/?[A-Za-z][\w:-]*|!--)?")
_ORDINARY = frozenset({"!--"}.union(_ELEMENTS.split("|"), (f"/{name}" for name in _ELEMENTS.split("|"))))
_SCAFFOLD = re.compile(r"</?(?:html|body|head)\b[^<>]*>|<!\[cdata\[|\]\]>", re.IGNORECASE)


def mend(html: str) -> str:
    """`html` without control characters, stated or by reference, and with each `<` that begins no markup as `&lt;`."""
    html = _without_controls(html)
    if _UNCOMMON.search(html) is None or _ORDINARY.issuperset(_SIGN.findall(html)):
        return html
    return _TEXT_SIGN.sub("&lt;", html)


def fragment(html: str) -> str:
    """`mend`, and without html, head and body tags or CDATA marks: a parser would stop or lose text at them."""
    html = _without_controls(html)
    if _UNCOMMON.search(html) is None and "]]>" not in html:
        return html
    if not _ORDINARY.issuperset(_SIGN.findall(html)):
        html = _TEXT_SIGN.sub("&lt;", html)
    return _SCAFFOLD.sub("", html)


def _without_controls(html: str) -> str:
    html = text.strip_controls(html)
    if len(html) > _LONG:
        html = _CROWDED.sub(r"<\1>", html)
    return _REFERENCE.sub(_sound, html) if "&#" in html else html


def _sound(reference: re.Match[str]) -> str:
    """The character reference as it is, '' for one to a character that XML 1.0 forbids: trees cannot hold those."""
    hexadecimal, decimal = reference.groups()
    code = int(hexadecimal, 16) if hexadecimal else int(decimal)
    if 0x20 <= code < 0xD800:
        return reference.group()
    return reference.group() if code <= 0x10FFFF and text.strip_controls(chr(code)) else ""
