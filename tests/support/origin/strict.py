"""Feeds that keep a book on their readers, all below `/strict/`: each behaves by a script that knows no clock.

Out: routes for the stand-in origin's application. Called by `server`. A script tells what a feed is at its n-th visit;
a 304 is given only for the very bytes of the validators given before. A simulated week has its own time, so the reader
tells what time it is (`/_control/strict/now`); the book is read at `/_control/strict/book` and emptied at `reset`.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from aiohttp import web

HOUR, DAY = 3600, 86400
#: Long enough for requests to overlap where nobody holds them back.
_EFFORT = 0.002
_TEXT = "<p>" + "样本公司公布三季度经营数据。" * 3 + "</p>"


@dataclass(frozen=True)
class Turn:
    """What a feed is at one visit."""

    status: int = 200
    etag: str | None = None
    modified: str | None = None
    edition: int = 0  #: of the body
    headers: Mapping[str, str] = field(default_factory=dict)
    hold: int = 0  #: seconds for which this answer asks to be left alone
    moving: bool = False  #: the validators are others at each visit, so it is never a 304
    bare: bool = False  #: a 304 carries no header at all
    channel: str = ""  #: elements of the RSS channel
    page: str | None = None  #: a body that is no feed


@dataclass
class Visit:
    """One request and its answer."""

    at: float  #: simulated, as the reader told
    feed: str
    method: str
    host: str
    target: str  #: as on the request line
    headers: list[tuple[str, str]]
    status: int = 0
    etag: str | None = None
    modified: str | None = None
    hold: int = 0
    served: bool = True  #: a feed, or the word that the last one still stands


def _edition(number: int, every: int) -> int:
    return (number - 1) // every


def _tagged(every: int = 15, **more: Any) -> Callable[[int], Turn]:
    return lambda n: Turn(etag=f'"{_edition(n, every)}"', edition=_edition(n, every), **more)


def _trouble(at: range, trouble: Turn) -> Callable[[int], Turn]:
    """A feed with an ETag that has `trouble` at some visits."""
    return lambda n: trouble if n in at else Turn(etag='"calm"')


def _always(turn: Turn) -> Callable[[int], Turn]:
    return lambda _: turn


def _dated(n: int) -> Turn:
    return Turn(modified=f"Monday, 16-Nov-26 02:{_edition(n, 12):02}:00 GMT", edition=_edition(n, 12))


def _double(n: int) -> Turn:
    stamp = f"Mon, 16 Nov 2026 02:00:{_edition(n, 9):02} GMT"
    return Turn(etag=f'"both-{_edition(n, 9)}"', modified=stamp, edition=_edition(n, 9))


def _odd(n: int) -> Turn:
    edition = _edition(n, 7)
    return Turn(
        etag=f'W/"a b,{edition}:\\', modified=f" 16 nov 2026  02:00 +{edition:02}00 (odd)".strip(), edition=edition
    )


def _leaving(n: int) -> Turn:
    """Gives up its ETag for a Last-Modified, and later both."""
    if n < 6:
        return Turn(etag='"first"')
    return Turn(modified="Tue, 17 Nov 2026 02:00:00 GMT", edition=1) if n < 12 else Turn(edition=2)


#: By name: what the feed is at its n-th visit, counted from 1.
SCRIPTS: dict[str, Callable[[int], Turn]] = {
    "etag": _tagged(),
    "modified": _dated,
    "both": _double,
    "odd": _odd,
    "unquoted": lambda n: Turn(etag=f"v{_edition(n, 5)}-gzip", edition=_edition(n, 5)),
    "restless": lambda n: Turn(etag=f'"{n}"', modified=f"Mon, 16 Nov 2026 02:00:00 GMT;{n}", moving=True),
    "renewing": lambda n: Turn(etag=f'"renewed-{n}"', modified="Mon, 16 Nov 2026 02:00:00 GMT"),
    "bare": _always(Turn(etag='"bare"', modified="Mon, 16 Nov 2026 02:00:00 GMT", bare=True)),
    "leaving": _leaving,
    "blind": lambda n: Turn(edition=n),
    "fresh": _tagged(4, headers={"Cache-Control": "public, max-age=10800"}, hold=3 * HOUR),
    "expires": _tagged(
        3,
        headers={"Date": "Mon, 16 Nov 2026 02:00:00 GMT", "Expires": "Mon, 16 Nov 2026 07:00:00 GMT"},
        hold=5 * HOUR,
    ),
    "hourly": lambda n: Turn(etag=f'"{min(n, 50)}"', edition=min(n, 50)),
    "quiet": _tagged(1000),
    "five": lambda n: Turn(410) if n > 50 else Turn(etag=f'"{n // 3}"', edition=n // 3),
    "five-fresh": _tagged(2, headers={"Cache-Control": "max-age=14400"}, hold=4 * HOUR),
    "ttl": _tagged(3, channel="<ttl>180</ttl>", hold=3 * HOUR),
    "period": _tagged(1, channel="<sy:updatePeriod>daily</sy:updatePeriod>", hold=DAY),
    "cookies": _tagged(8, headers={"Set-Cookie": "reader=1; Path=/; Max-Age=999999"}),
    "query": _tagged(10),
    "busy": _trouble(range(3, 4), Turn(429, headers={"Retry-After": str(3 * DAY)}, hold=3 * DAY)),
    "full": _trouble(range(2, 3), Turn(429, headers={"Cache-Control": "max-age=172800"}, hold=2 * DAY)),
    "insistent": _trouble(
        range(2, 4), Turn(429, headers={"Retry-After": "60", "Cache-Control": "max-age=36000"}, hold=10 * HOUR)
    ),
    "down": _trouble(
        range(2, 3),
        Turn(
            503,
            headers={"Date": "Sun, 01 Nov 2026 02:00:00 GMT", "Retry-After": "Sun, 08 Nov 2026 02:00:00 GMT"},
            hold=7 * DAY,
        ),
    ),
    "failing": _trouble(range(4, 6), Turn(500)),
    "missing": _trouble(range(3, 9), Turn(404)),
    "login": _trouble(range(3, 5), Turn(etag='"login"', moving=True, page="<html><body>登录</body></html>")),
    "gone": lambda n: Turn(410) if n > 3 else Turn(etag='"short lived"'),
    "moved": _always(Turn(301, headers={"Location": "/strict/moved/home"})),
    "wandering": _always(Turn(302, headers={"Location": "/strict/wandering/home"})),
}


class Book:
    """Who asked for what, and what was given."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        self.now = 0.0
        self.visits: list[Visit] = []
        self.counts: Counter[str] = Counter()
        self.given: dict[str, Turn] = {}
        self.busy: Counter[str] = Counter()
        self.peaks: Counter[str] = Counter()

    async def control(self, request: web.Request) -> web.Response:
        """`now` sets the time, `reset` empties the book, `book` gives it."""
        match request.match_info["what"]:
            case "now":
                self.now = (await request.json())["at"]
            case "reset":
                self.reset()
            case "book":
                return web.json_response({"visits": [asdict(one) for one in self.visits], "peaks": dict(self.peaks)})
        return web.json_response({})

    async def serve(self, request: web.Request) -> web.Response:
        """Answer by the script of the feed. A feed behind a redirect has a path of its own, `/home`."""
        name, home = request.match_info["name"], request.match_info.get("home")
        path = f"{name}/home" if home else name
        self.counts[path] += 1
        turn = Turn(etag='"home"') if home else SCRIPTS[name](self.counts[path])
        headers = [(key.decode("latin-1"), value.decode("latin-1")) for key, value in request.raw_headers]
        visit = Visit(self.now, name, request.method, request.host, request.raw_path, headers, hold=turn.hold)
        self.visits.append(visit)
        self.busy[request.host] += 1
        self.peaks[request.host] = max(self.peaks[request.host], self.busy[request.host])
        await asyncio.sleep(_EFFORT)
        self.busy[request.host] -= 1
        answer = self._answer(path, turn, {key.lower(): value for key, value in headers})
        visit.status, visit.served = answer.status, answer.status in (200, 304) and turn.page is None
        visit.etag, visit.modified = answer.headers.get("ETag"), answer.headers.get("Last-Modified")
        return answer

    def _answer(self, path: str, turn: Turn, asked: Mapping[str, str]) -> web.Response:
        if turn.status != 200:
            return web.Response(status=turn.status, headers=turn.headers)
        before, stated = self.given.get(path), {"ETag": turn.etag, "Last-Modified": turn.modified}
        headers = dict(turn.headers) | {name: value for name, value in stated.items() if value}
        if turn.page is not None:
            return web.Response(text=turn.page, headers=headers, content_type="text/html")
        self.given[path] = turn
        if before and not turn.moving and before.edition == turn.edition and _matches(before, asked):
            return web.Response(status=304, headers={} if turn.bare else headers)
        return web.Response(text=_rss(path, turn), headers=headers, content_type="application/rss+xml")


def _matches(given: Turn, asked: Mapping[str, str]) -> bool:
    if given.etag:
        return asked.get("if-none-match") == given.etag
    return given.modified is not None and asked.get("if-modified-since") == given.modified


def _rss(path: str, turn: Turn) -> str:
    number = f"{path}-{turn.edition}"
    return (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"'
        f' xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"><channel><title>{path}</title>'
        f"<link>http://news.example/</link><description>样本</description>{turn.channel}"
        f'<item><title>{number} 样本快讯</title><guid isPermaLink="false">{number}</guid>'
        f"<link>http://news.example/{number}.html</link><description><![CDATA[{_TEXT}]]></description></item>"
        "</channel></rss>"
    )


def routes() -> list[web.RouteDef]:
    """The feeds, and what steers them."""
    book = Book()
    return [
        web.get("/strict/{name}", book.serve),
        web.get("/strict/{name}/{home:home}", book.serve),
        web.post("/_control/strict/{what:now|reset|book}", book.control),
    ]
