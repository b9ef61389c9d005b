"""Rule: the headline, repeated as the first line of the text, goes.

Equal means equal after NFKC and case folding and without punctuation: bodies write ： where titles have a blank.
"""

from __future__ import annotations

import re
from functools import lru_cache

from aggregator.clean import tree
from aggregator.clean.draft import Draft
from aggregator.kit import text

_NO_WORD = re.compile(r"[\W_]+")


def drop_repeat(draft: Draft) -> None:
    """Drop first lines that equal the title, as long as anything is left after them."""
    title = _key(draft.title)
    while title and (first := draft.root.first) is not None and first is not draft.root.last:
        if first.tag not in tree.LINES or tree.pictures(first) or _key(draft.words(first)) != title:
            return
        tree.drop(first)


@lru_cache(maxsize=16)  # the rule runs twice on the same headline and mostly the same first line
def _key(words: str) -> str:
    return _NO_WORD.sub("", text.fold(words))
