"""Errors of the API as application/problem+json (RFC 9457). Used by routes.

In: what was raised. Out: a Response. `type` is a URN that stays, `title` says the same in English, `detail` what is
wrong this time, in the language of the request. Nothing of it is cached.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from aggregator.errors import QueryError, RequestError
from aggregator.web import looks, words

MEDIA_TYPE = "application/problem+json"

#: What `type` begins with; an identifier that is never fetched.
TYPE = "urn:x-aggregator:problem:"

#: `type` and `title` by the key of a RequestError.
_TITLES = {
    "wrong.page": "No such address",
    "wrong.story": "No such story",
    "wrong.revision": "No such revision",
    "wrong.subscription": "No such subscription",
    "wrong.day": "Not a date",
    "wrong.date": "Not a date",
    "wrong.span": "Too many days",
    "wrong.number": "No such page",
    "wrong.limit": "Not a number of items",
    "wrong.cursor": "Not a cursor",
    "wrong.many": "Too many values",
    "wrong.long_name": "Value too long",
    "wrong.long_words": "Search too long",
    "wrong.nothing": "Nothing to search for",
    "wrong.parameter": "Unknown parameter",
    "wrong.accept": "Not available in that form",
}
_HTTP = {404: "page", 405: "method", 500: "broken", 503: "busy"}


def answer(request: Request, error: Exception) -> Response:
    """The problem document for an error; what is none of the caller's own is a 500, and tells nothing of it."""
    t = looks.chosen(request.scope).language
    if isinstance(error, RequestError):
        kind = error.key.removeprefix("wrong.")
        return _response(error.status, kind, _TITLES.get(error.key, "Bad request"), t(error.key, **error.values))
    if isinstance(error, QueryError):
        what, mend = words.misread(error, t)
        return _response(400, "query", "Not a search", what, None, position=error.position, mend=mend)
    status, headers = 500, {}
    if isinstance(error, HTTPException):
        status, headers = error.status_code, dict(error.headers or {})
    title = HTTPStatus(status).phrase
    hint = t(f"error.{status}.hint") if status in (404, 405, 500, 503) else title
    return _response(status, _HTTP.get(status, str(status)), title, hint, headers)


def unavailable(request: Request, _: Exception) -> Response:
    """The database does not answer in time."""
    return answer(request, HTTPException(503, headers={"Retry-After": "10"}))


def _response(
    status: int, kind: str, title: str, detail: str, headers: Mapping[str, str] | None = None, **more: Any
) -> Response:
    told = {"type": TYPE + kind, "title": title, "status": status, "detail": detail} | more
    return Response(
        json.dumps(told, ensure_ascii=False) + "\n",
        status,
        {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", **(headers or {})},
        MEDIA_TYPE,
    )
