"""A store under pressure: locks, threads, full disks, damage, kills; and how many statements a commit takes."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from aggregator.errors import StoreBusy, StoreError
from aggregator.models import Completeness, Output, PastPlace, Place, Plan, Sighting, SubscriptionState
from aggregator.store import Store, open_store
from aggregator.store.past import Filled, filters_of
from tests.support.stores import statements
from tests.support.writes import MINUTE, NOW, article, entry, key, plan, subscription, write

WRITES: dict[str, Callable[[Store], object]] = {
    "sync": lambda store: store.subscriptions.sync([subscription("c")], NOW),
    "poll_now": lambda store: store.subscriptions.poll_now(["a"]),
    "commit": lambda store: store.articles.commit([plan(article("x"))], NOW),
    "recall_retries": lambda store: store.articles.recall_retries(NOW, NOW),
    "seal": lambda store: store.past.seal(Filled("x", (1, 0, 0), ())),
    "keep": lambda store: store.words.keep(["y"], NOW),
    "try_now": lambda store: store.pages.try_now([1], NOW),
    "check_now": lambda store: store.pages.check_now([1], NOW),
}
READS: dict[str, Callable[[Store], object]] = {
    "states": lambda store: store.subscriptions.states(),
    "state": lambda store: store.subscriptions.state("a"),
    "due": lambda store: store.subscriptions.due(NOW),
    "last_items": lambda store: store.subscriptions.last_items("a"),
    "statuses": lambda store: store.subscriptions.statuses(),
    "known": lambda store: store.articles.known("a", [entry("x")]),
    "neighbours": lambda store: store.articles.neighbours([key("x")], [(1, NOW)]),
    "get": lambda store: store.articles.get(1),
    "get story": lambda store: store.articles.get("urn:uuid:00000000-0000-5000-8000-000000000000"),
    "revisions": lambda store: store.articles.revisions(1),
    "retries": lambda store: store.articles.retries(NOW, 10),
    "retries of pages": lambda store: store.pages.retries([1]),
    "checks": lambda store: store.pages.checks([1]),
    "queued": lambda store: store.pages.queued(),
    "due_checks": lambda store: store.pages.due_checks(NOW, 10),
    "of_age": lambda store: store.pages.of_age(MINUTE, NOW, 10),
    "since": lambda store: store.pages.since(NOW),
    "removed": lambda store: store.pages.removed(),
    "iterate": lambda store: list(store.articles.iterate()),
    "changed": lambda store: store.articles.changed(0, 10),
    "of": lambda store: store.articles.of([1]),
    "changed by others": lambda store: (store.articles.counts(), store.changed_by_others()),
    "counts": lambda store: store.articles.counts(),
    "latest": lambda store: store.stories.latest(10),
    "newest_matching": lambda store: store.stories.newest_matching("标题", 10, None, NOW),
    "select": lambda store: store.stories.select(Output("o", "O", include=("x",)), NOW),
    "select_ids": lambda store: store.stories.select_ids(Output("o", "O", include=("x",)), NOW),
    "place": lambda store: store.past.place(Output("o", "O", limit=1), store.stories.latest(1), NOW),
    "read": lambda store: store.past.read(Output("o", "O"), PastPlace(filters_of(Output("o", "O")), 1), NOW),
    "fill": lambda store: store.past.fill(Output("o", "O", limit=0), NOW),
    "advance": lambda store: store.words.advance(NOW),
    "numbers": lambda store: store.words.numbers(["x"], NOW),
    "story": lambda store: store.stories.get("urn:uuid:00000000-0000-5000-8000-000000000000"),
    "pending": lambda store: store.pending(),
    "migrate": lambda store: store.migrate(),
}


def test_every_public_method_is_listed(store: Store) -> None:
    parts = (store.subscriptions, store.articles, store.stories, store.words, store.pages, store.past)
    public = {name for part in parts for name in dir(type(part)) if not name.startswith("_")}
    assert public - {"ids", "save"} <= {name.split()[0] for name in (*WRITES, *READS)}


@contextmanager
def _locked(store: Store, how: str) -> Iterator[None]:
    other = sqlite3.connect(store.path, isolation_level=None, check_same_thread=False)
    other.execute(f"BEGIN {how}")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


@pytest.fixture
def impatient(tmp_path: Path, template: Path) -> Iterator[Store]:
    """A store that waits for a lock next to no time."""
    path = tmp_path / "a.db"
    path.write_bytes(template.read_bytes())
    with open_store(f"sqlite:///{path}", timeout=0.05) as opened:
        opened.articles.commit([plan(article("w"))], NOW)
        yield opened


@pytest.mark.parametrize("method", WRITES)
def test_a_lock_that_is_not_granted_is_told_and_worth_a_retry(impatient: Store, method: str) -> None:
    with _locked(impatient, "IMMEDIATE"), pytest.raises(StoreBusy, match="another process holds the database") as told:
        WRITES[method](impatient)
    assert told.value.retryable
    WRITES[method](impatient)


@pytest.mark.parametrize("method", READS)
def test_reading_goes_on_while_another_writes(impatient: Store, method: str) -> None:
    impatient.words.keep(["x"], NOW)  # learning a word is writing, and so is looking for it
    assert impatient.words.advance(NOW)
    with _locked(impatient, "EXCLUSIVE"):
        READS[method](impatient)


@pytest.mark.sqlite
def test_a_short_lock_is_waited_for(store: Store) -> None:
    with _locked(store, "IMMEDIATE"):
        result: list[object] = []
        thread = threading.Thread(target=lambda: result.append(store.articles.commit([plan(article("x"))], NOW)))
        thread.start()
        time.sleep(0.2)
        assert not result
    thread.join(5)
    assert result


@pytest.mark.parametrize("method", {**READS, **WRITES})
def test_damage_is_told_in_words(tmp_path: Path, template: Path, method: str) -> None:
    path = tmp_path / "a.db"
    with open_store(f"sqlite:///{path.with_name('whole.db')}") as whole:
        whole.migrate()
        whole.subscriptions.sync([subscription("a")], NOW)
        whole.articles.commit([plan(*(article(f"n{number}") for number in range(50)))], NOW)
    raw = bytearray(path.with_name("whole.db").read_bytes())
    raw[4096:] = b"\x5a" * (len(raw) - 4096)
    path.write_bytes(raw)
    with pytest.raises(StoreError, match="damaged; restore a backup"), open_store(f"sqlite:///{path}") as store:
        {**READS, **WRITES}[method](store)


@pytest.mark.sqlite
def test_a_full_disk_stores_nothing_and_the_work_goes_on_when_it_is_freed(store: Store) -> None:
    store.articles.commit([plan(article("w"))], NOW)
    engine = store._engine
    engine.pragma("max_page_count", engine.pragma("page_count"))
    long = "".join(map(chr, random.Random(1).choices(range(0x4E00, 0x9FA5), k=300_000)))
    big = plan(article("x", text=long), state=SubscriptionState("a", last_polled=NOW))
    with pytest.raises(StoreError, match="the disk is full; free some space"):
        store.articles.commit([big], NOW)
    assert store.articles.counts()["articles"] == 1
    assert store.subscriptions.state("a").last_polled is None
    engine.pragma("max_page_count", 1_000_000)
    store.articles.commit([big], NOW)
    assert store.articles.counts()["articles"] == 2


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everything")
def test_a_file_that_may_not_be_written(tmp_path: Path, template: Path) -> None:
    path = tmp_path / "a.db"
    path.write_bytes(template.read_bytes())
    path.chmod(0o400)
    with open_store(f"sqlite:///{path}") as store, pytest.raises(StoreError, match="cannot be written"):
        store.articles.commit([plan(article("x"))], NOW)


def test_threads_write_and_read_at_once_without_a_lock_error(store: Store) -> None:
    problems: list[BaseException] = []
    stop = threading.Event()

    def work(name: str) -> None:
        try:
            for number in range(25):
                mine = article(f"{name}{number}", text=f"{name}{number}" * 50)
                shared = article(f"shared{number}", text=f"第{name}版")
                store.articles.commit([plan(mine, shared, slug="ab"[number % 2])], NOW)
        except BaseException as error:  # noqa: BLE001 (whatever it is, the test must see it)
            problems.append(error)

    def read() -> None:
        try:
            while not stop.is_set():
                store.stories.latest(5)
                store.articles.known("a", [entry("shared3")])
        except BaseException as error:  # noqa: BLE001
            problems.append(error)

    writers = [threading.Thread(target=work, args=(name,)) for name in "pqrs"]
    reader = threading.Thread(target=read)
    for thread in (reader, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    stop.set()
    reader.join()
    assert problems == []
    assert store.articles.counts()["articles"] == 4 * 25 + 25
    assert list(store.audit.faults()) == []


WRITER = """
import sys
from pathlib import Path
from aggregator.store import open_store
from tests.support.stores import statements
from tests.support.writes import NOW, article, plan
with open_store(sys.argv[1], Path(sys.argv[2])) as store:
    for number in range(100_000):
        store.articles.commit([plan(*(article(f"n{number}-{part}") for part in range(20)))], NOW)
        print(number, flush=True)
"""


def test_a_kill_loses_no_acknowledged_batch_and_leaves_no_part(store: Store, repo: Path) -> None:
    acknowledged = -1
    for round_ in range(4):
        code = WRITER.replace("n{number}", f"r{round_}-{{number}}")
        child = subprocess.Popen(
            [sys.executable, "-c", code, store.url, str(store.path.parent)], cwd=repo, stdout=subprocess.PIPE, text=True
        )
        assert child.stdout
        for _ in range(3 + round_):
            acknowledged = int(child.stdout.readline())
        time.sleep(0.003 * round_)
        child.send_signal(signal.SIGKILL)
        rest = child.communicate()[0].split()
        acknowledged = int(rest[-1]) if rest else acknowledged
        names = [one.article.entry_id for one in store.articles.iterate()]
        mine = [name for name in names if name.startswith(f"entry-r{round_}-")]
        assert len(mine) % 20 == 0
        assert len(mine) // 20 in (acknowledged + 1, acknowledged + 2)
        assert len(store.stories.latest(10_000)) == len(names)
    assert list(store.audit.faults()) == []


def _batch(size: int, version: str) -> list[Plan]:
    """New, revised and unchanged articles, joined stories, sightings, retries and states, in two subscriptions."""
    writes = []
    for number in range(size):
        kin = ((key(f"{size}-{number - 1}"), "near"),) if number % 5 == 1 else ()
        text = f"{version if number % 2 else ''}{number}" * 30
        complete = Completeness.SUMMARY if number % 7 == 0 else Completeness.FULL
        given = article(f"{size}-{number}", text=text, docid=f"d{size}-{number}", completeness=complete)
        writes.append(write(given, place=Place(key(f"{size}-{number}"), kin), retry="超时", fingerprint=number << 7))
    sightings = tuple(Sighting(f"s{size}-{number}", number + 1, version) for number in range(size // 10))
    state = SubscriptionState("a", last_polled=NOW)
    return [Plan("a", tuple(writes), sightings, state), plan(*writes[: size // 2], slug="b")]


def test_the_number_of_statements_does_not_grow_with_the_batch(store: Store) -> None:
    taken: dict[str, list[int]] = {"first": [], "second": [], "known": [], "neighbours": []}
    store.words.keep(["甲", "first"], NOW)
    for size in (10, 200):
        for version in ("first", "second"):
            with statements(store) as told:
                store.articles.commit(_batch(size, version), NOW)
            taken[version].append(len(told))
        with statements(store) as told:
            known = store.articles.known("a", [entry(f"{size}-{number}") for number in range(size)])
        assert len(known) == size
        taken["known"].append(len(told))
        with statements(store) as told:
            store.articles.neighbours([key(f"{size}-{n}") for n in range(size)], [(n, NOW) for n in range(size)])
        taken["neighbours"].append(len(told))
    # PostgreSQL is to be told which ids were given out.
    assert max(taken["first"] + taken["second"]) <= (25 if store.url.startswith("sqlite") else 33)
    assert max(taken["known"]) <= 5
    assert max(taken["neighbours"]) <= 3
    assert all(large - small <= 1 for small, large in taken.values())


def test_uniting_many_stories_takes_no_more_statements_than_uniting_two(store: Store) -> None:
    names = [f"n{number}" for number in range(60)]
    store.articles.commit([plan(*(article(name) for name in names))], NOW)
    taken = []
    for group in (names[:2], names[2:]):
        kin = tuple((key(name), "near") for name in group)
        with statements(store) as told:
            store.articles.commit(
                [plan(write(article(f"hub-{len(group)}"), place=Place(key(f"hub-{len(group)}"), kin)))], NOW
            )
        taken.append(len(told))
    assert taken[0] == taken[1]
    assert len(store.stories.latest(100)) == 2


@pytest.mark.sqlite
def test_an_unchanged_batch_writes_nothing_to_the_file(store: Store) -> None:
    store.articles.commit(_batch(50, "first"), NOW)
    again = [Plan(one.slug, one.writes, one.sightings) for one in _batch(50, "first")]
    connection = store._engine.connection()
    before = connection.total_changes
    store.articles.commit(again, NOW + MINUTE)
    assert connection.total_changes == before
