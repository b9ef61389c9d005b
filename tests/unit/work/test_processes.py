from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from aggregator.errors import AggregatorError, NotAFeed
from aggregator.work import processes
from aggregator.work.processes import LIGHT, Gate, Workers, default_count
from aggregator.work.room import ROOM

HEAVY = 100 * LIGHT


def where() -> int:
    return os.getpid()


def fail(words: str) -> None:
    raise NotAFeed(words)


def die() -> None:
    os._exit(9)


async def test_little_work_stays_here_and_much_goes_to_other_processes() -> None:
    with closing(Workers(1, worth_it=2 * HEAVY)) as workers:
        assert await workers.do(HEAVY, where) == os.getpid()
        done = await asyncio.gather(*(workers.do(HEAVY, where) for _ in range(8)))
        assert len({pid for pid in done if pid != os.getpid()}) == 1
        assert await workers.do(1, where) == os.getpid()  # light: the way there costs more


async def test_no_processes_when_none_are_wanted() -> None:
    with closing(Workers(0, worth_it=0)) as workers:
        assert await workers.do(HEAVY, where) == os.getpid()


async def test_errors_come_back_as_they_were_raised() -> None:
    with closing(Workers(1, worth_it=0)) as workers:
        with pytest.raises(NotAFeed, match="an HTML page"):
            await workers.do(HEAVY, fail, "an HTML page")
        assert await workers.do(HEAVY, where) != os.getpid()


async def test_a_process_that_dies_takes_its_work_with_it_and_nothing_else() -> None:
    with closing(Workers(1, worth_it=0)) as workers:
        with pytest.raises(AggregatorError, match="died"):
            await workers.do(HEAVY, die)
        assert await workers.do(HEAVY, where) != os.getpid()


async def test_idle_processes_end() -> None:
    with closing(Workers(1, worth_it=0, idle=0.05)) as workers:
        pid = await workers.do(HEAVY, where)
        async with asyncio.timeout(20):
            while _alive(pid):
                await asyncio.sleep(0.02)
        assert await workers.do(HEAVY, where) not in (pid, os.getpid())


def test_processes_end_with_a_parent_that_was_killed() -> None:
    program = (
        "import asyncio, os, time\n"
        "from aggregator.work.processes import Workers\n"
        "workers = Workers(1, worth_it=0)\n"
        "print(asyncio.run(workers.do(10**6, os.getpid)), flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        worker = int(parent.stdout.readline())
        assert _alive(worker)
        parent.kill()
    deadline = time.monotonic() + 20
    while _alive(worker):
        assert time.monotonic() < deadline, "the worker outlives its parent"
        time.sleep(0.02)


async def test_calls_that_let_go_of_memory_overtake() -> None:
    gate, order = Gate(1), []

    async def call(name: str, *, first: bool) -> None:
        await gate.enter(first=first)
        order.append(name)
        gate.leave()

    await gate.enter(first=False)
    calls = [asyncio.create_task(call(name, first=name.isupper())) for name in "abAB"]
    await asyncio.sleep(0)
    gate.leave()
    await asyncio.gather(*calls)
    assert order == ["A", "B", "a", "b"]


async def test_a_call_that_is_cancelled_keeps_no_place() -> None:
    gate = Gate(1)
    await gate.enter(first=False)
    waiting = asyncio.create_task(gate.enter(first=False))
    await asyncio.sleep(0)
    gate.leave()
    waiting.cancel()  # its turn has come, and it does not know yet
    await asyncio.gather(waiting, return_exceptions=True)
    await asyncio.wait_for(gate.enter(first=False), 5)


def test_as_many_processes_as_cores_within_reason() -> None:
    assert 1 <= default_count() <= 4


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def test_the_first_calls_wait_for_more_and_go_to_a_process_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "PATIENCE", 5.0)  # a machine that stands still for a moment proves nothing
    with closing(Workers(1, worth_it=4 * HEAVY)) as workers:
        first = asyncio.create_task(workers.do(HEAVY, where))
        await asyncio.sleep(0.01)
        rest = [asyncio.create_task(workers.do(HEAVY, where)) for _ in range(3)]
        assert os.getpid() not in {await first, *(await asyncio.gather(*rest))}


async def test_where_little_is_to_be_done_the_wait_is_short_and_rare(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "PATIENCE", 0.5)
    with closing(Workers(1, worth_it=4 * HEAVY)) as workers:
        started = time.monotonic()
        for _ in range(20):
            assert await workers.do(HEAVY, where) == os.getpid()
        assert time.monotonic() - started < 20 * 0.5


async def test_fetching_pauses_while_much_waits_for_work() -> None:
    with closing(Workers(0)) as workers:
        work = asyncio.create_task(workers.do(2 * ROOM, time.sleep, 0.2))
        await asyncio.sleep(0)
        async with asyncio.timeout(20), workers.fetching():
            assert work.done()
