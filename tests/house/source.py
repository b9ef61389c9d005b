"""What the house tests look at: the Python files of the checkout, parsed once, and the files git keeps."""

from __future__ import annotations

import ast
import functools
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Module:
    """One Python file; `path` is relative to the checkout, with slashes."""

    path: str
    text: str
    tree: ast.Module

    @property
    def imported(self) -> set[str]:
        """Top-level names of everything it imports, at the top or inside functions."""
        found: set[str] = set()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                found.update(alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.partition(".")[0])
        return found

    @property
    def functions(self) -> Iterator[tuple[str, int]]:
        """Name and length in lines of every function, decorators not counted."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


@functools.cache
def modules(folder: str) -> tuple[Module, ...]:
    """Every Python file below `folder`."""
    paths = sorted(REPO.joinpath(folder).rglob("*.py"))
    texts = ((path.relative_to(REPO).as_posix(), path.read_text("utf-8")) for path in paths)
    return tuple(Module(path, text, ast.parse(text, path)) for path, text in texts)


@functools.cache
def tracked() -> tuple[str, ...]:
    """Paths of the files that git keeps, relative to the checkout."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=REPO, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git checkout: nobody knows which files belong to it")
    return tuple(path for path in listed.stdout.split("\0") if path and (REPO / path).is_file())
