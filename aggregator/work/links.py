"""The threads that talk to worker processes, one each, and the processes themselves: see work/worker.py.

In: calls that can be pickled. Out: futures of their results. Used by work/processes.py. `concurrent.futures` would do
the same with multiprocessing: its workers import the whole command line again, and need one more process (a resource
tracker). What that costs, and what is faster here: docs/decisions/0609.
"""

from __future__ import annotations

import os
import pickle
import queue
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import Any

from aggregator.work import worker


class Died(Exception):  # noqa: N818 (named for what happened)
    """The process that worked on a call ended before it answered; the text says how."""


class _Job:
    """A call on its way, and where its result is waited for."""

    def __init__(self, call: Callable[..., Any], args: tuple[Any, ...]) -> None:
        self.future: Future[Any] = Future()
        self._call: tuple[Callable[..., Any], tuple[Any, ...]] | None = (call, args)
        self.packed = b""

    def pack(self) -> bool:
        """Make ready to be sent; False when nobody waits for it any more, or it cannot be sent."""
        call, self._call = self._call, None  # two copies of what it works on are enough
        if not self.future.set_running_or_notify_cancel():
            return False
        try:
            self.packed = pickle.dumps(call, pickle.HIGHEST_PROTOCOL)
        except Exception as fault:  # noqa: BLE001 - raised where the call was asked for
            self.future.set_exception(fault)
            return False
        return True

    def deliver(self, packed: bytes) -> None:
        """Hand over what the worker answered."""
        try:
            value, error, trace = pickle.loads(packed)  # noqa: S301 - our own worker's words
        except Exception as fault:  # noqa: BLE001 - as above
            value, error, trace = None, fault, ""
        if error is None:
            self.future.set_result(value)
            return
        if trace:
            error.add_note(f"in a worker process:\n{trace}")
        self.future.set_exception(error)


class Links:
    """Up to `count` worker processes that take calls from one queue. Each starts with the first call that it takes."""

    def __init__(self, count: int) -> None:
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        # Daemons: a program that ends without close() must not wait for them, and the workers see it end.
        self._threads = [
            threading.Thread(target=self._talk, name=f"worker-{number}", daemon=True) for number in range(count)
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, call: Callable[..., Any], args: tuple[Any, ...]) -> Future[Any]:
        """Queue a call. Its future raises what the call raises, or Died."""
        job = _Job(call, args)
        self._jobs.put(job)
        return job.future

    def close(self, *, wait: bool) -> None:
        """Let the workers end once the queue is empty; with `wait`, until they did."""
        for _ in self._threads:
            self._jobs.put(None)
        if wait:
            for thread in self._threads:
                thread.join()

    def _talk(self) -> None:
        """A worker, and the next one when it dies."""
        while (job := self._take()) is not None:
            try:
                process = _start()
            except OSError as fault:
                job.future.set_exception(Died(f"could not be started ({fault})"))
                continue
            if self._employ(process, job):
                return

    def _employ(self, process: subprocess.Popen[bytes], job: _Job) -> bool:
        """Have calls done by one process, `job` first: True when there are no more, False when it died."""
        with process:  # closes the pipes, which ends it, and waits
            try:
                _hand(process, job)
                while True:
                    packed = _answer(process)
                    # The next one first, if there is one: the worker need not wait until we have read its answer.
                    done, following = job, self._take(wait=False)
                    try:
                        if following is not None:
                            job = following
                            _hand(process, job)
                    finally:
                        done.deliver(packed)
                        del done, packed
                    if following is None:
                        if (following := self._take()) is None:
                            return True
                        job = following
                        _hand(process, job)
            except (OSError, EOFError):
                process.kill()  # dead as a rule
                job.future.set_exception(Died(f"ended with code {process.wait()}"))
                return False

    def _take(self, *, wait: bool = True) -> _Job | None:
        """The next job that somebody waits for, packed; None when all is done, or none is at hand."""
        with suppress(queue.Empty):
            while (job := self._jobs.get(wait)) is not None:
                if job.pack():
                    return job
            if not wait:
                self._jobs.put(None)  # the end, to be met by who waits for it
        return None


def _start() -> subprocess.Popen[bytes]:
    """A fresh interpreter: a fork of one with threads may hang, and would count our memory twice."""
    path = os.pathsep.join(entry or str(Path.cwd()) for entry in sys.path)
    return subprocess.Popen(  # noqa: S603 - our own program
        # -S: our own path has what `site` would add to it.
        [sys.executable, "-P", "-S", "-m", worker.__name__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": path},
        process_group=0,  # Ctrl-C is for the parent, who ends its workers in order
    )


def _hand(process: subprocess.Popen[bytes], job: _Job) -> None:
    assert process.stdin is not None  # noqa: S101 - for the type checker
    packed, job.packed = job.packed, b""
    worker.send(process.stdin, packed)


def _answer(process: subprocess.Popen[bytes]) -> bytes:
    assert process.stdout is not None  # noqa: S101 - for the type checker
    packed = worker.receive(process.stdout)
    if packed is None:
        raise EOFError
    return packed
