"""Fixtures that every test may use: the corpus, the stand-in origin, and an environment without surprises."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.origin import client

REPO = Path(__file__).resolve().parent.parent

# Read once, before the environment is cleaned for the tests.
_CORPUS = Path(os.environ.get("AGGREGATOR_CORPUS") or REPO.parent / "shared" / "corpus")

_PROXIES = ("http_proxy", "https_proxy", "ftp_proxy", "all_proxy", "no_proxy")


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the caller's settings nor a proxy may decide whether a test passes."""
    for name in list(os.environ):
        if name.startswith("AGGREGATOR_") or name.lower() in _PROXIES:
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def repo() -> Path:
    """The checkout."""
    return REPO


@pytest.fixture(scope="session")
def corpus() -> Path:
    """Captured and invented documents that are kept beside the checkout, never in it. Read only."""
    if not _CORPUS.is_dir():
        pytest.skip(f"corpus not found at {_CORPUS}; set AGGREGATOR_CORPUS to its folder")
    return _CORPUS


@pytest.fixture(scope="session")
def origin() -> Iterator[client.Origin]:
    """The stand-in origin in its own process, shared by the session: call `origin.reset()` first in a test."""
    with client.running() as running:
        yield running


@pytest.fixture
def fresh_origin(origin: client.Origin) -> Iterator[client.Origin]:
    """The same origin, as if just started, and without faults again afterwards."""
    origin.reset()
    yield origin
    origin.reset()
