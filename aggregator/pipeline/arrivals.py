"""Articles on their way into the store: two that tell the same thing at the same moment find each other.

In: what places the articles of one group. Out: of all other groups that are on their way, those worth a look. Without
it, near duplicates that arrive in one instant, as all feeds do when the daemon starts, would each look for neighbours
before the other is stored. Used by pipeline/taking.py; one Arrivals for all updates of the process.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from aggregator.dedup.neighbourhood import Neighbourhood
from aggregator.models import Neighbour
from aggregator.pipeline.decide import Around


class _Group:
    """The articles of one group, between the look for neighbours and the commit, and a little longer."""

    def __init__(self, articles: Sequence[Neighbour]) -> None:
        self.articles = articles
        self.awaited = 0  #: groups that began before this one ended, and have not ended
        self.held: list[_Group] = []  #: those that ended meanwhile, and wait for this one


class Arrivals:
    """The groups between the look for neighbours and their commit.

    Of two groups, the one that is committed second knows of the first: it finds it here, or reads it from the store.
    So that nothing falls between the two, a group stays until all are done that began before it was committed: they
    may have read the store before. A story that is not stored yet is passed over.
    """

    def __init__(self) -> None:
        self._on_way = Neighbourhood()
        self._active: list[_Group] = []

    @contextmanager
    def announce(self, articles: Sequence[Neighbour]) -> Iterator[Around]:
        """Announce a group for the block. Gives a function that tells who else is on the way."""
        own = {id(one) for one in articles}

        def around(title_key: str, print_: int | None) -> list[Neighbour]:
            return [one for one in self._on_way.around(title_key, print_) if id(one) not in own]

        group = _Group(articles)
        self._on_way.add(articles)
        self._active.append(group)
        try:
            yield around
        finally:
            self._end(group)

    def _end(self, group: _Group) -> None:
        self._active = [other for other in self._active if other is not group]
        group.awaited = len(self._active)
        for other in self._active:
            other.held.append(group)
        for held in group.held:
            held.awaited -= 1
        for ended in (group, *group.held):
            if not ended.awaited:
                self._on_way.remove(ended.articles)
