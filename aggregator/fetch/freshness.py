"""How long an answer holds and how long to stay away: response headers in, instants and spans out.

Pure. Called by fetch.http (`stay_away`) and by schedule.policy (`not_before`). Header names are lower case.
"""

from __future__ import annotations

import email.utils
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

#: A feed that claims to be fresh for longer is asked again after this.
LONGEST_FRESH = timedelta(days=7)
#: An origin that asks for more is asked again after this.
LONGEST_AWAY = timedelta(days=30)

_DIRECTIVE = re.compile(r'([a-z-]+)(?:\s*=\s*("[^"]*"|[^\s,;]*))?', re.IGNORECASE)


def not_before(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """The instant until which the answer says it is fresh, or None when it says nothing usable.

    Cache-Control max-age (RFC 9111 §5.2.2.1) wins over Expires (§5.3); s-maxage is for shared caches and ignored;
    no-cache and no-store mean nothing. Age is taken off; never more than 7 days from `now`.
    """
    directives = _directives(headers)
    if "no-cache" in directives or "no-store" in directives:
        return None
    lifetime = _seconds(directives["max-age"]) if "max-age" in directives else _expires(headers, now)
    if lifetime is None:
        return None
    fresh = min(lifetime, LONGEST_FRESH) - (_seconds(headers.get("age", "")) or timedelta())
    return now + fresh if fresh > timedelta() else None


def retry_after(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """What Retry-After asks for (RFC 9110 §10.2.3), or None when it is missing or cannot be read.

    Dates count from the answer's own Date header where there is one, so a wrong clock on either side does no harm.
    A date that has passed gives zero; never more than 30 days.
    """
    value = headers.get("retry-after", "").strip()
    span = _seconds(value)
    if span is not None:
        return span
    until = http_date(value)
    if until is None:
        return None
    asked = until - (http_date(headers.get("date", "")) or now)
    return min(max(asked, timedelta()), LONGEST_AWAY)


def stay_away(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """How long a 429 or 503 asks us to stay away: the longer of Retry-After and the freshness it states."""
    asked, fresh = retry_after(headers, now), not_before(headers, now)
    return max(asked or timedelta(), fresh - now) if fresh else asked


def http_date(value: str) -> datetime | None:
    """An HTTP-date in any of its three forms (RFC 9110 §5.6.7), aware UTC; None when it is none."""
    try:
        at = email.utils.parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def _expires(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    expires = http_date(headers.get("expires", ""))
    return expires - (http_date(headers.get("date", "")) or now) if expires else None


def _directives(headers: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in _DIRECTIVE.findall(headers.get("cache-control", "")):
        found.setdefault(name.lower(), value.strip('"'))
    return found


def _seconds(value: str) -> timedelta | None:
    """Delta-seconds (RFC 9111 §1.2.2), capped so that no value overflows; None for anything else."""
    if not (value.isascii() and value.isdigit()):
        return None
    return min(timedelta(seconds=int(value[:10])), LONGEST_AWAY) if len(value) < 400 else LONGEST_AWAY
