"""The floors of the house hold: import-linter's contracts in pyproject.toml, checked like `scripts/lint` does."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_contracts_are_kept(repo: Path) -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--no-logo"]
    report = subprocess.run(command, cwd=repo, capture_output=True, text=True, timeout=120)
    assert report.returncode == 0, report.stdout + report.stderr
