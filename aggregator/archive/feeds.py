"""Feed files: RSS, Atom, RDF and JSON Feed documents that somebody saved.

In: a path. Out: the document; parse/ reads it as it would one from the network. `.gz` and `.zst` are unpacked.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from aggregator.archive import files, packed
from aggregator.archive.items import FeedDocument
from aggregator.errors import ArchiveError
from aggregator.models import Document

#: A feed larger than this is an archive of another kind; it is parsed whole, in memory.
LARGEST = 64 * 2**20


def read(path: Path, _skip: int = 0) -> Iterator[FeedDocument]:
    """The one document of a file. Raises ArchiveError."""
    where = files.shown(path)
    with packed.errors(where), packed.opened(path) as stream:
        body = stream.read(LARGEST + 1)
        saved = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    if len(body) > LARGEST:
        raise ArchiveError(where, f"larger than {LARGEST >> 20} MB: not one feed")
    yield FeedDocument(where, Document("", "", 200, body, saved))
