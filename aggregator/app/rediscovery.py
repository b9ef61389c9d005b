"""Kept documents whose index is not here: those of an archive that moved as JSON Lines with its data/warc beside it.

In: an App. Out: how many documents were entered in the index again. Called by app/recleaning.py before it looks for
what articles were made from, and once an import has brought articles. Only files of which the index knows nothing are
read.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from aggregator.app import raw
from aggregator.kit import urls

if TYPE_CHECKING:
    from aggregator.app.core import App

#: Documents to a transaction.
BATCH = 500


def find(app: App) -> int:
    """Enter what articles of the store were made from; returns how many documents. Raises StoreError, ArchiveError."""
    from aggregator.archive import warcindex

    index = app.store.raw
    folder = raw.folder(app.data)
    known = set(index.files())
    entered = 0
    for path in sorted(folder.glob("*.warc.gz")):
        if path.name in known:
            continue
        rest = warcindex.documents(path)
        while found := list(islice(rest, BATCH)):
            entered += index.enter([(one.document, one.docid, tuple(map(urls.key, one.addresses))) for one in found])
    return entered
