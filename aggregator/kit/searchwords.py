"""Words of a text as the search index holds them, and of a query as it looks for them.

In: plain text. Out: terms, separated by blanks, or an FTS5 expression (https://sqlite.org/fts5.html#full_text_query_syntax).
Called by store/search.py. Chinese writes no blanks between words, and most words of the news have two characters, so
the index holds every pair of neighbouring characters: a word of any length is a row of pairs, found inside a headline
too. Latin words and numbers stand whole. Both sides are folded (width, case, traditional characters).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from operator import add

from aggregator.kit import text
from aggregator.kit.simplified import simplified
from aggregator.models import Query

#: Written into the index: one made by other rules is made anew.
VERSION = 3


def terms(words: str) -> str:
    """The terms of a text in order: a run of Chinese characters as its pairs and its last character, words whole."""
    out: list[str] = []
    for run, word in runs(words):
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
    found = runs(words)
    if not found:
        return ""
    last, word = found.pop()
    out = terms(" ".join(run or other for run, other in found)).split()
    if word or len(last) > 1:
        out += [word] if word else list(map(add, last, last[1:]))
        return f'"{" ".join(out)}"'
    return f'"{" ".join((*out, last))}" *'


def query(words: str) -> str:
    """An FTS5 expression for texts that hold each of the words, which blanks separate; '' where there is nothing."""
    return " AND ".join(filter(None, map(phrase, words.split())))


def wanted(asked: Query) -> str:
    """An FTS5 expression for what holds the words of a search; '' where it has none. The columns: title, text."""
    anywhere = map(phrase, asked.words + asked.phrases)
    return " AND ".join([*filter(None, anywhere), *_in_title(asked.title)])


def unwanted(asked: Query) -> str:
    """Likewise for what holds one of the words that a search excludes."""
    anywhere = (phrase(one.value) for one in asked.without if not one.field)
    titles = _in_title(one.value for one in asked.without if one.field == "title")
    return " OR ".join([*filter(None, anywhere), *titles])


def in_title(asked: Query) -> str:
    """Likewise for what holds one of the wanted words in its title."""
    return " OR ".join(_in_title(asked.wanted))


def _in_title(words: Iterable[str]) -> list[str]:
    return [f"title : {one}" for one in map(phrase, words) if one]


def runs(words: str) -> list[tuple[str, str]]:
    """A text taken apart: runs of Chinese characters, ("央行", ""), and words and numbers, ("", "mlf"), in order."""
    return _runs().findall(folded(words))


def folded(words: str) -> str:
    """The text as both sides have it: width, case, traditional characters folded. Its length changes unless `plain`."""
    return simplified(words.lower() if plain(words) else text.fold(words))


def plain(words: str) -> bool:
    """Whether nothing but case and traditional characters can be folded: then every character keeps its place."""
    # True for most texts, which is seen much sooner than NFKC is made.
    return not _odd().search(words)


@cache
def _odd() -> re.Pattern[str]:
    """A character that NFKC may make a letter, digit, or a point between digits of."""
    return re.compile(r"[^\x00-\x7f\u4e00-\u9fff\xb7\u2014\u2018\u2019\u201c\u201d\u2026\u3000-\u3003\u3008-\u3011"
                      r"\uff01-\uff0d\uff0f\uff1a-\uff20]")  # fmt: skip


@cache
def _runs() -> re.Pattern[str]:
    return re.compile(rf"([{text.CJK}]+)|(\d+(?:\.\d+)*|[^\W\d_{text.CJK}]+)")
