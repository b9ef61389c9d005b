from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from aggregator.errors import AlreadyRunning, StoreError
from aggregator.store import lock

HOLD = """
import sys, time
from pathlib import Path
from aggregator.store import lock
with lock.hold(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def _holder(database: Path, repo: Path) -> subprocess.Popen[str]:
    child = subprocess.Popen([sys.executable, "-c", HOLD, str(database)], cwd=repo, stdout=subprocess.PIPE, text=True)
    assert child.stdout
    assert child.stdout.readline() == "held\n"
    return child


def test_the_second_is_told_who_runs_and_a_kill_frees_the_lock(tmp_path: Path, repo: Path) -> None:
    database = tmp_path / "new" / "a.db"
    child = _holder(database, repo)
    try:
        started = time.monotonic()
        with pytest.raises(AlreadyRunning, match=f"process {child.pid} already runs") as caught, lock.hold(database):
            pass
        assert time.monotonic() - started < 10
        assert caught.value.holder_pid == child.pid
    finally:
        child.send_signal(signal.SIGKILL)
        child.communicate()
    with lock.hold(database):
        assert Path(f"{database}.lock").read_text() == f"{os.getpid()}\n"


def test_a_released_lock_can_be_taken_again(tmp_path: Path) -> None:
    for _ in range(2):
        with lock.hold(tmp_path / "a.db"):
            pass
    assert (tmp_path / "a.db.lock").read_text() == ""


def test_a_stale_or_strange_file_blocks_nobody(tmp_path: Path) -> None:
    (tmp_path / "a.db.lock").write_bytes(b"\xff\xfe 99999999\n")
    with lock.hold(tmp_path / "a.db"):
        pass


def test_the_same_process_cannot_hold_it_twice(tmp_path: Path) -> None:
    with lock.hold(tmp_path / "a.db"), pytest.raises(AlreadyRunning), lock.hold(tmp_path / "a.db"):
        pass


def test_a_lock_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.db.lock").mkdir()
    with pytest.raises(StoreError, match="lock file cannot be written"), lock.hold(tmp_path / "a.db"):
        pass
