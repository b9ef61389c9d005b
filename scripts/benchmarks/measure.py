"""Run a command with everything it starts, and measure it: wall clock, CPU, peak memory.

In: a command. Out: `Usage`. CPU is what the kernel accounted for the process and all descendants that were waited for;
descendants that outlive their parent are handed to this process (PR_SET_CHILD_SUBREAPER) and counted when they end.
Memory is summed over the living tree every 10 ms, so a peak shorter than that may be missed. Linux only.
"""

from __future__ import annotations

import ctypes
import os
import select
import signal
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36
_PAGE = os.sysconf("SC_PAGE_SIZE")
_STEP = 0.01  #: seconds between two looks at the tree
_PSS_EVERY = 0.2  #: seconds; adding up shared pages costs more


@dataclass(frozen=True, slots=True)
class Usage:
    """What one run took. Seconds and bytes."""

    wall: float
    user: float
    kernel: float
    rss: int  #: peak of the sum over all processes; pages that several share count for each
    pss: int  #: the same, shared pages divided among those who share them; 0: not told
    code: int
    tail: str  #: the end of what it printed

    @property
    def cpu(self) -> float:
        """User and system time."""
        return self.user + self.kernel


class Failed(Exception):  # noqa: N818 (named for what happened)
    """A measured command, or a check of what it did, failed; the text says why."""


def run(
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    timeout: float = 600.0,
    accept: Iterable[int] = (0,),
) -> Usage:
    """Run `command` from start to exit. Raises Failed when it takes too long or ends with another code."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    ours = _children(os.getpid())
    with tempfile.TemporaryFile() as printed:
        start = time.monotonic()
        process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=subprocess.STDOUT,
            cwd=cwd,
            env=dict(env) if env is not None else None,
            start_new_session=True,
        )
        watch = _Watch(process.pid)
        ended = False
        try:
            ended = watch.until_exit(start + timeout)
            wall = time.monotonic() - start
        finally:
            if not ended:  # too late, or somebody pressed Ctrl-C
                os.killpg(process.pid, signal.SIGKILL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        user, system = usage.ru_utime, usage.ru_stime
        for more in _orphans(ours, deadline=time.monotonic() + 5):
            user, system = user + more[0], system + more[1]
        printed.seek(max(0, printed.tell() - 4000))
        tail = printed.read().decode("utf-8", "replace")
    if not ended:
        raise Failed(f"{command[0]} was stopped after {timeout:.0f} s\n{tail}")
    if process.returncode not in set(accept):
        raise Failed(f"{' '.join(map(str, command))}: exit code {process.returncode}\n{tail}")
    return Usage(wall, user, system, watch.rss, watch.pss, process.returncode, tail)


class _Watch:
    """Looks at a process tree until its root has exited."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self.rss = self.pss = 0

    def until_exit(self, deadline: float) -> bool:
        """True when it exited by itself before `deadline` (monotonic seconds)."""
        handle = os.pidfd_open(self._pid)
        next_pss = 0.0
        try:
            poll = select.poll()
            poll.register(handle, select.POLLIN)
            while not poll.poll(_STEP * 1000):
                tree = _tree(self._pid)
                self.rss = max(self.rss, sum(map(_rss, tree)))
                now = time.monotonic()
                if now >= next_pss:
                    self.pss = max(self.pss, sum(map(_pss, tree)))
                    next_pss = now + _PSS_EVERY
                if now > deadline:
                    return False
            return True
        finally:
            os.close(handle)


def cpu(pid: int) -> float:
    """CPU seconds that a process and the living ones below it have used so far."""
    ticks = 0
    for one in _tree(pid):
        fields = _read(f"/proc/{one}/stat").rpartition(")")[2].split()
        ticks += sum(map(int, fields[11:13])) if len(fields) > 12 else 0
    return ticks / os.sysconf("SC_CLK_TCK")


def _tree(pid: int) -> list[int]:
    found = [pid]
    for one in found:
        found += _children(one)
    return found


def _children(pid: int) -> set[int]:
    """Living children of all threads of a process."""
    children: set[int] = set()
    try:
        for thread in os.listdir(f"/proc/{pid}/task"):  # noqa: PTH208 (a hundred times a second)
            children.update(map(int, _read(f"/proc/{pid}/task/{thread}/children").split()))
    except OSError:
        pass
    return children


def _read(path: str) -> str:
    try:
        with open(path) as file:  # noqa: PTH123 (a hundred times a second)
            return file.read()
    except OSError:
        return ""


def _rss(pid: int) -> int:
    fields = _read(f"/proc/{pid}/statm").split()
    return int(fields[1]) * _PAGE if len(fields) > 1 else 0


def _pss(pid: int) -> int:
    for line in _read(f"/proc/{pid}/smaps_rollup").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0


def _orphans(known: set[int], *, deadline: float) -> Iterable[tuple[float, float]]:
    """CPU times of processes that were left to us; those that do not end are killed."""
    while left := _children(os.getpid()) - known:
        for pid in left:
            done, _, usage = os.wait4(pid, os.WNOHANG)
            if done:
                yield usage.ru_utime, usage.ru_stime
            elif time.monotonic() > deadline:
                os.kill(pid, signal.SIGKILL)
        time.sleep(_STEP)


# ------------------------------------------------------------------------------------------------ many runs


@dataclass(frozen=True, slots=True)
class Median:
    """The middle of several runs, and how far they lie apart."""

    runs: int
    wall: float
    wall_least: float
    wall_most: float
    user: float
    kernel: float
    rss: float
    pss: float

    def as_dict(self) -> dict[str, float]:
        """For JSON."""
        return asdict(self)


def median(runs: Sequence[Usage]) -> Median:
    """Each figure's own median."""

    def middle(figure: Callable[[Usage], float]) -> float:
        return statistics.median(map(figure, runs))

    walls = [one.wall for one in runs]
    return Median(
        runs=len(runs),
        wall=middle(lambda one: one.wall),
        wall_least=min(walls),
        wall_most=max(walls),
        user=middle(lambda one: one.user),
        kernel=middle(lambda one: one.kernel),
        rss=middle(lambda one: one.rss),
        pss=middle(lambda one: one.pss),
    )


def noise() -> float:
    """Seconds that a fixed loop takes now: how busy, or how slow, the machine is."""
    start = time.perf_counter()
    total = 0
    for number in range(3_000_000):
        total += number & 7
    return time.perf_counter() - start
