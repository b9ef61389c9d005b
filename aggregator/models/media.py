"""Pictures that are kept: what is wanted, what lies in data/media, and what became of each picture of an article.

Frozen dataclasses without behaviour beyond small derived values; aware datetimes only.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class WantedPicture:
    """A picture that is to be fetched."""

    id: int
    url: str
    page: str | None  #: address of the article that shows it
    attempts: int  #: that failed
    since: datetime  #: when it was wanted first


@dataclass(frozen=True, slots=True)
class Medium:
    """A picture as it is kept: equal bytes are kept once."""

    hash: str  #: hexadecimal BLAKE2b, 160 bits, of the bytes
    extension: str  #: by content: jpg, png, gif, webp, avif, bmp
    size: int  #: bytes
    width: int | None = None  #: pixels
    height: int | None = None

    @property
    def name(self) -> str:
        """Its name in addresses: HASH.jpg."""
        return f"{self.hash}.{self.extension}"


@dataclass(frozen=True, slots=True)
class ArticlePicture:
    """What became of one picture of an article. Neither `kept` nor `next_at`: it is lost, `reason` says why."""

    article_id: int
    url: str
    kept: Medium | None
    next_at: datetime | None  #: when it is tried next
    attempts: int
    reason: str | None  #: in words, of the last failure
