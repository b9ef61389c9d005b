from __future__ import annotations

from pathlib import Path

import pytest
import typer

from aggregator.cli import frame
from aggregator.errors import AlreadyRunning, ConfigError, StoreError, Unreachable


@pytest.mark.parametrize(
    ("words", "hoisted"),
    [
        ("status --json", "status --json"),
        ("run --config x", "--config x run"),
        ("--config x run", "--config x run"),
        ("feeds add URL --config=x --name n -v", "--config=x -v feeds add URL --name n"),
        ("run --verbose", "--verbose run"),
        ("import -- -v --config", "import -- -v --config"),
        ("run --config", "--config run"),
        ("run -vx", "run -vx"),
    ],
)
def test_options_for_all_commands_may_stand_anywhere(words: str, hoisted: str) -> None:
    assert frame.hoist(words.split()) == hoisted.split()


@pytest.mark.parametrize(
    ("fault", "code", "words"),
    [
        (ConfigError("feeds.toml:1: x: is wrong; mend it"), 2, "feeds.toml:1: x: is wrong; mend it"),
        (StoreError("the disk is full"), 1, "the disk is full"),
        (Unreachable("https://example.org/", "no route"), 1, "https://example.org/: no route"),
        (AlreadyRunning(7, "x.sqlite"), 1, "process 7 already runs on x.sqlite"),
        (PermissionError(13, "Permission denied", "/srv/x"), 1, "/srv/x: Permission denied"),
        (ValueError("odd"), 1, "the program itself failed (ValueError: odd); run the command with -v"),
        (RuntimeError("odd"), 1, "the program itself failed (RuntimeError: odd)"),
        (KeyboardInterrupt(), 130, "interrupted"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_every_error_becomes_a_sentence_and_a_code(
    fault: BaseException, code: int, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit) as caught, frame.told(frame.Options()):
        raise fault
    assert caught.value.exit_code == code
    out, err = capsys.readouterr()
    assert err.startswith(words)
    assert err.count("\n") == 1
    assert out == ""


def test_verbose_shows_where_an_error_comes_from(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit), frame.told(frame.Options(config=Path("x"), verbose=True)):
        raise StoreError("the disk is full")
    err = capsys.readouterr().err
    assert "Traceback" in err
    assert err.endswith("the disk is full\n")


def test_an_exit_code_of_the_command_passes() -> None:
    with pytest.raises(typer.Exit) as caught, frame.told(frame.Options()):
        raise typer.Exit(1)
    assert caught.value.exit_code == 1
