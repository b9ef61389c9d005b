"""Text: one-line titles, plain text of HTML, folding for comparison, and what prints are made of.

In: strings as feeds and pages state them. Out: clean strings. Called by parse (titles), clean (text), dedup (keys and
prints), kit/searchwords (folding), publish (titles, summaries).
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable

#: In StoryKey.title_key: divides a folded title from the mark of a text that was split off under the same title.
SPLIT_MARK = "\x1f"

# Everything outside the Char production of XML 1.0 (fifth edition, §2.2).
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_INVISIBLE = re.compile("[\u00ad\u200b\u2060\ufeff]")
_ENTITY = re.compile(r"&(?:#\d{1,8}|#[xX][0-9a-fA-F]{1,7}|[A-Za-z][A-Za-z0-9]{1,31});")
_BLANKS = re.compile(r"\s+")  # \s covers U+3000 and U+00A0

_INLINE = (
    "a abbr acronym b bdi bdo big blink cite code data del dfn em embed font i img input ins kbd label mark marquee "
    "nobr object param picture q rb rp rt rtc ruby s samp small source span strike strong sub sup svg math time tt u "
    "var video audio wbr map area button select option textarea meter progress slot track"
)
_BLOCK = (
    "address article aside base basefont blockquote body br caption center col colgroup dd details dialog dir div dl "
    "dt fieldset figcaption figure footer form frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html iframe "
    "legend li link main menu meta nav noframes noscript ol p pre script section style summary table tbody td "
    "template tfoot th thead title tr ul canvas applet"
)
_IS_BLOCK = dict.fromkeys(_BLOCK.split(), True) | dict.fromkeys(_INLINE.split(), False)
# Attributes are read with their quotes, so that a '>' in a value ends no tag. '<' outside quotes ends the attempt,
# which keeps the search linear.
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)((?:[\s/](?:\"[^\"]*\"|'[^']*'|[^'\"<>])*)?)>")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)|<!\[CDATA\[|\]\]>|<![A-Za-z][^<>]*>|<\?[^<>]*>", re.DOTALL)
_HIDDEN = re.compile(r"<(script|style|template|noscript)\b[^<>]*>.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE)
_BLANKS_IN_LINE = re.compile(r"[^\S\t]+")

#: What stands in the text for a tag, `/` before the names of end tags: cells end in a tab, other blocks in a line.
_BREAKS = {f"{end}{name}": "\n" if block else "" for name, block in _IS_BLOCK.items() for end in ("", "/")} | {
    "td": "", "th": "", "/td": "\t", "/th": "\t",
}  # fmt: skip
_BREAKS_SIMPLY = {
    tag: breaks for tag, breaks in _BREAKS.items() if tag.strip("/") not in ("script", "style", "template", "noscript")
}
#: A tag between its signs, with attributes; the same grammar as _TAG's.
_INSIDE_TAG = re.compile(r"(/?[A-Za-z][A-Za-z0-9]*)(?:[\s/](?:\"[^\"]*\"|'[^']*'|[^'\"<>])*)?")
#: Blanks of Unicode that XML forbids: as they stand they divide words.
_CONTROL_BLANKS = "\x0b\x0c\x1c\x1d\x1e\x1f"

#: Inside the class of an expression: characters of scripts that put no blanks between words.
CJK = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u3040-\u30ff\uac00-\ud7af\U00020000-\U000323af"
_DENSE = re.compile(r"[^\W_]+|[%‰]|(?<=\d)\.(?=\d)|[+-](?=\d)")
# What NFKC makes of full-width ASCII and common punctuation; most texts are NFKC after it, which is seen at once.
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: " ", 0xA0: " ", 0x2026: "..."}


def strip_controls(text: str) -> str:
    """Drop the characters XML 1.0 forbids: C0 controls but tab and line ends, lone surrogates, U+FFFE, U+FFFF."""
    return _NOT_XML.sub("", text)


def line(text: str) -> str:
    """One clean line: entities decoded once, real HTML tags taken out, blanks collapsed, invisible characters gone.

    `<条例>` and `a < b` are no HTML and stay. Only entities with their semicolon count, so that `R&D` and `?a&copy=1`
    stay whole.
    """
    if "&" in text:
        text = _ENTITY.sub(lambda m: html.unescape(m.group()), text)
    text = _INVISIBLE.sub("", strip_controls(text))
    if "<" in text:
        text = _untagged(text)
    return _BLANKS.sub(" ", text).strip()


def title(text: str) -> str:
    """A title as plain text: `line`, and no tag of real HTML is left however the feed escaped it."""
    return line(text)


def fold(text: str) -> str:
    """Fold width, compatibility forms and case (NFKC, casefold). Traditional characters stay traditional."""
    if text.isascii():
        return text.lower()
    folded = unicodedata.normalize("NFKC", text.translate(_FULL_WIDTH)).casefold()
    return folded if unicodedata.is_normalized("NFKC", folded) else unicodedata.normalize("NFKC", folded)


def dense(text: str) -> str:
    """The folded text without blanks and punctuation; points between digits, `%` and signs before numbers stay."""
    return "".join(_DENSE.findall(fold(text)))


def plain(markup: str) -> str:
    """Plain text of HTML, one line a block (table cells of a row share a line, divided by a tab); '' for none.

    Scripts, styles and comments are left out. `<` before anything that is no HTML tag is text.
    """
    if "<" not in markup and "&" not in markup:
        return _tidy(markup)
    broken = _break_simply(markup)
    if broken is None:
        visible = _COMMENT.sub("", _HIDDEN.sub(" ", markup))
        # Line ends of the source are blanks; only blocks break lines.
        broken = _TAG.sub(_break, _BLANKS.sub(" ", visible))
    return _tidy(html.unescape(broken))


def rows(lines: Iterable[str]) -> str:
    """What `plain` makes of HTML whose blocks hold these texts, without control characters, and nothing else."""
    tidied = (_tidy_row(line, " ") for line in lines)
    return "\n".join([row for row in tidied if row])


def truncate(text: str, n: int) -> str:
    """At most `n` characters, the last one `…` where something was cut; numbers and Latin words are not cut in two."""
    if len(text) <= n:
        return text
    if n < 1:
        return ""
    cut = text[: n - 1]
    if _in_word(cut[-1:]) and _in_word(text[n - 1]):
        whole = re.sub(r"[0-9A-Za-z.,%+-]{1,24}\Z", "", cut)
        cut = whole or cut
    while cut and (unicodedata.combining(text[len(cut)]) or text[len(cut)] in "\u200d\ufe0f"):
        cut = cut[:-1]
    return cut.rstrip() + "…"


def _in_word(char: str) -> bool:
    return char.isascii() and (char.isalnum() or char in ".%")


def _untagged(text: str) -> str:
    """Take real HTML tags out, again until none is left: `<<b>b>` must not become a tag."""
    for _ in range(8):
        stripped = _TAG.sub(_blank_for_block, _COMMENT.sub("", _HIDDEN.sub(" ", text)))
        if stripped == text:
            break
        text = stripped
    return text


def _blank_for_block(match: re.Match[str]) -> str:
    block = _IS_BLOCK.get(match.group(2).lower())
    if block is None:
        return match.group()
    return " " if block else ""


def _break(match: re.Match[str]) -> str:
    breaks = _BREAKS.get(match.group(1) + match.group(2).lower())
    return match.group() if breaks is None else breaks


def _break_simply(markup: str) -> str | None:
    """What `plain` makes of mark-up in which each `<` begins a tag that we know, sanitised HTML above all; else None.

    It is three times as quick as the expressions, which must also see what else a `<` may be.
    """
    if "]]>" in markup or any(blank in markup for blank in _CONTROL_BLANKS):
        return None
    first, *rest = markup.replace("\n", " ").replace("\t", " ").split("<")
    pieces = [first]
    for piece in rest:
        tag, end, words = piece.partition(">")
        breaks = _BREAKS_SIMPLY.get(tag)
        if breaks is None:  # it has attributes, or is none of ours
            found = _INSIDE_TAG.fullmatch(tag)
            breaks = _BREAKS_SIMPLY.get(found.group(1).lower()) if found else None
        if breaks is None or not end:
            return None
        pieces += (breaks, words)
    return "".join(pieces)


def _tidy(text: str) -> str:
    return "\n".join(row for row in map(_tidy_row, text.split("\n")) if row)


def _tidy_row(row: str, tab: str = "\t") -> str:
    if row.isprintable():  # neither a control nor an invisible character, and no blank but U+0020
        return " ".join(row.split()) if "  " in row else row.strip(" ")
    row = row.replace("\n", " ").replace("\t", tab)
    row = _INVISIBLE.sub("", strip_controls(row))
    return _BLANKS_IN_LINE.sub(" ", row).strip()
