"""`python -m benchmarks SUBCOMMAND`: started by scripts/bench. Exit code 2: used wrongly, 1: something failed."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import Any

from benchmarks import measure, places, report

#: Subcommand -> its module, and what it tells; in the order of the page. A module has
#:   add_options(parser)       its options, if any
#:   run(options) -> results   measures, printing as it goes; results are JSON values with `facts` (machine.facts())
#:   section(results) -> str   Markdown for docs/performance.md, from its `## ` heading on
#:   readme(name)              optional: Markdown for between the markers of a README; None leaves it as it is
#: A new subcommand is one module and one line here.
SUBCOMMANDS = {
    "poll": ("benchmarks.poll", "one cycle over all feeds: cold, warm304, warm200, delta; us and the peers in turn"),
    "scale": ("benchmarks.scale", "growth: more and more feeds, and a poll with little and with much stored already"),
    "parts": ("benchmarks.parts", "CPU of each step alone, beside what bare libraries take for the same bytes"),
    "serve": ("benchmarks.serve", "requests a second of an output, idle and while polling, beside nginx"),
    "live": ("benchmarks.live", "how long an article at the origin takes to be in the outputs"),
    "archive": ("benchmarks.archiving", "import and export of many posts, beside plain rows and reader"),
    "search": ("benchmarks.searching", "100 searches over 100,000 articles, beside LIKE and FTS5, and what they miss"),
    "profile": ("benchmarks.profiling", "where the time of our cold cycle goes, with a flame graph"),
}


def main() -> int:
    """Read the command line and run the subcommand."""
    parser = argparse.ArgumentParser(prog="scripts/bench", description="Measure the program beside others.")
    below = parser.add_subparsers(dest="subcommand", required=True, metavar="SUBCOMMAND")
    for name, (path, told) in SUBCOMMANDS.items():
        own = below.add_parser(name, help=told, description=told)
        own.add_argument("--no-page", action="store_true", help="print only; leave docs/performance.md as it is")
        getattr(import_module(path), "add_options", lambda _: None)(own)
    told = "write docs/performance.md and the READMEs again from the last results, measuring nothing"
    below.add_parser("page", help=told, description=told)
    options = parser.parse_args()
    try:
        if options.subcommand == "page":
            _page()
        else:
            _measure(options)
    except (measure.Failed, subprocess.SubprocessError, OSError) as failure:
        print(f"bench: {failure}", file=sys.stderr)
        return 1
    return 0


def _module(name: str) -> ModuleType:
    return import_module(SUBCOMMANDS[name][0])


def _measure(options: argparse.Namespace) -> None:
    name = options.subcommand
    results: dict[str, Any] = _module(name).run(options)
    report.keep(f"{name}-no-page" if options.no_page else name, results)
    print("\n" + _module(name).section(results))
    if not options.no_page:
        _write(name, results)


def _page() -> None:
    for name in SUBCOMMANDS:
        if results := report.kept(name):
            _write(name, results)


def _write(name: str, results: dict[str, Any]) -> None:
    module = _module(name)
    report.write_page(list(SUBCOMMANDS), name, module.section(results))
    readme: Callable[[str], str | None] | None = getattr(module, "readme", None)
    for path in places.READMES:
        if readme and (block := readme(path.name)):
            report.write_between(path, "bench", block)


if __name__ == "__main__":
    sys.exit(main())
