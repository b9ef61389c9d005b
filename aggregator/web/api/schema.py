"""The OpenAPI 3.1 document (https://spec.openapis.org/oas/v3.1.0): addresses, parameters, and how answers are formed.

Pure. Called by routes, which serves it at /api/v1/openapi.json; a test holds answers against it.
"""

from __future__ import annotations

from typing import Any

from aggregator import __version__
from aggregator.schedule.vitality import Fault

Json = dict[str, Any]

_TEXT: Json = {"type": "string"}
_MAYBE: Json = {"type": ["string", "null"]}
_FLAG: Json = {"type": "boolean"}
_PIECE: Json = {
    "type": "object",
    "properties": {"text": {"type": "string"}, "hit": {"type": "boolean"}},
    "required": ["text", "hit"],
}
_FACT: Json = {"type": ["string", "boolean", "array", "null"], "items": {"type": "string"}}
_COUNT: Json = {"type": "integer", "minimum": 0}
_TIME: Json = {"type": "string", "format": "date-time"}
_WHEN: Json = {"type": ["string", "null"], "format": "date-time"}
_SOME: Json = {"type": ["integer", "null"], "minimum": 0}
_SECONDS: Json = {"type": ["integer", "null"], "minimum": 0}
_DAY: Json = {"type": "string", "format": "date"}
_URI: Json = {"type": "string", "format": "uri"}
_LINK: Json = {"type": ["string", "null"], "format": "uri"}


def _object(about: str, **fields: Json) -> Json:
    return {"type": "object", "description": about, "properties": fields, "required": list(fields)}


def _list(of: Json | str) -> Json:
    return {"type": "array", "items": _ref(of) if isinstance(of, str) else of}


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


_PAGED: Json = {"older": _LINK, "newer": _LINK}

_STORY: Json = {
    "id": {"type": "string", "pattern": "^urn:uuid:", "description": "stable for ever"},
    "page": _URI,
    "title": _TEXT,
    "link": _LINK,
    "published": _TIME,
    "updated": _TIME,
    "language": _TEXT,
    "author": _MAYBE,
    "outlet": _MAYBE,
    "summary": _TEXT,
    "whole": {"type": "boolean", "description": "its whole text is there, not only a summary"},
    "image": _LINK,
    "categories": _list(_TEXT),
    "symbols": _list("Instrument"),
    "sources": _list("Source"),
    "revision": {"type": "integer", "minimum": 1},
}

_STATE: Json = {
    "number": {"type": "integer", "minimum": 1},
    "at": _TIME,
    "cause": {"type": "string", "description": "stated, edited, full text, rule change, import, withdrawn, restored"},
    "title": _TEXT,
    "content_hash": _TEXT,
}

_SUBSCRIPTION: Json = {
    "slug": _TEXT,
    "name": _TEXT,
    "url": _TEXT,
    "configured": _FLAG,
    "enabled": _FLAG,
    "level": {"enum": ["ok", "warn", "fail", "off", "new"]},
    "state": {"type": "string", "description": "in words"},
    "detail": _MAYBE,
    "silence": {
        "oneOf": [_ref("Silence"), {"type": "null"}],
        "description": "null: it seems well, or fails, or is not asked",
    },
    "usual_pause": {**_SECONDS, "description": "the longest that is usual between news, of its working time"},
    "articles": _COUNT,
    "waiting": {"type": "integer", "minimum": 0, "description": "articles whose full text is still tried for"},
    "given_up": _COUNT,
    "failures": _COUNT,
    "problem": {**_MAYBE, "description": "why the last poll failed"},
    "warning": {**_MAYBE, "description": "what to look at although it succeeded"},
    "last_polled": _WHEN,
    "last_success": _WHEN,
    "last_new": _WHEN,
    "next_poll": _WHEN,
    "problem_since": _WHEN,
}

SCHEMAS: Json = {
    "Instrument": _object("A listed instrument.", code=_TEXT, name=_MAYBE, kind=_TEXT),
    "Source": _object("Who carried a story.", outlet=_TEXT, url=_LINK, title=_TEXT, published=_TIME),
    "Story": _object("A story as lists have it.", **_STORY),
    "WholeStory": _object(
        "A story with its text, its articles, and the states of the one that is shown.",
        **_STORY,
        html={"type": "string", "description": "sanitised"},
        text=_TEXT,
        byline=_MAYBE,
        editor=_MAYBE,
        keywords=_list(_TEXT),
        articles=_list("Article"),
        revisions=_list("State"),
        pictures=_list(
            _object(
                "A picture of the article.",
                url=_LINK,
                kept={**_LINK, "description": "where it is kept here"},
                width=_SOME,
                height=_SOME,
            )
        ),
        full_text_retry={**_WHEN, "description": "when its missing text is tried for next"},
        full_text_given_up=_FLAG,
        older={**_LINK, "description": "the story told before it"},
        newer={**_LINK, "description": "the story told after it"},
    ),
    "Article": _object(
        "One article of a story.",
        id=_COUNT,
        title=_TEXT,
        url=_LINK,
        outlet=_MAYBE,
        published=_WHEN,
        first_seen=_TIME,
        feeds=_list(_TEXT),
        whole=_FLAG,
        withdrawn=_FLAG,
        pruned=_WHEN,
        removed_at_source=_WHEN,
        absent={"type": "integer", "minimum": 0, "description": "looks since it was last there that found it gone"},
        evidence=_list(_object("What one of them found.", at=_TIME, words=_TEXT)),
    ),
    "State": _object("A stored state of an article.", **_STATE),
    "Revision": _object(
        "A stored state with its text, and what changed since the state before it: null for the first.",
        **_STATE,
        html=_TEXT,
        text=_TEXT,
        outlet=_MAYBE,
        byline=_MAYBE,
        facts={
            "type": ["array", "null"],
            "items": _object("Metadata that changed.", name=_TEXT, old=_FACT, new=_FACT),
        },
        paragraphs={
            "type": ["array", "null"],
            "items": _object(
                "A paragraph that changed: its number in the old and in the new text, null where it is not there.",
                old=_SOME,
                new=_SOME,
                pieces=_list(_object("A piece of it.", kind={"enum": ["same", "gone", "new"]}, text=_TEXT)),
            ),
        },
    ),
    "Stories": _object("A page of stories, newest first.", stories=_list("Story"), **_PAGED),
    "Hits": _object(
        "A page of what a search found, best first.",
        total=_COUNT,
        more={"type": "boolean", "description": "there are more than `total`: only so many are ranked"},
        hits=_list(
            _object(
                "One of them. Pieces put together are the title, or a part of the text; a `hit` meets the search.",
                score={"type": "number"},
                story=_ref("Story"),
                title=_list(_PIECE),
                snippet=_list(_PIECE),
            )
        ),
        **_PAGED,
    ),
    "Symbols": _object("Instruments, the commonest first.", symbols=_list(_object("One.", code=_TEXT, stories=_URI))),
    "Symbol": _object(
        "An instrument.",
        code=_TEXT,
        name=_MAYBE,
        stories=_URI,
        days=_list("Day"),
        beside=_list(_object("What is told of with it.", code=_TEXT, name=_MAYBE, articles=_COUNT)),
        articles={"type": "integer", "minimum": 0, "description": "the newest, in which `beside` was counted"},
    ),
    "Categories": _object("Categories.", categories=_list(_object("One.", name=_TEXT, stories=_URI))),
    "Outlets": _object("Outlets.", outlets=_list(_object("One.", name=_TEXT, stories=_URI))),
    "Day": _object("A Beijing day with stories.", day=_DAY, stories={"type": "integer", "minimum": 1}),
    "Days": _object("Days with stories, oldest first.", after=_DAY, before=_DAY, days=_list("Day")),
    "Subscription": _object("What is followed, and how it fares.", **_SUBSCRIPTION),
    "WholeSubscription": _object(
        "The same, with the days on which it had something new.",
        **_SUBSCRIPTION,
        rhythm=_list(
            _object(
                "A Beijing day, and its hours with new entries.",
                day=_DAY,
                hours=_list({"type": "integer", "minimum": 0, "maximum": 23}),
            )
        ),
    ),
    "Silence": _object(
        "Why a feed that answers seems to be dead, as of its last poll.",
        fault={
            "enum": [one.value for one in Fault],
            "description": "not_a_feed: answers with something else; empty: no entry any more; shrunken: far fewer "
            "than usual; frozen: always the same bytes; stale: all entries are old; silent: nothing new",
        },
        since={**_WHEN, "description": "it began, or the last news came"},
        usual_pause={**_SECONDS, "description": "the longest that was usual between news, of its working time"},
        items={**_SOME, "description": "entries in the last document"},
        usual_items={**_SOME, "description": "that it held at least"},
        label=_TEXT,
        detail={"type": "string", "description": "in a sentence"},
    ),
    "Subscriptions": _object("By slug.", subscriptions=_list("Subscription"), total=_COUNT, older=_LINK),
    "Outputs": _object(
        "The feeds that are published.",
        outputs=_list(
            _object(
                "One.",
                slug=_TEXT,
                title=_TEXT,
                description=_TEXT,
                feeds=_list(_object("One.", format=_TEXT, url=_URI, media_type=_TEXT)),
            )
        ),
    ),
    "Status": {
        "type": "object",
        "description": "What /healthz tells; more may be told.",
        "properties": {"status": _TEXT, "version": _TEXT, "last_poll": _WHEN},
        "required": ["status", "version"],
        "additionalProperties": True,
    },
    "About": _object(
        "What the page /about shows; sizes may be some minutes old.",
        status=_TEXT,
        last_poll=_WHEN,
        running={"type": "integer", "minimum": 0, "description": "updates and background jobs under way"},
        subscriptions=_object("By level.", ok=_COUNT, warn=_COUNT, fail=_COUNT, new=_COUNT, off=_COUNT),
        versions=_object("What runs.", aggregator=_TEXT, python=_TEXT, sqlite=_TEXT, postgresql=_MAYBE),
        holds=_object("What the archive holds.", articles=_COUNT, stories=_COUNT, revisions=_COUNT),
        bytes=_object(
            "What that takes.",
            database=_COUNT,
            search_index=_COUNT,
            outputs=_COUNT,
            media=_COUNT,
            warc=_COUNT,
            pruned=_COUNT,
        ),
        growth=_object(
            "At the rate of the last thirty days.",
            articles_a_day={"type": "number", "minimum": 0},
            bytes_an_article=_COUNT,
            bytes_a_year=_COUNT,
            bytes_free=_COUNT,
            disk_full={"type": ["string", "null"], "format": "date", "description": "null: not in a hundred years"},
        ),
    ),
    "Index": {"type": "object", "description": "Addresses by name.", "additionalProperties": _URI},
    "Description": {"type": "object", "description": "This document.", "additionalProperties": True},
    "Problem": {
        "type": "object",
        "description": "RFC 9457.",
        "properties": {
            "type": {"type": "string", "format": "uri", "description": "stable"},
            "title": _TEXT,
            "status": {"type": "integer"},
            "detail": _TEXT,
            "position": {"type": "integer", "description": "where in a search, from 0"},
            "mend": _TEXT,
        },
        "required": ["type", "title", "status", "detail"],
    },
}


def _query(name: str, about: str, of: Json | None = None, *, many: bool = False) -> Json:
    shape = of or _TEXT
    return {
        "name": name,
        "in": "query",
        "description": about,
        "required": False,
        "schema": {"type": "array", "items": shape} if many else shape,
        **({"explode": True} if many else {}),
    }


def _limit(usual: int, most: int) -> Json:
    return _query("limit", "Items of a page.", {"type": "integer", "minimum": 1, "maximum": most, "default": usual})


_DATES = [
    _query("after", "From this Beijing day on.", _DAY),
    _query("before", "Before this Beijing day.", _DAY),
]
_FILTERS = [
    _query("q", "Words of a search; its syntax is that of the search page.", {"type": "string", "maxLength": 500}),
    *(
        _query(name, f"{about} Given again: one of them must fit.", many=True)
        for name, about in (
            ("symbol", "Code of an instrument, as 600941.SH."),
            ("category", "Category."),
            ("outlet", "Outlet that carried it."),
            ("feed", "Slug of a subscription."),
        )
    ),
    *_DATES,
]
_CURSOR = _query("older", "Cursor, from `older` of the page before.")

#: Path -> (what it gives, its schema, its parameters).
_PATHS: dict[str, tuple[str, str, list[Json]]] = {
    "/": ("The addresses that there are", "Index", []),
    "/openapi.json": ("This document", "Description", []),
    "/stories": (
        "Stories, newest first",
        "Stories",
        [*_FILTERS, _CURSOR, _query("newer", "Cursor, from `newer` of the page behind."), _limit(40, 100)],
    ),
    "/stories/{uid}": ("A story", "WholeStory", []),
    "/stories/{uid}/revisions/{number}": ("A state of the article that a story shows", "Revision", []),
    "/search": (
        "What a search finds, best first",
        "Hits",
        [*_FILTERS, _query("page", "From 1.", {"type": "integer", "minimum": 1, "maximum": 50, "default": 1})],
    ),
    "/symbols": ("The instruments that are told of most", "Symbols", []),
    "/symbols/{code}": ("An instrument", "Symbol", []),
    "/categories": ("The commonest categories", "Categories", []),
    "/outlets": ("The commonest outlets", "Outlets", []),
    "/days": ("How many stories each day has", "Days", _DATES),
    "/subscriptions": ("What is followed", "Subscriptions", [_CURSOR, _limit(200, 1000)]),
    "/subscriptions/{slug}": ("One of them, with its rhythm", "WholeSubscription", []),
    "/outputs": ("The feeds that are published", "Outputs", []),
    "/status": ("How the daemon fares", "Status", []),
    "/about": ("State, versions, sizes, growth", "About", []),
}


def paths() -> list[str]:
    """All paths, below the API's own."""
    return list(_PATHS)


def document(address: str) -> Json:
    """The whole document; `address`: of the API."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "aggregator",
            "version": __version__,
            "description": "Read-only. Fields may be added within version 1; leave alone what you do not know.",
        },
        "servers": [{"url": address}],
        "paths": {path: {"get": _operation(path, *told)} for path, told in _PATHS.items()},
        "components": {"schemas": SCHEMAS, "responses": {"Problem": _PROBLEM}},
    }


_PROBLEM: Json = {
    "description": "What is wrong, and how to mend it.",
    "content": {"application/problem+json": {"schema": _ref("Problem")}},
}


def _operation(path: str, summary: str, shape: str, parameters: list[Json]) -> Json:
    named = [one.strip("{}") for one in path.split("/") if one.startswith("{")]
    of_path = [{"name": one, "in": "path", "required": True, "schema": _TEXT} for one in named]
    answers: Json = {
        "200": {
            "description": summary,
            "headers": {"ETag": {"schema": _TEXT}, "Link": {"description": "RFC 8288", "schema": _TEXT}},
            "content": {"application/json": {"schema": _ref(shape)}},
        },
        "304": {"description": "Not changed since the ETag that was sent."},
        "default": {"$ref": "#/components/responses/Problem"},
    }
    if path.startswith("/stories/"):
        answers["308"] = {"description": "The story joined another one, at Location."}
    name = "".join(part.strip("{}").title() for part in path.replace(".", "/").split("/")) or "Index"
    return {
        "operationId": name[0].lower() + name[1:],
        "summary": summary,
        "parameters": [*of_path, *parameters],
        "responses": answers,
    }
