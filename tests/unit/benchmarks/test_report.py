"""The page: a subcommand writes its own section, in the order of the subcommands, and nothing else."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest
from benchmarks import report
from benchmarks.__main__ import SUBCOMMANDS


def test_a_section_replaces_itself_and_leaves_the_others(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    for name, body in (("scale", "## B\nstale words"), ("poll", "## A\nfirst"), ("scale", "## B\nnew")):
        report.write_page(["poll", "scale"], name, body, page=page)
    text = page.read_text("utf-8")
    assert text.startswith("# Performance\n")
    assert "stale words" not in text
    assert text.index("## A\nfirst") < text.index("## B\nnew")
    assert text.count("<!-- poll:begin -->") == 1


def test_only_what_stands_between_markers_is_replaced(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text("before\n<!-- bench:begin -->\nold\n<!-- bench:end -->\nafter\n", "utf-8")
    report.write_between(readme, "bench", "new")
    assert readme.read_text("utf-8") == "before\n<!-- bench:begin -->\nnew\n<!-- bench:end -->\nafter\n"


def test_columns_of_figures_are_set_to_the_right() -> None:
    assert report.table(("name", "s"), [("a", 1.5), ("b", "2–3")]).splitlines()[1] == "| --- | ---: |"


def test_a_row_that_does_not_fit_its_head_is_refused() -> None:
    with pytest.raises(ValueError, match="another length"):
        report.table(("name", "s"), [("a", 1.5, 2)])


@pytest.mark.parametrize("name", SUBCOMMANDS)
def test_every_subcommand_measures_and_tells(name: str) -> None:
    module = import_module(SUBCOMMANDS[name][0])
    assert callable(module.run)
    assert callable(module.section)
