"""Rules: bold is `<strong>`, once; a short line that is bold as a whole is a heading.

Sina's editor writes `<font cms-style="font-L strong-Bold">`, often twice around the same words, or puts the style on
the paragraph; other newsrooms write `<span style="font-weight: bold">`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

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
        elif (attrib := element.attrib) and _is_bold(attrib):
            if tag in ("font", "span"):
                tree.rename(element, "strong")
            elif tag == "p" and not tree.pictures(element):
                tree.wrap_children(element, "strong")
    strongs = tree.elements(draft.root, "strong")
    within = {inner for strong in strongs if strong.first is not None for inner in tree.elements(strong, "strong")}
    kept = []
    for strong in strongs:
        if strong in within or not tree.has_words(strong):
            tree.unwrap(strong)
        else:
            kept.append(strong)
    for strong in kept:
        if not strong.tail:
            _join(strong)


def headings(draft: Draft) -> None:
    """Make headings of short bold lines that something follows; a heading is not bold a second time."""
    blocks = list(draft.root)
    for block in blocks[:-1]:
        if block.tag == "p" and _is_heading(draft, block):
            block.tag = "h3"
    for heading in tree.elements(draft.root, "h2", "h3", "h4", "h5", "h6"):
        if heading.first is not None and not tree.has(heading, "br"):
            for strong in tree.elements(heading, "strong"):
                tree.unwrap(strong)


def _is_bold(attrib: Mapping[str, str]) -> bool:
    if "strong-Bold" in attrib.get("cms-style", ""):
        return True
    return "style" in attrib and _BOLD.search(attrib["style"]) is not None


def _is_heading(draft: Draft, line: Element) -> bool:
    if line.first is None or tree.shows(line.text) or len(words := draft.words(line)) > _LONGEST_HEADING:
        return False
    for child in line:
        if child.tag != "strong" or tree.shows(child.tail):
            return False
    if not words or _NO_HEADING.search(words):
        return False
    holds_more = any(child.first is not None for child in line) and tree.has(line, "img", "br")
    return not (holds_more or statements.parse(words) or statements.byline(words))


def _join(strong: Element) -> None:
    """Take in the bold that follows without anything between."""
    parent = strong.parent
    while parent is not None and not strong.tail:
        following = strong.after
        if following is None or following.tag != "strong":
            return
        tail, following.tail = following.tail, None
        if strong.last is not None:
            strong.last.tail = (strong.last.tail or "") + (following.text or "") or None
        else:
            strong.text = (strong.text or "") + (following.text or "") or None
        strong.extend(list(following))
        following.detach()
        strong.tail = tail
