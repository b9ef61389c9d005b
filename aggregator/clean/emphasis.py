"""Rules: bold is `<strong>`, once; a short line that is bold as a whole is a heading.

Sina's editor writes `<font cms-style="font-L strong-Bold">`, often twice around the same words, or puts the style on
the paragraph; other newsrooms write `<span style="font-weight: bold">`.
"""

from __future__ import annotations

import re

from aggregator.clean import statements, tree
from aggregator.clean.draft import Draft
from aggregator.clean.tree import Element

_BOLD = re.compile(r"font-weight\s*:\s*(?:bold|bolder|[6-9]00)", re.IGNORECASE)
_SAME = {"b": "strong", "i": "em", "strike": "s", "tt": "code"}
_LONGEST_HEADING = 40
_NO_HEADING = re.compile(
    r"[。；;]|[，、,：:]\Z|\A(?:[问答QA]|记者|主持人)\s*\d*\s*[：:]|\A[（(].*[）)]\Z|\A\d{4}年\d{1,2}月\d{1,2}日\Z"
)


def unify(draft: Draft) -> None:
    """Turn every way of writing bold into `<strong>`, never one in another, never two where one will do."""
    for element in tree.elements(draft.root, "b", "i", "strike", "tt", "font", "span", "p", "div", "section"):
        tag = element.tag
        if tag in _SAME:
            tree.rename(element, _SAME[tag])
        elif not element.attrib:
            continue
        elif "strong-Bold" in (element.get("cms-style") or "") or _BOLD.search(element.get("style") or ""):
            if tag in ("font", "span"):
                tree.rename(element, "strong")
            elif tag == "p" and not tree.pictures(element):
                tree.wrap_children(element, "strong")
    for strong in tree.elements(draft.root, "strong"):
        if not tree.text_of(strong) or next(strong.iterancestors("strong"), None) is not None:
            tree.unwrap(strong)
    for strong in tree.elements(draft.root, "strong"):
        _join(strong)


def headings(draft: Draft) -> None:
    """Make headings of short bold lines that something follows; a heading is not bold a second time."""
    blocks = list(draft.root)
    for block in blocks[:-1]:
        if block.tag == "p" and _is_heading(block):
            block.tag = "h3"
    for heading in tree.elements(draft.root, "h2", "h3", "h4", "h5", "h6"):
        if next(heading.iter("br"), None) is not None:
            continue
        for strong in list(heading.iter("strong")):
            tree.unwrap(strong)


def _is_heading(line: Element) -> bool:
    if not len(line) or any(child.tag != "strong" for child in line):
        return False
    words = tree.text_of(line)
    if not words or len(words) > _LONGEST_HEADING or _NO_HEADING.search(words):
        return False
    if next(line.iter("img", "br"), None) is not None or statements.parse(words) or statements.byline(words):
        return False
    outside = (line.text or "") + "".join(child.tail or "" for child in line)
    return not outside.strip(tree.BLANKS)


def _join(strong: Element) -> None:
    """Take in the bold that follows without anything between."""
    parent = strong.getparent()
    while parent is not None and not strong.tail:
        following = strong.getnext()
        if following is None or following.tag != "strong":
            return
        tail, following.tail = following.tail, None
        if len(strong):
            strong[-1].tail = (strong[-1].tail or "") + (following.text or "")
        else:
            strong.text = (strong.text or "") + (following.text or "")
        strong.extend(list(following))
        parent.remove(following)
        strong.tail = tail
