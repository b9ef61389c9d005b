"""The benchmarks are a package below scripts/, which the program does not know."""

from __future__ import annotations

import sys

from tests.house.source import REPO

sys.path.insert(0, str(REPO / "scripts"))
