"""The figures in the READMEs: the same in both languages, and none where nothing was measured."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from benchmarks import places, readmes, report
from benchmarks.origin import MODES

_POLL = {
    "facts": {"cores": "2", "date": "2026-11-01"},
    "feeds": 7,
    "entries": 50,
    "rows": [
        {"system": system, "mode": mode, "wall": wall + number, "rss": 2**20 * (10 + number)}
        for system, wall in (("aggregator", 1.0), ("reader", 20.0))
        for number, mode in enumerate(MODES)
    ],
}
_SERVE = {
    "sizes": {"plain": 500_400, "gzip": 200_000},
    "rates": [
        {"server": server, "state": state, "kind": kind, "rate": rate}
        for server, state, kind, rate in (
            ("aggregator", "first cycle", "304", 15_000.0),
            ("aggregator", "at rest", "200 gzip", 8_123.0),
            ("aggregator", "at rest", "304", 30_987.0),
            ("nginx", "at rest", "304", 85_000.0),
        )
    ],
}
_ARCHIVE = {
    "rows": [
        {"system": system, "step": step, "posts": 50_000, "wall": wall, "rss": 2**20 * peak}
        for system, step, wall, peak in (
            ("aggregator", "import posts", 40.0, 210),
            ("aggregator", "export posts", 10.0, 222),
            ("plain rows", "import posts", 1.0, 999),
        )
    ]
}
_LIVE = {"rows": [{"served": 0.1, "file": 0.1, "last file": one / 50} for one in range(1, 101)]}


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(places, "RESULTS", tmp_path)
    return report.keep


def test_nothing_is_said_before_a_poll_was_measured(kept: Any) -> None:
    kept("serve", _SERVE)
    assert readmes.block("README.md") is None


@pytest.mark.parametrize("name", [path.name for path in places.READMES])
def test_one_table_and_what_was_measured_besides(kept: Any, name: str) -> None:
    kept("poll", _POLL)
    before = readmes.block(name)
    assert before
    assert "| aggregator | 1.0 | 2.0 | 3.0 | 4.0 | 13 |" in before
    assert "| reader | 20.0 | 21.0 | 22.0 | 23.0 | 13 |" in before
    kept("serve", _SERVE)
    kept("live", _LIVE)
    kept("archive", _ARCHIVE)
    after = readmes.block(name)
    assert after
    assert after.startswith(before)
    told = re.findall(r"\d[\d.]*\d|\d", after.removeprefix(before))
    assert told == ["500", "8100", "304", "31000", "1.9", "95", "1250", "222"]
