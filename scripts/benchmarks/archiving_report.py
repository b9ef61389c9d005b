"""What `scripts/bench archive` found, as a section of the page. Called by archiving."""

from __future__ import annotations

from typing import Any

from benchmarks import places, report
from benchmarks.systems import OURS

MOST = 300  #: MB that all processes of a step may hold together

_NOTES = places.TEXTS / "archive.md"
_HEAD = ("step", "program", "articles", "articles/s", "wall s", "CPU s", "CPU ms an article", "peak MB", "PSS MB")

_Row = dict[str, Any]


def section(results: dict[str, Any]) -> str:
    """The section of docs/performance.md."""
    beside = "".join(f" Beside: {name} {version}." for name, version in results["versions"].items())
    raw = results["bytes"] / results["posts"]
    words = _NOTES.read_text("utf-8").format(posts=results["posts"], raw=f"{raw:.0f}")
    how, _, last = words.partition("\n\n")
    parts = [
        f"## An archive of {results['posts']} posts in and out\n\n{report.facts(results)}{beside}",
        how,
        report.table(_HEAD, map(_step, results["rows"])),
        _sizes(results, raw),
        last,
        _goals(results),
    ]
    return "\n\n".join(part.strip() for part in parts)


def _step(row: _Row) -> tuple[object, ...]:
    cpu = row["user"] + row["kernel"]
    return (
        row["step"],
        row["system"],
        row["posts"],
        f"{row['posts'] / row['wall']:.0f}",
        f"{row['wall']:.1f}",
        f"{cpu:.1f}",
        f"{cpu / row['posts'] * 1000:.2f}",
        report.megabytes(row["rss"]),
        report.megabytes(row["pss"]),
    )


def _sizes(results: dict[str, Any], raw: float) -> str:
    """What an article takes on the disk, beside the post that it was."""
    lines = [("the posts themselves", raw, None)]
    lines.append(("JSON Lines, zstd", results["packed"] / results["posts"], None))
    for row in results["rows"]:
        if row["size"] is not None and row["step"] == "import posts":
            index = None if row["index"] is None else row["index"] / row["posts"]
            lines.append((f"{row['system']}, database", row["size"] / row["posts"], index))
    head = ("kept as", "bytes an article", "beside the post", "search index")
    return report.table(
        head,
        [
            (what, f"{size:.0f}", f"{size / raw:.2f} ×", "–" if index is None else f"{index:.0f}")
            for what, size, index in lines
        ],
    )


def _goals(results: dict[str, Any]) -> str:
    peak = max(row["rss"] for row in results["rows"] if row["system"] == OURS)
    reached = report.verdict(peak <= MOST * 2**20)
    head = ("figure", "to reach", "is", "reached")
    return report.table(
        head, [("peak memory, all processes, all steps", f"≤ {MOST} MB", f"{peak / 2**20:.0f} MB", reached)]
    )
