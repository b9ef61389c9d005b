"""Words of a text as the search index holds them, and of a query as it looks for them.

In: plain text. Out: terms, separated by blanks, or an FTS5 expression (https://sqlite.org/fts5.html#full_text_query_syntax).
Called by store/search.py. Chinese writes no blanks between words, and most words of the news have two characters, so
the index holds every pair of neighbouring characters: a word of any length is a row of pairs, found inside a headline
too. Latin words and numbers stand whole. Both sides are folded (width, case).
"""

from __future__ import annotations

import re
from functools import cache
from operator import add

from aggregator.kit import text

#: Written into the index: one made by other rules is made anew.
VERSION = 1


def terms(words: str) -> str:
    """The terms of a text in order: a run of Chinese characters as its pairs and its last character, words whole."""
    out: list[str] = []
    for run, word in _runs().findall(text.fold(words)):
        if word:
            out.append(word)
        else:
            out += map(add, run, run[1:])
            out.append(run[-1])
    return " ".join(out)


def phrase(words: str) -> str:
    """An FTS5 phrase that finds `words` side by side, as they stand; '' where they hold nothing to look for.

    A single Chinese character at the end is the begin of a pair: it is found within a word as well as at its end.
    """
    runs = _runs().findall(text.fold(words))
    if not runs:
        return ""
    last, word = runs.pop()
    out = terms(" ".join(run or other for run, other in runs)).split()
    if word or len(last) > 1:
        out += [word] if word else list(map(add, last, last[1:]))
        return f'"{" ".join(out)}"'
    return f'"{" ".join((*out, last))}" *'


def query(words: str) -> str:
    """An FTS5 expression for texts that hold each of the words, which blanks separate; '' where there is nothing."""
    return " AND ".join(filter(None, map(phrase, words.split())))


@cache
def _runs() -> re.Pattern[str]:
    return re.compile(rf"([{text.CJK}]+)|(\d+(?:\.\d+)*|[^\W\d_{text.CJK}]+)")
