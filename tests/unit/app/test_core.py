from __future__ import annotations

import gc
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from aggregator import config
from aggregator.app.core import App
from aggregator.errors import StoreError
from tests.support import place as places


@pytest.fixture(autouse=True)
def _garbage() -> Iterator[None]:
    yield
    gc.enable()
    gc.unfreeze()


def test_garbage_is_looked_for_again_once_the_program_is_open_at_pythons_own_rhythm(tmp_path: Path) -> None:
    rhythm = gc.get_threshold()
    loaded = config.load(places.make(tmp_path, "http://127.0.0.1:9").config, environ={})
    gc.disable()
    with App(loaded):
        assert gc.isenabled()
        assert gc.get_threshold() == rhythm


@pytest.mark.parametrize(("name", "enabled"), [("__main__", False), ("__mp_main__", True)])
def test_garbage_waits_while_the_program_loads_but_not_in_its_worker_processes(name: str, *, enabled: bool) -> None:
    """A worker runs the module under the other name (multiprocessing.spawn) and never opens the program."""
    script = (
        "import atexit, gc, runpy, sys\n"
        "sys.argv = ['aggregator', '--version']\n"
        "atexit.register(lambda: print(gc.isenabled()))\n"
        f"runpy.run_module('aggregator.__main__', run_name={name!r})\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split()[-1] == str(enabled)


def test_a_database_that_may_only_be_read_is_read_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = places.make(tmp_path, "http://127.0.0.1:9")
    place.feeds()
    with App(config.load(place.config, environ={})) as app:
        app.prepare()
    place.feeds({"name": "甲", "slug": "a", "url": "https://news.example/a.xml"})
    monkeypatch.setattr(os, "access", lambda path, mode: not (path == app.store.path and mode == os.W_OK))
    with App(config.load(place.config, environ={})) as reader:
        before = reader.store.path.read_bytes()
        assert reader.prepare() == []
        assert reader.store.stories.latest(5) == []
        assert [one.slug for one in reader.statuses()] == []
        assert reader.store.path.read_bytes() == before
        monkeypatch.setattr(reader.store, "pending", lambda: ["0099_later"])
        with pytest.raises(StoreError, match=r"0099_later .*aggregator migrate"):
            reader.prepare()
