"""Documents are kept beside the walk: batched, in a thread of their own, and never at the cost of an article.

In: documents that made articles. Out: where they lie, None for each that could not be kept. Made by app/raw.py, used
by the walk as tools.keep. A full disk costs the document, which is told and counted; the article is stored all the
same.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from aggregator.archive import warc, warcfiles
from aggregator.errors import StoreError
from aggregator.kit import journal
from aggregator.models import Fetched, RawDocument

log = journal.logger(__name__)

#: Seconds in which nothing more is tried after a failure: a full disk stays full for a while.
PAUSE = 30.0

#: Bytes of payloads written at once.
BATCH = 8 * 2**20


class Keeper:
    """Appends documents to the WARC file of the day. `originals`: which payloads the index knows, by digest."""

    def __init__(
        self,
        folder: warcfiles.Folder,
        originals: Callable[[Sequence[str]], Mapping[str, RawDocument]],
        clock: Callable[[], datetime],
    ) -> None:
        self._folder = folder
        self._originals = originals
        self._clock = clock
        self._thread = ThreadPoolExecutor(1, "raw-writer")
        self._waiting: list[tuple[Sequence[Fetched], asyncio.Future[list[RawDocument | None]]]] = []
        self._flushing: asyncio.Task[None] | None = None
        self._paused_until = float("-inf")
        self.lost = 0  #: documents that could not be kept since the start

    async def keep(self, wanted: Sequence[Fetched]) -> list[RawDocument | None]:
        """Keep documents; returns when they are written. Never raises for what a disk does."""
        if not wanted:
            return []
        future: asyncio.Future[list[RawDocument | None]] = asyncio.get_running_loop().create_future()
        self._waiting.append((wanted, future))
        if self._flushing is None or self._flushing.done():
            self._flushing = asyncio.create_task(self._flush(), name="keep")
        return await asyncio.shield(future)

    async def close(self) -> None:
        """Write what waits, and let go of the file."""
        while self._flushing is not None and not self._flushing.done():
            await asyncio.wait([self._flushing])
        await asyncio.get_running_loop().run_in_executor(self._thread, self._folder.close)
        self._thread.shutdown()

    async def _flush(self) -> None:
        while self._waiting:
            batch = self._next_batch()
            wanted = [one for some, _ in batch for one in some]
            kept = await asyncio.get_running_loop().run_in_executor(self._thread, self._keep, wanted)
            for some, future in batch:
                mine, kept = kept[: len(some)], kept[len(some) :]
                if not future.done():  # its update was cancelled meanwhile
                    future.set_result(mine)

    def _next_batch(self) -> list[tuple[Sequence[Fetched], asyncio.Future[list[RawDocument | None]]]]:
        size = taken = 0
        for wanted, _ in self._waiting:
            size += sum(len(one.document.body) for one in wanted)
            if taken and size > BATCH:
                break
            taken += 1
        batch, self._waiting = self._waiting[:taken], self._waiting[taken:]
        return batch

    def _keep(self, wanted: Sequence[Fetched]) -> list[RawDocument | None]:
        if time.monotonic() < self._paused_until:
            return self._give_up(wanted, None)
        try:
            digests = [warc.payload_digest(one.document.body) for one in wanted]
            return list(self._folder.append(wanted, self._originals(digests), self._clock()))
        except (OSError, StoreError) as error:
            return self._give_up(wanted, str(error))
        except Exception:
            log.exception("raw.broke")
            return self._give_up(wanted, "this program failed on it")

    def _give_up(self, wanted: Sequence[Fetched], problem: str | None) -> list[RawDocument | None]:
        self.lost += len(wanted)
        if problem is not None:
            self._paused_until = time.monotonic() + PAUSE
            log.error(
                "raw.lost",
                documents=len(wanted),
                since_start=self.lost,
                problem=problem,
                hint="the articles are stored; their documents are not kept",
            )
        return [None] * len(wanted)
