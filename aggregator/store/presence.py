"""Whether the page of an article is still there: what each look adds to what is known, and the rows of it.

In: Observations. Out: PageChecks. Called by changes.py within a commit, and by pages.py. An article counts as
removed at source when LEAST looks over SPAN or more found it gone, with none between that found it there. What failed
says nothing: it is counted apart and changes nothing else. The article itself stays as it is
(docs/decisions/0701).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from aggregator.models import Absence, Observation, PageCheck, Sight
from aggregator.store.columns import instant, micros
from aggregator.store.engine import Engine, Lookup
from aggregator.store.schema import Tables

#: Looks that found the page gone, and the time from the first to the last of them.
LEAST, SPAN = 3, timedelta(hours=24)

#: Looks in a row that told nothing, after which no more is planned.
PATIENCE = 5

#: Pieces of evidence that are kept: the first one, and the last ones.
_KEPT = 10


def after(known: PageCheck, seen: Observation) -> PageCheck:
    """What is known after one more look. Pure."""
    settled = known.failures + 1 >= PATIENCE if seen.sight is Sight.FAILED else False
    checked = replace(known, checked_at=seen.at, next_at=None if settled else seen.next_at)
    if seen.sight is Sight.PRESENT:
        return PageCheck(known.article_id, checked_at=seen.at, present_at=seen.at, next_at=seen.next_at)
    if seen.sight is Sight.FAILED:
        return replace(checked, failures=known.failures + 1, failure=seen.words)
    evidence = (*known.evidence, Absence(seen.at, seen.words))
    evidence = evidence if len(evidence) <= _KEPT else (evidence[0], *evidence[2:])
    absent = known.absent + 1
    enough = absent >= LEAST and seen.at - evidence[0].at >= SPAN
    removed_at = known.removed_at or (seen.at if enough else None)
    next_at = None if removed_at else seen.next_at
    return replace(checked, absent=absent, evidence=evidence, removed_at=removed_at, next_at=next_at)


def write(tables: Tables, engine: Engine, seen: Sequence[Observation]) -> None:
    """Store looks, within a transaction. Where nothing is known, only absence and what a recheck found is noted."""
    if not seen:
        return
    known = of(tables, [one.article_id for one in seen])
    changed: dict[int, PageCheck] = {}
    for one in seen:
        number = one.article_id
        if number not in known and one.sight is not Sight.ABSENT and not one.asked:
            continue
        known[number] = changed[number] = after(known.get(number, PageCheck(number)), one)
    engine.put(columns(tables), [as_row(one) for one in changed.values()], key=[tables.page_check.article])


def of(tables: Tables, articles: Iterable[int]) -> dict[int, PageCheck]:
    """What is known of the pages of some articles, by article."""
    return {row[0]: from_row(row) for row in tables.lookup(_by_article)(articles)}


def columns(tables: Tables) -> list[Any]:
    """The columns, in the order of PageCheck's fields."""
    c = tables.page_check
    evidence = [c.article, c.checked_at, c.present_at, c.absent, c.evidence]
    return [*evidence, c.removed_at, c.failures, c.failure, c.next_at]


def from_row(row: Sequence[Any]) -> PageCheck:
    """The PageCheck of a row selected with `columns`."""
    article, checked_at, present_at, absent, evidence, *rest = row
    absences = tuple(Absence(instant(at), words) for at, words in evidence or ())
    return PageCheck(article, checked_at, present_at, absent, absences, *rest)


def as_row(one: PageCheck) -> tuple[Any, ...]:
    """The row of a PageCheck."""
    evidence = [[micros(piece.at), piece.words] for piece in one.evidence] or None
    head = (one.article_id, one.checked_at, one.present_at, one.absent, evidence)
    return (*head, one.removed_at, one.failures, one.failure, one.next_at)


def _by_article(tables: Tables) -> Lookup:
    return Lookup(tables.page_check.select(*columns(tables)), tables.page_check.article)
