"""`python -m benchmarks SUBCOMMAND`: started by scripts/bench. Exit code 2: used wrongly, 1: something failed."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module

from benchmarks import measure

#: Subcommand -> module with add_options(parser) and run(options), and what it tells. A new one is one line here.
SUBCOMMANDS = {
    "poll": ("benchmarks.poll", "one cycle over all feeds: cold, warm304, warm200, delta; us and the peers in turn"),
}


def main() -> int:
    """Read the command line and run the subcommand."""
    parser = argparse.ArgumentParser(prog="scripts/bench", description="Measure the program beside others.")
    below = parser.add_subparsers(dest="subcommand", required=True, metavar="SUBCOMMAND")
    for name, (module, told) in SUBCOMMANDS.items():
        own = below.add_parser(name, help=told, description=told)
        own.add_argument("--no-page", action="store_true", help="print only; leave docs/performance.md as it is")
        own.set_defaults(module=module)
        import_module(module).add_options(own)
    options = parser.parse_args()
    try:
        import_module(options.module).run(options)
    except measure.Failed as failure:
        print(f"bench: {failure}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
