"""The measuring core counts the whole tree: children, those left behind, and what fails."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from benchmarks import measure

_BURN = "import time\nend = time.process_time() + 0.3\nwhile time.process_time() < end: pass\n"


def _python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_children_are_counted() -> None:
    used = measure.run(_python(f"import subprocess, sys; subprocess.run([sys.executable, '-c', {_BURN!r}])"))
    assert used.cpu > 0.3


def test_children_left_behind_are_counted() -> None:
    used = measure.run(_python(f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {_BURN!r}])"))
    assert used.cpu > 0.3


def test_memory_is_summed_over_the_tree() -> None:
    hold = "import time; held = bytearray(b'x') * 40_000_000; time.sleep(0.5)"
    used = measure.run(
        _python(f"import subprocess, sys; p = subprocess.Popen([sys.executable, '-c', {hold!r}]); {hold}; p.wait()")
    )
    assert used.rss > 80_000_000


def test_failure_tells_the_end_of_the_output(tmp_path: Path) -> None:
    with pytest.raises(measure.Failed, match=r"(?s)exit code 3.*broken"):
        measure.run(_python("print('broken'); raise SystemExit(3)"), cwd=tmp_path)


def test_what_takes_too_long_is_stopped() -> None:
    with pytest.raises(measure.Failed, match="stopped after"):
        measure.run(_python("import time; time.sleep(60)"), timeout=0.3)
