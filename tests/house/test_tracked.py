"""What git keeps: nothing of one machine, nothing unfinished, scripts that start, lock files that agree."""

from __future__ import annotations

import os
import re

import pytest

from tests.house.source import REPO, tracked

# Written in pieces, so that this file does not find itself.
_MACHINE = re.compile(r"(?<![\w.:/-])/(?:wor" + r"k|roo" + r"t|hom" + r"e/\w+|User" + r"s)/\w")
_REGISTRY = re.compile(r"pypi\." + r"org|python" + r"hosted\." + r"org|--(?:extra-)?index-" + r"url|--find-" + r"links")
_UNFINISHED = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")
_PIN = re.compile(r"^([a-z0-9._-]+)==(\S+)(?: ; (.+?))? \\$", re.MULTILINE)

_LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-build.lock")


def _texts() -> list[tuple[str, str]]:
    found = []
    for path in tracked():
        body = (REPO / path).read_bytes()
        if b"\0" not in body[:8000] and not path.startswith("tests/data/"):
            found.append((path, body.decode("utf-8", "replace")))
    return found


@pytest.mark.parametrize(
    ("what", "pattern"),
    [("a path of one machine", _MACHINE), ("a registry", _REGISTRY), ("unfinished work", _UNFINISHED)],
)
def test_nothing_tracked_holds(what: str, pattern: re.Pattern[str]) -> None:
    found = [
        f"{path}:{number}: {line.strip()[:120]}"
        for path, text in _texts()
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]
    assert not found, f"{what}:\n" + "\n".join(found)


def test_nothing_made_is_tracked() -> None:
    made = re.compile(r"^(?:data|\.venv)/|\.sqlite|__pycache__|\.pyc$|\.egg-info")
    assert [path for path in tracked() if made.search(path)] == []


def test_scripts_can_be_started() -> None:
    for path in tracked():
        if (path.startswith("scripts/") and "." not in path) or path == ".ci/run":
            assert (REPO / path).read_text("utf-8").startswith("#!/usr/bin/env bash\n"), path
            assert os.access(REPO / path, os.X_OK), f"{path} is not executable"


@pytest.mark.parametrize("name", _LOCKS)
def test_lock_files_hold_no_addresses(name: str) -> None:
    text = (REPO / "scripts" / name).read_text("utf-8")
    assert "://" not in text
    for pin in _PIN.finditer(text):
        after = text[pin.end() : pin.end() + 40]
        assert after.lstrip().startswith("--hash=sha256:"), f"{pin[1]} has no hash"


def test_what_runs_is_what_is_tested() -> None:
    run, dev = (
        {match.groups() for match in _PIN.finditer((REPO / "scripts" / name).read_text("utf-8"))} for name in _LOCKS[:2]
    )
    assert len(run) > 20
    assert run <= dev, f"pinned otherwise for development: {sorted(one[0] for one in run - dev)}"
