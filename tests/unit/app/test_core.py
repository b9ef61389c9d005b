from __future__ import annotations

import gc
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from aggregator import config
from aggregator.app.core import App
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
