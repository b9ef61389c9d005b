"""The door to the log: loggers that load structlog with the first event that is wanted, not before.

In: events with their facts. Out: what cli/logs.py made of structlog. `log = journal.logger(__name__)` stands in every
module that logs. structlog brings rich along, a tenth of a second command's start and 5 MB (docs/decisions/0609), and
most short commands have nothing to tell.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

#: What sets structlog up, as long as nothing was logged.
_pending: Callable[[], None] | None = None
_setting_up = threading.Lock()


def postpone(setup: Callable[[], None]) -> None:
    """Have `setup` called before the first event. The levels of the standard library's logging hold from now on."""
    global _pending
    _pending = setup


class Logger:
    """A logger of structlog that is yet to be made. Facts are keywords, as in `log.info("polled", feed=slug)`."""

    def __init__(self, name: str) -> None:
        self._name = name

    def info(self, event: str, **facts: Any) -> None:
        """What happened, as it should."""
        self._tell(logging.INFO, "info", event, facts)

    def warning(self, event: str, **facts: Any) -> None:
        """What somebody may want to mend."""
        self._tell(logging.WARNING, "warning", event, facts)

    def error(self, event: str, **facts: Any) -> None:
        """What failed."""
        self._tell(logging.ERROR, "error", event, facts)

    def exception(self, event: str, **facts: Any) -> None:
        """What failed, with the traceback of the exception that is being handled."""
        self._tell(logging.ERROR, "exception", event, facts)

    def _tell(self, level: int, method: str, event: str, facts: dict[str, Any]) -> None:
        global _pending
        if _pending is not None:
            if not logging.getLogger(self._name).isEnabledFor(level):
                return
            with _setting_up:
                if (setup := _pending) is not None:
                    setup()
                _pending = None
        import structlog

        getattr(structlog.get_logger(self._name), method)(event, **facts)


def logger(name: str) -> Logger:
    """The logger of a module: `logger(__name__)`."""
    return Logger(name)
