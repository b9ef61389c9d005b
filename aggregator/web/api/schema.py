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
_COUNT: Json = {"type": "integer", "minimum": 0}
_TIME: Json = {"type": "string", "format": "date-time"}
_WHEN: Json = {"type": ["string", "null"], "format": "date-time"}
_DAY: Json = {"type": "string", "format": "date"}
_URI: Json = {"type": "string", "format": "uri"}
_LINK: Json = {"type": ["string", "null"], "format": "uri"}


def _object(about: str, **fields: Json) -> Json:
    return {"type": "object", "description": about, "properties": fields, "required": list(fields)}


_AMOUNT: Json = {"type": "number", "minimum": 0}
_FINDING = _object(
    "A fault, and what tells of it.",
    fault={"enum": [str(one) for one in Fault]},
    since=_WHEN,
    pause={"type": ["number", "null"], "description": "seconds of working time, the longest that was usual"},
    items={"type": ["integer", "null"], "description": "entries in the last document"},
    usual_items={"type": ["integer", "null"], "description": "that it held at least"},
)


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
    ),
    "State": _object("A stored state of an article.", **_STATE),
    "Revision": _object(
        "A stored state with its text.", **_STATE, html=_TEXT, text=_TEXT, outlet=_MAYBE, byline=_MAYBE
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
    "Subscription": _object(
        "What is followed, and how it fares.",
        slug=_TEXT,
        name=_TEXT,
        url=_TEXT,
        configured=_FLAG,
        enabled=_FLAG,
        level={"enum": ["ok", "warn", "fail", "off", "new"]},
        state={"type": "string", "description": "in words"},
        detail=_MAYBE,
        articles=_COUNT,
        waiting={"type": "integer", "minimum": 0, "description": "articles whose full text is still tried for"},
        given_up=_COUNT,
        failures=_COUNT,
        last_polled=_WHEN,
        last_success=_WHEN,
        last_new=_WHEN,
        next_poll=_WHEN,
        problem_since=_WHEN,
        vitality={
            "description": "what is wrong with a feed that answers; null while nothing is",
            "oneOf": [{"type": "null"}, _FINDING],
        },
        rhythm=_list(
            _object(
                "A day with news, of the last 42.", day=_DAY, hours={"type": "integer", "minimum": 0, "maximum": 24}
            )
        ),
    ),
    "About": _object(
        "What the archive holds, takes, and grows by. Sizes in bytes.",
        counts={"type": "object", "additionalProperties": _COUNT},
        sizes={"type": "object", "additionalProperties": _COUNT},
        bytes_per_article=_AMOUNT,
        articles_per_day=_AMOUNT,
        bytes_per_year=_AMOUNT,
        disk_free=_COUNT,
        disk_full={"type": ["string", "null"], "format": "date", "description": "null: not in a hundred years"},
        versions={"type": "object", "additionalProperties": _TEXT},
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
    "/subscriptions/{slug}": ("One of them", "Subscription", []),
    "/outputs": ("The feeds that are published", "Outputs", []),
    "/status": ("How the daemon fares", "Status", []),
    "/about": ("Sizes and growth of the archive", "About", []),
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
