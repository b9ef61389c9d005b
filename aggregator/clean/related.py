"""Rule: boxes of related links become (title, address) pairs; boxes that hold prose stay.

Sina puts both into `blockquote.fin_reference`: 【相关报道】 with links, or 内容摘要 with sentences.
"""

from __future__ import annotations

import re

from aggregator.clean import links, tree
from aggregator.clean.draft import Draft
from aggregator.clean.tree import Element
from aggregator.kit import text, urls

_HEADING = re.compile(
    r"[【\[〖]?\s*(?:相关|延伸|推荐|更多|扩展|拓展)(?:报道|阅读|新闻|链接|文章|内容|推荐)|[【\[]?(?:往期回顾|此前报道|热门推荐|猜你喜欢)"
)
_CLOSED = re.compile(r"[】\]〗]?\s*[：:↓]?\Z")
#: Words outside the links of a box that are not prose: numbers, bullets, arrows, a heading.
_ORNAMENT = re.compile(r"[\s\d、．.,，;；:：|丨/·•●■◆▲▶>》＞→↓－—-]+")


def collect(draft: Draft) -> None:
    """Read the boxes, then the headings with nothing but lines of links after them."""
    if not tree.has(draft.root, "a"):
        return
    for box in tree.elements(draft.root, "blockquote"):
        if box.parent is not None and _holds_only_links(box):
            _take(draft, box)
            tree.drop(box)
    for line in tree.elements(draft.root, "p", "h2", "h3", "h4"):
        if line.parent is not None and _is_heading(draft.words(line)):
            _collect_after(draft, line)


def _is_heading(words: str) -> bool:
    found = _HEADING.match(words)
    return bool(found and _CLOSED.fullmatch(words, found.end()))


def _holds_only_links(box: Element) -> bool:
    anchors = list(box.iter("a"))
    if not anchors or tree.pictures(box):
        return False
    linked = "".join(tree.text_of(anchor) for anchor in anchors)
    lines = [tree.text_of(line) for line in box.iter("p", "li", "h2", "h3", "h4")] or [tree.text_of(box)]
    headed = any(_is_heading(line) for line in lines)
    headings = "".join(line for line in lines if _is_heading(line))
    rest = len(_bare(tree.text_of(box))) - len(_bare(linked)) - len(_bare(headings))
    return rest <= 0 and (headed or "fin_reference" in tree.classes(box))


def _bare(words: str) -> str:
    return _ORNAMENT.sub("", words)


def _collect_after(draft: Draft, heading: Element) -> None:
    rows: list[Element] = []
    row = heading.after
    while row is not None and (_is_link_row(row) or (rows and tree.is_empty(row))):
        rows.append(row)
        row = row.after
    if rows and not any((r.tail or "").strip(tree.BLANKS) for r in (heading, *rows)):
        for element in rows:
            _take(draft, element)
        for element in (heading, *rows):
            tree.drop(element)


def _is_link_row(row: Element) -> bool:
    if row.tag not in ("p", "ul", "ol") or tree.pictures(row):
        return False
    linked = "".join(tree.text_of(anchor) for anchor in row.iter("a"))
    return bool(linked) and len(_bare(tree.text_of(row))) <= len(_bare(linked))


def _take(draft: Draft, box: Element) -> None:
    for anchor in box.iter("a"):
        title, address = text.line(tree.text_of(anchor)), links.secure(draft.base, anchor.get("href"))
        if title and address:
            pair = (title, urls.canonical(address))
            if pair not in draft.related:
                draft.related.append(pair)
