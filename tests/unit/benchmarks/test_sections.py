"""What serve, live and parts put on the page: figures, and whether those to reach are reached."""

from __future__ import annotations

from typing import Any

import pytest
from benchmarks import live, parts, serve

_FACTS = dict.fromkeys(("CPU", "cores", "memory", "kernel", "Python", "SQLite", "date", "commit"), "x")


def _served(rate: float, most: float) -> dict[str, Any]:
    states = ("at rest", "cycle with news")
    return {
        "facts": _FACTS,
        "feeds": 5,
        "seconds": 1,
        "sizes": {"plain": 500_000, "gzip": 200_000},
        "versions": {"wrk": "1"},
        "rates": [
            {"server": server, "state": state, "kind": kind, "rate": rate, "p99": 0.002, "bytes": 1.0, "left": [5, 2]}
            for server in ("aggregator", "nginx")
            for state in states
            for kind in serve.KINDS
        ],
        "stalls": [{"state": state, "times": 9, "p99": 0.001, "most": most} for state in states],
    }


@pytest.mark.parametrize(
    ("rate", "most", "reached"),
    [
        (30_000.0, 0.05, [True] * 6),
        (15_000.0, 0.051, [True, False, True, True, False, False]),
        (3_999.0, 0.01, [False] * 4 + [True] * 2),
    ],
)
def test_half_as_much_is_enough_while_polling(rate: float, most: float, reached: list[bool]) -> None:
    page = serve.section(_served(rate, most))
    verdicts = [line for line in page.splitlines() if line.endswith(("| yes |", "| **no** |"))]
    assert [line.endswith("| yes |") for line in verdicts] == reached
    assert f"| nginx | at rest | 304 | {rate:.0f} | 2.0 | 5 to 2 |" in page


@pytest.mark.parametrize(("slow", "verdict"), [(0.9, "yes"), (1.1, "**no**")])
def test_the_slowest_place_counts(slow: float, verdict: str) -> None:
    rows = [{"served": 0.1, "file": 0.2, "last file": slow}] * 10 + [
        {"served": 0.1, "file": 0.2, "last file": 0.3}
    ] * 10
    page = live.section({"facts": _FACTS, "outputs": 5, "rows": rows})
    assert "| 0.10 | 0.10 | 0.10 |" in page
    assert f"| {slow:.2f} s | {verdict} |" in page


def test_steps_are_told_in_floors() -> None:
    rows = [
        {"step": "clean", "what": parts.OURS, "best": 0.3, "median": 0.4, "times": 5},
        {"step": "clean", "what": "nh3 alone", "best": 0.1, "median": 0.1, "times": 5},
        {"step": "commit", "what": parts.OURS, "best": 0.1, "median": 0.25, "times": 5},
    ]
    page = parts.section({"facts": _FACTS, "groups": 5, "stored": 9, "rows": rows})
    assert "| clean | nh3 alone | 0.1000 | 0.1000 | 3.0 × |" in page
    assert "0.65 ms by the medians" in page
    assert "to reach" not in page
    rows.append({"step": "search index, behind", "what": parts.OURS, "best": 0.6, "median": 0.8, "times": 5})
    page = parts.section({"facts": _FACTS, "groups": 5, "stored": 9, "rows": rows})
    assert "| ≤ 0.7 ms an article | 0.80 ms | **no** |" in page
    assert "0.65 ms by the medians" in page
