"""Where things are: the checkout, and `.bench/` in it, which holds everything the benchmarks make."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BENCH = Path(os.environ.get("AGGREGATOR_BENCH_FOLDER") or ROOT / ".bench")
SCRATCH = BENCH / "scratch"  #: of one run; emptied by the next
RESULTS = (
    BENCH / "results"
)  #: one JSON file a subcommand, which its section of the page is made from; NAME-no-page.json beside
CACHE = BENCH / "cache"  #: filled databases
PEERS = BENCH / "peers"  #: virtual environment of the Python peers
DEBIAN = BENCH / "debian"  #: Debian packages, unpacked where they could not be installed
TEXTS = Path(__file__).with_name("texts")  #: what the page says in words
PAGE = ROOT / "docs" / "performance.md"
READMES = (ROOT / "README.md", ROOT / "README.zh-CN.md")
