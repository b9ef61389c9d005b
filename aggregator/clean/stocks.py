"""Rule: stock mark-up becomes symbols; the word it stood around stays as plain text.

Sina writes `<span id=stock_sh600941><a href=.../realstock/company/sh600941/nc.shtml>中国移动</a></span>` and an empty
`<span id=quote_sh600941></span>` that a script fills with the price. Ids begin with stock_, hkstock_, usstock_, fund_,
futures_, forex_; only the first mention on a page is linked.
"""

from __future__ import annotations

import re
from dataclasses import replace

from aggregator.clean import tree
from aggregator.clean.draft import Draft
from aggregator.clean.tree import Element
from aggregator.kit import symbols
from aggregator.models import Found

_MARK = re.compile(r"(?:hk|us)?stock_|futures?_|funds?_|forex_")
#: Prefixes that say nothing the code behind them does not say itself.
_SELF_EVIDENT = re.compile(r"\A(?:hk)?stock_(?=(?:sh|sz|bj|sb|si|hk)\w)")
_QUOTE_PAGE = re.compile(
    r"/(?:realstock/company|(?:hkstock|usstock|fund|futures?)/quotes?|future/quote|forex/hq)\b|/symbol/"
)


def read(draft: Draft) -> None:
    """Read the marks in document order, then take them out."""
    for element in tree.elements(draft.root, "span", "a"):
        if element.parent is None:
            continue
        if element.tag == "span":
            _read_span(draft, element)
        elif _QUOTE_PAGE.search(element.get("href") or ""):
            _read_link(draft, element)


def _read_span(draft: Draft, span: Element) -> None:
    mark = span.get("id") or ""
    if mark.startswith("quote_"):
        tree.drop(span)
    elif _MARK.match(mark):
        found = symbols.read(_SELF_EVIDENT.sub("", mark), Found.MARKUP, name=tree.text_of(span) or None)
        if found is None:  # an id of another form: the link inside may still tell
            return
        draft.marked.append(found)
        for anchor in list(span.iter("a")):
            tree.unwrap(anchor)
        tree.unwrap(span)


def _read_link(draft: Draft, anchor: Element) -> None:
    found = symbols.from_link(anchor.get("href") or "")
    if found is None:
        return
    name = tree.text_of(anchor)
    if name and not found.name:
        found = replace(found, name=name)
    draft.marked.append(found)
    tree.unwrap(anchor)
