"""Which articles hold the words that outputs ask for: found once, when an article is stored, and kept by time.

In: titles and texts as they are stored. Out: rows of the word_hit table, and stories by them, newest first. Called by
changes.py (in each commit), words.py (for words that are new) and stories.py (reading). See docs/decisions/0607.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

import peewee

from aggregator.kit import text
from aggregator.models import Article
from aggregator.store import records, revisions
from aggregator.store.columns import micros
from aggregator.store.engine import Engine, Lookup, Prepared, rows
from aggregator.store.records import Record
from aggregator.store.schema import Tables

_HAN = re.compile(r"[\u4e00-\u9fff]+")
_SIMPLE = re.compile(r"[0-9a-z\u4e00-\u9fff]+")

#: Characters whose folding brings no letter, digit or Chinese character with it, nor composes with a neighbour.
INERT = (
    "\xa0\xb7\u2014\u2018\u2019\u201c\u201d\u2026\u3000-\u3003\u3008-\u3011\u3014-\u301b"
    "\uff01-\uff0f\uff1a-\uff20\uffe5"
)
_ODD = re.compile(f"[^\x00-\x7f\u4e00-\u9fff{INERT}]")

#: Hits that are read in one go at first, and in the end, when few of their stories pass the other filters.
_FIRST, _MOST = 256, 4_096


class Watch:
    """Words by number, folded as tags.folded() says, and which of them an article holds."""

    def __init__(self, words: Iterable[tuple[int, str]]) -> None:
        both = list(words)
        self.numbers = [number for number, _ in both]
        self._words = [word for _, word in both]
        self._plain = [(number, word) for number, word in both if _HAN.fullmatch(word)]
        self._simple = [(n, word) for n, word in both if _SIMPLE.fullmatch(word) and not _HAN.fullmatch(word)]
        self._others = [(number, word) for number, word in both if not _SIMPLE.fullmatch(word)]

    def __bool__(self) -> bool:
        return bool(self.numbers)

    def found(self, title: str, body: str) -> list[int]:
        """The numbers of the words that a title or a text holds, as it stands or folded.

        Folding is slow, and does nothing to common Chinese characters: words of those are looked for as they are. Nor
        can it do more than `lower` for words of Latin letters and digits where a text holds nothing odd.
        """
        held = [number for number, word in self._plain if word in title or word in body]
        if self._simple or self._others:
            # A line end divides the two as well as anything, and folding once is cheaper.
            both = f"{title}\n{body}"
            odd = self._others or _ODD.search(both)
            folded = text.fold(both) if odd else both.lower()
            more = self._simple + self._others
            held += [number for number, word in more if word in folded or word in title or word in body]
        return held

    def may_be_in(self, texts: Any, spot: Sequence[int]) -> bool:
        """False where bytes show, before they are decoded, that none of the words is in a text."""
        return bool(self._simple or self._others) or texts.may_hold(spot, self._words)


def holds(whole: str, words: Sequence[str]) -> bool:
    """Whether a title holds one of the folded words."""
    return bool(Watch(enumerate(words)).found(whole, ""))


def watch(tables: Tables) -> Watch:
    """All words that are looked for now."""
    return Watch(tables.lookup(_watched)())


def write(
    tables: Tables,
    engine: Engine,
    articles: Mapping[int, Article],
    records: Mapping[int, Record],
    before: Mapping[int, datetime],
) -> None:
    """Store what the newest states of some articles hold; `before`: the times of those that were stored before."""
    looked_for = watch(tables) if articles else None
    if not looked_for:
        return
    h = tables.word_hit
    key = [h.word, h.at, h.article]
    engine.delete(key, [(word, at, number) for number, at in before.items() for word in looked_for.numbers])
    engine.put(
        key,
        [
            (word, records[number].at, number)
            for number, article in articles.items()
            for word in looked_for.found(article.title, article.text)
        ],
    )


def look(tables: Tables, engine: Engine, looked_for: Watch, ids: Sequence[int]) -> None:
    """Look into stored articles. What is known already is left as it is."""
    found = tables.lookup(_by_article)(ids)
    texts = revisions.texts(tables, [row[-4:] for row in found])
    h = tables.word_hit
    hits = [
        (word, min(published or first_seen, first_seen), number)
        for number, published, first_seen, title, *spot in found
        for word in looked_for.found(title, texts.text(spot) if looked_for.may_be_in(texts, spot) else "")
    ]
    engine.put([h.word, h.at, h.article], hits, ignore=True)


def condition(tables: Tables, words: Sequence[int]) -> Any:
    """A condition on the article table: it holds one of the words."""
    a, h = tables.article, tables.word_hit
    here = h.select(h.word).where((h.word << list(words)) & (h.at == records.at(a)) & (h.article == a.id))
    return peewee.fn.EXISTS(here)


def stories(tables: Tables, words: Sequence[int], others: Sequence[Any], now: datetime) -> Iterator[list[int]]:
    """Ids of visible stories with a live article that holds one of the words and meets `others`, newest first.

    In pieces. Hits lie by the time of their article, and no story is newer than an article of it: a story's turn has
    come when the hits are read down to its own time. Those ahead of a clock set back come last.
    """
    hits = heapq.merge(*(_newest_first(tables, word) for word in words), reverse=True)
    waiting: dict[int, int] = {}
    given: set[int] = set()
    most, size = micros(now), _FIRST
    while some := list(islice(hits, size)):
        for story, at in _stories_of(tables, [number for _, number in some], others):
            if story not in given:
                waiting[story] = micros(at)
        turn = sorted(((at, story) for story, at in waiting.items() if some[-1][0] < at <= most), reverse=True)
        for _, story in turn:
            del waiting[story]
            given.add(story)
        if turn:
            yield [story for _, story in turn]
        size = min(2 * size, _MOST)
    yield [story for _, _, story in sorted(((at <= most, at, story) for story, at in waiting.items()), reverse=True)]


def _newest_first(tables: Tables, word: int) -> Iterator[tuple[int, int]]:
    """Time and article of each hit of a word."""
    at, number, most = (1 << 63) - 1, 0, _FIRST
    while True:
        found = tables.database.execute_sql(_HITS, (word, at, number, most)).fetchall()
        yield from found
        if len(found) < most:
            return
        (at, number), most = found[-1], min(2 * most, _MOST)


_HITS = """SELECT "at", "article" FROM "word_hit" WHERE "word" = ? AND ("at", "article") < (?, ?)
    ORDER BY "at" DESC, "article" DESC LIMIT ?"""


def _stories_of(tables: Tables, articles: Sequence[int], others: Sequence[Any]) -> list[tuple[int, datetime]]:
    a, s = tables.article, tables.story
    # Asked for in SQL, `visible` would lead SQLite to begin with all stories that are.
    query = a.select(s.id, s.at, s.visible).join(s, on=(s.id == a.story))
    found = rows(query.where(a.id << list(articles), a.deleted == 0, *others))
    return [(story, at) for story, at, visible in found if visible]


def _watched(tables: Tables) -> Prepared:
    w = tables.word_filter
    return Prepared(w.select(w.id, w.word).where(w.word.is_null(False)).order_by(w.id))


def _by_article(tables: Tables) -> Lookup:
    a, r = tables.article, tables.revision
    query = a.select(a.id, a.published, a.first_seen, a.title, r.body, r.start, r.html_length, r.text_length)
    return Lookup(query.join(r, on=(r.article == a.id) & (r.number == a.number)), a.id)
