"""Articles on their way into the store: two that tell the same thing at the same moment find each other.

In: what places the articles of one group. Out: the same of all other groups that are on their way. Without it, near
duplicates that arrive in one instant, as all feeds do when the daemon starts, would each look for neighbours before
the other is stored. Used by pipeline/update.py; one Arrivals for all updates of the process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from aggregator.models import Neighbour


class Arrivals:
    """The groups between the look for neighbours and their commit.

    Of two groups, the one that is committed second knows of the first: it found it here before it read the store, or
    finds it here afterwards, or reads it from the store. That is enough, as plans are committed in the order in which
    they are handed over, and a story that is not stored yet is passed over.
    """

    def __init__(self) -> None:
        self._groups: list[Sequence[Neighbour]] = []

    @contextmanager
    def announce(self, group: Sequence[Neighbour]) -> Iterator[Callable[[], list[Neighbour]]]:
        """Announce a group for the block. Gives a function that tells who else was or is on the way."""
        before = list(self._groups)

        def others() -> list[Neighbour]:
            met = before + [one for one in self._groups if one is not group and not any(one is old for old in before)]
            return [neighbour for one in met for neighbour in one]

        self._groups.append(group)
        try:
            yield others
        finally:
            self._groups = [one for one in self._groups if one is not group]
