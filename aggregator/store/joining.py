"""Records of another archive, joined to what is stored: one transaction, and few statements for many records.

In: records (wire.py). Out: Taken. Called by whole.py. Stories come first: each is found by its uid and by its keys, and
where those lead to several, the stories are one. Then articles: a new one is stored with all its
states as they were; one that is known (docid, address, or feed and entry id) gets the states it lacks, in the order of
their times. Rows are written by the same Changes as those of a poll.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple

from aggregator.models import StoryKey
from aggregator.store import presence, records, revisions, tags, wire
from aggregator.store.changes import Changes, State, print_of
from aggregator.store.columns import short
from aggregator.store.engine import Engine, Lookup
from aggregator.store.founding import forward
from aggregator.store.ledger import Seen
from aggregator.store.records import Record
from aggregator.store.schema import Tables


@dataclass(slots=True)
class Taken:
    """What was taken in. Counts are of articles."""

    new: int = 0
    revised: int = 0
    unchanged: int = 0
    broken: list[tuple[int, str]] = field(default_factory=list)  #: place among the records, and what is wrong


class Past(NamedTuple):
    """A stored state of an article."""

    number: int
    at: datetime
    content_hash: str
    row: int


#: Of a story: when it was told first, when it changed last, whether it is shown.
Row = tuple[datetime, datetime, bool]


@dataclass(slots=True)
class Sorted:
    """The records of a batch by kind."""

    feeds: list[wire.WholeFeed] = field(default_factory=list)
    stories: list[wire.WholeStory] = field(default_factory=list)
    articles: list[wire.WholeArticle] = field(default_factory=list)


def take(tables: Tables, engine: Engine, given: Sequence[Mapping[str, Any]], *, dry: bool = False) -> Taken:
    """See Whole.take."""
    taken = Taken()
    batch = _sorted(given, taken)
    if dry:
        _foresee(tables, batch.articles, taken)
        return taken
    with engine.atomic("IMMEDIATE"):
        _feeds(tables, batch.feeds, batch.articles)
        StoryJoin(tables, engine).take(batch.stories)
        left = batch.articles
        while left:  # two records of one stored article are joined to it one after the other
            left = ArticleJoin(tables, engine, taken).take(left)
    return taken


def _sorted(given: Sequence[Mapping[str, Any]], taken: Taken) -> Sorted:
    batch = Sorted()
    for place, facts in enumerate(given):
        try:
            kind = facts.get("kind")
            if kind == "subscription":
                batch.feeds.append(wire.read_feed(facts))
            elif kind == "story":
                batch.stories.append(wire.read_story(facts))
            elif kind == "article":
                batch.articles.append(wire.read_article(facts))
            else:
                taken.broken.append((place, f"a record of an unknown kind: {kind!r:.40}"))
        except KeyError as error:
            taken.broken.append((place, f"a record without {error}"))
        except (ValueError, TypeError, AttributeError, IndexError, OverflowError, RecursionError) as error:
            taken.broken.append((place, f"a record that is not as it should be: {error}"))
    return batch


def _feeds(tables: Tables, feeds: Iterable[wire.WholeFeed], articles: Iterable[wire.WholeArticle]) -> None:
    """Store the subscriptions that are not known; they are unconfigured until the config names them."""
    s = tables.subscription
    wanted = {one.slug: one for one in feeds}
    for sight in (sight for article in articles for sight in article.sights):
        wanted.setdefault(sight.feed, wire.WholeFeed(sight.feed, sight.feed, "", []))
    known = {slug for slug, _ in tables.lookup(_feed_by_slug)(wanted)}
    for one in (one for slug, one in wanted.items() if slug not in known):
        facts = {"slug": one.slug, "name": one.name, "url": one.url, "categories": one.categories}
        s.insert(**facts, configured=False, enabled=False).execute()


class StoryJoin:
    """Stories of another archive among those stored."""

    def __init__(self, tables: Tables, engine: Engine) -> None:
        self._tables = tables
        self._engine = engine
        self._ids = engine.ids()
        self._root: dict[int, int] = {}  # what absorbed a story
        self._by_uid: dict[str, int] = {}
        self._by_key: dict[StoryKey, int] = {}
        self._rows: dict[int, Row] = {}

    def take(self, stories: Sequence[wire.WholeStory]) -> None:
        """Store and join them."""
        if not stories:
            return
        t = self._tables
        self._load(t.lookup(_story_by_uid)({uid for one in stories for uid in (one.uid, one.merged_into) if uid}))
        owners = t.lookup(_key_owner)({(key.day, key.title_key) for one in stories for key in one.keys})
        self._by_key = {StoryKey(title, day): story for day, title, story in owners}
        self._load(t.lookup(_story_by_id)({story for *_, story in owners}))
        self._load(t.lookup(_story_by_id)(set(self._root.values())))
        rows, roots, uids = dict(self._rows), dict(self._root), set(self._by_uid)
        free = {one.id for one in stories} - {row[0] for row in t.lookup(_story_by_id)({one.id for one in stories})}
        self._ids.pass_by(t.story, max(free, default=0))
        new_keys: dict[StoryKey, int] = {}
        for one in stories:
            self._join(one, free, new_keys)
        s, k = t.story, t.story_key
        fresh = [(n, uid, *self._rows[n]) for uid, n in self._by_uid.items() if uid not in uids]
        self._engine.put([s.id, s.uid, s.at, s.updated, s.visible], sorted(fresh))
        changed = [(*row, number) for number, row in self._rows.items() if rows.get(number, row) != row]
        self._engine.update([s.at, s.updated, s.visible], s.id, changed)
        gone = {number: self._survivor(number) for number in self._root}
        combine(t, self._engine, {number: into for number, into in gone.items() if roots.get(number) != into})
        self._engine.put(
            [k.day, k.title_key, k.story], [(key.day, key.title_key, owner) for key, owner in new_keys.items()]
        )

    def _join(self, one: wire.WholeStory, free: set[int], new_keys: dict[StoryKey, int]) -> None:
        found = {self._survivor(self._by_key[key]) for key in one.keys if key in self._by_key}
        found |= {self._survivor(self._by_uid[uid]) for uid in (one.uid, one.merged_into) if uid in self._by_uid}
        number = self._by_uid.get(one.uid)
        if number is None:
            number = one.id if one.id in free and one.id else self._ids.take(self._tables.story, 1)[0]
            free.discard(number)
            self._by_uid[one.uid] = number
            self._rows[number] = one.at, one.updated, one.visible
        into = min(found, default=number)  # what was founded first survives
        if not one.merged_into:
            self._rows[into] = _both(self._rows[into], (one.at, one.updated, one.visible))
        for other in found | {self._survivor(number)}:
            if other != into:
                self._root[other] = into
        for key in one.keys:
            if key not in self._by_key:
                self._by_key[key] = new_keys[key] = number

    def _survivor(self, story: int) -> int:
        while story in self._root:
            story = self._root[story]
        return story

    def _load(self, found: Iterable[tuple[Any, ...]]) -> None:
        for number, uid, at, updated, visible, into in found:
            self._by_uid[uid] = number
            self._rows[number] = at, updated, bool(visible)
            if into is not None:
                self._root[number] = into


class ArticleJoin:
    """Articles of another archive among those stored."""

    def __init__(self, tables: Tables, engine: Engine, taken: Taken) -> None:
        self._tables = tables
        self._engine = engine
        self._taken = taken
        self._ids = engine.ids()
        self._changes = Changes()
        self._numbered: list[tuple[int, int]] = []  # new number and id of a revision
        self._absorbed: dict[int, int] = {}  # story -> survivor

    def take(self, articles: Sequence[wire.WholeArticle]) -> list[wire.WholeArticle]:
        """Store and join them, but for those that must wait for one before them; returns these."""
        t = self._tables
        owners = Owners.of(t, articles)
        stories = self._stories(articles)
        feeds = dict(t.lookup(_feed_by_slug)({sight.feed for one in articles for sight in one.sights}))
        late: list[wire.WholeArticle] = []
        joined: dict[int, wire.WholeArticle] = {}
        fresh: list[wire.WholeArticle] = []
        for one in articles:
            owner = owners.find(one)
            if owner is None:
                fresh.append(one)
            elif owner in joined:
                late.append(one)
            else:
                joined[owner] = one
        self._store(fresh, stories)
        self._join(joined, owners, stories)
        for owner, one in joined.items():
            self._name(owners.records[owner], one.record.docid, owners)
        everyone = [(one.record.id, one) for one in fresh] + list(joined.items())
        for number, one in everyone:
            self._place(number, one, owners, feeds)
        r = t.revision  # by way of numbers below zero, as each stands once only in an article
        self._engine.update([r.number], r.id, [(-number, row) for number, row in self._numbered])
        self._engine.update([r.number], r.id, self._numbered)
        self._changes.write(t, self._engine, self._ids)
        self._pin({number: one.pinned for number, one in everyone if one.pinned})
        combine(t, self._engine, self._absorbed)
        return late

    def _store(self, fresh: Sequence[wire.WholeArticle], stories: Mapping[str, int]) -> None:
        """New articles, under their own number where it is free."""
        t, wanted = self._tables, {one.record.id for one in fresh}
        taken = {number for (number,) in t.lookup(_article_ids)(wanted)}
        self._ids.pass_by(t.article, max(wanted - taken, default=0))
        for one in fresh:
            record = one.record
            if record.id in taken:
                record.id = self._ids.take(t.article, 1)[0]
            taken.add(record.id)
            record.story = stories[one.story]
            self._changes.created[record.id] = record
            self._changes.states += [_state(record.id, held) for held in one.states]
            if one.retry:
                self._changes.queued[record.id] = replace(one.retry, article_id=record.id)
            if one.page:
                self._changes.checked.append(replace(one.page, article_id=record.id))
            self._taken.new += 1

    def _join(self, joined: Mapping[int, wire.WholeArticle], owners: Owners, stories: Mapping[str, int]) -> None:
        """Known articles: the states they lack, and their story."""
        known = _histories(self._tables, list(joined))
        lacking = {owner: _lacking(one.states, known[owner]) for owner, one in joined.items()}
        said = revisions.current(self._tables, [owner for owner, states in lacking.items() if states])
        checked = presence.of(self._tables, list(joined))
        for owner, one in joined.items():
            record = owners.records[owner]
            if one.page and owner not in checked:
                self._changes.checked.append(replace(one.page, article_id=owner))
            self._unite(record.story, stories[one.story])
            if not lacking[owner]:
                self._taken.unchanged += 1
                continue
            self._revise(record, one, lacking[owner], known[owner], tags.of(said[owner]))
            self._taken.revised += 1

    def _revise(
        self,
        record: Record,
        one: wire.WholeArticle,
        lacking: Sequence[wire.Held],
        known: Sequence[Past],
        said: set[tuple[str, str]],
    ) -> None:
        """Put the states it lacks among those stored, by time; the last of all is what the article says now."""
        states: list[Past | wire.Held] = [*known, *lacking]
        order = sorted(states, key=lambda state: state.at)
        for number, state in enumerate(order, start=1):
            if isinstance(state, wire.Held):
                self._changes.states.append(_state(record.id, replace(state, number=number)))
            elif state.number != number:
                self._numbered.append((number, state.row))
        self._changes.prints[record.id] = print_of(record)
        self._changes.revised[record.id] = record
        if isinstance(order[-1], wire.Held):
            self._changes.tags[record.id] = said
            for name in (*wire.SAID, "title_key", "mark", "day", "fingerprint", "length", "differs"):
                setattr(record, name, getattr(one.record, name))
        else:
            self._changes.past.add(record.id)
        record.number = len(order)

    def _place(self, number: int, one: wire.WholeArticle, owners: Owners, feeds: Mapping[str, int]) -> None:
        """Where it was seen, and its addresses; what is another's here stays there."""
        for sight in one.sights:
            if (sight.feed, sight.entry_id) not in owners.places:
                owners.places[sight.feed, sight.entry_id] = number
                seen = Seen(number, sight.stated_hash, sight.first_seen)
                self._changes.appearances[feeds[sight.feed], sight.entry_id] = seen
        for address in one.addresses:
            if address not in owners.addresses:
                owners.addresses[address] = self._changes.addresses[address] = number

    def _pin(self, wanted: Mapping[int, datetime]) -> None:
        """What either archive may never let go of stays; a pin set here keeps its time."""
        a = self._tables.article
        free = [number for (number,) in self._tables.lookup(_unpinned)(wanted)]
        self._engine.update([a.pinned], a.id, [(wanted[number], number) for number in free])

    def _name(self, record: Record, docid: str | None, owners: Owners) -> None:
        """Take over a docid that a stored article has none of and nobody else has."""
        if docid and record.docid is None and docid not in owners.docids:
            record.docid = docid
            owners.docids[docid] = record.id
            self._changes.identified[record.id] = record

    def _stories(self, articles: Sequence[wire.WholeArticle]) -> dict[str, int]:
        """The surviving story of each article by the uid that it states. One whose record is lost is founded anew."""
        uids = {one.story for one in articles}
        found = {uid: into or number for number, uid, *_, into in self._tables.lookup(_story_by_uid)(uids)}
        lost: dict[str, wire.WholeStory] = {}
        for one in articles:
            if one.story not in found:
                record = one.record
                new = wire.WholeStory(0, one.story, record.at, record.revised_at, not record.deleted, None, [])
                lost.setdefault(one.story, new).keys.append(record.key)
        if not lost:
            return found
        StoryJoin(self._tables, self._engine).take(list(lost.values()))
        self._ids = self._engine.ids()
        return self._stories(articles)

    def _unite(self, one: int, other: int) -> None:
        first, second = sorted((self._absorbed.get(one, one), self._absorbed.get(other, other)))
        if first != second:
            self._absorbed = {story: first if into == second else into for story, into in self._absorbed.items()}
            self._absorbed[second] = first


@dataclass(slots=True)
class Owners:
    """The stored articles that records may be of."""

    docids: dict[str, int]
    addresses: dict[str, int]
    places: dict[tuple[str, str], int]  #: by feed and entry id
    records: dict[int, Record]

    @classmethod
    def of(cls, tables: Tables, articles: Sequence[wire.WholeArticle]) -> Owners:
        """Those of a batch: four queries."""
        docids = dict(tables.lookup(_by_docid)({one.record.docid for one in articles if one.record.docid}))
        addresses = dict(tables.lookup(_by_address)({address for one in articles for address in one.addresses}))
        asked = {(sight.feed, sight.entry_id) for one in articles for sight in one.sights}
        found = tables.lookup(_by_entry)({short(entry_id) for _, entry_id in asked})
        places = {(slug, entry_id): article for slug, entry_id, article in found if (slug, entry_id) in asked}
        ids = {*docids.values(), *addresses.values(), *places.values()}
        return cls(docids, addresses, places, {one.id: one for one in records.load(tables, ids)})

    def find(self, one: wire.WholeArticle) -> int | None:
        """The stored article that a record is of: by docid, by where it was seen, by address."""
        theirs = one.record
        if theirs.docid in self.docids:
            return self.docids[theirs.docid]
        for sight in one.sights:
            ours = self.records.get(self.places.get((sight.feed, sight.entry_id), 0))
            # Feeds of two places may have one slug and other entries under the same ids.
            if (
                ours
                and not ours.is_another(theirs.docid)
                and (ours.title_key == theirs.title_key or ours.day == theirs.day)
            ):
                return ours.id
        for address in one.addresses:
            ours = self.records.get(self.addresses.get(address, 0))
            if ours and not ours.is_another(theirs.docid):
                return ours.id
        return None


def _foresee(tables: Tables, articles: Sequence[wire.WholeArticle], taken: Taken) -> None:
    """Count what would be new."""
    owners = Owners.of(tables, articles)
    found = [owners.find(one) for one in articles]
    known = _histories(tables, [owner for owner in found if owner is not None])
    for one, owner in zip(articles, found, strict=True):
        if owner is None:
            taken.new += 1
        elif _lacking(one.states, known[owner]):
            taken.revised += 1
        else:
            taken.unchanged += 1


def _lacking(states: Sequence[wire.Held], known: Sequence[Past]) -> list[wire.Held]:
    """The states that a history does not have: another text, or one that came back after its last."""
    there = {(past.content_hash, past.at) for past in known}
    hashes = {past.content_hash for past in known}
    last = max(known, key=lambda past: past.number)
    return [
        held
        for held in states
        if (held.content_hash, held.at) not in there
        and (held.content_hash not in hashes or (held.at > last.at and held.content_hash != last.content_hash))
    ]


def _state(article_id: int, held: wire.Held) -> State:
    return State(article_id, held.number, held.at, held.cause, held.content_hash, held.article)


def _histories(tables: Tables, ids: Sequence[int]) -> dict[int, list[Past]]:
    """The states of articles, oldest first."""
    found: dict[int, list[Past]] = {}
    for article, *row in sorted(tables.lookup(_history)(ids), key=lambda row: row[:2]):
        found.setdefault(article, []).append(Past(*row))
    return found


def combine(tables: Tables, engine: Engine, absorbed: Mapping[int, int]) -> None:
    """Make stories one with their survivors, which are as old as the oldest of them."""
    if not absorbed:
        return
    s = tables.story
    found = {row[0]: row for row in tables.lookup(_story_by_id)({*absorbed, *absorbed.values()})}
    ours = {number: (row[2], row[3], bool(row[4])) for number, row in found.items()}
    for gone, into in absorbed.items():
        ours[into] = _both(ours[into], ours[gone])
    engine.update([s.at, s.updated, s.visible], s.id, [(*ours[into], into) for into in set(absorbed.values())])
    forward(tables, absorbed)


def _both(one: Row, other: Row) -> Row:
    return min(one[0], other[0]), max(one[1], other[1]), one[2] or other[2]


def _feed_by_slug(tables: Tables) -> Lookup:
    return Lookup(
        tables.subscription.select(tables.subscription.slug, tables.subscription.id), tables.subscription.slug
    )


def _story_by_uid(tables: Tables) -> Lookup:
    s = tables.story
    return Lookup(s.select(s.id, s.uid, s.at, s.updated, s.visible, s.merged_into), s.uid)


def _story_by_id(tables: Tables) -> Lookup:
    s = tables.story
    return Lookup(s.select(s.id, s.uid, s.at, s.updated, s.visible, s.merged_into), s.id)


def _key_owner(tables: Tables) -> Lookup:
    k = tables.story_key
    return Lookup(k.select(k.day, k.title_key, k.story), k.day, k.title_key)


def _article_ids(tables: Tables) -> Lookup:
    return Lookup(tables.article.select(tables.article.id), tables.article.id)


def _unpinned(tables: Tables) -> Lookup:
    a = tables.article
    return Lookup(a.select(a.id).where(a.pinned.is_null()), a.id)


def _by_docid(tables: Tables) -> Lookup:
    return Lookup(tables.article.select(tables.article.docid, tables.article.id), tables.article.docid)


def _by_address(tables: Tables) -> Lookup:
    return Lookup(tables.alias.select(tables.alias.url_key, tables.alias.article), tables.alias.url_key)


def _by_entry(tables: Tables) -> Lookup:
    a, s = tables.appearance, tables.subscription
    return Lookup(a.select(s.slug, a.entry_id, a.article).join(s, on=(s.id == a.subscription)), a.entry)


def _history(tables: Tables) -> Lookup:
    r = tables.revision
    return Lookup(r.select(r.article, r.number, r.at, r.content_hash, r.id), r.article)
