"""Entry ids that a feed uses again for another article: both articles are kept.

In: entries, and what the store knows of them under their own id and under the one with the address in it. Out: the
entries, under the id that is theirs alone. Called by pipeline/update.py between steps 3 and 4.

Within one document parse/stated.py does the same, by the same form of id.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from aggregator.dedup import identity
from aggregator.kit import urls
from aggregator.models import Entry, Known

#: An edit leaves the publish time about where it was.
SAME_ISSUE = timedelta(hours=1)


def both(entries: Iterable[Entry]) -> list[Entry]:
    """The entries, and once more those that may have a used id, under their longer one: ask the store for all."""
    listed = list(entries)
    return listed + [longer for entry in listed if (longer := _with_address(entry)) is not None]


def resolve(entries: Sequence[Entry], known: Mapping[str, Known]) -> tuple[Entry, ...]:
    """Each entry under the id that is its own."""
    return tuple(_resolved(entry, known) for entry in entries)


def _resolved(entry: Entry, known: Mapping[str, Known]) -> Entry:
    longer = _with_address(entry)
    if longer is None:
        return entry
    fact, as_longer = known.get(entry.id), known.get(longer.id)
    if as_longer is not None and as_longer.stated_hash is not None:
        return longer
    foreign = as_longer is None or fact is None or as_longer.article_id != fact.article_id
    return longer if fact is not None and foreign and _is_another(entry, fact) else entry


def _with_address(entry: Entry) -> Entry | None:
    """The entry under an id that holds its address; None where the id is as unique as that, or there is no address."""
    if entry.link is None or entry.shares_link or entry.docid:
        return None
    key = urls.key(entry.link)
    return (
        None if key in entry.id or urls.key(entry.id) == key else replace(entry, id=f"{entry.id} {key}", stated_hash="")
    )


def _is_another(entry: Entry, fact: Known) -> bool:
    """Another title and another time, on top of another address: no edit, another article."""
    if fact.stated_hash is None or entry.published is None or fact.published is None:
        return False
    if abs(entry.published - fact.published) <= SAME_ISSUE:
        return False
    return identity.title_key(entry.title) != identity.title_key(fact.title)
