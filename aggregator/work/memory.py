"""Memory that is free, given back to the system. Called by app/daemon.py when a cycle is over.

What a cycle worked on is freed piecemeal, and glibc keeps such pages for what comes next: for ever, in a process that
runs for months. Figures: docs/decisions/0609.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache


def give_back() -> bool:
    """Let go of free pages; True when there were some. It takes milliseconds: call it in a thread, and now and then."""
    trim = _trim()
    return trim is not None and bool(trim(0))


@cache
def _trim() -> Callable[[int], int] | None:
    """malloc_trim(3) of glibc; None where another C library serves, which has its own ways."""
    if sys.platform != "linux":
        return None
    try:
        import ctypes

        trim = ctypes.CDLL(None).malloc_trim
    except (ImportError, OSError, AttributeError, MemoryError):  # MemoryError: a system that forbids what ctypes needs
        return None
    trim.argtypes, trim.restype = [ctypes.c_size_t], ctypes.c_int
    told: Callable[[int], int] = trim
    return told
