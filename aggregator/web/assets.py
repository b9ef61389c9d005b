"""`/static/<name>`: the style sheet and the icon, read from the package once. Used by server and by the templates."""

from __future__ import annotations

import gzip
import time
from datetime import UTC, datetime
from hashlib import blake2b
from importlib import resources

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from aggregator.kit import looks
from aggregator.web import conditional

_MEDIA_TYPES = {
    "css": "text/css; charset=utf-8",
    "svg": "image/svg+xml",
    "js": "text/javascript; charset=utf-8",
    "xsl": "application/xslt+xml; charset=utf-8",
}


class Assets:
    """The files in web/static, by name, and the icon; the style sheet begins with what all our pages share."""

    def __init__(self) -> None:
        self._files: dict[str, conditional.Resource] = {}
        self._versions: dict[str, str] = {}
        started = datetime.now(UTC)
        for name, body in _read().items():
            media_type = _MEDIA_TYPES[name.rpartition(".")[2]]
            self._versions[name] = tag = blake2b(body, digest_size=8).hexdigest()
            self._files[name] = conditional.resource(
                body,
                gzip.compress(body, 9, mtime=0),
                etag=f'"{tag}"',
                gzip_etag=f'"{tag}-gz"',
                modified=started,
                media_type=media_type,
                # The address changes with the bytes (version()), so a browser need not ask again.
                cache_control="public, max-age=31536000, immutable",
            )

    def version(self, name: str) -> str:
        """Changes when the file changes: goes into its address."""
        return self._versions[name]

    async def serve(self, request: Request) -> Response:
        """One file. A request for other bytes than ours (an old page, a new file) is not to be remembered long."""
        name = request.path_params["name"]
        found = self._files.get(name)
        if found is None:
            raise HTTPException(404)
        status, headers, body = found.answer(request.scope["headers"], time.time())
        if request.query_params.get("v") != self._versions[name]:
            headers = [(key, b"public, max-age=60" if key == b"cache-control" else value) for key, value in headers]
        response = Response(body, status)
        response.raw_headers = list(headers)
        return response


def _read() -> dict[str, bytes]:
    own = resources.files("aggregator.web").joinpath("static").iterdir()
    found = {file.name: file.read_bytes() for file in own if file.name.rpartition(".")[2] in _MEDIA_TYPES}
    return found | {"icon.svg": looks.icon().encode(), "style.css": looks.base().encode() + found["style.css"]}
