"""One transaction: everything that a batch of plans writes, by a number of statements that does not grow with it.

In: plans (models.Plan) of one or many subscriptions. Out: an Outcome for each. Read what the batch touches, decide in
memory, write table by table. Called by articles.Articles.commit inside an IMMEDIATE transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from aggregator.kit import hashing
from aggregator.models import Article, Cause, Outcome, Plan, Retry, Tried, Write
from aggregator.store import codec, tags
from aggregator.store.addresses import keys
from aggregator.store.changes import Changes, State, is_whole, print_of
from aggregator.store.engine import Engine
from aggregator.store.founding import StoryBook
from aggregator.store.ledger import Ledger, Seen
from aggregator.store.merge import merge
from aggregator.store.records import Record, base, mark
from aggregator.store.schema import Tables

#: A page that could not be read is tried again after this long; later tries are the pipeline's to decide.
FIRST_RETRY = timedelta(minutes=5)


@dataclass(slots=True)
class Tally:
    """What one plan did so far."""

    created: list[Record] = field(default_factory=list)
    revised: int = 0
    unchanged: int = 0
    touched: list[Record] = field(default_factory=list)


class Commit:
    """The work of one transaction."""

    def __init__(
        self, tables: Tables, engine: Engine, plans: Sequence[Plan], slugs: Mapping[str, int], now: datetime
    ) -> None:
        self._tables = tables
        self._engine = engine
        self._plans = plans
        self._slugs = slugs
        self._now = now
        writes = [write for plan in plans for write in plan.writes]
        self._ledger = Ledger(tables, plans, slugs)
        self._book = StoryBook(tables, [write.place for write in writes], self._ledger.records)
        self._ids = engine.ids()
        self._numbers = iter(self._ids.take(tables.article, len(writes)))
        self._changes = Changes()

    def run(self) -> list[Outcome]:
        """Decide, then write."""
        tallies = [self._plan(plan) for plan in self._plans]
        self._book.settle()
        self._book.store(self._engine, self._ids, self._now)
        self._changes.write(self._tables, self._engine, self._ids)
        return [self._outcome(plan, tally) for plan, tally in zip(self._plans, tallies, strict=True)]

    def _plan(self, plan: Plan) -> Tally:
        tally, subscription = Tally(), self._slugs[plan.slug]
        for write in plan.writes:
            self._write(write, subscription, tally)
        for sighting in plan.sightings:
            if known := self._ledger.records.get(sighting.article_id):
                self._see(subscription, sighting.entry_id, known, sighting.stated_hash, self._now, tally)
            tally.unchanged += 1
        for retry in plan.retries:
            record = self._ledger.records.get(retry.article_id)
            if record and not record.deleted:
                self._changes.retried[retry.article_id] = retry
        self._changes.observed += (one for one in plan.observations if one.article_id in self._ledger.records)
        return tally

    def _write(self, write: Write, subscription: int, tally: Tally) -> None:
        record = self._ledger.target(write, subscription)
        if write.base is not None and (record is None or record.number != write.base):
            tally.unchanged += 1  # somebody else was faster, and knows more
            return
        if record is None:
            record = self._create(write)
            tally.created.append(record)
            tally.touched.append(record)
        elif self._revise(record, write, edit=self._ledger.is_edit(write, subscription, record)):
            tally.revised += 1
            tally.touched.append(record)
        else:
            tally.unchanged += 1
        self._identify(record, write.article)
        self._queue(record, write)
        for raw in write.raw:
            self._changes.raw.setdefault(raw, {})[record.id] = record
        if write.stated_hash is not None:
            self._see(subscription, write.article.entry_id, record, write.stated_hash, write.first_seen, tally)

    def _create(self, write: Write) -> Record:
        article, key = write.article, write.place.key
        record = Record(
            id=next(self._numbers),
            docid=article.docid if article.docid not in self._ledger.docids else None,
            story=0,  # known when the stories are settled
            number=1,
            content_hash=write.content_hash,
            title=article.title,
            title_key=base(key),
            mark=mark(key),
            day=key.day,
            published=article.published,
            updated=article.updated,
            first_seen=write.first_seen,
            revised_at=self._now,
            fingerprint=write.fingerprint,
            length=len(article.text),
            completeness=article.completeness,
            deleted=article.deleted,
            differs=write.place.differs,
            outlet=article.outlet,
        )
        self._changes.created[record.id] = record
        self._book.place(record, write.place)
        self._take(record, article, write.cause)
        return record

    def _revise(self, record: Record, write: Write, *, edit: bool) -> bool:
        """Give the article its next state, unless the write says nothing new. Only an import brings back what went."""
        gone = record.pruned is not None
        if gone and write.cause != Cause.IMPORT:
            return False
        exact = write.cause == Cause.RULE_CHANGE  # whoever cleans anew wants all of it: mark-up, symbols, links
        known = write.content_hash == record.content_hash and write.article.original is None
        if known and not (exact or gone):
            return False
        stored = self._ledger.content(record)
        article = merge(stored, write.article, edit=edit)
        content_hash = hashing.content(article)
        same = article.original == stored.original and _says_the_same(article, content_hash, record.content_hash)
        if not gone and (codec.same(article, stored) if exact else same):
            return False
        if record.id not in self._changes.created:
            self._changes.prints.setdefault(record.id, print_of(record))
            self._changes.tags.setdefault(record.id, tags.of(stored))
            self._changes.revised[record.id] = record
        if article.text == write.article.text:
            record.fingerprint, record.length = write.fingerprint, len(article.text)
        self._place(record, article, write)
        cause = write.cause
        if article.deleted != stored.deleted:
            cause = Cause.WITHDRAWN if article.deleted else Cause.RESTORED
        record.number += 1
        record.content_hash, record.revised_at = content_hash, self._now
        record.title, record.outlet = article.title, article.outlet
        record.published, record.updated = article.published, article.updated
        record.completeness, record.deleted, record.pruned = article.completeness, article.deleted, None
        self._take(record, article, cause)
        return True

    def _place(self, record: Record, article: Article, write: Write) -> None:
        """Move the article to the key of its new title and day, where it took those from the write.

        Under the same title it stays where it is: the neighbour that its new text differs from may be its old state.
        """
        key = write.place.key
        if article.title == write.article.title and base(key) != record.title_key:
            record.title_key, record.mark, record.differs = base(key), mark(key), write.place.differs
        if article.published and article.published == write.article.published:
            record.day = key.day
        self._book.place(record, replace(write.place, key=record.key))

    def _take(self, record: Record, article: Article, cause: str) -> None:
        self._ledger.add(record, article)
        self._changes.states.append(
            State(record.id, record.number, record.revised_at, cause, record.content_hash, article)
        )

    def _identify(self, record: Record, article: Article) -> None:
        """Note the docid and addresses under which the article is known from now on."""
        for address in keys(article):
            if address not in self._ledger.addresses:
                self._ledger.addresses[address] = self._changes.addresses[address] = record.id
        if not article.docid or article.docid == record.docid:
            return
        owner = self._ledger.docids.get(article.docid)
        if owner is None and record.docid is None:
            record.docid = article.docid
            self._ledger.docids[article.docid] = record.id
            self._changes.identified[record.id] = record
        elif owner is not None and owner != record.id and owner in self._ledger.records:
            self._book.join(record, self._ledger.records[owner])

    def _queue(self, record: Record, write: Write) -> None:
        """Remember a page that could not be read; forget it once the article is whole.

        Also that of a whole article: its source has edited it, and the text that is stored is the old one.
        """
        if record.deleted or (is_whole(record) and not write.retry):
            self._changes.whole.add(record.id)
            self._changes.queued.pop(record.id, None)
        elif write.retry and write.article.url:
            self._changes.whole.discard(record.id)
            self._changes.queued[record.id] = Retry(
                record.id,
                write.article.url,
                attempts=0,
                since=self._now,
                next_at=self._now + max(FIRST_RETRY, write.retry_after or FIRST_RETRY),
                reason=write.retry,
                history=(Tried(write.retry, self._now, self._now),),
            )

    def _see(
        self, subscription: int, entry_id: str, record: Record, stated_hash: str, first_seen: datetime, tally: Tally
    ) -> None:
        """Note that the article stands in the subscription; where it is new there, its story is touched."""
        seen = self._ledger.see(subscription, entry_id, record.id)
        if seen is None or seen.article != record.id:
            tally.touched.append(record)
            seen = Seen(record.id, stated_hash, first_seen, seen.id if seen else None)
        elif seen.stated_hash == stated_hash:
            return
        else:
            seen = Seen(record.id, stated_hash, seen.first_seen, seen.id)
        self._ledger.seen[subscription, entry_id] = self._changes.appearances[subscription, entry_id] = seen

    def _outcome(self, plan: Plan, tally: Tally) -> Outcome:
        return Outcome(
            slug=plan.slug,
            new=len(tally.created),
            revised=tally.revised,
            merged=sum(self._book.joined(record) for record in tally.created),
            unchanged=tally.unchanged,
            stories=frozenset(record.story for record in tally.touched),
            problem=plan.state.problem if plan.state else None,
        )


def _says_the_same(article: Article, content_hash: str, stored: str) -> bool:
    """Also where an older version of this program made the stored hash: that alone is no new state."""
    return content_hash == stored or hashing.content(article, hashing.recipe(stored)) == stored
