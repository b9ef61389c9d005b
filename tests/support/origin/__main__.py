"""`python -m tests.support.origin [--port 0] [--every 5]`: run the stand-in origin on loopback.

The first line on stdout is its address. It ends on SIGTERM or SIGINT, and when its stdin is closed, so that it never
outlives the test run that started it.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import signal
import threading
import time

from aiohttp import web

from tests.support.origin import server

#: Every so many new articles one of the recent ones is edited.
_EDIT_AFTER = 4


async def serve(port: int, every: float, backlog: int) -> None:
    """Serve until told to stop."""
    app = server.create(backlog=backlog)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    app[server.DESK].base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    print(app[server.DESK].base, flush=True)  # noqa: T201

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    threading.Thread(target=_watch_stdin, args=(loop, stop), daemon=True).start()
    writing = asyncio.create_task(_write_news(app[server.DESK], every)) if every > 0 else None
    await stop.wait()
    if writing:
        writing.cancel()
    await runner.cleanup()


async def _write_news(desk: server.Desk, every: float) -> None:
    count = 0
    while True:
        await asyncio.sleep(every)
        desk.room.publish(int(time.time()))
        count += 1
        if count % _EDIT_AFTER == 0:
            desk.room.edit(desk.room.items[2].docid, int(time.time()))


def _watch_stdin(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    """A read that ends means that whoever started us is gone. Not by sys.stdin, whose lock this thread would keep."""
    while os.read(0, 4096):
        pass
    with contextlib.suppress(RuntimeError):  # the loop is closed already
        loop.call_soon_threadsafe(stop.set)


def main() -> None:
    """Read the command line and serve."""
    options = argparse.ArgumentParser(prog="python -m tests.support.origin", description=__doc__.partition("\n")[0])
    options.add_argument("--port", type=int, default=0, help="0: any free one, printed on stdout")
    options.add_argument("--every", type=float, default=0, help="seconds between new articles; 0: only when told to")
    options.add_argument("--backlog", type=int, default=24, help="articles that exist at the start")
    given = options.parse_args()
    asyncio.run(serve(given.port, given.every, given.backlog))


if __name__ == "__main__":
    main()
