"""Runs the whole reading path over foreign test documents: the adapter that parser_corpus.py calls.

`parse` returns what the pipeline would store for a feed document of these bytes: titles, addresses, ids and dates
from the parsed entries, content cleaned and sanitised.
"""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime
from typing import Any

from aggregator import parse as parsing
from aggregator.clean import clean
from aggregator.errors import NotAFeed
from aggregator.models import Article, Document, Entry

_FETCHED = datetime(2026, 10, 16, 10, 0, tzinfo=UTC)


def document(data: bytes, headers: dict[str, str] | None = None, url: str = "http://127.0.0.1:8097/feed") -> Document:
    """A response of these bytes. A Content-Location header is the address of what was sent, as its sender says."""
    lower = {name.lower(): value for name, value in (headers or {}).items()}
    return Document(
        url=url, final_url=lower.get("content-location", url), status=200, body=data, fetched_at=_FETCHED, headers=lower
    )


def parse(data: bytes, headers: dict[str, str], url: str) -> dict[str, Any]:
    """Adapter for parser_corpus.py: title, error, warnings and items of a feed document. Never raises."""
    try:
        # The documents come from all over the world; their zone-less dates mean UTC.
        parsed = parsing.parse(document(data, headers, url), zone="UTC")
    except NotAFeed as error:
        return {"title": None, "error": str(error), "warnings": [], "items": []}
    return {
        "title": parsed.feed.title,
        "error": None,
        "warnings": list(parsed.problems),
        "items": [_item(entry) for entry in parsed.entries],
    }


def _item(entry: Entry) -> dict[str, Any]:
    return {
        "title": entry.title,
        "link": entry.link or _iri(entry.id),
        "guid": entry.id,
        "published": _iso(entry.published),
        "updated": _iso(entry.updated),
        "content": clean(_article(entry)).html,
    }


def _article(entry: Entry) -> Article:
    stated = entry.content or entry.summary or ""
    markup = html.escape(stated, quote=False) if entry.content_is_text else stated
    return Article(entry_id=entry.id, title=entry.title, html=markup, url=entry.link)


def _iri(entry_id: str) -> str | None:
    """The yardsticks call the id of an entry without a link its link. We store none, since `urn:` opens nothing."""
    return entry_id if re.match(r"[a-z][a-z0-9+.-]+:", entry_id) and not entry_id.startswith("http") else None


def _iso(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat() if at else None
