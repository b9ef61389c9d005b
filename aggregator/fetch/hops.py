"""The rules of a redirect chain: a hop and its answer go in, the next hop comes out. Pure. Called by fetch.http."""

from __future__ import annotations

from dataclasses import dataclass, replace

from aggregator.errors import BadTransfer
from aggregator.fetch import target as targets
from aggregator.fetch.target import Target

REDIRECTS = frozenset({301, 302, 303, 307, 308})
PERMANENT = frozenset({301, 308})


@dataclass(frozen=True, slots=True)
class Redirect:
    """A 3xx answer; its body was not read."""

    status: int
    location: bytes  #: the header's bytes, empty when there was none


@dataclass(frozen=True, slots=True)
class Hop:
    """Where a fetch stands: whom to ask now, and what may be told to them."""

    first: Target
    target: Target
    visited: tuple[str, ...] = ()  #: asked before this one
    kept: bool = True  #: never left the keeper of `first`: its own headers and credentials may be sent
    home: bool = True  #: never left the very service that was configured: it may be private
    permanent: bool = True

    @classmethod
    def start(cls, url: str) -> Hop:
        """The first hop. Raises RefusedAddress."""
        first = targets.read(url)
        return cls(first, first)

    def follow(self, answer: Redirect, most: int) -> Hop:
        """The next hop. Raises BadTransfer for chains that do not end, RefusedAddress for targets never asked."""
        after = targets.follow(self.target, answer.location)
        visited = (*self.visited, self.target.url)
        if after.url in visited:
            raise BadTransfer(self.first.url, f"redirects go round in a circle, back to {after.url}")
        if len(visited) > most:
            raise BadTransfer(self.first.url, f"redirected more than {most} times")
        return replace(
            self,
            target=after,
            visited=visited,
            kept=self.kept and targets.same_keeper(self.target, after),
            home=self.home and after.place == self.first.place,
            permanent=self.permanent and answer.status in PERMANENT,
        )

    @property
    def moved_to(self) -> str | None:
        """The target, when every redirect that led to it was permanent."""
        return self.target.url if self.visited and self.permanent else None
