"""Stored articles, and stories with them, read back whole: a few queries for any number of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import Any

from aggregator.models import Appearance, Article, Completeness, StoredArticle, Story
from aggregator.store import codec, revisions
from aggregator.store.engine import Lookup, rows
from aggregator.store.schema import Tables

#: Order of wholeness, for choosing which article stands for a story.
_WHOLE_FIRST = (Completeness.FULL, Completeness.FLASH, Completeness.SUMMARY)


def articles(tables: Tables, where: Any) -> list[StoredArticle]:
    """The articles that a condition on the article or story table selects, in id order."""
    return _whole(tables, rows(_query(tables).where(where)))


def of_stories(tables: Tables, stories: Iterable[int]) -> list[StoredArticle]:
    """The articles of the stories, in id order."""
    return _whole(tables, tables.lookup(_by_story)(stories))


def stories(tables: Tables, ids: Sequence[int], *, withdrawn: bool = False) -> list[Story]:
    """The stories in the order of `ids`; withdrawn articles only where asked for."""
    members: dict[str, list[StoredArticle]] = {}
    found = {row[0]: row[1:] for row in tables.lookup(_by_id)(ids)}
    for stored in of_stories(tables, ids):
        if withdrawn or not (stored.article.deleted or stored.pruned):
            members.setdefault(stored.story_uid, []).append(stored)
    return [
        Story(number, uid, at, updated, ordered(members[uid]))
        for number, (uid, at, updated) in ((number, found[number]) for number in ids)
        if uid in members
    ]


def _whole(tables: Tables, found: Sequence[tuple[Any, ...]]) -> list[StoredArticle]:
    found = sorted(found, key=itemgetter(0))
    texts = revisions.texts(tables, [row[-4:] for row in found])
    seen = appearances(tables, [row[0] for row in found])
    return [
        StoredArticle(
            id=number,
            article=codec.decode(codec.Content(title, texts.html(spot), texts.text(spot), facts, original)),
            revision=revision,
            first_seen=first_seen,
            revised_at=at,
            story_uid=uid,
            appearances=tuple(seen.get(number, ())),
            differs=differs,
            pruned=pruned,
            pinned=pinned,
        )
        for number, revision, first_seen, at, uid, differs, pruned, pinned, title, facts, original, *spot in found
    ]


def appearances(tables: Tables, ids: Iterable[int]) -> dict[int, list[Appearance]]:
    """Where each article was seen, first sight first."""
    found: dict[int, list[Appearance]] = {}
    seen = sorted(tables.lookup(_by_article)(ids), key=itemgetter(-2, -1))
    for article, slug, name, entry_id, categories, first_seen, _ in seen:
        found.setdefault(article, []).append(Appearance(slug, name, entry_id, first_seen, tuple(categories or ())))
    return found


def _query(tables: Tables) -> Any:
    a, r, s = tables.article, tables.revision, tables.story
    return (
        a.select(a.id, r.number, a.first_seen, r.at, s.uid, a.differs, a.pruned, a.pinned, *revisions.content(tables))
        .join(r, on=(r.article == a.id) & (r.number == a.number))
        .join(s, on=(s.id == a.story))
    )


def _by_story(tables: Tables) -> Lookup:
    return Lookup(_query(tables), tables.article.story)


def _by_id(tables: Tables) -> Lookup:
    s = tables.story
    return Lookup(s.select(s.id, s.uid, s.at, s.updated), s.id)


def _by_article(tables: Tables) -> Lookup:
    a, s = tables.appearance, tables.subscription
    query = a.select(a.article, s.slug, s.name, a.entry_id, s.categories, a.first_seen, a.id)
    return Lookup(query.join(s, on=(s.id == a.subscription)), a.article)


def ordered(members: Sequence[StoredArticle]) -> tuple[StoredArticle, ...]:
    """The articles of a story, its head first, then by publish time.

    The head is a live article, the most whole one, with a known outlet, the earliest; where all of that is equal,
    docid, address and entry id decide, so that the order of arrival never does.
    """
    by_time = sorted(members, key=lambda stored: (stored.article.deleted, stored.at, _own_order(stored.article)))
    head = min(by_time, key=_claim)
    return (head, *(stored for stored in by_time if stored is not head))


def _claim(stored: StoredArticle) -> tuple[Any, ...]:
    article = stored.article
    return (
        article.deleted or stored.pruned is not None,
        _WHOLE_FIRST.index(article.completeness),
        article.outlet is None,
        stored.at,
        _own_order(article),
    )


def _own_order(article: Article) -> tuple[str, str, str]:
    return article.docid or "~", article.url or "~", article.entry_id
