"""What the store holds as JSON values, one record a thing, and back: the form of docs/formats/jsonl.md. Pure.

In: records of rows, states, appearances. Out: dicts of JSON values with their keys in a fixed order, and the same read
back. Called by whole.py. Instants are ISO 8601 in UTC with microseconds, hashes and prints hexadecimal; a field that is
empty, or has the value which the model gives it by itself, is left out.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from types import NoneType
from typing import Any

from aggregator.models import Absence, Article, Completeness, PageCheck, Retry, StoryKey, Tried
from aggregator.store import codec
from aggregator.store.columns import EPOCH, MICROSECOND
from aggregator.store.records import NAMES, Record

#: Columns of the article table that its newest state says as well.
SAID = frozenset(
    {"number", "content_hash", "title", "published", "updated", "revised_at", "completeness", "deleted", "outlet"}
)

#: Columns that a record states itself, in the order of the table; what is added to Record later is carried as it is.
OWN = tuple(name for name in NAMES if name not in SAID and name not in ("id", "docid", "story"))

_INSTANTS = frozenset({"first_seen", "pruned"})


@dataclass(slots=True)
class Held:
    """A state of an article, as it is stored."""

    number: int
    at: datetime
    cause: str
    content_hash: str
    article: Article


@dataclass(slots=True)
class Sight:
    """An article seen in a feed."""

    feed: str
    entry_id: str
    stated_hash: str
    first_seen: datetime


@dataclass(slots=True)
class WholeArticle:
    """Everything about one article."""

    record: Record
    story: str  #: uid
    states: list[Held]
    addresses: list[str] = field(default_factory=list)
    sights: list[Sight] = field(default_factory=list)
    retry: Retry | None = None
    page: PageCheck | None = None
    pinned: datetime | None = None  #: since when it may never be let go of


@dataclass(slots=True)
class WholeStory:
    """Everything about one story but its articles."""

    id: int
    uid: str
    at: datetime
    updated: datetime
    visible: bool
    merged_into: str | None  #: uid
    keys: list[StoryKey]


@dataclass(slots=True)
class WholeFeed:
    """What stays of a subscription when it moves: what it is; how it is polled is up to the config there."""

    slug: str
    name: str
    url: str
    categories: list[str]


def feed(one: WholeFeed) -> dict[str, Any]:
    """The record of a subscription."""
    return {"kind": "subscription", "feed": one.slug, "name": one.name, "url": one.url, "categories": one.categories}


def story(one: WholeStory) -> dict[str, Any]:
    """The record of a story."""
    told = {"kind": "story", "id": one.id, "uid": one.uid, "at": _at(one.at), "updated": _at(one.updated)}
    if not one.visible:
        told["visible"] = False
    if one.merged_into:
        told["merged_into"] = one.merged_into
    return told | {"keys": [[key.day.isoformat(), key.title_key] for key in one.keys]}


def article(one: WholeArticle) -> dict[str, Any]:
    """The record of an article with all its states."""
    told: dict[str, Any] = {"kind": "article", "id": one.record.id, "docid": one.record.docid, "story": one.story}
    told |= {name: _plain(getattr(one.record, name)) for name in OWN}
    told = {name: value for name, value in told.items() if value is not None and value is not False and value != ""}
    told |= {"fingerprint": f"{one.record.fingerprint:016x}"} if one.record.fingerprint is not None else {}
    if one.pinned:
        told["pinned"] = _at(one.pinned)
    told["addresses"] = one.addresses
    told["appearances"] = [
        {"feed": s.feed, "entry_id": s.entry_id, "stated_hash": s.stated_hash, "first_seen": _at(s.first_seen)}
        for s in one.sights
    ]
    if one.retry:
        r = one.retry
        told["retry"] = {"url": r.url, "attempts": r.attempts, "since": _at(r.since), "reason": r.reason}
        told["retry"]["next_at"] = _at(r.next_at) if r.next_at else None
        told["retry"]["history"] = [[one.reason, _at(one.first), _at(one.last), one.count] for one in r.history]
    if one.page:
        told["page"] = _page(one.page)
    told["revisions"] = [_state(state) for state in one.states]
    return told


def read_feed(facts: Mapping[str, Any]) -> WholeFeed:
    """A subscription. Raises ValueError, TypeError or KeyError for what is none; so do the other readers."""
    return WholeFeed(
        _text(facts["feed"]), _text(facts["name"]), _text(facts["url"]), [_text(c) for c in facts["categories"]]
    )


def read_story(facts: Mapping[str, Any]) -> WholeStory:
    """A story."""
    into = facts.get("merged_into")
    return WholeStory(
        id=_number(facts["id"], least=1),
        uid=_uid(facts["uid"]),
        at=_when(facts["at"]),
        updated=_when(facts["updated"]),
        visible=facts.get("visible", True) is True,
        merged_into=None if into is None else _uid(into),
        keys=[StoryKey(_text(title), date.fromisoformat(day)) for day, title in facts["keys"]],
    )


def read_article(facts: Mapping[str, Any]) -> WholeArticle:
    """An article with all its states."""
    states = [_read_state(one) for one in facts["revisions"]]
    if [state.number for state in states] != list(range(1, len(states) + 1)) or not states:
        raise ValueError("its revisions are not numbered from 1 on")
    newest = states[-1]
    said = newest.article
    own = {name: _own(name, facts[name]) for name in OWN if name in facts}
    record = Record(
        **{
            "docid": _text(facts["docid"]) if "docid" in facts else None,
            "mark": "",
            "fingerprint": None,
            "differs": False,
            **own,
        },
        id=_number(facts["id"], least=1),
        story=0,
        number=newest.number,
        content_hash=newest.content_hash,
        title=said.title,
        published=said.published,
        updated=said.updated,
        revised_at=newest.at,
        completeness=said.completeness,
        deleted=said.deleted,
        outlet=said.outlet,
    )
    return WholeArticle(
        record=record,
        story=_uid(facts["story"]),
        states=states,
        addresses=[_text(address) for address in facts["addresses"]],
        sights=[
            Sight(_text(s["feed"]), _text(s["entry_id"]), _hash(s["stated_hash"]), _when(s["first_seen"]))
            for s in facts["appearances"]
        ],
        retry=_read_retry(record.id, facts["retry"]) if "retry" in facts else None,
        page=_read_page(record.id, facts["page"]) if "page" in facts else None,
        pinned=_when(facts["pinned"]) if "pinned" in facts else None,
    )


def _state(one: Held) -> dict[str, Any]:
    said = codec.facts(one.article)
    if said.get("url") is True:
        said["url"] = one.article.url
    if said.get("image") is True:
        said["image"] = one.article.image
    told = {"number": one.number, "at": _at(one.at), "cause": one.cause, "content_hash": one.content_hash}
    told |= {"title": one.article.title, "facts": said, "html": one.article.html, "text": one.article.text}
    return told | ({"original": one.article.original} if one.article.original is not None else {})


def _read_state(facts: Mapping[str, Any]) -> Held:
    original = facts.get("original")
    said = facts["facts"]
    if not isinstance(said, dict) or not isinstance(said.get("entry_id"), str):
        raise ValueError("a revision without entry_id")  # noqa: TRY004 (it is missing, mostly)
    content = codec.Content(
        _text(facts["title"]),
        _text(facts["html"]),
        _text(facts["text"]),
        said,
        None if original is None else _text(original),
    )
    told = _checked(codec.decode(content))
    return Held(
        number=_number(facts["number"], least=1),
        at=_when(facts["at"]),
        cause=_text(facts["cause"]),
        content_hash=_hash(facts["content_hash"]),
        article=told,
    )


def _checked(told: Article) -> Article:
    """The article, when each field holds what the model says; what is stored must come back."""
    for name, kind in _KINDS.items():
        value = getattr(told, name)
        if not kind(value):
            raise ValueError(f"{name} is {value!r:.40}")
    json.dumps(codec.facts(told), ensure_ascii=False).encode()
    return told


def _is_texts(value: Any) -> bool:
    return isinstance(value, tuple) and all(isinstance(one, str) for one in value)


def _is_parts(value: Any) -> bool:
    """Symbols, images, videos: the first field is text, the others are text, numbers or nothing."""
    return all(
        isinstance(getattr(one, place.name), (str, int, NoneType) if number else str)
        for one in value
        for number, place in enumerate(fields(one))
    )


#: What each field of an article may hold, by how the model declares it.
_BY_DECLARATION: dict[str, Callable[[Any], bool]] = {
    "str": lambda value: isinstance(value, str),
    "str | None": lambda value: value is None or isinstance(value, str),
    "bool": lambda value: isinstance(value, bool),
    "datetime | None": lambda value: value is None or value.tzinfo is not None,
    "tuple[str, ...]": _is_texts,
    "tuple[tuple[str, str], ...]": lambda value: all(_is_texts(one) for one in value),
    "Mapping[str, Any]": lambda value: isinstance(value, dict),
}
_KINDS = {place.name: _BY_DECLARATION.get(str(place.type), _is_parts) for place in fields(Article)}
_KINDS["completeness"] = lambda value: isinstance(value, Completeness)


def _read_retry(article_id: int, facts: Mapping[str, Any]) -> Retry:
    next_at = facts["next_at"]
    return Retry(
        article_id,
        _text(facts["url"]),
        _number(facts["attempts"]),
        _when(facts["since"]),
        None if next_at is None else _when(next_at),
        _text(facts["reason"]),
        tuple(Tried(_text(why), _when(a), _when(b), _number(n)) for why, a, b, n in facts.get("history", ())),
    )


def _page(one: PageCheck) -> dict[str, Any]:
    """What is known of a page: instants and counts that are set."""
    told = {name: _plain(getattr(one, name)) for name in _OF_PAGE if getattr(one, name)}
    return told | {"evidence": [[_at(piece.at), piece.words] for piece in one.evidence]}


def _read_page(article_id: int, facts: Mapping[str, Any]) -> PageCheck:
    evidence = tuple(Absence(_when(at), _text(words)) for at, words in facts["evidence"])
    given: dict[str, Any] = {name: read(facts[name]) for name, read in _OF_PAGE.items() if name in facts}
    return PageCheck(article_id, evidence=evidence, **given)


def _own(name: str, value: Any) -> Any:
    """The value of an article's column."""
    if name in _INSTANTS:
        return _when(value)
    if name == "day":
        return date.fromisoformat(value)
    if name == "fingerprint":
        return int(_text(value), 16) & 0xFFFF_FFFF_FFFF_FFFF
    if name == "length":
        return _number(value)
    if name == "differs":
        return value is True
    return _text(value) if name in ("title_key", "mark") else value


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return _at(value)
    return value.isoformat() if isinstance(value, date) else value


def _at(at: datetime) -> str:
    """An instant as it is written."""
    return f"{at.isoformat(timespec='microseconds').removesuffix('+00:00')}Z"


def _when(value: Any) -> datetime:
    at = datetime.fromisoformat(_text(value))
    if at.tzinfo is None:
        raise ValueError(f"an instant without zone: {value}")
    return EPOCH + (at - EPOCH) // MICROSECOND * MICROSECOND


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"text is wanted, not {value!r:.40}")
    value.encode()  # half a surrogate pair cannot be stored
    return value


def _number(value: Any, least: int = 0) -> int:
    if type(value) is not int or not least <= value < 2**62:
        raise ValueError(f"a number is wanted, not {value!r:.40}")
    return value


def _hash(value: Any) -> str:
    return bytes.fromhex(_text(value)).hex()


def _uid(value: Any) -> str:
    uid = _text(value)
    if not uid.startswith("urn:uuid:") or len(bytes.fromhex(uid[9:].replace("-", ""))) != 16:
        raise ValueError(f"no uid of a story: {uid:.60}")
    return uid.lower()


#: What a record says of a page, with its reader.
_OF_PAGE: dict[str, Callable[[Any], Any]] = {
    "checked_at": _when,
    "present_at": _when,
    "absent": _number,
    "removed_at": _when,
    "failures": _number,
    "failure": _text,
    "next_at": _when,
}
