"""What an output lets pass: conditions in SQL where there is an index, words in Python."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import peewee

from aggregator.kit import text
from aggregator.models import Output
from aggregator.store import revisions, tags
from aggregator.store.engine import rows
from aggregator.store.schema import Tables

_HAN = re.compile(r"[\u4e00-\u9fff]+")

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


def condition(tables: Tables, filters: Sequence[Need]) -> Any | None:
    """A condition on the story table: some live article passes every filter. None: there is no filter."""
    if not filters:
        return None
    a, s = tables.article, tables.story
    query = _all(a.select(a.story).where(a.deleted == 0), filters)
    for each in filters:
        if (few := each.few()) is not None:  # named one by one, or SQLite walks over all stories to find these
            return s.id << [number for (number,) in rows(query.where(a.id << sorted(few)).distinct())]
    return peewee.fn.EXISTS(query.where(a.story == s.id))


def having_words(tables: Tables, output: Output, filters: Sequence[Need], ids: Sequence[int]) -> list[int]:
    """Those of the stories that pass the words of the output, in their order."""
    a, r = tables.article, tables.revision
    include, exclude = tags.folded(output.include), tags.folded(output.exclude)
    live = (a.story << list(ids)) & (a.deleted == 0)
    matching = {number for (number,) in rows(_all(a.select(a.id).where(live), filters))}
    query = (
        a.select(a.story, a.id, r.title, *([r.body, r.start, r.html_length, r.text_length] if include else []))
        .join(r, on=(r.article == a.id) & (r.number == a.number))
        .where(live)
    )
    included: set[int] = set()
    excluded: set[int] = set()
    silent: list[tuple[int, tuple[int, ...]]] = []  # stories whose words may be in a text
    for story, article, title, *spot in rows(query):
        if _holds(title, exclude):
            excluded.add(story)
        elif include and article in matching and story not in included:
            if _holds(title, include):
                included.add(story)
            else:
                silent.append((story, tuple(spot)))
    silent = [(story, spot) for story, spot in silent if story not in included and story not in excluded]
    texts = revisions.texts(tables, [spot for _, spot in silent])
    plain = all(map(_HAN.fullmatch, include))  # then a word stands in a text as it is, or not at all
    included.update(
        story
        for story, spot in silent
        if (not plain or texts.may_hold(spot, include)) and _holds(texts.text(spot), include)
    )
    return [story for story in ids if story not in excluded and (not include or story in included)]


def _holds(whole: str, words: Sequence[str]) -> bool:
    """Whether a text holds one of the folded words. Folding is slow, and does nothing to common Chinese characters."""
    if any(word in whole for word in words):
        return True
    others = [word for word in words if not _HAN.fullmatch(word)]
    if not others:
        return False
    folded = text.fold(whole)
    return any(word in folded for word in others)


def _all(query: Any, filters: Sequence[Need]) -> Any:
    for each in filters:
        query = query.where(each.passes)
    return query


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
