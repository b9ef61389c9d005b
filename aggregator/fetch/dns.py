"""Names to addresses: a host name goes in, its IP addresses come out. Called by fetch.http when it connects."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable, Sequence

#: host -> textual IP addresses, best first. Raises OSError when the name does not resolve.
Lookup = Callable[[str], Awaitable[Sequence[str]]]

#: The system resolver blocks a thread for as long as its servers stay silent.
_THREADS = 16


def system_lookup() -> Lookup:
    """A lookup by the system's resolver, for the running event loop.

    Runs in threads of its own: a silent name server must not use up the threads that the database needs. They are
    daemon threads, so it does not hold up the end of the process either.
    """
    slots = asyncio.Semaphore(_THREADS)

    async def lookup(host: str) -> list[str]:
        await slots.acquire()
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[list[str]] = loop.create_future()

        def settle(result: list[str] | OSError) -> None:
            slots.release()
            if answer.done():  # the asker gave up
                return
            if isinstance(result, OSError):
                answer.set_exception(result)
            else:
                answer.set_result(result)

        def work() -> None:
            result = _ask(host)
            if not loop.is_closed():
                loop.call_soon_threadsafe(settle, result)

        threading.Thread(target=work, name=f"dns {host}", daemon=True).start()
        return await answer

    return lookup


def _ask(host: str) -> list[str] | OSError:
    try:
        infos = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
    except OSError as exc:
        return exc
    except UnicodeError as exc:
        return OSError(f"not a host name: {exc}")
    return list(dict.fromkeys(str(info[4][0]) for info in infos))
