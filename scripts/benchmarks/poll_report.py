"""What `scripts/bench poll` found, as a section of the page. Called by poll."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks import places, report
from benchmarks.origin import MODES
from benchmarks.systems import OURS

_NOTES = places.TEXTS / "poll.md"

_Row = dict[str, Any]


def section(results: dict[str, Any]) -> str:
    """The section of docs/performance.md."""
    versions = ", ".join(f"{name} {version}" for name, version in results["versions"].items())
    title = f"## A poll of {results['feeds']} feeds × {results['entries']} entries"
    beside = f"Beside: {versions}." if versions else ""
    times = f"{results['repeat']} repetition{'s' * (results['repeat'] > 1)}"
    heading = f"{title}\n\n{report.facts(results)} {times}. {beside}"
    parts = [heading, _cycles(results), _NOTES.read_text("utf-8")]
    if goals := _goals(results):
        parts.append(f"### The figures to reach\n\n{goals}")
    return "\n\n".join(part.strip() for part in parts)


def _cycles(results: dict[str, Any]) -> str:
    """One row per mode and system."""
    rows = sorted(results["rows"], key=lambda row: MODES.index(row["mode"]))
    head = (
        "mode",
        "program",
        "wall s",
        "range",
        "user s",
        "sys s",
        "peak MB",
        "PSS MB",
        "entries",
        "bytes",
        "index",
        "200 / 304",
    )
    return report.table(
        head,
        [
            (
                row["mode"],
                row["system"],
                f"{row['wall']:.2f}",
                f"{row['wall_least']:.2f}–{row['wall_most']:.2f}",
                f"{row['user']:.2f}",
                f"{row['kernel']:.2f}",
                report.megabytes(row["rss"]),
                report.megabytes(row["pss"]),
                row["entries"],
                f"{row['size'] / max(1, row['entries']):.0f}",
                f"{row['index'] / max(1, row['entries']):.0f}" if row["index"] else "–",
                f"{row['served']['200']}/{row['served']['304']}",
            )
            for row in rows
        ],
    )


def _wall(row: _Row) -> float:
    return float(row["wall"])


def _cpu(row: _Row) -> float:
    return float(row["user"] + row["kernel"])


def _bytes(row: _Row) -> float:
    return float(row["size"] / max(1, row["entries"]))


#: (what, mode, figure, peer, at most so many times the peer's).
_RATIOS: tuple[tuple[str, str, Callable[[_Row], float], str, float], ...] = (
    ("cold, wall", "cold", _wall, "reader", 0.22),
    ("cold, wall", "cold", _wall, "sfeed", 1.1),
    ("cold, CPU", "cold", _cpu, "reader", 0.3),
    ("warm304, wall", "warm304", _wall, "reader", 0.9),
    ("warm200, wall", "warm200", _wall, "reader", 0.05),
    ("delta, wall", "delta", _wall, "reader", 0.09),
    ("database bytes an entry, without index", "delta", _bytes, "reader", 0.5),
)


def _goals(results: dict[str, Any]) -> str:
    """What we set ourselves beside what is, as far as the peers were there."""
    rows = {(row["system"], row["mode"]): row for row in results["rows"]}
    lines: list[tuple[str, ...]] = []
    for what, mode, figure, peer, most in _RATIOS:
        if (peer, mode) in rows:
            ratio = figure(rows[OURS, mode]) / figure(rows[peer, mode])
            lines.append((what, f"≤ {most} × {peer}", f"{ratio:.2f} ×", report.verdict(ratio <= most)))
    wall = rows[OURS, "warm304"]["wall"]
    lines.append(("warm304, wall, all of it", "≤ 0.6 s", f"{wall:.2f} s", report.verdict(wall <= 0.6)))
    if help_ := results.get("help"):
        lines.append(("`aggregator --help`, wall", "< 0.3 s", f"{help_:.2f} s", report.verdict(help_ < 0.3)))
    peak = max(rows[OURS, mode]["rss"] for mode in MODES) / 2**20
    lines.append(("peak memory, all processes, all modes", "≤ 120 MB", f"{peak:.0f} MB", report.verdict(peak <= 120)))
    return report.table(("figure", "to reach", "is", "reached"), lines)
