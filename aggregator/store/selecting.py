"""Which articles an export carries: its filters as conditions on the article table.

In: models.Wanted, but for its words, which the search index knows. Out: conditions. Called by articles.py.
"""

from __future__ import annotations

from typing import Any

from aggregator.models import Output, Wanted
from aggregator.store import filters, records
from aggregator.store.schema import Tables


def conditions(tables: Tables, wanted: Wanted) -> list[Any]:
    """Conditions that all must hold; one that is always true where nothing is filtered."""
    a = tables.article
    published = records.at(a)
    found: list[Any] = [a.id > 0]
    if wanted.since is not None:
        found.append(published >= a.first_seen.db_value(wanted.since))
    if wanted.until is not None:
        found.append(published < a.first_seen.db_value(wanted.until))
    asked = Output("", "", feeds=wanted.feeds, categories=wanted.categories, symbols=wanted.symbols)
    return found + [need.passes for need in filters.needs(tables, asked)]
