"""Kept documents: what keeps them while the daemon works, and what an article was made from.

In: the data folder and the Store. Out: a Keeper for the walk; documents read back. Called by app/core.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from aggregator.archive.items import Written
from aggregator.errors import ArchiveError
from aggregator.models import Fetched, RawDocument, RawSource, StoredArticle
from aggregator.store import Store

if TYPE_CHECKING:
    from aggregator.archive import warcfiles
    from aggregator.work import keeping


def folder(data: Path) -> Path:
    """Where the WARC files lie."""
    return data / "warc"


class LazyKeeper:
    """A Keeper that is made when the first document comes: a cycle without news loads nothing of it."""

    def __init__(self, data: Path, store: Store, clock: Callable[[], datetime]) -> None:
        self._data, self._store, self._clock = data, store, clock
        self._made: keeping.Keeper | None = None

    async def keep(self, wanted: Sequence[Fetched]) -> list[RawDocument | None]:
        """See work/keeping.py."""
        if self._made is None:
            from aggregator.archive import warcfiles
            from aggregator.work import keeping

            index = self._store.raw
            files = warcfiles.Folder(folder(self._data), known_end=index.end, forget=index.forget)
            self._made = keeping.Keeper(files, index.originals, self._clock)
        return await self._made.keep(wanted)

    @property
    def lost(self) -> int:
        """Documents that could not be kept since the start."""
        return self._made.lost if self._made else 0

    async def close(self) -> None:
        """Write what waits, and let go of the file."""
        if self._made is not None:
            await self._made.close()


def sources(store: Store, article_id: int) -> list[RawSource]:
    """The kept documents that an article was made from, newest first."""
    return store.raw.sources([article_id]).get(article_id, [])


def read(store: Store, data: Path, raw: RawDocument) -> warcfiles.Kept:
    """A kept document, from its file. Raises ArchiveError."""
    from aggregator.archive import warcfiles

    original = store.raw.originals([raw.digest]).get(raw.digest) if raw.revisit else None
    return warcfiles.read(folder(data), raw, original)


def records_of(store: Store, files: Path, articles: Iterable[StoredArticle]) -> Iterator[bytes | Written]:
    """The records of every kept document of some articles, each document once, as bytes of a WARC file.

    A document whose payload lies in an older one comes behind that one. What cannot be read is told instead.
    """
    from aggregator.archive import warcfiles

    done: set[tuple[str, int]] = set()
    rest = iter(articles)
    while batch := list(islice(rest, 200)):
        sources = store.raw.sources([one.id for one in batch])
        wanted = [source.document for found in sources.values() for source in found]
        originals = store.raw.originals([one.digest for one in wanted if one.revisit])
        for raw in wanted:
            original = originals.get(raw.digest) if raw.revisit else None
            for one in filter(None, (original, raw)):
                place = one.file, one.offset
                if place in done:
                    continue
                done.add(place)
                try:
                    yield warcfiles.copied(files, one)
                except ArchiveError as error:
                    yield Written(error.where, problem=error.reason)
