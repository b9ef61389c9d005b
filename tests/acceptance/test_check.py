"""`aggregator check` and how the command line is answered, by subprocess: what a person at a terminal meets."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support import mistakes

_KEPT = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
HEAVY = [
    "feedparser",
    "aiohttp",
    "starlette",
    "uvicorn",
    "apscheduler",
    "trafilatura",
    "bs4",
    "feedgen",
    "peewee",
    "lxml",
    "pydantic",
    "tomlkit",
    "rich",
]


def run(*words: str, cwd: Path, environ: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """One command, in a folder of its own, to its end."""
    repo = str(Path(__file__).resolve().parents[2])
    return subprocess.run(
        [sys.executable, "-m", "aggregator", *words],
        cwd=cwd,
        env=_KEPT | {"PYTHONPATH": repo, "PYTHONWARNINGS": "error", "PYTHONUTF8": "1"} | dict(environ or {}),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_every_mistake_is_told_with_file_line_key_and_mend(tmp_path: Path) -> None:
    cases = mistakes.CASES[::3]  # a process each; config's unit tests take them all
    assert len(cases) >= 20

    def check(broken: mistakes.Broken) -> tuple[mistakes.Broken, subprocess.CompletedProcess[str]]:
        broken.write(tmp_path / broken.name / "config")
        return broken, run("check", cwd=tmp_path / broken.name, environ=broken.environ)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for broken, done in pool.map(check, cases):
            place = broken.place_pattern if broken.place == "environment" else f"config/{broken.place_pattern}"
            if broken.sites:
                place = f"config/sites/{broken.place_pattern}"
            assert done.returncode == 2, (broken.name, done)
            assert done.stdout == ""
            (line,) = done.stderr.splitlines()
            assert line.startswith(place), (broken.name, line)
            what, _, mend = line.partition("; ")
            assert broken.what in what, broken.name
            assert broken.mend in mend, broken.name


def test_many_mistakes_are_told_at_once(tmp_path: Path) -> None:
    feeds = mistakes.feed('interval = "1s"', 'timezone = "Mars"') + mistakes.feed()
    mistakes.Broken("x", "", "", "", "", aggregator="title = 5\n", feeds=feeds).write(tmp_path / "config")
    done = run("check", cwd=tmp_path)
    assert done.returncode == 2
    assert [line.split(": ")[0] for line in done.stderr.splitlines()] == [
        "config/aggregator.toml:1", "config/feeds.toml:4", "config/feeds.toml:5", "config/feeds.toml:7",
        "config/feeds.toml:8",
    ]  # fmt: skip


def test_a_right_config_is_summed_up(tmp_path: Path) -> None:
    feeds = mistakes.feed() + mistakes.feed("enabled = false", name="乙")
    mistakes.Broken("x", "", "", "", "", feeds=feeds, outputs=mistakes.output()).write(tmp_path / "config")
    done = run("check", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "config: no mistakes; 1 feed (and 1 paused), 1 output, 0 sites\n"
    assert not (tmp_path / "data").exists()


def test_the_shipped_config_is_found_from_anywhere_and_right(tmp_path: Path) -> None:
    done = run("check", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "no mistakes; 4 feeds, 3 outputs" in done.stdout


@pytest.mark.parametrize("form", ["before", "behind", "variable"])
def test_the_folder_can_be_named(tmp_path: Path, form: str) -> None:
    place = mistakes.Broken("x", "", "", "", "", feeds=mistakes.feed()).write(tmp_path / "elsewhere")
    words = {"before": ("--config", str(place), "check"), "behind": ("check", f"--config={place}")}.get(
        form, ("check",)
    )
    done = run(*words, cwd=tmp_path, environ={"AGGREGATOR_CONFIG": str(place)} if form == "variable" else {})
    assert done.stdout == "elsewhere: no mistakes; 1 feed, 0 outputs, 0 sites\n"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("nonsense",), "No such command"),
        (("check", "--nonsense"), "No such option"),
        (("update", "nobody", "--config", "nowhere"), "nowhere: there is no config folder here"),
        (("show",), "Missing argument"),
        (("list", "--limit", "0"), "limit"),
        (("export", "--format", "tar", "x"), "tar"),
    ],
)
def test_wrong_usage_is_told_with_code_2(tmp_path: Path, words: tuple[str, ...], told: str) -> None:
    done = run(*words, cwd=tmp_path)
    assert done.returncode == 2
    assert told.lower() in done.stderr.lower()
    assert "Traceback" not in done.stderr


def test_help_names_every_command_and_its_version(tmp_path: Path) -> None:
    done = run("--help", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    listed = [line.split()[0] for line in done.stdout.partition("Commands:")[2].splitlines() if line.startswith("  ")]
    for name in ["run", "update", "check", "status", "feeds", "show", "list", "import", "export", "publish", "migrate"]:
        assert name in listed
        told = run(name, "--help", cwd=tmp_path)
        assert told.returncode == 0
        assert "--config" in told.stdout
    assert run("--version", cwd=tmp_path).stdout.startswith("aggregator ")


def test_the_command_line_starts_without_the_heavy_libraries(tmp_path: Path) -> None:
    code = f"import sys, aggregator.cli; print(*(name for name in {HEAVY!r} if name in sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=_KEPT | {"PYTHONPATH": str(Path(__file__).resolve().parents[2])},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout == "\n"


def test_a_reader_that_has_enough_is_no_failure(tmp_path: Path) -> None:
    feeds = "".join(mistakes.feed(name=f"f{n} {'长' * 60}", url=f"https://example.org/{n}") for n in range(2000))
    mistakes.Broken("x", "", "", "", "", feeds=feeds).write(tmp_path / "config")
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", f"{sys.executable} -m aggregator feeds list | head -1"],
        cwd=tmp_path,
        env=_KEPT | {"PYTHONPATH": str(Path(__file__).resolve().parents[2]), "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("slug\tname")
