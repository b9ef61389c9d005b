"""What the archive holds and takes, and how it grows: plain numbers. Made by app/statistics.py."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Statistics:
    """Numbers; sizes in bytes."""

    counts: dict[str, int]
    feeds: list[tuple[str, int, int]]  #: slug, articles, appearances
    sizes: dict[str, int]  #: database, its free pages, search index, outputs, media, warc, pruned
    tables: dict[str, int]  #: with their indexes; {} where the database cannot tell, or nobody asked
    days: dict[str, int]  #: articles first seen, by Beijing day
    article: float  #: in database and index, for each
    per_day: float  #: articles
    per_year: float  #: bytes, at this rate, files too
    free: int  #: of the disk
    full: date | None  #: when the disk is full at this rate; None: not in a hundred years
    server: str | None = None  #: version of the PostgreSQL that holds the database, where one does
