"""docs/performance.md and the tables in the READMEs: each subcommand writes its own section between markers.

In: Markdown of one section. Out: the files, all else in them as it was. Also small helpers for tables and options.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks import places


def positive(text: str) -> int:
    """A whole number above zero, for argparse."""
    if not text.isdigit() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number above 0")
    return int(text)


def wanted(options: argparse.Namespace) -> bool:
    """Whether the page is to be written: not with --no-page."""
    return not getattr(options, "no_page", False)


def keep(name: str, results: Mapping[str, Any]) -> None:
    """Keep results as JSON in .bench/results/, for later comparison."""
    places.RESULTS.mkdir(parents=True, exist_ok=True)
    text = json.dumps(results, ensure_ascii=False, indent=1)
    (places.RESULTS / f"{name}.json").write_text(text + "\n", "utf-8")


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table; columns after the first are set to the right when they hold figures."""
    figures = [all(re.match(r"[-–~≤≥]?\s?[\d.,]+", str(row[place])) for row in rows) for place in range(len(head))]
    lines = [head, ["---:" if right else "---" for right in figures], *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def facts(results: Mapping[str, Any]) -> str:
    """One line: what the figures of a section were measured on."""
    line = ", ".join(f"{name} {value}" for name, value in results["facts"].items())
    if noise := results.get("noise"):
        line += f"; a fixed loop took {noise[0]:.2f} to {noise[1]:.2f} s between the runs"
    return f"Measured on: {line}."


def section(path: Path, name: str, body: str, *, empty: str = "") -> None:
    """Put `body` between the markers `name` of a file; a file without them gets them at its end."""
    text = path.read_text("utf-8") if path.exists() else empty
    begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
    block = f"{begin}\n{body.strip()}\n{end}"
    if begin in text:
        before, _, rest = text.partition(begin)
        text = before + block + rest.partition(end)[2]
    else:
        text = f"{text.rstrip()}\n\n{block}\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
