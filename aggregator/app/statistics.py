"""What the archive holds, what it takes, how it grows, and when the disk will be full. In: an App. Out: plain numbers.

Called by cli/space.py and app/answers.py. Growth is reckoned from the last thirty whole days, or those since the first
article.
"""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from aggregator.models import Statistics
from aggregator.store.columns import micros

if TYPE_CHECKING:
    from aggregator.app.core import App

DAYS = 30


def gather(app: App, *, tables: bool = True) -> Statistics:
    """Measure everything; each table only where asked for: that reads the whole database. Raises StoreError."""
    now, space = app.clock(), app.store.space
    pages, counts = space.pages(), app.store.articles.counts()
    sizes = {
        "database": pages.count * pages.size,
        "free pages": pages.free * pages.size,
        "search index": _size(app.store.search.path),
        "outputs": _size(app.data / "public"),
    }
    sizes |= {name: _size(app.data / name) for name in ("media", "warc", "pruned")}
    each = (sizes["database"] - sizes["free pages"] + sizes["search index"]) / max(counts["articles"], 1)
    days = space.days(micros(now), DAYS)
    span = _span(space.earliest(), now)
    per_day = sum(days.values()) / span if span else 0.0
    since = (now - timedelta(days=span)).timestamp()
    files = sum(_size(app.data / name, since) for name in ("media", "warc", "pruned")) / span if span else 0.0
    grows, free = per_day * each + files, shutil.disk_usage(app.data).free
    left = free / grows if grows else float("inf")
    return Statistics(
        counts=counts,
        feeds=space.feeds(),
        sizes=sizes,
        tables=space.tables() if tables else {},
        days=days,
        article=each,
        per_day=per_day,
        per_year=grows * 365,
        free=free,
        server=app.store.server,
        full=(now + timedelta(days=left)).date() if left < 36_500 else None,
    )


def _span(first: int | None, now: datetime) -> int:
    """Whole days that growth is reckoned from: 0 on the first day."""
    if first is None:
        return 0
    return min(DAYS, (micros(now) - first) // 86_400_000_000)


def _size(path: Path, since: float = 0.0) -> int:
    """Bytes of a file with its WAL, or of all files below a folder that changed since an instant."""
    if not path.is_dir():
        found = [path, path.with_name(f"{path.name}-wal")]
    else:
        found = [one for one in path.rglob("*") if not one.is_symlink()]
    total = 0
    for one in found:
        try:
            facts = one.stat()
        except OSError:  # it went meanwhile
            continue
        total += facts.st_size if one.is_file() and facts.st_mtime >= since else 0
    return total
