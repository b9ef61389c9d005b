from __future__ import annotations

import asyncio
import socket
import threading
from typing import Any

import pytest

from aggregator.fetch import dns


async def test_this_machine_resolves() -> None:
    assert set(await dns.system_lookup()("localhost")) & {"127.0.0.1", "::1"}


@pytest.mark.parametrize("error", [socket.gaierror(socket.EAI_NONAME, "unknown"), UnicodeError("label too long")])
async def test_names_that_do_not_resolve_are_oserrors(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def refuse(*_: Any, **__: Any) -> list[Any]:
        raise error

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    with pytest.raises(OSError, match=r"unknown|not a host name"):
        await dns.system_lookup()("nowhere.test")


async def test_silent_name_servers_hold_up_nobody_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """Askers may give up; threads are bounded, and free again once the system answers."""
    released, running, peak = threading.Event(), 0, 0

    def silent(*_: Any, **__: Any) -> list[Any]:
        nonlocal running, peak
        running += 1
        peak = max(peak, running)
        released.wait(10)
        running -= 1
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.1", 0))] * 2

    monkeypatch.setattr(socket, "getaddrinfo", silent)
    lookup = dns.system_lookup()
    asking = [asyncio.ensure_future(lookup(f"host{number}.test")) for number in range(40)]
    await asyncio.sleep(0.05)
    for task in asking[:30]:
        task.cancel()
    released.set()
    answers = await asyncio.gather(*asking, return_exceptions=True)
    assert answers[30:] == [["192.0.2.1"]] * 10
    assert all(isinstance(answer, asyncio.CancelledError) for answer in answers[:30])
    assert peak <= 16
