"""Rules: what stands in the body and is no part of the article goes.

`blocks` removes the elements that the site's `drop` names and what no article needs whatever the site (scripts, frames,
controls of forms), `paragraphs` the lines that the site's `drop_text` recognises (app pitches, notices, report ads) and
those which on any site only invite to scan a code.
"""

from __future__ import annotations

import re
from functools import lru_cache

from aggregator.clean import qr, selectors, tree
from aggregator.clean.draft import Draft
from aggregator.errors import ConfigError

_FOREIGN = (
    "script", "style", "link", "meta", "title", "base", "iframe", "frame", "frameset", "noframes", "object", "embed",
    "applet", "param", "template", "svg", "math", "canvas", "audio", "input", "select", "textarea", "option",
    "datalist", "button", "ins.sinaads", "noembed", "col", "colgroup", "plaintext", "xmp", "map", "area",
)  # fmt: skip
#: The plain characters that an expression begins with; the last before a sign of repetition may be missing.
_PLAIN_WORDS = re.compile(r"[^\\\[\](){}.*+?^$|#\s]+(?![*?{])")
_WITHIN_BRACKETS = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\([^()\\\[]*\)")
#: A line longer than this is prose, whatever words it holds.
_LONGEST_NOTICE = 400


def blocks(draft: Draft) -> None:
    """Remove what the selectors name, the site's and our own; a fallback picture in noscript is kept."""
    for element in _unwanted(draft.rules.drop).find(draft.root):
        tree.drop(element)
    for element in tree.elements(draft.root, "noscript"):
        if next(element.iter("img"), None) is None:
            tree.drop(element)
        else:
            tree.unwrap(element)


def paragraphs(draft: Draft) -> None:
    """Remove lines that are notices or advertisements by their words."""
    opening, anywhere, marks = _notices(draft.rules.drop_text)
    for line in tree.elements(draft.root, "p", "li", "h2", "h3", "h4", "h5", "h6"):
        words = tree.text_of(line) if line.tag == "li" else draft.words(line)
        if not words or len(words) > _LONGEST_NOTICE:
            continue
        hit = bool(opening and opening.match(words)) or (len(words) <= qr.LONGEST and qr.invites(words))
        for mark in marks:
            if not hit and mark in words:
                hit = bool(anywhere and anywhere.search(words))
        if hit and not tree.pictures(line):
            tree.drop(line)


@lru_cache(maxsize=64)
def _unwanted(drop: tuple[str, ...]) -> selectors.Selection:
    return selectors.compiled((*drop, *_FOREIGN))


@lru_cache(maxsize=64)
def _notices(patterns: tuple[str, ...]) -> tuple[re.Pattern[str] | None, re.Pattern[str] | None, frozenset[str]]:
    """The expressions tied to the start, which are tried once a line, the others, which are looked for in it, and words
    of which a line holds one where one of these others can be found."""
    for pattern in patterns:
        try:
            re.compile(pattern)
        except re.error as problem:
            raise ConfigError(f"drop_text: {pattern!r} is no regular expression: {problem}") from problem
    tied = [pattern for pattern in patterns if pattern.startswith("^") and "|^" not in pattern]
    free = [pattern for pattern in patterns if pattern not in tied]
    return _joined(tied), _joined(free), frozenset(map(_beginning, free))


def _beginning(pattern: str) -> str:
    """What all matches of an expression begin with; '' where that is not plain to see."""
    found = _PLAIN_WORDS.match(pattern)
    return found.group() if found and "|" not in _WITHIN_BRACKETS.sub("", pattern) and "(?" not in pattern[:2] else ""


def _joined(patterns: list[str]) -> re.Pattern[str] | None:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns)) if patterns else None
