from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys
from aggregator.cli import logs
from aggregator.kit import journal
logs.configure("warning", "json")
log = journal.logger("aggregator.work")
log.info("polled", feed="roll")
print("structlog" in sys.modules)
if sys.argv[1] == "ours":
    log.warning("poll.failed", feed="财经", problem="odd")
    try:
        raise ValueError("odd")
    except ValueError:
        log.exception("broke")
    log.info("polled", feed="roll")
else:
    import logging
    logging.getLogger("uvicorn.error").warning("slow %s", "client")
    log.error("later")
print("structlog" in sys.modules)
"""


def told(who: str) -> tuple[list[str], list[str]]:
    done = subprocess.run([sys.executable, "-c", PROGRAM, who], capture_output=True, timeout=60, check=True, text=True)
    return done.stdout.split(), done.stderr.splitlines()


def test_structlog_is_loaded_with_the_first_event_that_is_wanted() -> None:
    loaded, lines = told("ours")
    assert loaded == ["False", "True"]
    assert len(lines) == 2
    assert '"feed": "财经"' in lines[0]
    assert '"logger": "aggregator.work"' in lines[0]
    assert '"level": "warning"' in lines[0]
    assert "ValueError: odd" in lines[1]


def test_a_library_may_be_the_first_to_tell_something() -> None:
    loaded, lines = told("a library")
    assert loaded == ["False", "True"]
    assert '"event": "slow client"' in lines[0]
    assert '"event": "later"' in lines[1]
    assert '"logger": "aggregator.work"' in lines[1]
