"""Finding near-duplicates: the prints of some days, kept in memory in the form in which near ones are found at once.

In: prints with their time. Out: ids of articles whose print is near; who asks reads those articles and looks closer.
Called by familiar.py; changes.py writes the table behind it (one row a print, by span of time).

How a near print is found by its pieces: kit/pieces.py. In a table those are 136 look-ups a print; in memory the same
takes some microseconds, whatever is stored.
"""

from __future__ import annotations

import threading
from array import array
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import peewee

from aggregator.kit import pieces
from aggregator.store.columns import EPOCH
from aggregator.store.engine import GIVEN, Lookup, Prepared
from aggregator.store.schema import Tables

#: Prints further apart in time than this are never compared.
REACH = timedelta(hours=48)

#: Wide enough that everything within REACH of an instant lies in two spans.
_SPAN = 2 * REACH

#: So many prints are kept in memory (some 130 bytes each, and 2 MB for the chains), or twice as many as lie in the days
#: that are asked for; then it starts anew with those days.
MOST = 100_000


def span(at: datetime) -> int:
    """The span of time in which an instant lies."""
    return (at - EPOCH) // _SPAN


def spans(at: datetime) -> set[int]:
    """The spans in which everything within REACH of an instant lies."""
    return {span(at - REACH), span(at + REACH)}


def close(one: int, at: datetime, other: int, then: datetime) -> bool:
    """True for two prints that are sure to be brought together."""
    return pieces.alike(one, other) and abs(at - then) <= REACH


class Index:
    """Prints by their pieces: for each of 65,536 values of a piece a chain of those that have it."""

    def __init__(self) -> None:
        self._prints = array("Q")
        self._articles = array("q")
        self._first = [[-1] * (1 << pieces.BITS) for _ in range(pieces.COUNT)]  # newest print with these bits
        self._next = [array("i") for _ in range(pieces.COUNT)]  # by print: the one before it with the same bits

    def __len__(self) -> int:
        return len(self._prints)

    def add(self, prints: Iterable[tuple[int, int]]) -> None:
        """Take in pairs of article and print."""
        known = list(prints)
        numbers = range(len(self._prints), len(self._prints) + len(known))
        self._articles.extend(article for article, _ in known)
        self._prints.extend(fingerprint for _, fingerprint in known)
        for piece, (first, following) in enumerate(zip(self._first, self._next, strict=True)):
            shift = piece * pieces.BITS
            for number, (_, fingerprint) in zip(numbers, known, strict=True):
                bits = fingerprint >> shift & pieces.MASK
                following.append(first[bits])
                first[bits] = number

    def near(self, fingerprint: int) -> list[int]:
        """The articles whose print is alike; some more than once."""
        found: list[int] = []
        prints, farthest, flips = self._prints, pieces.FARTHEST, pieces.FLIPS
        for bits, first, following in zip(pieces.of(fingerprint), self._first, self._next, strict=True):
            for flip in flips:
                number = first[bits ^ flip]
                while number >= 0:
                    if (prints[number] ^ fingerprint).bit_count() <= farthest:
                        found.append(self._articles[number])
                    number = following[number]
        return found


class Prints:
    """The prints of the spans that were asked for. Follows the table, whoever writes it; for any thread."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._lock = threading.Lock()
        self._index = Index()
        self._spans: set[int] = set()
        self._seen = 0  # the newest revision that is reckoned in
        self._bound = MOST

    def near(self, prints: Sequence[tuple[int, datetime]]) -> set[int]:
        """Articles that may be near one of the prints, within a transaction. Those that are near are among them."""
        wanted = {number for _, at in prints for number in spans(at)}
        with self._lock:
            anew = len(self._index) > self._bound
            if anew:
                self._index, self._spans = Index(), set()
            self._follow()
            if missing := wanted - self._spans:
                self._index.add(self._tables.lookup(_by_span)(missing))
                self._spans |= missing
            if anew:  # where these days alone hold more than the bound, it must not start anew each time
                self._bound = max(MOST, 2 * len(self._index))
            return {article for fingerprint, _ in prints for article in self._index.near(fingerprint)}

    def _follow(self) -> None:
        """Take in what was stored since: every new state of an article is a revision. Old prints do no harm.

        A transaction that began before another thread's asks may see less than is reckoned in; what spans it loads then
        lack is taken in by the next one.
        """
        fresh = self._tables.lookup(_since)(self._seen) if self._spans else []
        self._index.add(
            (article, fingerprint)
            for number, article, fingerprint, published, first_seen in fresh
            if number > self._seen and fingerprint is not None
            if span(min(published or first_seen, first_seen)) in self._spans
        )
        if fresh:
            self._seen = max(row[0] for row in fresh)
        else:
            ((newest,),) = self._tables.lookup(_newest)()
            self._seen = newest or 0


def _newest(tables: Tables) -> Prepared:
    return Prepared(tables.revision.select(peewee.fn.MAX(tables.revision.id)))


def _since(tables: Tables) -> Prepared:
    """From the revision that was seen last, so that a transaction that does not see that one is told by no row."""
    r, a = tables.revision, tables.article
    query = r.select(r.id, a.id, a.fingerprint, a.published, a.first_seen).join(a, on=r.article == a.id)
    return Prepared(query.where(r.id >= GIVEN))


def _by_span(tables: Tables) -> Lookup:
    p = tables.print
    return Lookup(p.select(p.article, p.fingerprint), p.span)
