"""The addresses of the API. Backend and Looks in, JSON out; put together by server, below PREFIX.

Every answer is kept and revalidated as feeds are (web/rendering.py). A parameter that is not known is refused: a script
that misspells a filter must not get everything. Lists are paged by cursors, the next page in `older` and in `Link`.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from aggregator.errors import AggregatorError, QueryError, RequestError
from aggregator.kit import dates
from aggregator.models import Dossier
from aggregator.publish import item
from aggregator.web import conditional, links, listing, storypage
from aggregator.web.api import faring, problems, schema, shapes
from aggregator.web.backend import Backend
from aggregator.web.language import PARAMETER
from aggregator.web.listing import SYMBOL, Listing
from aggregator.web.listpage import pages
from aggregator.web.looks import Looks
from aggregator.web.rendering import Made, Renderings
from aggregator.web.searchpage import LAST, RESULTS
from aggregator.web.storypage import UID

PREFIX = "/api/v1"

#: Items of a page where none are asked for, and at most; subscriptions are short.
SIZE, MOST = 40, 100
SUBSCRIPTIONS, MOST_SUBSCRIPTIONS = 200, 1_000

#: Days that are counted in one answer.
MOST_DAYS = 3_660

#: Ask again each time; what did not change is a 304.
_CACHE_CONTROL = "no-cache"

#: Seconds after which an answer is made again though nothing was told of. Zero for what changes unsaid.
_FRESH, _ALWAYS = 60.0, 0.0

_FILTERS = ("q", "symbol", "category", "outlet", "feed", "after", "before")
_SLUG = re.compile(r"[a-z0-9][a-z0-9_-]*")

Link = tuple[str, str | None]


class Api:
    """The API over one backend."""

    def __init__(self, backend: Backend, frame: Looks, renderings: Renderings) -> None:
        self._backend = backend
        self._looks = frame
        self._renderings = renderings
        own: dict[str, Callable[[Request], Awaitable[Response]]] = {
            "/": self.index,
            "/openapi.json": self.described,
            "/stories": self.stories,
            "/stories/{uid}": self.story,
            "/stories/{uid}/revisions/{number}": self.revision,
            "/search": self.search,
            "/symbols": self.symbols,
            "/symbols/{code:path}": self.symbol,
            "/categories": self.categories,
            "/outlets": self.outlets,
            "/days": self.days,
            "/subscriptions": self.subscriptions,
            "/subscriptions/{slug}": self.subscription,
            "/outputs": self.outputs,
            "/status": self.status,
            "/about": self.about,
        }
        self.app = Starlette(
            routes=[Route(path, serve) for path, serve in own.items()],
            exception_handlers={
                RequestError: problems.answer,
                QueryError: problems.answer,
                AggregatorError: problems.unavailable,
                HTTPException: problems.answer,
                500: problems.answer,
            },
        )
        self.app.router.redirect_slashes = False

    # ------------------------------------------------------------------------------------------------ what there is

    async def index(self, request: Request) -> Response:
        """The addresses that need nothing to be known."""
        _stated(request)
        named = [path for path in schema.paths() if "{" not in path and path != "/"]
        return await self._answer(request, "index", lambda: {one.strip("/"): self._at(one) for one in named})

    async def described(self, request: Request) -> Response:
        """The OpenAPI document."""
        _stated(request)
        return await self._answer(request, "openapi", lambda: schema.document(self._at("")))

    # ------------------------------------------------------------------------------------------------ stories

    async def stories(self, request: Request) -> Response:
        """Stories that meet the filters, newest first."""
        stated = _stated(request, *_FILTERS, "older", "newer", "limit")
        wanted, limit = _listing(stated), _limit(stated, SIZE, MOST)
        now = self._looks.clock()
        query = wanted.query(now)

        async def make() -> Made:
            page = await self._backend.listed(query, limit, wanted.older, wanted.newer)
            turned = {name: self._turned(one, limit) for name, one in pages(wanted, page).items()}
            told = await asyncio.to_thread(shapes.lines, page.stories, now, self._looks.base)
            around = {"older": turned["older"], "newer": turned["newer"]}
            return _made({"stories": told, **around}, _links(turned), _FRESH)

        return await self._send(request, f"stories {limit} {wanted.address()}", make)

    async def story(self, request: Request) -> Response:
        """One story; the id of one that was merged away leads to the one it joined."""
        _stated(request)
        uid = request.path_params["uid"]
        found = await self._found(uid)
        assert found.story is not None  # noqa: S101 - _found() looked
        if links.story(found.story.uid) != links.story(uid):
            return self._moved(f"/stories/{_bare(found.story.uid)}")
        now, base = self._looks.clock(), self._looks.base
        beside = await storypage.around(self._backend, found.story)
        turned = {side: self._at(f"/stories/{_bare(one.uid)}") if one else None for side, one in beside.items()}
        return await self._answer(request, f"story {uid}", lambda: shapes.story(found, turned, now, base), _ALWAYS)

    async def revision(self, request: Request) -> Response:
        """One state of the article that a story shows."""
        _stated(request)
        uid, number = request.path_params["uid"], request.path_params["number"]
        found = await self._found(uid)
        assert found.story is not None  # noqa: S101 - _found() looked
        if links.story(found.story.uid) != links.story(uid):
            return self._moved(f"/stories/{_bare(found.story.uid)}")
        state = next((one for one in found.revisions if str(one.number) == number), None)
        if state is None:
            raise RequestError(404, "wrong.revision", value=number[:20])
        before = next((old for old, new in pairwise(found.revisions) if new is state), None)
        return await self._answer(request, f"revision {uid} {number}", lambda: shapes.revision(state, before), _ALWAYS)

    async def search(self, request: Request) -> Response:
        """Stories that meet a search, best first."""
        stated = _stated(request, *_FILTERS, "page")
        wanted, number = _listing(stated, "/search"), _number("page", stated, 1, LAST, "wrong.number")
        now = self._looks.clock()
        query = wanted.query(now)
        if not query:
            raise RequestError(400, "wrong.nothing")

        async def make() -> Made:
            found = await self._backend.found(query, RESULTS, (number - 1) * RESULTS)
            shown = [one for one in found.hits if item.alive(one.story)]
            told = await asyncio.to_thread(shapes.lines, [one.story for one in shown], now, self._looks.base)
            last = min(LAST, -(-found.total // RESULTS))
            turned = {
                "older": self._searched(wanted, number + 1) if number < last else None,
                "newer": self._searched(wanted, number - 1) if 1 < number <= last + 1 else None,
                "first": self._searched(wanted, 1) if number > 1 else None,
            }
            hits = [shapes.hit(hit, one, query) for hit, one in zip(shown, told, strict=True)]
            around = {"older": turned["older"], "newer": turned["newer"]}
            return _made({"total": found.total, "more": found.more, "hits": hits, **around}, _links(turned), _FRESH)

        return await self._send(request, f"search {number} {wanted.start().address()}", make)

    # ------------------------------------------------------------------------------------------------ what to ask for

    async def symbols(self, request: Request) -> Response:
        """The instruments that the newest articles name most."""
        _stated(request)
        offered = await self._backend.offers()
        return await self._answer(request, "symbols", lambda: self._offered("symbols", offered.symbols, "code"), _FRESH)

    async def symbol(self, request: Request) -> Response:
        """An instrument; one that nothing is told of has no stories."""
        _stated(request)
        wanted, _ = listing.read(f"/{SYMBOL}/{request.path_params['code']}.html", ())
        told, code = await self._backend.mentions(wanted.name), wanted.name
        address = self._at("/stories", symbol=code)
        return await self._answer(request, f"symbol {code}", lambda: shapes.mentions(code, told, address), _FRESH)

    async def categories(self, request: Request) -> Response:
        """The categories that the newest articles have most."""
        _stated(request)
        names = (await self._backend.offers()).categories
        return await self._answer(request, "categories", lambda: self._offered("categories", names), _FRESH)

    async def outlets(self, request: Request) -> Response:
        """The outlets that most of the newest articles come from."""
        _stated(request)
        names = (await self._backend.offers()).outlets
        return await self._answer(request, "outlets", lambda: self._offered("outlets", names), _FRESH)

    async def days(self, request: Request) -> Response:
        """Stories of each day: of the last year, or of the days asked for."""
        stated = _stated(request, "after", "before")
        asked = _listing(stated)
        until = asked.before or dates.beijing_day(self._looks.clock()) + timedelta(days=1)
        since = asked.after or max(until, date(1971, 1, 2)) - timedelta(days=366)
        if (until - since).days > MOST_DAYS:
            raise RequestError(400, "wrong.span", n=MOST_DAYS)
        counts = await self._backend.per_day(dates.beijing_midnight(since), dates.beijing_midnight(until))
        told = {"after": since.isoformat(), "before": until.isoformat(), "days": shapes.days(counts)}
        return await self._answer(request, f"days {since} {until}", lambda: told, _ALWAYS)

    # ------------------------------------------------------------------------------------------------ the daemon

    async def subscriptions(self, request: Request) -> Response:
        """What is and was followed, by slug."""
        stated = _stated(request, "older", "limit")
        behind, limit = stated.get("older", ""), _limit(stated, SUBSCRIPTIONS, MOST_SUBSCRIPTIONS)
        if behind and not _SLUG.fullmatch(behind):
            raise RequestError(400, "wrong.cursor")

        async def make() -> Made:
            known = sorted(await self._backend.statuses(), key=lambda one: one.slug)
            left = [one for one in known if one.slug > behind]
            rest = {"older": left[limit - 1].slug, "limit": str(limit)} if len(left) > limit else None
            turned = {"older": self._at("/subscriptions", **rest) if rest else None}
            told = await asyncio.to_thread(lambda: [faring.subscription(one) for one in left[:limit]])
            return _made({"subscriptions": told, "total": len(known), **turned}, _links(turned), _ALWAYS)

        return await self._send(request, f"subscriptions {behind} {limit}", make)

    async def subscription(self, request: Request) -> Response:
        """One subscription."""
        _stated(request)
        slug = request.path_params["slug"]
        found = next((one for one in await self._backend.statuses() if one.slug == slug), None)
        if found is None:
            raise RequestError(404, "wrong.subscription", value=slug[:40])
        return await self._answer(request, f"subscription {slug}", lambda: faring.with_rhythm(found), _ALWAYS)

    async def outputs(self, request: Request) -> Response:
        """The outputs, as configured now."""
        _stated(request)
        told = [shapes.output(one, self._looks.base) for one in self._backend.outputs()]
        return await self._answer(request, "outputs", lambda: {"outputs": told}, _ALWAYS)

    async def status(self, request: Request) -> Response:
        """What /healthz tells; a 200 also where not all is well."""
        _stated(request)
        facts = self._backend.health()
        return await self._answer(request, "status", lambda: faring.plain(facts), _ALWAYS)

    async def about(self, request: Request) -> Response:
        """How the daemon fares, what the archive holds and takes; sizes may be some minutes old."""
        _stated(request)
        health, statuses = self._backend.health(), await self._backend.statuses()
        figures = await self._backend.figures()
        return await self._answer(request, "about", lambda: faring.about(health, statuses, figures), _ALWAYS)

    # ------------------------------------------------------------------------------------------------ answers

    async def _answer(
        self, request: Request, key: str, shape: Callable[[], dict[str, Any]], fresh: float | None = None
    ) -> Response:
        async def make() -> Made:
            return _made(await asyncio.to_thread(shape), (), fresh)

        return await self._send(request, key, make)

    async def _send(self, request: Request, key: str, make: Callable[[], Awaitable[Made]]) -> Response:
        if not _acceptable(request):
            raise RequestError(406, "wrong.accept")
        return await self._renderings.answer(request, f"api {key}", make)

    async def _found(self, uid: str) -> Dossier:
        found = await self._backend.story(uid) if UID.fullmatch(uid) else None
        if found is None or found.story is None or not item.alive(found.story):
            raise RequestError(404, "wrong.story")
        return found

    def _moved(self, path: str) -> Response:
        return Response(None, 308, {"Location": self._at(path), "Cache-Control": "no-cache"})

    def _at(self, path: str, **parameters: str) -> str:
        """The full address of something of the API."""
        query = urlencode(parameters, quote_via=quote)
        return self._looks.base + PREFIX + path + (f"?{query}" if query else "")

    def _turned(self, address: str | None, limit: int) -> str | None:
        """Another page of a list: an address of the page of it, as one of the API."""
        if address is None:
            return None
        query = "&".join(
            part for part in (address.partition("?")[2], f"limit={limit}" if limit != SIZE else "") if part
        )
        return self._at("/stories") + (f"?{query}" if query else "")

    def _searched(self, wanted: Listing, number: int) -> str:
        query = wanted.start().address().partition("?")[2]
        return f"{self._at('/search')}?{query}" + (f"&page={number}" if number > 1 else "")

    def _offered(self, what: str, names: Sequence[str], key: str = "name") -> dict[str, Any]:
        field = {"symbols": "symbol", "categories": "category", "outlets": "outlet"}[what]
        return {what: [{key: name, "stories": self._at("/stories", **{field: name})} for name in names]}


def _stated(request: Request, *known: str) -> dict[str, Any]:
    """The parameters of a request: lists of the values of filters, the last value of others. Raises RequestError."""
    found: dict[str, Any] = {}
    for key, value in parse_qsl(request.scope["query_string"].decode("latin-1")):
        if key == PARAMETER:  # the language of problems
            continue
        if key not in known:
            raise RequestError(400, "wrong.parameter", name=key[:40], known=", ".join(known) or "–")
        if key in _FILTERS:
            found.setdefault(key, []).append(value)
        else:
            found[key] = value
    return found


def _listing(stated: Mapping[str, Any], path: str = "/") -> Listing:
    given = [(key, one) for key, value in stated.items() for one in (value if isinstance(value, list) else [value])]
    return listing.read(path, [one for one in given if one[0] not in ("limit", "page")])[0]


def _limit(stated: Mapping[str, Any], usual: int, most: int) -> int:
    return _number("limit", stated, usual, most, "wrong.limit")


def _number(name: str, stated: Mapping[str, Any], usual: int, most: int, wrong: str) -> int:
    value = stated.get(name)
    if value is None:
        return usual
    if value.isascii() and value.isdigit() and len(value) < 6 and 1 <= int(value) <= most:
        return int(value)
    raise RequestError(400, wrong, value=value[:20], n=most)


def _acceptable(request: Request) -> bool:
    """Whether the client takes JSON; one that says nothing takes all (RFC 9110 §12.5.1)."""
    accept = ",".join(request.headers.getlist("accept"))
    if not accept.strip():
        return True
    liking = conditional.weights(accept.encode("latin-1"))
    # The narrowest range that fits decides.
    return next((liking[one] for one in (b"application/json", b"application/*", b"*/*") if one in liking), 0.0) > 0


def _bare(uid: str) -> str:
    return uid.removeprefix("urn:uuid:")


def _links(turned: Mapping[str, str | None]) -> list[Link]:
    names = {"first": "first", "newer": "prev", "older": "next"}
    return [(rel, turned.get(name)) for name, rel in names.items()]


def _made(told: dict[str, Any], pages_: Sequence[Link], fresh: float | None) -> Made:
    header = ", ".join(f'<{address}>; rel="{rel}"' for rel, address in pages_ if address)
    return Made(
        json.dumps(told, ensure_ascii=False, separators=(",", ":"), default=str).encode() + b"\n",
        "application/json; charset=utf-8",
        _CACHE_CONTROL,
        [(b"link", header.encode("ascii"))] if header else (),
        fresh,
    )
