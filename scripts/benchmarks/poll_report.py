"""What `scripts/bench poll` found, as text and as a section of the page. Called by poll."""

from __future__ import annotations

from typing import Any

from benchmarks import report


def tell(results: dict[str, Any]) -> None:
    """Print the tables."""
    print("\n" + cycles(results))


def write(results: dict[str, Any]) -> None:
    """Keep the results and write the page."""
    report.keep("poll", results)


def cycles(results: dict[str, Any]) -> str:
    """One row per mode and system."""
    rows = [
        (
            row["mode"],
            row["system"],
            f"{row['wall']:.2f}",
            f"{row['wall_least']:.2f}–{row['wall_most']:.2f}",
            f"{row['user']:.2f}",
            f"{row['kernel']:.2f}",
            f"{row['rss'] / 2**20:.0f}",
            row["entries"],
            f"{row['size'] / max(1, row['entries']):.0f}",
            f"{row['served']['200']}/{row['served']['304']}",
        )
        for row in sorted(results["rows"], key=lambda row: _MODES.index(row["mode"]))
    ]
    head = ("mode", "system", "wall s", "range", "user s", "sys s", "peak MB", "entries", "bytes/entry", "200/304")
    return report.table(head, rows)


_MODES = ("cold", "warm304", "warm200", "delta")
