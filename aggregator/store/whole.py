"""The archive whole: everything that cannot be made anew, read out record by record, and taken in again.

In: records (wire.py has their form), or which articles are wanted. Out: records, or what was taken. Called by app/ for
JSONL archives, and by whatever moves an archive. Into an empty store records come with their numbers, times and uids.
Into another they are joined by identity: a story by its uid and keys, an article by docid, address, or feed and entry
id; so the same records twice change nothing. What is derived (search index, prints, tags, packed texts) is made by the
same code that makes it for a poll. Not carried: LEFT_OUT.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from aggregator.models import StoryKey, Wanted
from aggregator.store import joining, presence, queue, records, revisions, wire
from aggregator.store.articles import Articles
from aggregator.store.engine import Engine, Lookup, rows
from aggregator.store.schema import Tables
from aggregator.store.seam import guard

#: Tables and columns that no record carries, and why. A test asks for every other one.
LEFT_OUT = {
    "endpoint": "how an address answered last: learned anew by the next poll",
    "body": "the texts, packed; records carry them with their revisions",
    "last_items": "what the last poll of a feed saw: seen anew by the next one",
    "raw": "kept documents are in WARC files, which an import takes in as such",
    "raw_article": "kept documents are in WARC files, which an import takes in as such",
    "media": "pictures are files; a backup carries them",
    "picture": "where pictures were fetched from, and how that went: begins anew",
    "picture_article": "made of the articles",
    "past_page": "pages of outputs, by the ids of this database: begun anew",
    "picture_mark": "how far the archive was looked through for pictures",
    "word_filter": "the words of outputs: learnt when outputs ask",
    "word_hit": "made of the texts",
    "print": "made of the texts",
    "label": "made of the articles",
    "tag": "made of the articles",
    "subscription.id": "the slug names it",
    "subscription.configured": "the config of the place says so",
    "subscription.enabled": "the config of the place says so",
    **{
        f"subscription.{name}": "how it was polled: begins anew"
        for name in (
            *("last_polled", "last_success", "last_new", "next_poll", "failures", "problem", "problem_since"),
            *("spacing", "deep_read_at", "empty_polls", "warning"),
            *("history", "pause", "fresh_at", "overdue_at", "changed_at", "items", "usual_items", "poor_since"),
            "no_feed_polls",
        )
    },
    "revision.id": "numbers count within the article",
    "revision.body": "where its text lies",
    "revision.start": "where its text lies",
    "revision.html_length": "where its text lies",
    "revision.text_length": "where its text lies",
    "appearance.id": "feed and entry id name it",
    "appearance.entry": "made of the entry id",
}

#: Articles, or stories, that are read at once.
BATCH = 100

#: Keys and addresses have no index by what they belong to: they are read for so many stories or articles at once.
WINDOW = 20_000


class Whole:
    """Everything, out and in."""

    def __init__(self, engine: Engine, tables: Tables, articles: Articles) -> None:
        self._engine = engine
        self._tables = tables
        self._articles = articles

    def records(self, wanted: Wanted | None = None, among: Sequence[int] | None = None) -> Iterator[dict[str, Any]]:
        """Every subscription, story and article, in this order, as a stream; holds no lock between the reads.

        `wanted`, `among`: as for Articles.iterate. Then only the stories and subscriptions that belong to those.
        """
        yield from self.subscriptions()
        chosen: Iterable[list[int]] | None = None
        if among is not None or (wanted and wanted != Wanted()):
            chosen = self._stories_of(self._articles.ids(wanted=wanted, among=among))
        yield from self.stories(chosen)
        for ids in self._articles.ids(WINDOW, wanted=wanted, among=among):
            yield from self.articles(ids)

    @guard("reading the feeds")
    def subscriptions(self) -> list[dict[str, Any]]:
        """The record of each subscription, by slug."""
        s = self._tables.subscription
        query = s.select(s.slug, s.name, s.url, s.categories).order_by(s.slug)
        return [wire.feed(wire.WholeFeed(*row)) for row in rows(query)]

    def stories(self, chosen: Iterable[list[int]] | None = None) -> Iterator[dict[str, Any]]:
        """The record of each story in id order, those that were merged away too; or of those chosen by id."""
        for ids in chosen if chosen is not None else self._all_stories():
            keys = self._keys_between(min(ids), max(ids))
            for start in range(0, len(ids), BATCH):
                with guard("reading the stories"), self._engine.atomic("DEFERRED"):
                    found = self._read_stories(ids[start : start + BATCH], keys)
                yield from found

    def articles(self, ids: Sequence[int]) -> Iterator[dict[str, Any]]:
        """The records of some articles, in id order. Costs a look through all addresses: ask for many at once."""
        alias = self._tables.alias
        with guard("reading the archive"):
            query = alias.select(alias.article, alias.url_key).where(alias.article.between(min(ids), max(ids)))
            addresses = _grouped(rows(query))
        for start in range(0, len(ids), BATCH):
            with guard("reading the archive"), self._engine.atomic("DEFERRED"):
                found = list(self._read_articles(ids[start : start + BATCH], addresses))
            yield from map(wire.article, found)

    def take(self, records: Sequence[Mapping[str, Any]], *, dry: bool = False) -> joining.Taken:
        """Take records in, in one transaction; with `dry` only tell what would be new.

        A record that is none of ours is told with its place in `records`, and the others are taken. Stories must come
        before their articles, as `records` gives them; an article whose story never came founds one of that uid.
        """
        with guard("storing an archive"):
            self._engine.widen()
            return joining.take(self._tables, self._engine, records, dry=dry)

    def _all_stories(self) -> Iterator[list[int]]:
        s, last = self._tables.story, 0
        while True:
            with guard("reading the stories"):
                ids = [n for (n,) in rows(s.select(s.id).where(s.id > last).order_by(s.id).limit(WINDOW))]
            if not ids:
                return
            yield ids
            last = ids[-1]

    def _stories_of(self, groups: Iterable[list[int]]) -> Iterator[list[int]]:
        """The stories of the articles and those that lead to them, ascending, in groups."""
        a, s, found = self._tables.article, self._tables.story, set[int]()
        for ids in groups:
            with guard("reading the stories"):
                here = {number for (number,) in rows(a.select(a.story).where(a.id << ids).distinct())} - found
                found |= here
                found.update(n for (n,) in rows(s.select(s.id).where(s.merged_into << list(here))))
        order = sorted(found)
        for start in range(0, len(order), WINDOW):
            yield order[start : start + WINDOW]

    @guard("reading the stories")
    def _keys_between(self, first: int, last: int) -> dict[int, list[StoryKey]]:
        k = self._tables.story_key
        keys: dict[int, list[StoryKey]] = {}
        for number, day, title in sorted(
            rows(k.select(k.story, k.day, k.title_key).where(k.story.between(first, last)))
        ):
            keys.setdefault(number, []).append(StoryKey(title, day))
        return keys

    def _read_stories(self, ids: Sequence[int], keys: Mapping[int, list[StoryKey]]) -> list[dict[str, Any]]:
        t = self._tables
        found = sorted(t.lookup(_stories)(ids))
        uids = dict(t.lookup(_uids)({row[-1] for row in found} - {None}))
        return [
            wire.story(wire.WholeStory(number, uid, at, updated, bool(visible), uids.get(into), keys.get(number, [])))
            for number, uid, at, updated, visible, into in found
        ]

    def _read_articles(
        self, ids: Sequence[int], addresses: Mapping[int, list[tuple[Any, ...]]]
    ) -> Iterator[wire.WholeArticle]:
        t = self._tables
        states = _grouped(t.lookup(_states)(ids))
        texts = revisions.texts(t, [row[-4:] for group in states.values() for row in group])
        sights = _grouped(t.lookup(_sights)(ids))
        retries, pages = queue.of(t, ids), presence.of(t, ids)
        stories = dict(t.lookup(_story_of)(ids))
        pinned = dict(t.lookup(_pinned)(ids))
        for record in records.load(t, ids):
            yield wire.WholeArticle(
                record=record,
                story=stories[record.id],
                states=[
                    wire.Held(number, at, cause, hash_, revisions.article(texts, rest))
                    for number, at, cause, hash_, *rest in states[record.id]
                ],
                addresses=[address for (address,) in addresses.get(record.id, ())],
                sights=[wire.Sight(*row[1:]) for row in sights.get(record.id, ())],
                retry=retries.get(record.id),
                page=pages.get(record.id),
                pinned=pinned.get(record.id),
            )


def _grouped(found: Iterable[tuple[Any, ...]]) -> dict[int, list[tuple[Any, ...]]]:
    """Rows by their first column, in the order of the second."""
    groups: dict[int, list[tuple[Any, ...]]] = {}
    for first, *rest in sorted(found, key=lambda row: row[:2]):
        groups.setdefault(first, []).append(tuple(rest))
    return groups


def _stories(tables: Tables) -> Lookup:
    s = tables.story
    return Lookup(s.select(s.id, s.uid, s.at, s.updated, s.visible, s.merged_into), s.id)


def _uids(tables: Tables) -> Lookup:
    return Lookup(tables.story.select(tables.story.id, tables.story.uid), tables.story.id)


def _states(tables: Tables) -> Lookup:
    r = tables.revision
    return Lookup(r.select(r.article, r.number, r.at, r.cause, r.content_hash, *revisions.content(tables)), r.article)


def _sights(tables: Tables) -> Lookup:
    a, s = tables.appearance, tables.subscription
    query = a.select(a.article, a.id, s.slug, a.entry_id, a.stated_hash, a.first_seen)
    return Lookup(query.join(s, on=(s.id == a.subscription)), a.article)


def _pinned(tables: Tables) -> Lookup:
    a = tables.article
    return Lookup(a.select(a.id, a.pinned).where(a.pinned.is_null(False)), a.id)


def _story_of(tables: Tables) -> Lookup:
    a, s = tables.article, tables.story
    return Lookup(a.select(a.id, s.uid).join(s, on=(s.id == a.story)), a.id)
