"""Files and functions stay small enough to be read in one go."""

from __future__ import annotations

import ast
import statistics

import pytest

from tests.house.source import Module, modules

LONGEST_FILE = 500
LONGEST_FUNCTION = 60


@pytest.mark.parametrize("folder", ["aggregator", "tests"])
def test_no_file_is_too_long(folder: str) -> None:
    long = [f"{one.path}: {lines}" for one in modules(folder) if (lines := one.text.count("\n")) > LONGEST_FILE]
    assert not long, f"above {LONGEST_FILE} lines:\n" + "\n".join(long)


@pytest.mark.parametrize("folder", ["aggregator", "tests"])
def test_no_function_is_too_long(folder: str) -> None:
    long = [
        f"{one.path}: {name}: {lines}"
        for one in modules(folder)
        for name, lines in one.functions
        if lines > LONGEST_FUNCTION and "/migrations/" not in one.path  # a frozen schema, stated field by field
    ]
    assert not long, f"above {LONGEST_FUNCTION} lines:\n" + "\n".join(long)


def test_most_of_the_house_is_small() -> None:
    lengths = [lines for one in modules("aggregator") for _, lines in one.functions]
    files = [one.text.count("\n") for one in modules("aggregator")]
    assert statistics.quantiles(lengths, n=10)[-1] <= 30
    assert statistics.median(files) <= 200


@pytest.mark.parametrize("module", modules("aggregator"), ids=lambda one: one.path)
def test_a_module_says_what_it_is_for(module: Module) -> None:
    assert ast.get_docstring(module.tree), f"{module.path} has no docstring"


def test_no_name_that_says_nothing() -> None:
    empty = ("utils", "helpers", "misc", "common")
    assert [one.path for one in modules("aggregator") if one.path.removesuffix(".py").rpartition("/")[2] in empty] == []
