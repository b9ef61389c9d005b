from __future__ import annotations

import io
import json
import logging
import warnings
from collections.abc import Iterator

import pytest
import structlog

from aggregator.cli import logs


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    logging.captureWarnings(False)
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def speak(level: str, form: str, stream: io.StringIO) -> list[str]:
    logs.configure(level, form, stream=stream)
    log = structlog.get_logger("aggregator.work")
    log.info("polled", feed="roll", title="财经")
    log.debug("detail")
    logging.getLogger("uvicorn.error").warning("slow %s", "client")
    logging.getLogger("apscheduler.executors").info("ran a job")
    try:
        raise ValueError("odd")
    except ValueError:
        log.exception("broke")
    return stream.getvalue().splitlines()


def test_json_lines_hold_events_of_ours_and_of_libraries() -> None:
    lines = [json.loads(line) for line in speak("info", "auto", io.StringIO())]
    assert [(line["event"], line["level"], line["logger"]) for line in lines] == [
        ("polled", "info", "aggregator.work"),
        ("slow client", "warning", "uvicorn.error"),
        ("broke", "error", "aggregator.work"),
    ]
    assert (lines[0]["feed"], lines[0]["title"]) == ("roll", "财经")
    assert lines[0]["timestamp"].endswith("Z")
    assert "ValueError: odd" in lines[2]["exception"]


@pytest.mark.parametrize(("form", "stream"), [("auto", Terminal()), ("human", io.StringIO())])
def test_people_get_lines_to_read(form: str, stream: io.StringIO) -> None:
    lines = speak("info", form, stream)
    assert "polled" in lines[0]
    assert "财经" in lines[0]
    assert not lines[0].startswith("{")
    assert lines[-1].endswith("ValueError: odd")


def test_the_level_holds_for_all() -> None:
    assert [json.loads(line)["event"] for line in speak("error", "json", io.StringIO())] == ["broke"]
    assert "detail" in [json.loads(line)["event"] for line in speak("debug", "json", io.StringIO())]


def test_warnings_are_logged() -> None:
    stream = io.StringIO()
    logs.configure("info", "json", stream=stream)
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        warnings.warn("old ways", DeprecationWarning, stacklevel=1)
    assert "old ways" in json.loads(stream.getvalue())["event"]
