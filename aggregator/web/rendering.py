"""Documents that are made when asked for: kept while they are right, a few made at once, the rest told to wait.

In: a key, and a coroutine that makes the bytes. Out: its answer. Used for the archive pages of outputs, for
feeds of lists and for the API, so that the same question asked by many is answered once, and a flood of different
questions costs neither memory nor the time of others.
"""

from __future__ import annotations

import asyncio
import gzip
import math
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import blake2b

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from aggregator.web import browsing

#: Bytes of documents that are kept, their compressed forms included.
MOST_BYTES = 24 * 1024 * 1024

#: Documents made side by side, and questions that may wait for their turn.
AT_ONCE, WAITING = 2, 30

#: Seconds until a question that found too many before it is worth asking again.
RETRY_AFTER = 5


@dataclass(frozen=True, slots=True)
class Made:
    """One document."""

    body: bytes
    media_type: str
    cache_control: str
    headers: Sequence[tuple[bytes, bytes]] = ()  #: of a 200, beside the usual
    fresh: float | None = None  #: seconds after which it is made again in any case


@dataclass(slots=True)
class _Kept:
    version: object
    document: browsing.Document
    until: float  #: by the clock that nobody sets


class Renderings:
    """The documents of one server. Used on its event loop only."""

    def __init__(
        self,
        version: Callable[[], object],
        base: Callable[[], str],
        *,
        most_bytes: int = MOST_BYTES,
        at_once: int = AT_ONCE,
        waiting: int = WAITING,
    ) -> None:
        """`version`: equal to before, nothing that documents are made of has changed; `base`: the site's address."""
        self._version = version
        self._base = base
        self._most_bytes = most_bytes
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._bytes = 0
        self._making: dict[tuple[str, object], asyncio.Task[browsing.Document]] = {}
        self._slots = asyncio.Semaphore(at_once)
        self._most = at_once + waiting

    async def answer(self, request: Request, key: str, make: Callable[[], Awaitable[Made | None]]) -> Response:
        """The answer to a GET or HEAD of the document that `key` stands for.

        Raises HTTPException 503 while too many others wait, 404 where `make` gives None, and what it raises.
        """
        found = await self.get(key, make)
        status, headers, body = await found.answer(request.scope["headers"], time.time())
        response = Response(body, status)
        response.raw_headers = list(headers)
        return response

    async def get(self, key: str, make: Callable[[], Awaitable[Made | None]]) -> browsing.Document:
        """The document itself; see answer()."""
        version = self._version()
        kept = self._kept.get(key)
        if kept is not None and kept.version == version and time.monotonic() < kept.until:
            self._kept.move_to_end(key)
            return kept.document
        task = self._making.get((key, version))
        if task is None:
            if len(self._making) >= self._most:
                raise HTTPException(503, headers={"Retry-After": str(RETRY_AFTER)})
            task = asyncio.create_task(self._make(key, version, make), name=f"render {key[:80]}")
            self._making[key, version] = task
            task.add_done_callback(partial(self._made, (key, version)))
        # Whoever gives up waiting must not take the document from the others.
        return await asyncio.shield(task)

    async def _make(self, key: str, version: object, make: Callable[[], Awaitable[Made | None]]) -> browsing.Document:
        async with self._slots:
            made = await make()
            if made is None:
                raise HTTPException(404)
            before = self._kept.get(key)
            document = await asyncio.to_thread(_document, made, before.document if before else None, self._base())
        until = math.inf if made.fresh is None else time.monotonic() + made.fresh
        self._keep(key, _Kept(version, document, until))
        return document

    def _made(self, question: tuple[str, object], task: asyncio.Task[browsing.Document]) -> None:
        del self._making[question]
        if not task.cancelled():
            task.exception()  # whoever asked may be gone; then nobody else takes note of it

    def _keep(self, key: str, kept: _Kept) -> None:
        if old := self._kept.pop(key, None):
            self._bytes -= old.document.size
        self._kept[key] = kept
        self._bytes += kept.document.size
        while self._bytes > self._most_bytes:
            self._bytes -= self._kept.popitem(last=False)[1].document.size


def _document(made: Made, before: browsing.Document | None, base: str) -> browsing.Document:
    """The document with its headers. Its date is when these bytes were first seen: what is shown may go as well as
    come, so none of its own dates would do for who asks by date alone."""
    modified = datetime.now(UTC)
    if before is not None:
        same = before.own.plain.body == made.body
        # Two states within one second must not share a date.
        modified = before.modified if same else max(modified, before.modified + timedelta(seconds=1))
    return browsing.Document(
        made.body,
        gzip.compress(made.body, 5, mtime=0),
        tag=blake2b(made.body, digest_size=16).hexdigest(),
        modified=modified,
        media_type=made.media_type,
        cache_control=made.cache_control,
        more=made.headers,
        base=base,
    )
