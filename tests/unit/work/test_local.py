from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from aggregator.errors import StoreBusy, StoreError
from aggregator.models import Outcome, Plan
from aggregator.work import local


def clock() -> datetime:
    return datetime(2026, 11, 23, tzinfo=UTC)


class Ledger:
    """Records the transactions; refuses plans by slug."""

    def __init__(self, refuse: str = "", busy: int = 0) -> None:
        self.transactions: list[list[str]] = []
        self.refuse = refuse
        self.busy = busy

    def commit(self, plans: Sequence[Plan], now: datetime) -> list[Outcome]:
        if self.busy:
            self.busy -= 1
            raise StoreBusy("locked")
        slugs = [plan.slug for plan in plans]
        if self.refuse in slugs:
            raise StoreError("cannot store this")
        self.transactions.append(slugs)
        return [Outcome(slug, new=1) for slug in slugs]


async def test_plans_that_arrive_together_share_a_transaction() -> None:
    ledger, threads = Ledger(), local.Threads()
    committer = local.Committer(ledger, threads, clock)
    outcomes = await asyncio.gather(*(committer.commit(Plan(f"s{number}")) for number in range(20)))
    assert [outcome.slug for outcome in outcomes] == [f"s{number}" for number in range(20)]
    assert len(ledger.transactions) < 20
    assert sorted(slug for batch in ledger.transactions for slug in batch) == sorted(f"s{n}" for n in range(20))
    threads.close()


async def test_a_plan_that_cannot_be_stored_does_not_take_others_with_it() -> None:
    ledger, threads = Ledger(refuse="bad"), local.Threads()
    committer = local.Committer(ledger, threads, clock)
    results = await asyncio.gather(
        *(committer.commit(Plan(slug)) for slug in ("a", "bad", "b")), return_exceptions=True
    )
    assert [type(result) for result in results] == [Outcome, StoreError, Outcome]
    threads.close()


async def test_a_busy_database_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "BUSY_WAITS", (0.0, 0.0, 0.0))
    ledger, threads = Ledger(busy=2), local.Threads()
    assert (await local.Committer(ledger, threads, clock).commit(Plan("a"))).new == 1
    threads.close()


async def test_a_cancelled_update_does_not_cancel_the_transaction() -> None:
    ledger, threads = Ledger(), local.Threads()
    committer = local.Committer(ledger, threads, clock)
    task = asyncio.create_task(committer.commit(Plan("a")))
    await asyncio.sleep(0)
    task.cancel()
    await committer.drain()
    assert ledger.transactions == [["a"]]
    threads.close()


async def test_a_pool_runs_each_name_once_at_a_time_and_bounds_all() -> None:
    pool, running, most = local.Pool(2), 0, 0

    async def job() -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.01)
        running -= 1

    assert all(pool.submit(f"j{number}", job) for number in range(5))
    assert not pool.submit("j0", job)
    assert await pool.close(5) == 0
    assert most == 2
    assert not pool.submit("late", job)


async def test_a_pool_survives_a_failing_job_and_cancels_what_is_late() -> None:
    pool, done = local.Pool(4), []

    async def broken() -> None:
        raise ValueError("bug")

    async def endless() -> None:
        await asyncio.sleep(3600)

    async def fine() -> None:
        done.append(True)

    pool.submit("broken", broken)
    pool.submit("endless", endless)
    pool.submit("fine", fine)
    await asyncio.sleep(0.01)
    assert pool.running == {"endless"}
    assert await pool.close(0.05) == 1
    assert done == [True]


def test_one_silent_host_is_no_outage_several_are_and_an_answer_ends_it() -> None:
    weather = local.NetworkWeather()
    weather.report("https://a.example/1", reached=False)
    weather.report("https://a.example/2", reached=False)
    assert not weather.down
    weather.report("https://b.example/1", reached=False)
    assert weather.down
    weather.report("https://c.example/1", reached=True)
    assert not weather.down


def test_hosts_that_are_dead_while_others_answer_are_no_outage_but_the_next_silence_is() -> None:
    weather = local.NetworkWeather()
    weather.report("https://dead.example/", reached=False)
    weather.report("https://a.example/", reached=True)
    weather.report("https://gone.example/", reached=False)
    weather.report("https://a.example/", reached=True)
    for host in ("dead", "gone", "dead", "gone"):
        weather.report(f"https://{host}.example/", reached=False)
        assert not weather.down
    weather.report("https://a.example/", reached=False)
    weather.report("https://b.example/", reached=False)
    assert weather.down
    weather.report("https://dead.example/", reached=True)
    assert not weather.down
