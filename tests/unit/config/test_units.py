from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from aggregator.config import units
from aggregator.config.problems import Mistake


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("90s", 90),
        ("5m", 300),
        ("6h", 21600),
        ("1d", 86400),
        ("2w", 1209600),
        ("250ms", 0.25),
        ("1h30m", 5400),
        ("1h 30m", 5400),
        (" 1.5 H ", 5400),
        (90, 90),
        (0.5, 0.5),
        ("90", 90),
        (timedelta(minutes=1), 60),
    ],
)
def test_duration(written: Any, seconds: float) -> None:
    assert units.duration(written) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "written", ["", "fast", "5 minutes", "m", "-5m", "0s", 0, -1, True, None, [], "1e9", "5m!", "99999w", float("nan")]
)
def test_no_duration(written: Any) -> None:
    with pytest.raises(Mistake) as caught:
        units.duration(written)
    assert '"90s"' in caught.value.mend


@pytest.mark.parametrize(
    ("written", "count"),
    [
        ("15 MB", 15728640),
        ("15MB", 15728640),
        ("15 MiB", 15728640),
        ("1.5k", 1536),
        ("2 gb", 2**31),
        (512, 512),
        ("7 B", 7),
    ],
)
def test_size(written: Any, count: int) -> None:
    assert units.size(written) == count


@pytest.mark.parametrize("written", ["", "big", "-1 MB", "0", 0, True, None, "15 TB", "15 MB/s"])
def test_no_size(written: Any) -> None:
    with pytest.raises(Mistake):
        units.size(written)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (20, "20 s"),
        (90, "90 s"),
        (60, "1 min"),
        (1200, "20 min"),
        (3600, "1 h"),
        (5400, "90 min"),
        (21600, "6 h"),
        (86400, "1 d"),
        (90000, "25 h"),
        (1.5, "1.5 s"),
        (0.25, "0.25 s"),
    ],
)
def test_a_duration_is_shown_in_its_largest_whole_unit(seconds: float, words: str) -> None:
    assert units.shown(timedelta(seconds=seconds)) == words


def test_a_size_beyond_all_measure_is_a_mistake() -> None:
    with pytest.raises(Mistake, match="no size"):
        units.size("9" * 400)


@pytest.mark.parametrize("text", ["90s", "20m", "1h", "2d", "1.5s"])
def test_written_as_it_is_read(text: str) -> None:
    assert units.written(units.duration(text)) == text
