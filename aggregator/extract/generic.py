"""The reader for pages of sites without rules. trafilatura is used nowhere else.

In: the source of a page. Out: HTML of what looks like its article, or None. Called by extract/reading.py when no
selector of the site's rules fits, or there are none.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from aggregator.kit import text

#: Fewer characters than this are no article but the remains of a list, a notice or a login.
SHORTEST = 60
#: A larger share of the characters than this in links makes a list of links, not an article.
MOST_LINKED = 0.6
#: Below this trafilatura thinks it has missed the text and takes the whole page. Its default, 250, is for languages
#: with letters: Chinese news of three paragraphs can be shorter.
_ENOUGH = 80
_BODY = re.compile(r"<body[^>]*>(.*)</body>", re.DOTALL)
# Bounded, so that a page of unclosed links costs no more than one of closed ones.
_LINK = re.compile(r"<a\b[^<>]{0,2000}>(.{0,500}?)</a>", re.DOTALL)
_PIECE = re.compile(r"<[^<>]*>|\n")


def body(source: str, url: str) -> str | None:
    """The article's HTML with links, tables and pictures; None where too little is left of the page."""
    import trafilatura

    whole = source if "<body" in source.lower() else f"<html><body>{source}</body></html>"
    found = trafilatura.extract(
        whole,
        url=url,
        output_format="html",
        include_comments=False,
        include_tables=True,
        include_images=True,
        include_links=True,
        include_formatting=True,
        favor_recall=True,
        config=_settings(),
    )
    if not found:
        return None
    inner = _BODY.search(found)
    html = inner.group(1) if inner else str(found)
    words = len(text.plain(html))
    return html if words >= SHORTEST and _linked(html, source) <= MOST_LINKED * words else None


def _linked(html: str, source: str) -> int:
    """Characters of the text that are links, in the result or in the page: not every result keeps its links."""
    kept = sum(len(text.line(words)) for words in _LINK.findall(html))
    on_page = {text.line(words) for words in _LINK.findall(source)}
    pieces = (text.line(piece) for piece in _PIECE.split(html))
    return max(kept, sum(len(piece) for piece in pieces if piece in on_page))


@lru_cache(maxsize=1)
def _settings() -> Any:
    import logging
    from copy import deepcopy

    from trafilatura.settings import DEFAULT_CONFIG

    # It logs an error for each page that is none; the caller says so itself, in an ExtractError.
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    config = deepcopy(DEFAULT_CONFIG)
    config["DEFAULT"]["MIN_EXTRACTED_SIZE"] = str(_ENOUGH)
    return config
