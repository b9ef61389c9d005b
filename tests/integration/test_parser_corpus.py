"""The whole reading path over the documents that well-tested feed parsers are tested with, and what those expect.

The yardstick is the script parser_corpus.py beside the corpus; neither is part of this checkout. Skipped when they are
absent. The strict reader is held against the tolerant one on the same documents.
"""

from __future__ import annotations

import importlib.util
import signal
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from aggregator.errors import NotAFeed
from aggregator.kit import charset
from aggregator.parse import feedxml, sniff, tolerant
from aggregator.parse.feedtext import FeedText

#: Line noise in no encoding at all: what cannot be read is replaced, and reported.
NOISE = "feedparser/tests/encoding/bozo_linenoise.xml"


@pytest.fixture(scope="module")
def yardstick(corpus: Path) -> ModuleType:
    script = corpus.parent / "tools" / "parser_corpus.py"
    if not script.is_file():
        pytest.skip(f"yardstick not found at {script}")
    spec = importlib.util.spec_from_file_location("parser_corpus", script)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def parsers(corpus: Path) -> Path:
    if not (corpus / "parsers" / "manifest.jsonl").is_file():
        pytest.skip(f"no parser corpus under {corpus}")
    return corpus / "parsers"


@pytest.fixture(scope="module")
def result(yardstick: ModuleType, parsers: Path) -> dict[str, Any]:
    """What the yardstick found, run once, with the seconds that took."""
    handler, began = signal.getsignal(signal.SIGALRM), time.perf_counter()
    found = yardstick.run(yardstick.load(str(parsers)), str(parsers), "tests.support.corpus:parse", 5.0, 0)
    signal.signal(signal.SIGALRM, handler)
    totals: Counter[str] = sum((Counter(counts) for counts in found["totals"].values()), Counter())
    return {"totals": totals, "examples": found["examples"], "seconds": time.perf_counter() - began}


@pytest.mark.parametrize("fault", ["crash", "timeout", "lost_silent", "rejected", "error_missed", "unsafe"])
def test_no_document_shows(result: dict[str, Any], fault: str) -> None:
    assert result["examples"].get(fault, []) == []


def test_no_document_gets_mojibake_of_our_making(result: dict[str, Any]) -> None:
    assert [example.split()[0] for example in result["examples"].get("mojibake_fffd", [])] in ([], [NOISE])
    assert result["examples"].get("mojibake_strange", []) == []


@pytest.mark.parametrize(
    ("field", "least"), [("title", 0.98), ("link", 0.98), ("guid", 0.98), ("published", 0.95), ("updated", 0.95)]
)
def test_fields_are_as_their_authors_expect(result: dict[str, Any], field: str, least: float) -> None:
    totals = result["totals"]
    assert totals[f"{field}_n"] > 10, "the corpus states too few expectations to tell"
    assert totals[f"{field}_ok"] / totals[f"{field}_n"] >= least, result["examples"][f"differs_{field}"]


def test_it_is_quick(result: dict[str, Any]) -> None:
    assert result["seconds"] < 30


def test_the_strict_reader_agrees_with_the_tolerant_one(corpus: Path, parsers: Path) -> None:
    documents = [
        *parsers.rglob("*.xml"),
        *parsers.rglob("*.atom"),
        *parsers.rglob("*.rss"),
        *(corpus / "feeds").glob("*.xml"),
    ]
    accepted = 0
    for path in sorted(documents):
        text = charset.decode(path.read_bytes()).text
        try:
            text = sniff.look(text).text
        except NotAFeed:
            continue
        strict = feedxml.read(_feed_text(text))
        if strict is None:
            continue
        accepted += 1
        lenient = tolerant.read(_feed_text(text))
        assert (strict.feed, strict.entries) == (lenient.feed, lenient.entries), path
    assert accepted > 400, "the strict reader declines nearly everything: nothing is shown"


def _feed_text(text: str) -> FeedText:
    address = "https://feeds.example/a/all.xml"
    return FeedText(text, address, address, "UTC", None, datetime(2026, 10, 16, tzinfo=UTC))
