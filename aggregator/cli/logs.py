"""The log: structlog on stderr, for people on a terminal, as JSON lines otherwise. Called by commands before they work.

In: level and format of the config. Out: nothing; the logging of the process is set. What libraries log through the
standard logging module (uvicorn, APScheduler, asyncio) takes the same way and looks the same.
"""

from __future__ import annotations

import logging
import sys
from typing import TextIO

import structlog
from structlog.typing import Processor

#: Libraries whose daily business is of no interest; their warnings are.
_QUIET = ("uvicorn", "uvicorn.access", "apscheduler", "asyncio", "trafilatura", "htmldate", "peewee", "aiohttp")


def configure(level: str, form: str = "auto", *, stream: TextIO | None = None) -> None:
    """Log from `level` (debug, info, warning, error) on, as `form`: human, json, or auto for what the stream suits."""
    stream = stream or sys.stderr
    human = form == "human" or (form == "auto" and stream.isatty())
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        *([] if human else [structlog.stdlib.add_logger_name]),
        structlog.stdlib.PositionalArgumentsFormatter(),
        _stamp(human=human),
        structlog.processors.StackInfoRenderer(),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_last(human=human, stream=stream)],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    logging.captureWarnings(True)


def _stamp(*, human: bool) -> Processor:
    return (
        structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False)
        if human
        else structlog.processors.TimeStamper("iso")
    )


def _last(*, human: bool, stream: TextIO) -> list[Processor]:
    if human:
        plain = structlog.dev.plain_traceback
        return [structlog.dev.ConsoleRenderer(colors=stream.isatty(), exception_formatter=plain, pad_event_to=24)]
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
