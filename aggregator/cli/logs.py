"""The log: structlog on stderr, for people on a terminal, as JSON lines otherwise. Called by commands before they work.

In: level and format of the config. Out: nothing; the logging of the process is set. What libraries log through the
standard logging module (uvicorn, APScheduler, asyncio) takes the same way and looks the same.
"""

from __future__ import annotations

import logging
import sys
from functools import partial
from typing import TYPE_CHECKING, TextIO

from aggregator.kit import journal

if TYPE_CHECKING:
    from structlog.typing import Processor

#: Libraries whose daily business is of no interest; their warnings are.
_QUIET = ("uvicorn", "uvicorn.access", "apscheduler", "asyncio", "trafilatura", "htmldate", "peewee", "aiohttp")


def configure(level: str, form: str = "auto", *, stream: TextIO | None = None) -> None:
    """Log from `level` (debug, info, warning, error) on, as `form`: human, json, or auto for what the stream suits.

    structlog is loaded with the first event, ours or a library's.
    """
    stream = stream or sys.stderr
    human = form == "human" or (form == "auto" and stream.isatty())
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_Late(human=human, stream=stream))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    logging.captureWarnings(True)
    setup = partial(_set_up, human=human)
    if "structlog" in sys.modules:  # somebody may have a logger of it already
        setup()
    else:
        journal.postpone(setup)


class _Late(logging.Formatter):
    """The formatter of structlog, made when there is something to format."""

    def __init__(self, *, human: bool, stream: TextIO) -> None:
        super().__init__()
        self._human, self._stream = human, stream
        self._made: logging.Formatter | None = None

    def format(self, record: logging.LogRecord) -> str:
        """One record as text. The handler's lock is held."""
        if self._made is None:
            import structlog

            self._made = structlog.stdlib.ProcessorFormatter(
                foreign_pre_chain=_shared(human=self._human),
                processors=[
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    *_last(human=self._human, stream=self._stream),
                ],
            )
        return self._made.format(record)


def _set_up(*, human: bool) -> None:
    import structlog

    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_shared(human=human),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def _shared(*, human: bool) -> list[Processor]:
    """What is added to events of ours and of libraries alike."""
    import structlog

    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        *([] if human else [structlog.stdlib.add_logger_name]),
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False)
        if human
        else structlog.processors.TimeStamper("iso"),
        structlog.processors.StackInfoRenderer(),
    ]


def _last(*, human: bool, stream: TextIO) -> list[Processor]:
    import structlog

    if human:
        plain = structlog.dev.plain_traceback
        return [structlog.dev.ConsoleRenderer(colors=stream.isatty(), exception_formatter=plain, pad_event_to=24)]
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
