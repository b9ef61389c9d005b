"""Invented articles as pages show them, and contents of an export made of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from aggregator.archive.items import Followed, Kept, PostText, Reading, Written
from aggregator.models import StoredArticle

#: Noon in Beijing, a Monday.
NOON = datetime(2026, 11, 16, 4, 0, tzinfo=UTC)

HOSTILE = "<script>alert(1)</script>\"'&]]>../../x\u202e{{ 7*7 }}"


def reading(number: int = 1, **changes: Any) -> Reading:
    """An article; each is an hour older than the one before."""
    at = NOON - timedelta(hours=number)
    given: dict[str, Any] = {
        "id": number,
        "story": f"urn:uuid:00000000-0000-5000-8000-{number:012}",
        "title": f"样本股份第{number}号公告",
        "at": at,
        "updated": at,
        "html": f"<p>样本股份公告第{number}段。</p>",
        "text": f"样本股份公告第{number}段。",
        "url": f"https://news.example.com/{number}.html",
        "outlet": "样本日报",
        "categories": ("国内",),
        "symbols": (("600941.SH", "样本移动"),),
    }
    return Reading(**{**given, **changes})


class Made:
    """Contents that hold these articles."""

    now = NOON

    def __init__(self, *readings: Reading, told: str = "", pictures: Mapping[str, Path] | None = None) -> None:
        self.title = "财经聚合"
        self.told = told
        self.given = readings
        self.pictures = pictures or {}

    def readings(self) -> Iterator[Reading]:
        """All of them."""
        return iter(self.given)

    def feed(self, stories: Sequence[str]) -> bytes:
        """Their names."""
        return " ".join(stories).encode()

    def picture(self, url: str) -> Kept | None:
        """The picture under the name of its file."""
        file = self.pictures.get(url)
        return Kept(file.name, file) if file else None

    def articles(self) -> Iterator[StoredArticle]:
        """None."""
        return iter(())

    def records(self) -> Iterator[Mapping[str, Any]]:
        """None."""
        return iter(())

    def posts(self) -> Iterator[PostText]:
        """None."""
        return iter(())

    def followed(self) -> Iterator[Followed]:
        """None."""
        return iter(())

    def documents(self) -> Iterator[bytes | Written]:
        """None."""
        return iter(())
