"""What an article says after a write: pure, no database.

A whole text is never replaced by a teaser, and nothing that identifies a document is lost.
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from aggregator.kit import text
from aggregator.models import Article, Completeness

RANK = {Completeness.SUMMARY: 0, Completeness.FLASH: 1, Completeness.FULL: 2}

#: Fields that an edit at the source changes although the text itself could not be read again.
STATED = ("title", "updated", "categories", "keywords", "flags")

#: Fields that only say where the document is, kept when the newer state does not know them.
IDENTIFYING = ("docid", "url", "published")


def merge(stored: Article, written: Article, *, edit: bool) -> Article:
    """The next state of an article. `edit`: the source changed it, rather than another feed carrying it too.

    An edit that is as whole as the stored text replaces everything; so does a more whole text from anywhere. Else the
    text and what was found in it stay: an edit then changes what the feed states, another feed fills what is missing.
    A withdrawal keeps everything and sets the mark, which only an edit takes back.
    """
    if written.deleted:
        return replace(stored, deleted=True)
    more = _rank(written) - _rank(stored)
    if more > 0 or (more == 0 and edit):
        kept = {name: getattr(stored, name) for name in IDENTIFYING if getattr(written, name) is None}
        merged = replace(written, **kept, **_first_date(stored, written))
    else:
        changes = {name: getattr(written, name) for name in STATED if edit and getattr(written, name)}
        merged = replace(stored, **_gaps(stored, written), **changes)
    return replace(merged, aliases=_aliases(merged, stored, written), deleted=stored.deleted and not edit)


def _first_date(stored: Article, written: Article) -> dict[str, Any]:
    """A source that dates an edited article anew did not publish it again: it stays on its day, and in its story.

    Under another title it did: a column that keeps one address for every day's issue.
    """
    if not (stored.published and written.published and stored.published < written.published):
        return {}
    return {"published": stored.published} if text.fold(stored.title) == text.fold(written.title) else {}


def _rank(article: Article) -> int:
    return RANK[article.completeness] if article.html or article.text else -1


def _gaps(stored: Article, written: Article) -> dict[str, Any]:
    """What `written` knows and `stored` does not, but for texts, which go together with their completeness."""
    names = (field.name for field in fields(Article) if field.name not in (*STATED, "html", "text", "original"))
    return {name: value for name in names if not getattr(stored, name) and (value := getattr(written, name))}


def _aliases(merged: Article, stored: Article, written: Article) -> tuple[str, ...]:
    addresses = (*merged.aliases, *stored.aliases, *written.aliases, stored.url, written.url)
    return tuple(dict.fromkeys(address for address in addresses if address and address != merged.url))
