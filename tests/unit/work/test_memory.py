from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator

import pytest

from aggregator.work import memory


@pytest.fixture(autouse=True)
def _look_anew() -> Iterator[None]:
    memory._trim.cache_clear()
    yield
    memory._trim.cache_clear()


@pytest.mark.skipif(sys.platform != "linux", reason="malloc_trim(3) is glibc's")
def test_free_pages_are_given_back() -> None:
    if not hasattr(ctypes.CDLL(None), "malloc_trim"):
        pytest.skip("this C library has no malloc_trim")
    libc = ctypes.CDLL(None)
    libc.malloc.restype, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
    pieces = [libc.malloc(64 * 2**10) for _ in range(400)]
    for piece in pieces[:-1]:  # the last one keeps the heap from shrinking by itself
        libc.free(piece)
    assert memory.give_back()
    libc.free(pieces[-1])


@pytest.mark.parametrize("fault", [OSError, AttributeError, MemoryError])
def test_where_it_cannot_be_done_nothing_is_done(monkeypatch: pytest.MonkeyPatch, fault: type[Exception]) -> None:
    def load(_name: object) -> None:
        raise fault

    monkeypatch.setattr(ctypes, "CDLL", load)
    assert not memory.give_back()


def test_other_systems_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert not memory.give_back()
