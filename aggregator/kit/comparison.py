"""What differs between two states of an article: its facts, and its text.

In: two Articles, mostly revisions of one. Out: a Comparison of plain values. Pure. Called by cli (`aggregator
diff`) and web (the page of a story).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aggregator.kit import difference, lines, pictures, text
from aggregator.kit.difference import Row
from aggregator.models import Article

#: The facts that are compared, in the order in which they are told, with what they are called.
_FACTS = {
    "title": "title",
    "outlet": "outlet",
    "byline": "byline",
    "author": "author",
    "editor": "editor",
    "published": "published",
    "updated": "updated",
    "original_title": "original title",
    "completeness": "complete",
    "deleted": "withdrawn",
    "url": "link",
    "categories": "categories",
    "keywords": "keywords",
}


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact that differs. Values: text, datetime, bool or a tuple of texts; None: not known."""

    name: str
    old: str | datetime | bool | tuple[str, ...] | None
    new: str | datetime | bool | tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """All that differs, and the paragraphs between."""

    facts: tuple[Fact, ...]
    rows: tuple[Row, ...]

    @property
    def empty(self) -> bool:
        """True when nothing differs that a reader could see."""
        return not self.facts and not any(row.changed for row in self.rows)


def compare(old: Article, new: Article) -> Comparison:
    """Compare two states. Of lists (pictures, symbols, keywords) only what differs is told."""
    facts = [_fact(name, getattr(old, field), getattr(new, field)) for field, name in _FACTS.items()]
    facts.append(_fact("symbols", tuple(one.code for one in old.symbols), tuple(one.code for one in new.symbols)))
    facts.append(_pictures(old, new))
    facts.append(_fact("videos", tuple(one.video_id for one in old.videos), tuple(one.video_id for one in new.videos)))
    return Comparison(tuple(fact for fact in facts if fact), tuple(difference.rows(_lines(old), _lines(new))))


def _fact(name: str, old: Any, new: Any) -> Fact | None:
    if isinstance(old, tuple):
        gone = tuple(one for one in old if one not in new)
        came = tuple(one for one in new if one not in old)
        return Fact(name, gone, came) if gone or came else None
    same = lines.line(old) == lines.line(new) if isinstance(old, str) and isinstance(new, str) else old == new
    return None if same else Fact(name, old, new)


def _pictures(old: Article, new: Article) -> Fact | None:
    """Pictures by what they show, not by their size; each with its caption."""
    before, after = ({(pictures.key(one.url), one.caption): _shown(one.url, one.caption) for one in article.images}
                     for article in (old, new))  # fmt: skip
    gone = tuple(shown for key, shown in before.items() if key not in after)
    came = tuple(shown for key, shown in after.items() if key not in before)
    return Fact("pictures", gone, came) if gone or came else None


def _shown(url: str, caption: str | None) -> str:
    return f"{url} ({caption})" if caption else url


def _lines(article: Article) -> list[str]:
    return [line for line in (article.text or text.plain(article.html)).splitlines() if line.strip()]
