"""scripts/bench from the outside: a small run is measured, checked and told; mistakes have exit code 2."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.source import REPO


def bench(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(REPO / "scripts"), "AGGREGATOR_BENCH_FOLDER": str(folder)}
    command = [sys.executable, "-m", "benchmarks", *arguments]
    return subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, timeout=120)


def test_a_small_poll_passes_its_own_check(tmp_path: Path) -> None:
    done = bench(tmp_path, "poll", "--feeds", "2", "--entries", "3", "--repeat", "1", "--peers", "", "--no-page")
    assert done.returncode == 0, done.stderr
    rows = {row["mode"]: row for row in json.loads((tmp_path / "results" / "poll-no-page.json").read_bytes())["rows"]}
    assert [rows[mode]["entries"] for mode in ("cold", "warm304", "warm200", "delta")] == [6, 6, 6, 10]
    assert rows["warm304"]["served"] == {"200": 0, "304": 2}
    assert rows["warm200"]["served"] == {"200": 2, "304": 0}
    assert rows["cold"]["rss"] > 10 * 2**20
    assert "| cold | aggregator |" in done.stdout


def test_every_step_is_measured_beside_its_floor(tmp_path: Path) -> None:
    done = bench(tmp_path, "parts", "--groups", "1", "--stored", "50", "--no-page")
    assert done.returncode == 0, done.stderr
    rows = json.loads((tmp_path / "results" / "parts-no-page.json").read_bytes())["rows"]
    assert all(row["best"] > 0 for row in rows)
    names = {(row["step"], row["what"].partition(",")[0].partition(" ")[0]) for row in rows}
    floors = {"parse": "feedparser", "clean": "nh3", "commit": "sqlite3", "render, all new": "feedgen"}
    assert names >= {*floors.items(), *((step, "**ours**") for step in floors)}


def test_articles_are_followed_into_the_outputs(tmp_path: Path) -> None:
    done = bench(tmp_path, "live", "--articles", "2", "--no-page")
    assert done.returncode == 0, done.stderr
    results = json.loads((tmp_path / "results" / "live-no-page.json").read_bytes())
    assert results["outputs"] == 5
    assert len(results["rows"]) == 2
    assert all(row["served"] > 0 and row["last file"] > 0 for row in results["rows"])
    assert not (tmp_path / "scratch" / "live").exists()


@pytest.mark.parametrize(
    "wrong", [(), ("dance",), ("poll", "--feeds", "0"), ("poll", "--feeds", "x"), ("poll", "--peers", "nobody")]
)
def test_wrong_use_is_told(tmp_path: Path, wrong: tuple[str, ...]) -> None:
    done = bench(tmp_path, *wrong)
    assert done.returncode == 2
    assert "usage: scripts/bench" in done.stderr


def test_searches_find_what_a_plain_scan_finds(tmp_path: Path) -> None:
    done = bench(tmp_path, "search", "--articles", "400", "--queries", "33", "--no-page")
    assert done.returncode == 0, done.stderr
    results = json.loads((tmp_path / "results" / "search-no-page.json").read_bytes())
    systems = results["systems"]
    assert sum(met > 0 for met in results["met"]) > 20
    assert systems["**ours**, best first"]["recall"] == systems["LIKE"]["recall"] == 1.0
    assert 0.2 < systems["FTS5 trigram"]["recall"] < 0.9
    assert systems["FTS5 unicode61"]["recall"] < 0.5
    assert len(results["kinds"]) == 11
    assert "| recall against the plain scan | 1.000 | 1.000 | yes |" in done.stdout
