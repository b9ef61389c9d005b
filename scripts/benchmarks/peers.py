"""The programs that we are compared with: get them, or say why not.

Python peers go into a virtual environment of their own; Debian packages are used where installed, else installed by
root, else unpacked below .bench/. What cannot be had is skipped, loudly. Nothing here is a dependency of the program.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

KNOWN = ("reader", "newsboat", "sfeed")


def add_option(parser: argparse.ArgumentParser) -> None:
    """--peers for a subcommand."""
    parser.add_argument("--peers", type=_names, default=KNOWN, help="comma-separated; '' for none (default: all)")


def _names(text: str) -> tuple[str, ...]:
    names = tuple(one.strip() for one in text.split(",") if one.strip())
    for name in names:
        if name not in KNOWN:
            raise argparse.ArgumentTypeError(f"{name!r} is no peer; known: {', '.join(KNOWN)}")
    return names


def ready(names: Sequence[str]) -> list[str]:
    """Those of `names` that can be run."""
    return [name for name in names if _skip(name, "not yet")]


def _skip(name: str, why: str) -> bool:
    print(f"skipped: {name}: {why}", flush=True)
    return False


def versions(systems: Sequence[str]) -> dict[str, str]:
    """Version of every peer among the systems."""
    return {}
