"""The stand-in origin's aiohttp application: routes, request log, faults on demand, and the `/_control` addresses.

In: a clock and the faults module, when there is one. Out: an application. Called by `__main__`.
"""

from __future__ import annotations

import asyncio
import hashlib
import importlib.util
import re
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any

from aiohttp import web

from tests.support.origin import lists, pages, strict
from tests.support.origin.newsroom import Item, Newsroom

_LOGGED = 5_000
_DOCID = re.compile(r"i([a-z]{7}\d{7})\.")


@dataclass
class Desk:
    """Everything that changes while the origin runs."""

    room: Newsroom
    base: str = ""
    log: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=_LOGGED))
    faults: dict[str, dict[str, Any]] = field(default_factory=dict)

    def find(self, docid: str) -> Item | None:
        """The article with this docid."""
        return next((one for one in self.room.items if one.docid == docid), None)

    def numbered(self, number: int) -> Item | None:
        """The article with this number."""
        return next((one for one in self.room.items if one.number == number), None)

    def fault(self, path: str) -> dict[str, Any] | None:
        """The fault set on this path, counted down."""
        for pattern, fault in self.faults.items():
            if path == pattern or (pattern.endswith("*") and path.startswith(pattern[:-1])):
                if fault.get("times") is not None:
                    fault["times"] -= 1
                    if fault["times"] <= 0:
                        del self.faults[pattern]
                return fault
        return None


DESK = web.AppKey("desk", Desk)


def create(*, seed: int = 1, backlog: int = 24) -> web.Application:
    """An origin with `backlog` older articles."""
    app = web.Application(middlewares=[_record])
    app[DESK] = Desk(Newsroom(seed=seed, backlog=backlog, now=_now()))
    app.add_routes([
        web.get("/api/roll/get", _roll),
        web.get("/api/zhibo/feed", _live),
        web.get("/rss.xml", _feed),
        web.get("/thin.xml", _feed),
        web.get("/atom.xml", _feed),
        web.get("/feed.json", _feed),
        web.get("/rsshub/{route:.*}", _rsshub),
        web.get(r"/china/{day:\d{4}-\d\d-\d\d}/{name}", _article),
        web.get(r"/m/china/{day}/{name}", _mobile),
        web.get(r"/china/{day:\d{8}}/{clock:\d{4}}{number:\d{8}}.shtml", _old),
        web.get(r"/slide_9_100_{number:\d+}.html", _slide),
        web.get(r"/wire/{day}/{number:\d+}.html", _wire),
        web.get(r"/pictures/{number:\d+}.png", _picture),
        web.post("/_control/{what}", _control),
    ])  # fmt: skip
    if importlib.util.find_spec("tests.support.origin.zoo"):
        from tests.support.origin import zoo

        app.add_routes(zoo.routes())
    app.add_routes(strict.routes())
    return app


@web.middleware
async def _record(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Log the request, and let a fault answer it where one is set. Control requests are neither logged nor faulty."""
    desk = request.app[DESK]
    if request.path.startswith("/_control/"):
        return await handler(request)
    seen = {
        "at": time.time(),
        "method": request.method,
        "path": request.path,
        "query": dict(request.query),
        "headers": {name.lower(): value for name, value in request.headers.items()},
        "status": None,
    }
    desk.log.append(seen)
    fault = desk.fault(request.path)
    if fault and fault.get("delay"):
        await asyncio.sleep(float(fault["delay"]))
    if fault and fault.keys() & {"status", "headers", "body"}:
        body = str(fault.get("body", "")).encode(fault.get("encoding", "utf-8")) * int(fault.get("repeat", 1))
        answer: web.StreamResponse = web.Response(
            status=int(fault.get("status", 200)), headers=fault.get("headers"), body=body
        )
    else:
        answer = await handler(request)
    seen["status"] = answer.status
    return answer


async def _roll(request: web.Request) -> web.Response:
    desk = request.app[DESK]
    text = lists.roll(desk.room, desk.base, dict(request.query), _now())
    return web.Response(
        text=text, content_type="application/javascript" if "callback" in request.query else "application/json"
    )


async def _live(request: web.Request) -> web.Response:
    desk = request.app[DESK]
    return web.Response(
        text=lists.live(desk.room, desk.base, dict(request.query), _now()), content_type="application/json"
    )


async def _feed(request: web.Request) -> web.Response:
    write, kind = {
        "/rss.xml": (lists.rss, "application/rss+xml"),
        "/thin.xml": (lists.thin, "text/xml"),
        "/atom.xml": (lists.atom, "application/atom+xml"),
        "/feed.json": (lists.jsonfeed, "application/feed+json"),
    }[request.path]
    desk = request.app[DESK]
    return _conditional(request, write(desk.room, desk.base).encode(), kind)


async def _rsshub(request: web.Request) -> web.Response:
    desk = request.app[DESK]
    if request.match_info["route"] != "sina/finance/china":
        return web.Response(
            status=503, text="<html><body><h1>样本路由没有内容</h1></body></html>", content_type="text/html"
        )
    return _conditional(request, lists.rsshub(desk.room, desk.base).encode(), "application/xml")


async def _article(request: web.Request) -> web.Response:
    item = _by_docid(request)
    return web.Response(text=pages.desktop(item, request.app[DESK].base), content_type="text/html")


async def _mobile(request: web.Request) -> web.Response:
    item = _by_docid(request)
    return web.Response(text=pages.mobile(item, request.app[DESK].base), content_type="text/html")


async def _old(request: web.Request) -> web.Response:
    return web.Response(
        body=pages.old(_by_number(request), request.app[DESK].base), headers={"Content-Type": "text/html"}
    )


async def _slide(request: web.Request) -> web.Response:
    return web.Response(text=pages.slide(_by_number(request), request.app[DESK].base), content_type="text/html")


async def _wire(request: web.Request) -> web.Response:
    return web.Response(text=pages.wire(_by_number(request), request.app[DESK].base), content_type="text/html")


async def _picture(request: web.Request) -> web.Response:
    return web.Response(body=pages.picture(int(request.match_info["number"])), content_type="image/png")


async def _control(request: web.Request) -> web.Response:
    """What tests may ask for; each answer is JSON."""
    desk, now = request.app[DESK], _now()
    given: dict[str, Any] = await request.json() if request.can_read_body else {}
    match request.match_info["what"]:
        case "reset":
            desk.log.clear()
            desk.faults.clear()
            desk.room = Newsroom(seed=given.get("seed", 1), backlog=given.get("backlog", 24), now=given.get("now", now))
        case "log":
            return web.json_response(list(desk.log))
        case "truth":
            return web.json_response([one.truth(desk.base) for one in desk.room.items])
        case "publish":
            count, at = given.pop("count", 1), given.pop("at", now)
            return web.json_response([desk.room.publish(at, **_tuples(given)).truth(desk.base) for _ in range(count)])
        case "edit":
            return web.json_response(desk.room.edit(given.pop("docid", None), now, **_tuples(given)).truth(desk.base))
        case "withdraw":
            gone = desk.room.withdraw(now)
            return web.json_response({"id": gone.id, "title": gone.title})
        case "fault":
            desk.faults[given.pop("path")] = given
        case "heal":
            desk.faults.clear()
        case unknown:
            raise web.HTTPNotFound(text=f"no control named {unknown}")
    return web.json_response({})


def _conditional(request: web.Request, body: bytes, kind: str) -> web.Response:
    """200 with validators, or 304 (RFC 9110 §13: If-None-Match wins over If-Modified-Since)."""
    desk = request.app[DESK]
    etag = f'"{hashlib.blake2b(body, digest_size=8).hexdigest()}"'
    modified = formatdate(max((one.mtime for one in desk.room.items), default=desk.room.opened), usegmt=True)
    headers = {"ETag": etag, "Last-Modified": modified, "Cache-Control": "no-cache"}
    asked = request.headers.get("If-None-Match")
    same = etag in asked if asked is not None else request.headers.get("If-Modified-Since") == modified
    if same:
        return web.Response(status=304, headers=headers)
    return web.Response(body=body, headers=headers | {"Content-Type": f"{kind}; charset=utf-8"})


def _by_docid(request: web.Request) -> Item:
    found = _DOCID.search(request.match_info["name"])
    item = request.app[DESK].find(found[1]) if found else None
    if item is None:
        raise web.HTTPNotFound(text="样本：页面不存在")
    return item


def _by_number(request: web.Request) -> Item:
    item = request.app[DESK].numbered(int(request.match_info["number"]))
    if item is None:
        raise web.HTTPNotFound(text="样本：页面不存在")
    return item


def _tuples(given: dict[str, Any]) -> dict[str, Any]:
    """JSON lists as the newsroom's tuples."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in given.items()}


def _now() -> int:
    return int(time.time())
