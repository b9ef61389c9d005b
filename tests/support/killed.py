"""Work that is killed half-way: in a process of its own, before its n-th change of the disk, by SIGKILL.

In: what to do. Out: whether it was killed, or how it ended. Python tells of each change before it is made (audit
events, PEP 578); what SQLite writes is told by the callbacks of the work itself, which call `point`.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
import traceback
import warnings
from collections.abc import Callable

#: What changes the disk; `open` where it is to write.
CHANGES = frozenset(["os.rename", "os.remove", "os.link", "os.mkdir", "os.rmdir", "os.symlink", "shutil.rmtree"])
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC

_left = -1


def point(*_told: object) -> None:
    """A place to be killed at; for callbacks."""
    global _left
    if _left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    _left -= 1


def _audit(event: str, told: tuple[object, ...]) -> None:
    if event in CHANGES or (event == "open" and isinstance(told[2], int) and told[2] & _WRITING):
        point()


def before(change: int, work: Callable[[], object]) -> bool:
    """Do `work` in a forked process that is killed before that change, counted from 0; False: it ended before."""

    def killed() -> None:
        global _left
        _left = change
        sys.addaudithook(_audit)
        work()

    status = _forked(killed)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.WEXITSTATUS(status) == 0
    return False


def on_a_small_disk(largest: int, work: Callable[[], object]) -> bool:
    """Do `work` in a forked process that may write no file beyond so many bytes; False: it failed, by an exception."""

    def bounded() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # write() then fails with EFBIG
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))
        work()

    status = _forked(bounded)
    assert os.WIFEXITED(status)
    return os.WEXITSTATUS(status) == 0


def _forked(work: Callable[[], object]) -> int:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of forking beside threads: none of them is needed
        number = os.fork()
    if not number:
        code = 1
        try:
            signal.alarm(60)
            work()
            code = 0
        except Exception:  # noqa: BLE001 (told by the exit code)
            traceback.print_exc()
        finally:
            os._exit(code)
    return os.waitpid(number, 0)[1]
