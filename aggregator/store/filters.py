"""What an output lets pass, as conditions in SQL; but for the words it excludes, which are looked for in titles."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import peewee

from aggregator.models import Output
from aggregator.store import hits, tags
from aggregator.store.engine import Lookup, rows
from aggregator.store.schema import Tables

#: A filter that at most so many articles pass is answered from those articles; others by walking down from the newest.
SPARSE = 2_000


@dataclass(frozen=True, slots=True)
class Need:
    """One filter of an output."""

    passes: Any  #: condition on the article table
    ids: tuple[Any, ...]  #: queries for the ids of the articles that pass

    def few(self) -> set[int] | None:
        """The articles that pass, None when they are many."""
        found: set[int] = set()
        for query in self.ids:
            found.update(number for (number,) in rows(query.limit(SPARSE + 1)))
        return found if len(found) <= SPARSE else None


def needs(tables: Tables, output: Output) -> list[Need]:
    """The filters of the output that are set, but for words."""
    found: list[Need] = []
    if output.feeds:
        found.append(_seen_in(tables, _by_slug(tables, output.feeds)))
    if output.categories:
        wanted = tags.folded(output.categories)
        tagged = _tagged(tables, tags.CATEGORY, wanted)
        seen = _seen_in(tables, _by_category(tables, wanted))
        found.append(Need(tagged.passes | seen.passes, tagged.ids + seen.ids))
    if output.outlets:
        found.append(_tagged(tables, tags.OUTLET, tags.folded(output.outlets)))
    if output.symbols:
        found.append(_tagged(tables, tags.SYMBOL, tags.folded(output.symbols)))
    return found


def few(filters: Sequence[Need]) -> set[int] | None:
    """The articles that one of the filters lets pass, where it lets pass few."""
    return next((found for each in filters if (found := each.few()) is not None), None)


def condition(tables: Tables, passes: Sequence[Any], among: Collection[int] | None) -> Any | None:
    """A condition on the story table: some live article, one of `among` if given, meets all the conditions.

    None: there are none.
    """
    if not passes:
        return None
    a, s = tables.article, tables.story
    query = a.select(a.story).where(a.deleted == 0, *passes)
    if among is not None:  # named one by one, or SQLite walks over all stories to find these
        return s.id << [number for (number,) in rows(query.where(a.id << sorted(among)).distinct())]
    return peewee.fn.EXISTS(query.where(a.story == s.id))


def without(tables: Tables, exclude: Sequence[str], ids: Sequence[int]) -> list[int]:
    """Those of the stories, in their order, of which no live article has one of the folded words in its title."""
    told = tables.lookup(_titles)(ids)
    excluded = {story for story, title, deleted in told if not deleted and hits.holds(title, exclude)}
    return [story for story in ids if story not in excluded]


def _tagged(tables: Tables, kind: str, values: Sequence[str]) -> Need:
    tag = tables.tag
    wanted = tag.label << list(tags.known(tables, [(kind, value) for value in values]).values())
    here = tag.select(tag.article).where(wanted & (tag.article == tables.article.id))
    return Need(peewee.fn.EXISTS(here), (tag.select(tag.article).where(wanted),))


def _seen_in(tables: Tables, subscriptions: Sequence[int]) -> Need:
    seen = tables.appearance
    wanted = seen.subscription << subscriptions
    here = seen.select(seen.id).where(wanted & (seen.article == tables.article.id))
    return Need(peewee.fn.EXISTS(here), (seen.select(seen.article).where(wanted),))


def _by_slug(tables: Tables, slugs: Sequence[str]) -> list[int]:
    s = tables.subscription
    return [number for (number,) in rows(s.select(s.id).where(s.slug << slugs))]


def _by_category(tables: Tables, wanted: Sequence[str]) -> list[int]:
    """Subscriptions whose own categories hold one of the wanted ones."""
    s = tables.subscription
    return [
        number
        for number, categories in rows(s.select(s.id, s.categories))
        if not set(wanted).isdisjoint(tags.folded(categories))
    ]


def _titles(tables: Tables) -> Lookup:
    a = tables.article
    return Lookup(a.select(a.story, a.title, a.deleted), a.story)
