"""`/feeds/<slug>/archive/<name>.<extension>`: the past of an output, page by page (RFC 5005 §4). Used by server."""

from __future__ import annotations

import re

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from aggregator.publish import FORMATS
from aggregator.web.backend import Backend
from aggregator.web.rendering import Made, Renderings

#: The members of a full page stay; what may still change is an article that was edited, or withdrawn.
_FULL = "public, max-age=86400"
_OPEN = "public, max-age=60"

_NAME = re.compile(r"([0-9a-f-]{1,100})\.([a-z]{1,8})")


class Past:
    """The archive pages of all outputs."""

    def __init__(self, backend: Backend, renderings: Renderings) -> None:
        self._backend = backend
        self._renderings = renderings

    async def serve(self, request: Request) -> Response:
        """One page; 404 for what is none, or no more since the filters of the output changed."""
        slug, named = request.path_params["slug"], _NAME.fullmatch(request.path_params["name"])
        form = next((one for one in FORMATS.values() if named and one.extension == named[2]), None)
        if named is None or form is None:
            raise HTTPException(404)
        name, extension, media_type = named[1], named[2], form.media_type

        async def make() -> Made | None:
            found = await self._backend.past(slug, name, extension)
            return Made(found.body, media_type, _FULL if found.full else _OPEN) if found else None

        return await self._renderings.answer(request, f"past {slug} {name}.{extension}", make)
