"""Articles: revisions one behind the other, each as its hash says; the article row as the newest one says; and what
follows from it in other tables: its own key, labels, addresses, print."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from aggregator.store import hits, prints, records, tags
from aggregator.store.addresses import keys
from aggregator.store.audit import states
from aggregator.store.audit.fault import RESTORE, Fault
from aggregator.store.audit.states import State
from aggregator.store.engine import Engine, Lookup, rows
from aggregator.store.founding import uid
from aggregator.store.records import Record
from aggregator.store.schema import Tables

_BATCH = 200

#: Columns of an article that say what its newest revision says.
_SAID = ("title", "published", "updated", "outlet", "completeness", "deleted")


def faults(engine: Engine, tables: Tables) -> Iterator[Fault]:
    """Everything that is wrong with articles, in id order."""
    last = 0
    # Tags are found by label only: once in the order of articles, on the disk, in a table that this connection has.
    engine.execute_sql('DROP TABLE IF EXISTS "audit_tag"')
    columns = '"article" BIGINT, "label" BIGINT, PRIMARY KEY ("article", "label")'
    engine.execute_sql(f'CREATE TEMP TABLE "audit_tag" ({columns})')
    engine.execute_sql('INSERT INTO "audit_tag" SELECT "article", "label" FROM "tag" ORDER BY 1, 2')
    try:
        while True:
            with engine.atomic("DEFERRED"):
                a = tables.article
                ids = [number for (number,) in rows(a.select(a.id).where(a.id > last).order_by(a.id).limit(_BATCH))]
                found = _Batch(engine, tables, ids).faults() if ids else []
            if not ids:
                return
            yield from found
            last = ids[-1]
    finally:
        engine.execute_sql('DROP TABLE IF EXISTS "audit_tag"')


class _Batch:
    """Some articles with all that belongs to them, within one transaction."""

    def __init__(self, engine: Engine, tables: Tables, ids: Sequence[int]) -> None:
        self._engine = engine
        self._tables = tables
        self._records = records.load(tables, ids)
        self._states = states.load(engine, ids)
        self._newest = {number: of_one[-1] for number, of_one in self._states.items()}

    def faults(self) -> list[Fault]:
        """Those of the batch."""
        found: list[Fault] = []
        for record in self._records:
            of_one = self._states.get(record.id, [])
            for state in of_one:
                found += state.faults
            found += self._numbers(record, of_one)
            if of_one:
                found += self._current(record, of_one[-1])
        return [*found, *self._keys(), *self._tags(), *self._addresses(), *self._prints(), *self._hits()]

    def _numbers(self, record: Record, of_one: Sequence[State]) -> Iterator[Fault]:
        if not of_one:
            yield Fault("article.empty", f"article {record.id}", "has no revision, so nothing of what it said", RESTORE)
        elif missing := sorted(set(range(1, of_one[-1].number)) - {state.number for state in of_one}):
            what = f"revision {', '.join(map(str, missing))} is not there"
            yield Fault("revision.missing", f"article {record.id}", what, RESTORE)

    def _current(self, record: Record, newest: State) -> Iterator[Fault]:
        """The article row and its newest revision."""
        wanted: dict[str, Any] = {"number": newest.number, "content_hash": newest.content_hash, "revised_at": newest.at}
        if newest.article is not None:
            wanted |= {name: getattr(newest.article, name) for name in _SAID}
            if not newest.blank:
                wanted["length"] = len(newest.article.text)
        wrong = {name: value for name, value in wanted.items() if getattr(record, name) != value}
        if wrong:
            fix = partial(self._set, record.id, wrong)
            what = f"{', '.join(wrong)} do not agree with revision {newest.number}, the newest"
            yield Fault("article.current", f"article {record.id}", what, "they are set from it", fix)

    def _set(self, number: int, wrong: dict[str, Any]) -> None:
        a = self._tables.article
        a.update({getattr(a, name): value for name, value in wrong.items()}).where(a.id == number).execute()

    def _keys(self) -> Iterator[Fault]:
        """The own key of an article leads to its story."""
        pairs = [(record.day, record.key.title_key) for record in self._records]
        led = {(day, title): survivor or story for day, title, story, survivor in self._tables.lookup(_by_key)(pairs)}
        for record, pair in zip(self._records, pairs, strict=True):
            story, fix = led.get(pair), partial(self._put_key, record)
            if story is None:
                what = f"its key of {record.day} leads to no story: a repetition would be told again"
                yield Fault("key.missing", f"article {record.id}", what, "it is made anew", fix)
            elif story != record.story and not self._is_merged(record.story):
                what = f"its key of {record.day} leads to story {story}, not to its own, {record.story}"
                if self._is_founded(record):
                    yield Fault("key.wrong", f"article {record.id}", what, "the key is set", fix)
                else:  # the key decides which story an article tells
                    fix = partial(self._set, record.id, {"story": story})
                    yield Fault("key.wrong", f"article {record.id}", what, "the article is led there", fix)

    def _is_founded(self, record: Record) -> bool:
        """Whether the story of the article was founded under its key."""
        s = self._tables.story
        return rows(s.select(s.uid).where(s.id == record.story)) == [(uid(record.key),)]

    def _is_merged(self, story: int) -> bool:
        s = self._tables.story
        return bool(rows(s.select(s.id).where((s.id == story) & s.merged_into.is_null(False))))

    def _put_key(self, record: Record) -> None:
        k = self._tables.story_key
        self._engine.put(
            [k.day, k.title_key, k.story],
            [(record.day, record.key.title_key, record.story)],
            key=[k.day, k.title_key],
        )

    def _tags(self) -> Iterator[Fault]:
        """Labels of articles whose newest revision can be read."""
        wanted = {number: tags.of(state.article) for number, state in self._newest.items() if state.article}
        labels = tags.known(self._tables, set().union(*wanted.values()))
        ends = (self._records[0].id, self._records[-1].id)
        sql = 'SELECT "label", "article" FROM "audit_tag" WHERE "article" BETWEEN ? AND ?'
        asked = {(labels[pair], number) for number, own in wanted.items() for pair in own if pair in labels}
        asked.update(self._engine.execute_sql(sql, ends).fetchall())
        there: dict[int, set[int]] = {}
        for label, number in self._tables.lookup(_tagged)(asked):
            there.setdefault(number, set()).add(label)
        for number, own in wanted.items():
            right, has = {labels.get(pair) for pair in own}, there.get(number, set())
            if right != has:
                what = f"{len(right - has)} of its labels are missing, {len(has - right)} are not its own"
                fix = partial(self._put_tags, number, own)
                yield Fault("tag.wrong", f"article {number}", what, "they are made anew", fix)

    def _put_tags(self, number: int, own: set[tuple[str, str]]) -> None:
        t = self._tables.tag
        labels = tags.labels(self._tables, self._engine, self._engine.ids(), own)
        t.delete().where(t.article == number).execute()
        self._engine.put([t.label, t.article], [(label, number) for label in labels.values()])

    def _addresses(self) -> Iterator[Fault]:
        """Each address that the newest revision states leads to some article."""
        stated = [
            (key, number) for number, state in self._newest.items() if state.article for key in keys(state.article)
        ]
        alias = self._tables.alias
        known = {key for (key,) in rows(alias.select(alias.url_key).where(alias.url_key << [key for key, _ in stated]))}
        for key, number in stated:
            if key not in known:
                known.add(key)
                fix = partial(self._engine.put, [alias.url_key, alias.article], [(key, number)], ignore=True)
                what = f"its address {key} is not known as one: it would be taken for new elsewhere"
                yield Fault("alias.missing", f"article {number}", what, "it is noted", fix)

    def _prints(self) -> Iterator[Fault]:
        p = self._tables.print
        wanted = {(prints.span(one.at), one.id): one for one in self._records if one.fingerprint is not None}
        there = set(self._tables.lookup(_printed)(wanted))
        for (span, number), record in wanted.items():
            if (span, number) not in there:
                row = [(span, number, record.fingerprint)]
                fix = partial(self._engine.put, [p.span, p.article, p.fingerprint], row, key=[p.span, p.article])
                what = "its print is missing, so no near-duplicate of it is found"
                yield Fault("print.missing", f"article {number}", what, "it is made anew", fix)

    def _hits(self) -> Iterator[Fault]:
        """Words of outputs that were looked for in all that is stored are noted with each article that holds them."""
        h, w = self._tables.word_hit, self._tables.word_filter
        done = rows(w.select(w.id, w.word).where((w.mark == 0) & w.word.is_null(False)))
        if not done:
            return
        watch, at = hits.Watch(done), {record.id: record.at for record in self._records}
        said = {n: one.article for n, one in self._newest.items() if one.article and not one.blank}
        wanted = {(word, at[n], n) for n, article in said.items() for word in watch.found(article.title, article.text)}
        there = set(self._tables.lookup(_hit)(wanted))
        for word, time, number in sorted(wanted - there):
            fix = partial(self._engine.put, [h.word, h.at, h.article], [(word, time, number)], ignore=True)
            what = "holds a word of outputs, and is not noted under it"
            yield Fault("hit.missing", f"article {number}", what, "it is noted", fix)


def _hit(tables: Tables) -> Lookup:
    h = tables.word_hit
    return Lookup(h.select(h.word, h.at, h.article), h.word, h.at, h.article)


def _by_key(tables: Tables) -> Lookup:
    k, s = tables.story_key, tables.story
    query = k.select(k.day, k.title_key, k.story, s.merged_into).join(s, "LEFT JOIN", on=s.id == k.story)
    return Lookup(query, k.day, k.title_key)


def _tagged(tables: Tables) -> Lookup:
    t = tables.tag
    return Lookup(t.select(t.label, t.article), t.label, t.article)


def _printed(tables: Tables) -> Lookup:
    p = tables.print
    return Lookup(p.select(p.span, p.article), p.span, p.article)
