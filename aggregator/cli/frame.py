"""What all commands share: options, config, an App that is ready, and how errors are told. Called by every command.

Exit codes: 0 fine, 1 the work failed, 2 the command line or the config is wrong. Errors are one sentence on stderr;
tracebacks come with -v only.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperCommand

from aggregator.cli import output
from aggregator.errors import AggregatorError, ConfigError, QueryError

if TYPE_CHECKING:
    from aggregator.app.core import App
    from aggregator.config import Config

FAILED, WRONG, INTERRUPTED = 1, 2, 130

EPILOG = "Every command also takes --config DIR and -v."

#: Options that may stand before or behind any command; those with a value say so.
_EVERYWHERE = {"--config": True, "-v": False, "--verbose": False}


@dataclass(frozen=True, slots=True)
class Options:
    """What was given for all commands."""

    config: Path | None = None
    verbose: bool = False


class Command(TyperCommand):
    """A command whose errors become a sentence and an exit code."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.epilog = self.epilog or EPILOG

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        with told(options(ctx)):
            return super().invoke(ctx)


def options(ctx: typer.Context) -> Options:
    """The options for all commands."""
    given = ctx.find_root().obj
    return given if isinstance(given, Options) else Options()


def hoist(words: list[str]) -> list[str]:
    """The command line with the options for all commands moved to its front: they may stand behind a command too."""
    front: list[str] = []
    rest: list[str] = []
    left = iter(words)
    for word in left:
        if word == "--":
            rest += [word, *left]
        elif word in _EVERYWHERE:
            front.append(word)
            if _EVERYWHERE[word]:
                front += [value for value in [next(left, None)] if value is not None]
        elif word.partition("=")[0] in _EVERYWHERE and word.startswith("--"):
            front.append(word)
        else:
            rest.append(word)
    return front + rest


@contextmanager
def told(given: Options) -> Iterator[None]:
    """Turn what ends a command early into words on stderr and an exit code."""
    try:
        yield
        sys.stdout.flush()
    except (typer.Exit, typer.Abort, typer.BadParameter):  # typer tells these itself
        raise
    except (ConfigError, QueryError) as fault:
        _stop(fault, WRONG, given)
    except AggregatorError as fault:
        _stop(fault, FAILED, given)
    except BrokenPipeError:  # the reader had enough (`| head`): no failure
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(0) from None
    except KeyboardInterrupt:
        typer.echo("interrupted", err=True)
        raise typer.Exit(INTERRUPTED) from None
    except OSError as fault:
        where = f"{fault.filename}: " if fault.filename else ""
        _stop(fault, FAILED, given, f"{where}{fault.strerror or fault}")
    except Exception as fault:  # noqa: BLE001 (whatever it is, the person at the terminal wants a sentence)
        broke = f"the program itself failed ({type(fault).__name__}: {fault}); run the command with -v to see where"
        _stop(fault, FAILED, given, broke)


def _stop(fault: Exception, code: int, given: Options, words: str | None = None) -> None:
    if given.verbose:
        import traceback

        traceback.print_exception(fault)
    typer.echo(output.safe(words or str(fault)), err=True)
    raise typer.Exit(code) from None


def config(ctx: typer.Context) -> Config:
    """The config that was asked for, checked."""
    from aggregator import config

    return config.load(options(ctx).config)


@contextmanager
def app(ctx: typer.Context, *, level: str = "warning") -> Iterator[App]:
    """The program with its database open and up to date. `level` is what a short command logs on stderr."""
    from aggregator.app.core import App
    from aggregator.cli import logs

    loaded = config(ctx)
    logs.configure("debug" if options(ctx).verbose else level, loaded.settings.log.format)
    with App(loaded) as built:
        built.prepare()
        yield built


def day(word: str | None, *, end: bool = False) -> datetime | None:
    """An instant as a person writes it: a day of Beijing (with `end`, its end), or a date with its time."""
    from aggregator.kit import dates

    if not word:
        return None
    if len(word) == 10:
        word += " 23:59:59.999999" if end else " 00:00"
    try:
        given = datetime.fromisoformat(word)
    except ValueError:
        raise typer.BadParameter(f"{word[:10]!r} is no date; write it as 2026-11-16 or 2026-11-16T08:30") from None
    return given.astimezone(UTC) if given.tzinfo else given.replace(tzinfo=dates.BEIJING).astimezone(UTC)
