"""What stands in an archive, and what an export may ask for: the values between a format and app/.

In: nothing. Out: dataclasses. `where` is the place of a thing as a person finds it: `file`, `file:line`, `file#record`.
`done` counts the records of the file that are read with it, so that an import that was stopped can go on behind them; 0
where a file is one record, or cannot be taken up in its middle.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from aggregator.models import Document, Entry, StoredArticle


@dataclass(frozen=True, slots=True)
class Post:
    """The text of a post; parse/post.py reads it."""

    where: str
    text: str
    done: int = 0


@dataclass(frozen=True, slots=True)
class Stated:
    """One article as another program stated it: cleaned, placed and stored like the entry of a feed."""

    where: str
    entry: Entry
    done: int = 0


@dataclass(frozen=True, slots=True)
class FeedDocument:
    """A feed as a file; parse/ reads its entries."""

    where: str
    document: Document
    done: int = 0


@dataclass(frozen=True, slots=True)
class PageDocument:
    """The page of one article; extract/ finds its text."""

    where: str
    document: Document
    done: int = 0
    entry: Entry | None = None  #: what a feed stated of it, where the archive tells


@dataclass(frozen=True, slots=True)
class Followed:
    """A feed that somebody follows; it belongs into feeds.toml."""

    where: str
    url: str
    name: str = ""  #: '' where nobody named it
    categories: tuple[str, ...] = ()  #: folders it lies in, outermost first
    settings: Mapping[str, str] = field(default_factory=dict)  #: keys of feeds.toml, as texts
    done: int = 0


@dataclass(frozen=True, slots=True)
class Whole:
    """A record of a lossless archive as store/whole.py has it: `facts["kind"]` says what it is. JSON values."""

    where: str
    facts: Mapping[str, Any]
    done: int = 0


@dataclass(frozen=True, slots=True)
class Broken:
    """Something that cannot be taken, and why; the rest goes on."""

    where: str
    reason: str
    done: int = 0


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something sound that is no article: it is counted by its reason, and no fault."""

    where: str
    reason: str
    done: int = 0


Item = Post | Stated | FeedDocument | PageDocument | Followed | Whole | Broken | LeftOut


@dataclass(frozen=True, slots=True)
class Written:
    """One thing of an export: at its place now, or there before, or refused with a reason."""

    where: str
    kept: bool = False  #: it stood there, whole and equal
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class PostText:
    """An article as a post."""

    title: str
    categories: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Reading:
    """An article as a page shows it to a reader. Texts are plain, free of control characters; addresses http(s)."""

    id: int  #: of the store: never given to another article
    story: str  #: uid of its story: urn:uuid:…
    title: str  #: never empty
    at: datetime  #: published, never later than first seen; whole seconds
    updated: datetime
    html: str  #: the text, as the sanitiser left it; an archive that came from elsewhere may hold anything
    text: str  #: the same without mark-up, one line a block
    url: str | None  #: where the outlet has it
    outlet: str  #: '' where nothing tells
    byline: str = ""
    editor: str = ""
    whole: bool = True  #: False: only a summary is known
    image: str | None = None  #: address of the lead picture, as the article states it
    categories: tuple[str, ...] = ()
    symbols: tuple[tuple[str, str], ...] = ()  #: (600941.SH, 中国移动); '' for an unknown name


@dataclass(frozen=True, slots=True)
class Kept:
    """A picture of the archive."""

    name: str  #: the hash of its bytes and its type: HASH.jpg
    file: Path  #: where it lies; it may go at any time


class Contents(Protocol):
    """What an export carries: what the store holds, as far as the filters let it pass. Each call reads anew, lazily."""

    @property
    def now(self) -> datetime:
        """When the export began."""
        ...

    @property
    def title(self) -> str:
        """What the operator calls the site."""
        ...

    @property
    def told(self) -> str:
        """What the filters ask for, in Chinese words; '' for everything."""
        ...

    def articles(self) -> Iterator[StoredArticle]:
        """Every article, in id order."""
        ...

    def records(self) -> Iterator[Mapping[str, Any]]:
        """Every subscription, story and article with all its states, for a lossless archive: store/whole.py."""
        ...

    def posts(self) -> Iterator[PostText]:
        """Every article as a post: an imported one byte for byte as it came, others in the same form."""
        ...

    def followed(self) -> Iterator[Followed]:
        """The feeds in feeds.toml, also those that are switched off. Filters do not touch them."""
        ...

    def documents(self) -> Iterator[bytes | Written]:
        """The WARC records of every kept document, each once; a Written tells what could not be read."""
        ...

    def readings(self) -> Iterator[Reading]:
        """Every article for readers, in id order; those that were withdrawn are left out."""
        ...

    def feed(self, stories: Sequence[str]) -> bytes:
        """An Atom document of the stories, by uid, in the order given; what is gone by now is left out."""
        ...

    def picture(self, url: str) -> Kept | None:
        """The picture of this address, as articles state it; None where it is not kept."""
        ...
