"""The words that outputs include: learnt when first asked for, looked up in the archive behind, let go of when unused.

In: words as config has them. Out: their numbers in the word_filter table, which every commit of any process reads, so
that from then on each new state of an article is looked into once (hits.py). Called by stories.py (an output is
selected), app/ (in pieces, what a new word is still to be looked for in).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import peewee

from aggregator.store import hits, tags
from aggregator.store.engine import Engine, Lookup, rows
from aggregator.store.schema import Tables
from aggregator.store.seam import guard

#: The newest stories, in which a word is looked for at once: mostly that is all an output shows.
AT_ONCE = 5_000

#: Articles to a transaction of what is looked up behind; and hits, of what is let go.
PIECE, LET_GO = 500, 5_000

#: A word is noted as used once in this time, and let go of when it was not for so long: two configs may take turns.
NOTED, KEPT = timedelta(days=1), timedelta(days=30)


class Words:
    """The word_filter table."""

    def __init__(self, engine: Engine, tables: Tables) -> None:
        self._engine = engine
        self._tables = tables

    @guard("learning the words of outputs")
    def keep(self, words: Iterable[str], now: datetime) -> None:
        """Say that some output includes these words: what is new is learnt, the others are not let go of."""
        folded, w = tags.folded(words), self._tables.word_filter
        known = {word: used for word, _, used in self._tables.lookup(_by_word)(folded)}
        stale = [word for word, used in known.items() if used < now - NOTED]
        if stale:
            w.update(used=now).where(w.word << stale).execute()
        self._learn([word for word in folded if word not in known], now)

    @guard("learning the words of an output")
    def numbers(self, words: Iterable[str], now: datetime) -> list[int]:
        """The numbers of included words. Those that nobody asked to keep are learnt."""
        folded = tags.folded(words)
        known = {word: number for word, number, _ in self._tables.lookup(_by_word)(folded)}
        if fresh := [word for word in folded if word not in known]:
            self._learn(fresh, now)
            known = {word: number for word, number, _ in self._tables.lookup(_by_word)(folded)}
        return list(known.values())

    @guard("looking for the words of outputs")
    def advance(self, now: datetime) -> bool:
        """Look for new words in one more piece of the archive, or let go of a piece of unused ones; False: all is done.

        Newest first, in one short transaction, resumed by any process from where the last one stopped.
        """
        w = self._tables.word_filter
        due = (w.mark > 0) | (w.used < now - KEPT)
        if not rows(w.select(w.id).where(due).limit(1)):  # so the write lock is not asked for every time
            return False
        with self._engine.atomic("IMMEDIATE"):
            return self._look() or self._let_go(now)

    def _learn(self, words: Sequence[str], now: datetime) -> None:
        """Note words, and read the newest stories, which takes a moment; from then on commits look for them."""
        if words:
            with self._engine.atomic("IMMEDIATE"):
                self._note(words, now)

    def _note(self, words: Sequence[str], now: datetime) -> None:
        a, s, w = self._tables.article, self._tables.story, self._tables.word_filter
        last = a.select(peewee.fn.MAX(a.id)).scalar() or 0
        mark = last + 1 if last else 0
        self._engine.put([w.word, w.mark, w.used], [(word, mark, now) for word in words], ignore=True)
        added = rows(w.select(w.id, w.word).where((w.word << list(words)) & (w.mark == mark)))
        if not added:
            return
        newest = s.select(s.id).where(s.visible == 1).order_by(s.at.desc(), s.id.desc()).limit(AT_ONCE)
        watch, told = hits.Watch(added), self._tables.lookup(_by_story)(number for (number,) in rows(newest))
        for some in _pieces(sorted(number for (number,) in told)):
            hits.look(self._tables, self._engine, watch, some)

    def _look(self) -> bool:
        """The words that have furthest to go, down to where the next ones wait for them."""
        a, w = self._tables.article, self._tables.word_filter
        behind = rows(w.select(w.mark, w.id, w.word).where((w.mark > 0) & w.word.is_null(False)))
        if not behind:
            return False
        marks = sorted({mark for mark, _, _ in behind}, reverse=True)
        top, floor = marks[0], marks[1] if len(marks) > 1 else 0
        query = a.select(a.id).where((a.id < top) & (a.id >= floor)).order_by(a.id.desc()).limit(PIECE)
        ids = [number for (number,) in rows(query)]
        watch = hits.Watch((number, word) for mark, number, word in behind if mark == top)
        hits.look(self._tables, self._engine, watch, ids)
        mark = ids[-1] if len(ids) == PIECE else floor
        w.update(mark=mark).where(w.id << watch.numbers).execute()
        return True

    def _let_go(self, now: datetime) -> bool:
        """Forget words that no output asked for in a long time: first the word, then its hits, piece by piece."""
        h, w = self._tables.word_hit, self._tables.word_filter
        w.update(word=None, mark=0).where((w.used < now - KEPT) & w.word.is_null(False)).execute()
        for (number,) in rows(w.select(w.id).where(w.word.is_null()).order_by(w.id).limit(1)):
            found = rows(h.select(h.word, h.at, h.article).where(h.word == number).limit(LET_GO))
            self._engine.delete([h.word, h.at, h.article], found)
            if len(found) < LET_GO:
                w.delete().where(w.id == number).execute()
            return True
        return False


def _pieces(ids: Sequence[int]) -> Iterable[Sequence[int]]:
    """Few texts are held at once."""
    return (ids[start : start + PIECE] for start in range(0, len(ids), PIECE))


def _by_word(tables: Tables) -> Lookup:
    w = tables.word_filter
    return Lookup(w.select(w.word, w.id, w.used), w.word)


def _by_story(tables: Tables) -> Lookup:
    return Lookup(tables.article.select(tables.article.id), tables.article.story)
