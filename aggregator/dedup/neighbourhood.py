"""Neighbours by what makes them worth a look: an equal title key, or a print with nearly the same piece.

In: the articles that may tell the same story as others. Out: for one article, those few that place.place() must see.
Called by pipeline/, where hundreds of articles are on their way at once: comparing each with all others would cost
more than everything else that is done with them. The store does the same for what it holds (store/prints.py).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from aggregator.dedup import fingerprint
from aggregator.kit import pieces, text
from aggregator.models import Neighbour

K = TypeVar("K")

assert fingerprint.NEAR <= pieces.FARTHEST  # noqa: S101 - holds for the constants of both


class Neighbourhood:
    """A changing set of neighbours. Each is one object: it is taken out by identity, not by value."""

    def __init__(self, neighbours: Iterable[Neighbour] = ()) -> None:
        self._titles: dict[str, list[Neighbour]] = {}
        self._pieces: dict[int, list[Neighbour]] = {}
        self.add(neighbours)

    def add(self, neighbours: Iterable[Neighbour]) -> None:
        """Put them in."""
        for one in neighbours:
            self._titles.setdefault(_base(one), []).append(one)
            for piece in _pieces(one.fingerprint):
                self._pieces.setdefault(piece, []).append(one)

    def remove(self, neighbours: Iterable[Neighbour]) -> None:
        """Take them out. Raises KeyError for one that is not in."""
        for one in neighbours:
            _drop(self._titles, _base(one), one)
            for piece in _pieces(one.fingerprint):
                _drop(self._pieces, piece, one)

    def around(self, title_key: str, print_: int | None) -> list[Neighbour]:
        """All with this title key (whatever the day), and all whose print is near; some twice, some others too."""
        found = list(self._titles.get(title_key, ()))
        if known := self._pieces:
            for piece in _pieces(print_):
                for variant in pieces.FLIPS:
                    if piece ^ variant in known:
                        found += known[piece ^ variant]
        return found


def _base(one: Neighbour) -> str:
    return one.key.title_key.partition(text.SPLIT_MARK)[0]


def _pieces(print_: int | None) -> tuple[int, ...]:
    """The pieces of a print, each with its number above its bits."""
    if print_ is None:
        return ()
    first, second, third, fourth = pieces.of(print_)
    return first, 1 << pieces.BITS | second, 2 << pieces.BITS | third, 3 << pieces.BITS | fourth


def _drop(index: dict[K, list[Neighbour]], key: K, one: Neighbour) -> None:
    if left := [other for other in index[key] if other is not one]:
        index[key] = left
    else:
        del index[key]
