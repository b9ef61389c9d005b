"""The pages a person opens: the index, a story, and the error pages. Backend in, HTML out; mounted by server.

Pages are Jinja2 templates with autoescape; what came from a feed reaches them as plain text, or as an address that was
checked to be http(s). They need no script and load nothing from elsewhere; the CSP says so.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import jinja2
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from aggregator import __version__
from aggregator.kit import dates, days
from aggregator.models import Output, Story, SubscriptionStatus
from aggregator.publish import FORMATS, item
from aggregator.web import conditional, storypage, words
from aggregator.web.assets import Assets
from aggregator.web.backend import Backend

LATEST = 20
_LABELS = {"rss": "RSS", "atom": "Atom", "json": "JSON Feed"}
_SECURITY = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_ERRORS = {
    404: ("没有这个页面", "地址可能输错了，或者对应的订阅输出已被移除。下面是现在可用的订阅地址。"),
    405: ("不支持这种请求", "这里的内容只供读取，请使用 GET 或 HEAD。"),
    500: ("服务器出错了", "这个页面没能生成，详细原因已写入日志。稍后再试；订阅地址不受影响。"),
    503: ("尚未就绪", "内容正在准备，请稍候片刻再来。"),
}


@dataclass(frozen=True, slots=True)
class _Feed:
    """One subscribe link."""

    label: str
    url: str
    media_type: str
    title: str


@dataclass(frozen=True, slots=True)
class _Shown:
    """One output with its links."""

    title: str
    description: str
    feeds: tuple[_Feed, ...]


class Pages:
    """Makes the pages of one backend. `clock` gives the time that relative times are counted from."""

    def __init__(self, backend: Backend, assets: Assets, clock: Callable[[], datetime]) -> None:
        self._backend = backend
        self._clock = clock
        self._templates = jinja2.Environment(
            loader=jinja2.PackageLoader("aggregator.web"),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            undefined=jinja2.StrictUndefined,
        )
        self._templates.globals |= {
            "version": __version__,
            "asset": lambda name: self._asset(assets, name),
            "story_page": lambda uid: urlsplit(self._base).path + storypage.address(uid),
        }

    async def index(self, request: Request) -> Response:
        """`/`: latest stories, subscribe links, the state of every subscription."""
        now = self._clock()
        statuses = await self._backend.statuses()
        stories = await self._backend.latest(LATEST)
        return self._page(
            request.scope,
            "index.html",
            200,
            now,
            today=days.day(dates.beijing_day(now)),
            days=_days(stories, now),
            subscriptions=[_row(one, now) for one in sorted(statuses, key=lambda one: not one.configured)],
            summary=_summary(statuses, now),
            notices=words.notices(self._backend.health()),
        )

    async def story(self, request: Request) -> Response:
        """`/story/<uid>`: one story, who carried it, and what changed. 404 for what is not told (any more)."""
        uid = request.path_params["uid"]
        found = await self._backend.story(uid) if storypage.UID.fullmatch(uid) else None
        alive = item.alive(found.story) if found and found.story else ()
        if found is None or found.story is None or not alive:
            return self.error(request.scope, 404, {})
        own = storypage.address(found.story.uid)
        if own != storypage.address(uid):  # it was merged into another
            location = urlsplit(self._base).path + own
            return Response(status_code=308, headers={"Location": location, "Cache-Control": "no-cache", **_SECURITY})
        now = self._clock()
        # Comparing long texts takes a while; meanwhile others are served.
        values = await run_in_threadpool(storypage.values, found, alive, now, lambda at: _time(at, now), self._media)
        return self._page(request.scope, "story.html", 200, now, **values)

    def error(self, scope: Scope, status: int, headers: dict[str, str]) -> Response:
        """A page that says what is wrong and where to go on."""
        title, hint = _ERRORS.get(status, ("请求无法处理", "请检查地址后再试。"))
        response = self._page(scope, "error.html", status, self._clock(), status=status, heading=title, hint=hint)
        response.headers.update(headers)
        return response

    async def send_error(
        self, scope: Scope, receive: Receive, send: Send, status: int, headers: dict[str, str]
    ) -> None:
        """The same, for plain ASGI applications."""
        await self.error(scope, status, headers)(scope, receive, send)

    def _page(self, scope: Scope, template: str, code: int, now: datetime, **values: Any) -> Response:
        site = self._backend.site
        html = self._templates.get_template(template).render(
            site=site, home=f"{self._base}/", outputs=self._outputs(), now=_time(now, now), **values
        )
        body = html.encode("utf-8", "replace")
        headers = {"Cache-Control": "no-cache", "Vary": "Accept-Encoding", **_SECURITY}
        accepted = b",".join(value for name, value in scope["headers"] if name == b"accept-encoding")
        if conditional.accepts_gzip(accepted):
            body = gzip.compress(body, 4, mtime=0)
            headers["Content-Encoding"] = "gzip"
        return Response(body, code, headers, "text/html; charset=utf-8")

    def _outputs(self) -> list[_Shown]:
        return [_shown(one, self._base) for one in self._backend.outputs()]

    @property
    def _base(self) -> str:
        return self._backend.site.base_url.rstrip("/")

    @property
    def _media(self) -> str:
        return f"{urlsplit(self._base).path}/media/"

    def _asset(self, assets: Assets, name: str) -> str:
        """Address of a file without its host: the page may be read through another name than base_url."""
        return f"{urlsplit(self._base).path}/static/{name}?v={assets.version(name)}"


def _shown(output: Output, base: str) -> _Shown:
    feeds = tuple(
        _Feed(
            _LABELS.get(name, name),
            f"{base}/feeds/{output.slug}.{FORMATS[name].extension}",
            FORMATS[name].media_type.partition(";")[0],
            f"{output.title} ({_LABELS.get(name, name)})",
        )
        for name in output.formats
        if name in FORMATS
    )
    return _Shown(output.title, output.description, feeds)


def _time(at: datetime | None, now: datetime) -> dict[str, str] | None:
    """A time for the `when` macro: machine form, full form, short form, relative form."""
    if at is None:
        return None
    return {
        "machine": dates.rfc3339(at),
        "full": days.stamp(at),
        "clock": words.clock(at, now),
        "relative": words.relative(at, now),
    }


def _days(stories: Sequence[Story], now: datetime) -> list[dict[str, Any]]:
    """Stories in the order given, under the Beijing days they were published on."""
    found: list[dict[str, Any]] = []
    today = dates.beijing_day(now)
    for story in stories:
        alive = item.alive(story)
        if not alive:
            continue
        made = item.make(story, alive, False, now)
        name = days.day(dates.beijing_day(made.published), today)
        if not found or found[-1]["name"] != name:
            found.append({"name": name, "stories": []})
        time = f"{made.published.astimezone(dates.BEIJING):%H:%M}"
        found[-1]["stories"].append({"item": made, "time": time, "when": _time(made.published, now)})
    return found


def _row(status: SubscriptionStatus, now: datetime) -> dict[str, Any]:
    state = status.state
    polls = status.configured and status.enabled and not words.gone(status)
    return {
        "name": status.name,
        "slug": status.slug,
        "url": status.url,
        "articles": status.articles,
        "state": words.state(status),
        "failures": state.failures,
        "success": _time(state.last_success, now),
        "new": _time(state.last_new, now),
        "next": _time(state.next_poll, now) if polls else None,
        "due": words.due(state.next_poll, now) if polls else None,
        "since": _time(state.problem_since, now),
    }


def _summary(statuses: Sequence[SubscriptionStatus], now: datetime) -> dict[str, Any]:
    """One line over all subscriptions that are followed."""
    followed = [one for one in statuses if one.configured and one.enabled]
    levels = [words.state(one).level for one in followed]
    polls = [one.state.last_polled for one in followed if one.state.last_polled]
    return {
        "followed": len(followed),
        "levels": {level: levels.count(level) for level in ("ok", "warn", "fail", "new")},
        "polled": _time(max(polls), now) if polls else None,
    }


def utc_now() -> datetime:
    """The clock of a running server."""
    return datetime.now(UTC)
