"""scripts/setup in a checkout whose environment is ready: nothing is installed, bytecode is brought up to date."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.house.source import REPO


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for folder in ("scripts", "aggregator/kit", ".venv/bin"):
        (tmp_path / folder).mkdir(parents=True)
    shutil.copy(REPO / "scripts/setup", tmp_path / "scripts/setup")
    for name in ("scripts/requirements.lock", ".venv/installed-run.lock"):
        (tmp_path / name).write_text("one==1\n")
    (tmp_path / ".venv/home").write_text(f"{tmp_path}\n")
    python = tmp_path / ".venv/bin/python"
    python.write_text(f'#!/bin/sh\necho started >>"{tmp_path}/starts"\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    (tmp_path / "aggregator/kit/one.py").write_text("ONE = 1\n")
    return tmp_path


def set_up(checkout: Path) -> None:
    subprocess.run(
        [str(checkout / "scripts/setup"), "run"],
        check=True,
        timeout=60,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )


def starts(checkout: Path) -> int:
    return (checkout / "starts").read_text().count("\n") if (checkout / "starts").exists() else 0


def test_bytecode_is_written_once_and_again_when_a_source_is_newer(checkout: Path) -> None:
    set_up(checkout)
    (written,) = checkout.glob("aggregator/kit/__pycache__/one.*.pyc")
    set_up(checkout)
    assert starts(checkout) == 1
    before = written.read_bytes()
    source = checkout / "aggregator/kit/one.py"
    source.write_text("ONE, TWO = 1, 2\n")
    os.utime(source, (time.time() + 10,) * 2)  # bytecode knows its source by whole seconds
    set_up(checkout)
    assert starts(checkout) == 2
    assert written.read_bytes() != before


def test_a_source_that_cannot_be_compiled_is_no_reason_to_stop(checkout: Path) -> None:
    (checkout / "aggregator/broken.py").write_text("def\n")
    set_up(checkout)
    assert list(checkout.glob("aggregator/kit/__pycache__/one.*.pyc"))
    assert not (checkout / ".venv/compiled").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_checkout_that_may_only_be_read_is_left_alone(checkout: Path) -> None:
    (checkout / "aggregator").chmod(0o555)
    set_up(checkout)
    assert starts(checkout) == 0
