"""A worker process, from the inside: `python -m aggregator.work.worker`, started by work/links.py and by nobody else.

In: calls on standard input, each its length and a pickled (function, arguments). Out: for each, its length and a
pickled Result, on what was standard output. It ends when its input does, so also when its parent is killed. Nothing is
imported here but what talks: a worker is to hold no more than what its calls need.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
import traceback
from typing import IO, Any, NamedTuple

#: Bytes that tell the length of what follows, the most significant one first.
LENGTH = 8

#: Workers give way to the process that answers readers.
NICENESS = 5


class Result(NamedTuple):
    """What came of a call: a value, or the error it raised with the place where it did."""

    value: Any = None
    error: BaseException | None = None
    trace: str = ""


def send(pipe: IO[bytes], packed: bytes) -> None:
    """Write one message. Raises OSError when nobody reads."""
    pipe.write(len(packed).to_bytes(LENGTH, "big"))
    pipe.write(packed)
    pipe.flush()


def receive(pipe: IO[bytes]) -> bytes | None:
    """Read one message; None at the end, also amidst one."""
    head = pipe.read(LENGTH)
    size = int.from_bytes(head, "big")
    packed = pipe.read(size) if len(head) == LENGTH else b""
    return packed if len(head) == LENGTH and len(packed) == size else None


def pack(result: Result) -> bytes:
    """Pickle a result; one that cannot be pickled becomes an error in words."""
    try:
        return pickle.dumps(tuple(result), pickle.HIGHEST_PROTOCOL)
    except Exception as fault:  # noqa: BLE001 - whatever a call gives back
        told = RuntimeError(f"its result cannot be handed over ({fault!r}): {result.error or type(result.value)!r}")
        return pickle.dumps(tuple(Result(error=told, trace=result.trace)), pickle.HIGHEST_PROTOCOL)


def main() -> None:
    """Answer calls until there are no more."""
    for number in (signal.SIGINT, signal.SIGTERM):  # systemd tells all processes; the parent ends us in order
        signal.signal(number, signal.SIG_IGN)
    os.nice(NICENESS)
    with os.fdopen(os.dup(1), "wb") as results:
        os.dup2(2, 1)  # what a call prints must not stand among the results
        while packed := receive(sys.stdin.buffer):
            try:
                send(results, pack(_run(packed)))
            except OSError:  # nobody is interested any more
                os._exit(1)


def _run(packed: bytes) -> Result:
    try:
        call, args = pickle.loads(packed)  # noqa: S301 - our parent's own words
        return Result(call(*args))
    except Exception as error:  # noqa: BLE001 - raised anew where the call was asked for
        return Result(error=error, trace=traceback.format_exc())


if __name__ == "__main__":
    main()
