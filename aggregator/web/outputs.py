"""`/feeds/<slug>.<extension>`: the rendered outputs, from memory. A plain ASGI application, mounted by server.

Feed readers make up nearly all requests, and most of them get a 304: this path does no more than look up, compare and
send.
"""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Callable

from starlette.types import Receive, Scope, Send

from aggregator.publish import FORMATS
from aggregator.publish.static import Rendered
from aggregator.web import conditional
from aggregator.web.backend import Backend

#: Below every sensible polling interval; long enough that a shared cache in front spares us bursts.
CACHE_CONTROL = "public, max-age=60"
RETRY_AFTER = 30  #: seconds until an output that is configured but not rendered yet is worth another request

#: Sends an error page: (scope, receive, send, status, extra headers).
ErrorPage = Callable[[Scope, Receive, Send, int, dict[str, str]], Awaitable[None]]

_NAME = re.compile(r"([a-z0-9][a-z0-9_-]*)\.([a-z]+)")


class Outputs:
    """The application under `/feeds`."""

    def __init__(self, backend: Backend, error_page: ErrorPage) -> None:
        self._backend = backend
        self._error_page = error_page
        self._ready: dict[tuple[str, str], tuple[Rendered, conditional.Resource]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] not in ("GET", "HEAD"):
            await self._error_page(scope, receive, send, 405, {"Allow": "GET, HEAD"})
            return
        # The path is decoded once, by the server; whatever does not look like a name of ours after that is unknown.
        match = _NAME.fullmatch(scope["path"][len(scope.get("root_path", "")) :].removeprefix("/"))
        found = self._resource(match[1], match[2]) if match else None
        if found is None:
            if match and self._configured(match[1], match[2]):
                await self._error_page(scope, receive, send, 503, {"Retry-After": str(RETRY_AFTER)})
            else:
                await self._error_page(scope, receive, send, 404, {})
            return
        status, headers, body = found.answer(scope["headers"], time.time())
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

    def _resource(self, slug: str, extension: str) -> conditional.Resource | None:
        rendered = self._backend.rendered(slug, extension)
        if rendered is None:
            self._ready.pop((slug, extension), None)
            return None
        kept = self._ready.get((slug, extension))
        if kept is not None and kept[0] is rendered:
            return kept[1]
        made = conditional.resource(
            rendered.body,
            rendered.gzip,
            etag=rendered.etag,
            gzip_etag=rendered.gzip_etag,
            modified=rendered.modified,
            media_type=rendered.media_type,
            cache_control=CACHE_CONTROL,
        )
        self._ready[slug, extension] = (rendered, made)
        return made

    def _configured(self, slug: str, extension: str) -> bool:
        return any(
            one.slug == slug and any(FORMATS[name].extension == extension for name in one.formats if name in FORMATS)
            for one in self._backend.outputs()
        )
