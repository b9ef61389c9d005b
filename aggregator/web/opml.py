"""`/outputs.opml`: all outputs as one list that feed readers import (https://opml.org/spec2.opml). Used by server."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from aggregator.archive import opml
from aggregator.archive.items import Followed
from aggregator.models import Output
from aggregator.publish import FORMATS, PREFIX
from aggregator.web.backend import Backend
from aggregator.web.rendering import Made, Renderings

#: An output is listed once, in the first of these that it has: whoever imports the list wants no story twice.
_LIKED = ("atom", "rss", "json")


class OutputList:
    """The list of one backend."""

    def __init__(self, backend: Backend, renderings: Renderings) -> None:
        self._backend = backend
        self._renderings = renderings

    async def serve(self, request: Request) -> Response:
        """The list, in the order of the configuration."""

        async def make() -> Made:
            base = self._backend.site.base_url.rstrip("/")
            listed = [one for output in self._backend.outputs() if (one := _listed(output, base))]
            body = await asyncio.to_thread(opml.compose, listed, self._backend.site.title)
            return Made(body, "text/x-opml; charset=utf-8", "public, max-age=300")

        return await self._renderings.answer(request, "opml", make)


def _listed(output: Output, base: str) -> Followed | None:
    form = next((FORMATS[name] for name in _LIKED if name in output.formats), None)
    if form is None:
        return None
    return Followed("", f"{base}{PREFIX}/{output.slug}.{form.extension}", output.title, (), {})
