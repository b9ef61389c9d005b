"""`/feeds/<slug>.<extension>`: the rendered outputs, from memory. Plain ASGI applications, put together by server.

Feed readers make up nearly all requests, and most of them get a 304. So Outputs stands before the framework and does no
more than look up, compare and send; whatever it does not hold goes on to the framework, where Missing says why.
"""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Callable

from starlette.types import ASGIApp, Receive, Scope, Send

from aggregator.publish import FORMATS
from aggregator.publish.static import Rendered
from aggregator.web import browsing
from aggregator.web.backend import Backend

PREFIX = "/feeds"

#: Below every sensible polling interval; long enough that a shared cache in front spares us bursts.
CACHE_CONTROL = "public, max-age=60"
RETRY_AFTER = 30  #: seconds until an output that is configured but not rendered yet is worth another request

#: Sends an error page: (scope, receive, send, status, extra headers).
ErrorPage = Callable[[Scope, Receive, Send, int, dict[str, str]], Awaitable[None]]

# The path is decoded once, by the server; whatever does not look like a name of ours after that is unknown.
_PATH = re.compile(PREFIX + r"/([a-z0-9][a-z0-9_-]*)\.([a-z]+)")


class Outputs:
    """Answers GET and HEAD of what is rendered; hands everything else to `rest`."""

    def __init__(self, backend: Backend, rest: ASGIApp) -> None:
        self._backend = backend
        self._rest = rest
        self._ready: dict[str, tuple[str, str, Rendered, browsing.Document]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = None
        if scope["type"] == "http" and scope["method"] in ("GET", "HEAD"):
            found = self._document(scope["path"])
        if found is None:
            await self._rest(scope, receive, send)
            return
        status, headers, body = await found.answer(scope["headers"], time.time())
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

    def _document(self, path: str) -> browsing.Document | None:
        kept = self._ready.get(path)
        if kept is not None:
            slug, extension, made_of, made = kept
            if self._backend.rendered(slug, extension) is made_of:
                return made
            del self._ready[path]
        match = _PATH.fullmatch(path)
        rendered = self._backend.rendered(match[1], match[2]) if match else None
        if match is None or rendered is None:
            return None
        made = browsing.Document(
            rendered.body,
            rendered.gzip,
            tag=rendered.etag.strip('"'),
            modified=rendered.modified,
            media_type=rendered.media_type,
            cache_control=CACHE_CONTROL,
            base=self._backend.site.base_url,
        )
        self._ready[path] = (match[1], match[2], rendered, made)
        return made


class Missing:
    """The application under `/feeds` of the framework: says why Outputs did not answer."""

    def __init__(self, backend: Backend, error_page: ErrorPage) -> None:
        self._backend = backend
        self._error_page = error_page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        match = _PATH.fullmatch(scope["path"])
        if scope["method"] not in ("GET", "HEAD"):
            await self._error_page(scope, receive, send, 405, {"Allow": "GET, HEAD"})
        elif match and self._configured(match[1], match[2]):
            await self._error_page(scope, receive, send, 503, {"Retry-After": str(RETRY_AFTER)})
        else:
            await self._error_page(scope, receive, send, 404, {})

    def _configured(self, slug: str, extension: str) -> bool:
        return any(
            one.slug == slug and any(FORMATS[name].extension == extension for name in one.formats if name in FORMATS)
            for one in self._backend.outputs()
        )
