"""docs/performance.md and the tables in the READMEs, written from results: nothing on them is written by hand.

In: the results of a subcommand, as kept in .bench/results/, and the Markdown that it makes of them. Out: the files,
with the sections of other subcommands as they were. Also what sections are made of: tables, the line of facts.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks import places

_INTRODUCTION = places.TEXTS / "introduction.md"


def positive(text: str) -> int:
    """A whole number above zero, for argparse."""
    if not text.isdigit() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number above 0")
    return int(text)


# -------------------------------------------------------------------------------------- what sections are made of


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table; columns that hold figures are set to the right."""
    cells = [[str(cell) for cell in row] for row in rows]
    if any(len(row) != len(head) for row in cells):
        raise ValueError(f"a table headed {head} has rows of another length")
    figures = [
        all(re.match(r"[~<≤≥-]?\s?\d[\d.,]*( |%|$|–|/)|–$", row[place]) for row in cells) for place in range(len(head))
    ]
    lines = [head, ["---:" if right else "---" for right in figures], *cells]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def facts(results: Mapping[str, Any]) -> str:
    """One paragraph: what the figures of a section were measured on."""
    told = results["facts"]
    line = (
        f"Measured {told['date']} at commit {told['commit']} on {told['cores']} cores ({told['CPU']}), "
        f"{told['memory']}, Linux {told['kernel']}, Python {told['Python']}, SQLite {told['SQLite']}."
    )
    if noise := results.get("noise"):
        line += f" A fixed loop took {noise[0]:.2f} to {noise[1]:.2f} s between the runs: so much the machine varied."
    return line


def verdict(reached: bool) -> str:
    """Whether a figure to reach is reached, for a cell."""
    return "yes" if reached else "**no**"


def megabytes(count: float) -> str:
    """Bytes as MB, for a cell."""
    return f"{count / 2**20:.0f}"


# ------------------------------------------------------------------------------------------------ keeping and writing


def keep(name: str, results: Mapping[str, Any]) -> None:
    """Keep results as JSON in .bench/results/."""
    places.RESULTS.mkdir(parents=True, exist_ok=True)
    text = json.dumps(results, ensure_ascii=False, indent=1)
    (places.RESULTS / f"{name}.json").write_text(text + "\n", "utf-8")


def kept(name: str) -> dict[str, Any] | None:
    """The last results of a subcommand."""
    path = places.RESULTS / f"{name}.json"
    results: dict[str, Any] | None = json.loads(path.read_text("utf-8")) if path.exists() else None
    return results


def write_page(order: Sequence[str], name: str, body: str, *, page: Path = places.PAGE) -> None:
    """Put the section of `name` on the page; sections stand in `order`, the others stay as they are."""
    old = page.read_text("utf-8") if page.exists() else ""
    blocks = {one: found for one in order if (found := _block(old, one))}
    blocks[name] = f"{_mark(name, 'begin')}\n{body.strip()}\n{_mark(name, 'end')}"
    parts = [_INTRODUCTION.read_text("utf-8").strip(), *(blocks[one] for one in order if one in blocks)]
    page.write_text("\n\n".join(parts) + "\n", "utf-8")


def write_between(path: Path, name: str, body: str) -> None:
    """Put `body` between the markers that a file has; a file without them is left alone."""
    text = path.read_text("utf-8")
    if old := _block(text, name):
        path.write_text(text.replace(old, f"{_mark(name, 'begin')}\n{body.strip()}\n{_mark(name, 'end')}"), "utf-8")


def _mark(name: str, side: str) -> str:
    return f"<!-- {name}:{side} -->"


def _block(text: str, name: str) -> str:
    begin, end = text.find(_mark(name, "begin")), text.find(_mark(name, "end"))
    return text[begin : end + len(_mark(name, "end"))] if 0 <= begin < end else ""
