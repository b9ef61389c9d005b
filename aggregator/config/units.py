"""Durations and sizes as people write them. In: a value from TOML or the environment. Out: timedelta, or bytes.

Both raise `Mistake`, which names what was meant and shows the form.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from aggregator.config.problems import Mistake

_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|[smhdw])", re.IGNORECASE)
_DURATION = re.compile(rf"\s*(?:{_PART.pattern}\s*)+", re.IGNORECASE)
_LONGEST = timedelta(days=36500)

_BYTES = {"": 1, "B": 1, "K": 2**10, "M": 2**20, "G": 2**30}
_SIZE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(?:([KMG]?)(?:i?B)?)\s*", re.IGNORECASE)


def duration(value: Any) -> timedelta:
    """'90s', '5m', '1h30m', '6h', '1d', '2w', or a number of seconds; more than nothing and less than a century."""
    if isinstance(value, timedelta):
        return value
    seconds = _number(value)
    if seconds is None and isinstance(value, str) and _DURATION.fullmatch(value):
        seconds = sum(float(amount) * _SECONDS[unit.lower()] for amount, unit in _PART.findall(value))
    if seconds is None:
        raise Mistake(f"{value!r} is no duration", 'write it like "90s", "5m", "6h" or "1d"')
    if not 0 < seconds < _LONGEST.total_seconds():
        raise Mistake(f"{value!r} is no useful duration", 'write more than nothing, like "90s", "5m", "6h" or "1d"')
    return timedelta(seconds=seconds)


def shown(value: timedelta) -> str:
    """'90 s', '20 min', '1 h', '2 d': the largest unit that it is a whole number of."""
    seconds = value.total_seconds()
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= length and seconds % length == 0:
            return f"{seconds / length:g} {unit}"
    return f"{seconds:g} s"


def written(value: timedelta) -> str:
    """As `duration` reads it: '20m', '1h'."""
    return shown(value).replace(" ", "").replace("min", "m")


def size(value: Any) -> int:
    """'15 MB', '500 KB', or a number of bytes. K, M and G are powers of 1024."""
    found = None if isinstance(value, bool) else _SIZE.fullmatch(str(value))
    total = float(found[1]) * _BYTES[found[2].upper()] if found else 0.0
    if not 1 <= total < 2**63:
        raise Mistake(f"{value!r} is no size", 'write it like "15 MB" or "500 KB"')
    return int(total)


def sized(value: int) -> str:
    """As `size` reads it: '2 GB', '1.5 MB', '700 B'."""
    unit, factor = next(((name, _BYTES[name[0]]) for name in ("GB", "MB", "KB") if value >= _BYTES[name[0]]), ("B", 1))
    return f"{value / factor:.4g} {unit}"


def _number(value: Any) -> float | None:
    """Plain seconds; a text of digits counts, because the environment holds only text."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value)
    return float(value) if isinstance(value, str) and re.fullmatch(r"\s*\d+(\.\d+)?\s*", value) else None
