"""What is kept of a fetched document besides its article: the document itself, as it came, in a WARC file.

Frozen dataclasses without behaviour beyond small derived values; aware datetimes only.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from aggregator.models.documents import Document, Entry


class RawKind(StrEnum):
    """What a kept document is."""

    PAGE = "page"  # the page of one article
    FEED = "feed"  # a feed document, which brought any number of articles


@dataclass(frozen=True, slots=True)
class Fetched:
    """A document that is to be kept, and what it was fetched for."""

    document: Document
    kind: RawKind
    slug: str  #: of the subscription
    entry: Entry | None = None  #: pages: the entry as the feed stated it
    restated: bool = False  #: `entry` is what was stored of the article, not what its feed stated
    docid: str | None = None
    extractor: str | None = None


@dataclass(frozen=True, slots=True)
class RawDocument:
    """Where a kept document lies: the response record (or the revisit record) of a WARC file."""

    url: str  #: that answered, after redirects
    fetched_at: datetime
    file: str  #: name of the file below data/warc
    offset: int  #: bytes
    length: int  #: bytes, as stored
    kind: RawKind
    status: int
    digest: str  #: SHA-1 of the payload, hex
    revisit: bool = False  #: the payload lies in an older record with the same digest


@dataclass(frozen=True, slots=True)
class RawSource:
    """A kept document that an article was made from."""

    id: int
    document: RawDocument
    article_id: int
    revision: int  #: number of the article's newest state that was made from it
