"""`scripts/bench live`: how long an article that the origin has takes to be in the outputs.

In: options. Out: results as JSON values. A daemon polls one feed as often as its settings let it; after each article
the next one appears. Counted from the moment when the origin sent the body that holds the article: what comes before
is the feed's interval. Both clocks are CLOCK_MONOTONIC, which all processes of a machine share.
"""

from __future__ import annotations

import argparse
import http.client
import re
import shutil
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from benchmarks import hosting, machine, measure, places, readmes, report, running
from benchmarks.corpus import SHARED_BY
from benchmarks.systems.ours import Ours

ENTRIES = 50
FEEDS = 4  #: as many as fill the outputs; the last one is polled often
GOAL = 1.0  #: seconds
_STEP = 0.002  #: seconds between two looks
_LATEST = 30.0  #: seconds after which an article is missed

readme = readmes.block

_WORDS = places.TEXTS / "live.md"

#: Beside the three outputs that are shipped. The last one is rendered and written last.
_MORE = """
[[output]]
slug = "titles"
title = "样本－摘要"
full_text = false

[[output]]
slug = "last"
title = "样本－最后"
"""
_FIRST, _LAST = "all.rss", "last.json"


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of the subcommand."""
    parser.add_argument("--articles", type=report.positive, default=40)


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Measure, printing as it goes."""
    folder = places.SCRATCH / "live"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    noise = measure.noise()
    with closing(hosting.Origin(FEEDS * SHARED_BY, ENTRIES, delta=False, waves=options.articles)) as origin:
        ours = Ours(folder, origin.urls()[:FEEDS])  # of so many, these share no article
        outputs = _settings(ours)
        with closing(running.Daemon(ours)) as daemon:
            look = _Look(daemon)
            look.find(origin.corpus.slots(FEEDS - 1)[0].docid.encode())  # the first poll
            rows = []
            for number in range(1, options.articles + 1):
                rows.append(_one(origin, look, number))
                print(
                    f"  {number}: " + ", ".join(f"{what} {took:.3f} s" for what, took in rows[-1].items()), flush=True
                )
            look.close()
    shutil.rmtree(folder)
    return {"facts": machine.facts(), "noise": [noise, measure.noise()], "outputs": outputs, "rows": rows}


def _settings(ours: Ours) -> int:
    """Poll the last feed as often as may be, and publish five outputs; how many there are."""
    feeds = ours.config / "feeds.toml"
    feeds.write_text(feeds.read_text("utf-8") + 'interval = "1s"\n', "utf-8")
    outputs = ours.config / "outputs.toml"
    text = outputs.read_text("utf-8") + _MORE
    outputs.write_text(text, "utf-8")
    return len(re.findall(r"^\[\[output\]\]", text, re.MULTILINE))


class _Look:
    """Looks whether an article is in the first output, as file and as it is served, and in the file written last."""

    def __init__(self, daemon: running.Daemon) -> None:
        self._daemon = daemon
        self._connection = http.client.HTTPConnection("127.0.0.1", daemon.port, timeout=30)
        self._seen: dict[Path, tuple[int, int]] = {}
        self._etag = ""

    def first_file(self, docid: bytes) -> bool:
        """In the file that is written first."""
        return self._in_file(self._daemon.files / _FIRST, docid)

    def last_file(self, docid: bytes) -> bool:
        """In the file that is written last."""
        return self._in_file(self._daemon.files / _LAST, docid)

    def served(self, docid: bytes) -> bool:
        """In what is served. A conditional request, as readers send it."""
        self._connection.request("GET", f"/feeds/{_FIRST}", headers={"If-None-Match": self._etag or '"none"'})
        answer = self._connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            return False
        self._etag = answer.getheader("ETag") or ""
        return docid in body

    def find(self, docid: bytes) -> dict[str, float]:
        """When an article was first seen at each place. Raises Failed when it does not come."""
        left = {"served": self.served, "file": self.first_file, "last file": self.last_file}
        found: dict[str, float] = {}
        deadline = time.monotonic() + _LATEST
        while left:
            for what, there in list(left.items()):
                if there(docid):
                    found[what] = time.monotonic()
                    del left[what]
            if time.monotonic() > deadline:
                raise measure.Failed(f"an article was not {', '.join(left)} after {_LATEST:.0f} s")
            time.sleep(_STEP)
        return found

    def _in_file(self, path: Path, docid: bytes) -> bool:
        try:
            facts = path.stat()
            mark = (facts.st_ino, facts.st_mtime_ns)
            if self._seen.get(path) == mark:
                return False
            body = path.read_bytes()
        except FileNotFoundError:
            return False
        self._seen[path] = mark
        return docid in body

    def close(self) -> None:
        """Hang up."""
        self._connection.close()


def _one(origin: hosting.Origin, look: _Look, number: int) -> dict[str, float]:
    """Let one article appear; the seconds from the poll that found it to each place."""
    docid = origin.corpus.slots(FEEDS - 1, wave=number)[0].docid.encode()
    origin.wave(number)
    found = look.find(docid)
    sent = float(origin.counts()["last"])
    return {what: at - sent for what, at in found.items()}


# ------------------------------------------------------------------------------------------------ the page

_PLACES = {
    "served": f"served, `/feeds/{_FIRST}`",
    "file": f"in the file `{_FIRST}`, the first to be written",
    "last file": f"in the file `{_LAST}`, the last to be written",
}


def summary(results: dict[str, Any], what: str) -> tuple[float, float, float]:
    """Median, 95 of 100, and longest, in seconds."""
    took = [row[what] for row in results["rows"]]
    return running.percentile(took, 0.5), running.percentile(took, 0.95), max(took)


def section(results: dict[str, Any]) -> str:
    """The section of docs/performance.md."""
    rows = [(told, *(f"{one:.2f}" for one in summary(results, what))) for what, told in _PLACES.items()]
    worst = max(summary(results, what)[1] for what in _PLACES)
    goal = (
        "appear → in output, 95 of 100",
        f"≤ {GOAL:.0f} s after the poll",
        f"{worst:.2f} s",
        report.verdict(worst <= GOAL),
    )
    words = (
        _WORDS.read_text("utf-8")
        .strip()
        .format(
            articles=len(results["rows"]),
            entries=ENTRIES,
            others=FEEDS - 1,
            shown=FEEDS * ENTRIES,
            outputs=results["outputs"],
        )
    )
    return "\n\n".join(
        (
            f"## From the origin to the outputs\n\n{report.facts(results)}",
            words,
            report.table(("an article is", "median s", "95 of 100", "longest"), rows),
            report.table(("figure", "to reach", "is", "reached"), [goal]),
        )
    )
