"""Articles whole, as the `article` lines of a JSONL archive have them: all revisions with their texts, where they were
seen, under which addresses they are known. In: ids, within a transaction. Out: JSON values. Called by retention.py."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from aggregator.models import Revision
from aggregator.store import codec, records, revisions
from aggregator.store.addresses import keys
from aggregator.store.engine import Lookup, rows
from aggregator.store.records import Record
from aggregator.store.schema import Tables


def spilled(tables: Tables, ids: Sequence[int]) -> list[dict[str, Any]]:
    """One record an article, in id order."""
    known = records.load(tables, ids)
    s = tables.story
    uids = dict(rows(s.select(s.id, s.uid).where(s.id << [record.story for record in known])))
    seen: dict[int, list[dict[str, Any]]] = {}
    for article, feed, entry_id, stated, at in sorted(tables.lookup(_seen)(ids), key=lambda row: (row[0], row[4])):
        told = {"feed": feed, "entry_id": entry_id, "stated_hash": stated, "first_seen": _at(at)}
        seen.setdefault(article, []).append(told)
    return [_record(one, uids[one.story], seen.get(one.id, []), revisions.history(tables, one.id)) for one in known]


def _record(record: Record, uid: str, seen: list[dict[str, Any]], states: Sequence[Revision]) -> dict[str, Any]:
    told: dict[str, Any] = {"kind": "article", "id": record.id, "docid": record.docid, "story": uid}
    told |= {"title_key": record.title_key, "mark": record.mark, "day": record.day.isoformat()}
    told |= {"first_seen": _at(record.first_seen), "length": record.length, "differs": record.differs}
    told = {name: value for name, value in told.items() if value not in (None, False, "")}
    if record.fingerprint is not None:
        told["fingerprint"] = f"{record.fingerprint:016x}"
    told["addresses"] = sorted({key for state in states for key in keys(state.article)})
    return told | {"appearances": seen, "revisions": [_state(state) for state in states]}


def _state(one: Revision) -> dict[str, Any]:
    said = codec.facts(one.article)
    said |= {name: getattr(one.article, name) for name in ("url", "image") if said.get(name) is True}
    told = {"number": one.number, "at": _at(one.at), "cause": one.cause, "content_hash": one.content_hash}
    told |= {"title": one.article.title, "facts": said, "html": one.article.html, "text": one.article.text}
    return told | ({"original": one.article.original} if one.article.original is not None else {})


def _at(at: datetime) -> str:
    return at.isoformat(timespec="microseconds").replace("+00:00", "Z")


def _seen(tables: Tables) -> Lookup:
    x, s = tables.appearance, tables.subscription
    query = x.select(x.article, s.slug, x.entry_id, x.stated_hash, x.first_seen)
    return Lookup(query.join(s, on=s.id == x.subscription), x.article)
