"""What an article was: its states, one of them as it stood, and what differs between two.

In: a reference as people write it (number, uid, docid, link) and numbers of revisions. Out: plain values; StoreError,
in words, for what does not exist. Called by app/core.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from aggregator.errors import StoreError
from aggregator.kit import comparison
from aggregator.kit.comparison import Comparison
from aggregator.models import Revision, StoredArticle
from aggregator.store.articles import Articles


@dataclass(frozen=True, slots=True)
class Compared:
    """Two states of an article; `old` and `comparison` are None where it has only one."""

    stored: StoredArticle
    old: Revision | None
    new: Revision
    comparison: Comparison | None


def find(articles: Articles, reference: str) -> StoredArticle:
    """The article that a person means. Raises StoreError."""
    found = articles.get(int(reference) if reference.isdecimal() else reference)
    if found is None:
        raise StoreError(f"nothing stored is called {reference}; `aggregator list` shows the ids")
    return found


def as_of(stored: StoredArticle, revisions: Sequence[Revision], number: int) -> StoredArticle:
    """The article as it stood in one of its revisions. Raises StoreError."""
    state = _numbered(stored, revisions, number)
    return replace(stored, article=state.article, revision=state.number, revised_at=state.at)


def compare(
    stored: StoredArticle, revisions: Sequence[Revision], first: int | None = None, second: int | None = None
) -> Compared:
    """Compare two revisions; without numbers the last two, with one number that one and the last. Raises StoreError."""
    new = revisions[-1] if second is None else _numbered(stored, revisions, second)
    if first is not None:
        old = _numbered(stored, revisions, first)
    elif len(revisions) > 1:
        old = revisions[-2]
    else:
        return Compared(stored, None, new, None)
    return Compared(stored, old, new, comparison.compare(old.article, new.article))


def _numbered(stored: StoredArticle, revisions: Sequence[Revision], number: int) -> Revision:
    found = next((one for one in revisions if one.number == number), None)
    if found is None:
        numbers = [one.number for one in revisions]
        has = f"revisions {numbers[0]} to {numbers[-1]}" if len(numbers) > 1 else f"only revision {numbers[0]}"
        raise StoreError(f"article {stored.id} has {has}, none with the number {number}")
    return found
