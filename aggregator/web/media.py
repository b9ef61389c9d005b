"""`/media/HASH.jpg`: pictures that are kept here, from their files. Used by server.

A name holds the hash of its bytes, so an answer stays right for ever. The bytes came from anywhere: browsers are told
to take them for the picture they are and for nothing else, should one be opened by itself. Range is not offered, which
a server may do (RFC 9110 §14.2); pictures are small.
"""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from aggregator.kit import imagefile
from aggregator.web import conditional

_HEADERS = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "cross-origin",  # web readers show what outputs link to
}
_PIECE = 1 << 16


class Media:
    """The pictures. `locate` gives the place of a name, None for what is no name of a picture."""

    def __init__(self, locate: Callable[[str], Path | None]) -> None:
        self._locate = locate

    async def serve(self, request: Request) -> Response:
        """One picture; 404 for whatever is none."""
        path = self._locate(request.path_params["name"])
        opened = await asyncio.to_thread(_open, path) if path else None
        if path is None or opened is None:
            raise HTTPException(404)
        file, size = opened
        tag = f'"{path.parent.name}{path.stem}"'
        headers = {"ETag": tag, **_HEADERS}
        asked = request.headers.get("if-none-match", "").encode("latin-1")
        if asked and conditional.matches(asked, tag.encode()):
            file.close()
            return Response(None, 304, headers)
        headers |= {"Content-Type": imagefile.TYPES[path.suffix[1:]], "Content-Length": str(size)}
        if request.method == "HEAD":
            file.close()
            return Response(None, 200, headers)
        return _Sent(file, size, headers)


def _open(path: Path) -> tuple[BinaryIO, int] | None:
    """The file and its size; None where no plain file stands. A link is not followed."""
    with suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        facts = os.fstat(descriptor)
        if stat.S_ISREG(facts.st_mode):
            return os.fdopen(descriptor, "rb"), facts.st_size
        os.close(descriptor)
    return None


class _Sent(Response):
    """A file, sent piece by piece, and closed in the end, also when the client goes away."""

    def __init__(self, file: BinaryIO, size: int, headers: Mapping[str, str]) -> None:
        super().__init__(None, 200, headers)
        self._file, self._left = file, size

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - as ASGI has it
        with self._file:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            while self._left and (piece := await asyncio.to_thread(self._file.read, min(_PIECE, self._left))):
                self._left -= len(piece)
                await send({"type": "http.response.body", "body": piece, "more_body": self._left > 0})
            if self._left:
                raise OSError("the file became shorter while it was sent")
