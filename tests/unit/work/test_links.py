from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from aggregator.work import worker
from aggregator.work.links import Died, Links


def _say(words: str) -> int:
    print(words, flush=True)  # noqa: T201 - what a call should not do
    os.write(1, words.encode())
    return os.getpid()


def _loaded() -> set[str]:
    return {name.partition(".")[0] for name in sys.modules}


def _fail() -> None:
    raise ValueError("odd")


def _lambda() -> object:
    return lambda: None


def _kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_what_calls_print_is_not_taken_for_results(capfd: pytest.CaptureFixture[str]) -> None:
    crew = Links(1)
    pids = {crew.submit(_say, ("听着",)).result(60) for _ in range(3)}
    crew.close(wait=True)
    assert len(pids) == 1
    told = capfd.readouterr()
    assert "听着" not in told.out
    assert "听着" in told.err


def test_a_worker_holds_nothing_but_what_its_calls_need() -> None:
    crew = Links(1)
    loaded = crew.submit(_loaded, ()).result(60)
    crew.close(wait=True)
    # This module, which the call is in, brings pytest; what the program is made of must not come by itself.
    assert not loaded & {"pydantic", "aiohttp", "peewee", "typer", "structlog", "rich", "multiprocessing", "lxml"}


def test_an_error_tells_where_it_was_raised_and_the_worker_goes_on() -> None:
    crew = Links(1)
    with pytest.raises(ValueError, match="odd") as caught:
        crew.submit(_fail, ()).result(60)
    assert "in _fail" in caught.value.__notes__[0]
    with pytest.raises(RuntimeError, match="cannot be handed over"):
        crew.submit(_lambda, ()).result(60)
    with pytest.raises(Exception, match="pickle"):
        crew.submit(lambda: None, ()).result(60)
    assert crew.submit(os.getpid, ()).result(60) != os.getpid()
    crew.close(wait=True)


def test_only_the_call_that_kills_its_worker_is_lost() -> None:
    crew = Links(1)
    calls = [crew.submit(call, ()) for call in (os.getpid, _kill, os.getpid)]
    before, after = calls[0].result(60), calls[2].result(60)
    with pytest.raises(Died, match="-9"):
        calls[1].result(60)
    assert before != after
    crew.close(wait=True)


def test_a_worker_that_cannot_start_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    crew = Links(1)
    with pytest.raises(Died, match="could not be started"):
        crew.submit(os.getpid, ()).result(60)
    crew.close(wait=True)


def test_all_that_was_asked_is_done_before_the_end_and_no_process_stays() -> None:
    crew = Links(2)
    calls = [crew.submit(os.getpid, ()) for _ in range(40)]
    crew.close(wait=True)
    pids = {call.result(0) for call in calls}
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)
    assert not [one for one in threading.enumerate() if one.name.startswith("worker-")]


def test_what_nobody_waits_for_is_not_done() -> None:
    crew = Links(1)
    first = crew.submit(time.sleep, (0.3,))
    second = crew.submit(_kill, ())
    assert second.cancel()
    first.result(60)
    assert crew.submit(os.getpid, ()).result(60)
    crew.close(wait=True)


def test_ctrl_c_does_not_reach_workers() -> None:
    crew = Links(1)
    pid = crew.submit(os.getpid, ()).result(60)
    assert os.getpgid(pid) != os.getpgid(0)
    os.kill(pid, signal.SIGINT)
    os.kill(pid, signal.SIGTERM)
    assert crew.submit(os.getpid, ()).result(60) == pid
    crew.close(wait=True)


def test_messages_that_are_cut_are_the_end() -> None:
    whole = io.BytesIO()
    worker.send(whole, b"words")
    assert worker.receive(io.BytesIO(whole.getvalue())) == b"words"
    for length in range(len(whole.getvalue())):
        assert worker.receive(io.BytesIO(whole.getvalue()[:length])) is None


def test_a_worker_ends_when_its_input_does() -> None:
    command = [sys.executable, "-m", worker.__name__]
    done = subprocess.run(command, input=b"", capture_output=True, timeout=60, check=True)
    assert (done.stdout, done.stderr) == (b"", b"")
