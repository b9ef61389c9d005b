"""Stories and lists as the API tells them: plain values that JSON can hold. Pure; schema.py describes the same. Used by
routes. What is told of subscriptions and of the daemon is faring.py's.

Every key is always there; what is not known is null. Times are RFC 3339 in UTC, to the second; days are Beijing's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from aggregator.kit import comparison, dates, highlighting, text
from aggregator.kit.difference import Row
from aggregator.models import (
    Completeness,
    Dossier,
    Mentions,
    Output,
    Query,
    Revision,
    StoredArticle,
    Story,
    StoryHit,
)
from aggregator.publish import FORMATS, PREFIX, item
from aggregator.web import links


def line(told: Story, alive: Sequence[StoredArticle], now: datetime, base: str) -> dict[str, Any]:
    """A story as lists have it. `alive`: its articles that were not withdrawn, at least one; `base`: our address."""
    made = item.make(told, alive, False, now)
    return {
        "id": made.uid,
        "page": base + links.story(made.uid),
        "title": made.title,
        "link": made.link,
        "published": dates.rfc3339(made.published),
        "updated": dates.rfc3339(made.updated),
        "language": made.language,
        "author": made.author,
        "outlet": made.outlet,
        "summary": made.summary,
        "whole": alive[0].article.completeness is not Completeness.SUMMARY,
        "image": made.image,
        "categories": list(made.categories),
        "symbols": [{"code": one.code, "name": one.name, "kind": one.kind} for one in made.symbols],
        "sources": [
            {"outlet": one.outlet, "url": one.url, "title": one.title, "published": dates.rfc3339(one.published)}
            for one in made.sources
        ],
        "revision": made.revision,
    }


def lines(stories: Iterable[Story], now: datetime, base: str) -> list[dict[str, Any]]:
    """Stories as lists have them; what was withdrawn meanwhile is left out."""
    return [line(one, alive, now, base) for one in stories if (alive := item.alive(one))]


def hit(found: StoryHit, told: Mapping[str, Any], query: Query) -> dict[str, Any]:
    """What a search found: the story as lists have it, and where title and text of the best article meet it."""
    best = found.article.article
    return {
        "score": found.score,
        "story": told,
        "title": highlighting.objects(highlighting.title(text.strip_controls(best.title), query)),
        "snippet": highlighting.objects(highlighting.snippet(text.strip_controls(best.text), query)),
    }


def story(dossier: Dossier, around: Mapping[str, str | None], now: datetime, base: str) -> dict[str, Any]:
    """A story with its text, its articles and the states of the article that is shown.

    `around`: addresses of the stories beside it, `older` and `newer`.
    """
    told, retry = dossier.story, dossier.retry
    assert told is not None  # noqa: S101 - who asks for a story has one
    article = dossier.article.article
    return line(told, item.alive(told), now, base) | {
        "html": text.strip_controls(article.html),
        "text": text.strip_controls(article.text),
        "byline": article.byline,
        "editor": article.editor,
        "keywords": list(article.keywords),
        "articles": [_article(one, dossier) for one in told.articles],
        "revisions": [_state(one) for one in dossier.revisions],
        "pictures": [
            {
                "url": item.address(one.url),
                "kept": f"{base}/media/{one.kept.name}" if one.kept else None,
                "width": one.kept.width if one.kept else None,
                "height": one.kept.height if one.kept else None,
            }
            for one in dossier.pictures
        ],
        "full_text_retry": _time(retry.next_at if retry else None),
        "full_text_given_up": retry is not None and retry.next_at is None,
        **around,
    }


def revision(one: Revision, before: Revision | None) -> dict[str, Any]:
    """One state of an article, with its text, and what became other since the state before it."""
    made = comparison.compare(before.article, one.article) if before else None
    return _state(one) | {
        "html": text.strip_controls(one.article.html),
        "text": text.strip_controls(one.article.text),
        "outlet": one.article.outlet,
        "byline": one.article.byline,
        "facts": [{"name": fact.name, "old": _value(fact.old), "new": _value(fact.new)} for fact in made.facts]
        if made
        else None,
        "paragraphs": [_paragraph(row) for row in made.rows if row.changed] if made else None,
    }


def mentions(code: str, told: Mentions, address: str) -> dict[str, Any]:
    """An instrument: stories a day in the last year, and what is told of with it."""
    return {
        "code": code,
        "name": told.name,
        "stories": address,
        "days": days(told.days),
        "beside": [{"code": other, "name": name, "articles": times} for other, name, times in told.beside],
        "articles": told.articles,
    }


def days(counts: Mapping[date, int]) -> list[dict[str, Any]]:
    """Stories of each day, oldest first; days without any are left out."""
    return [{"day": day.isoformat(), "stories": count} for day, count in sorted(counts.items())]


def output(one: Output, base: str) -> dict[str, Any]:
    """One output, and where its feeds are."""
    formats = [FORMATS[name] for name in one.formats if name in FORMATS]
    return {
        "slug": one.slug,
        "title": one.title,
        "description": one.description,
        "feeds": [
            {"format": form.name, "url": f"{base}{PREFIX}/{one.slug}.{form.extension}", "media_type": form.media_type}
            for form in formats
        ],
    }


def _article(one: StoredArticle, dossier: Dossier) -> dict[str, Any]:
    check = dossier.checks.get(one.id)
    return {
        "id": one.id,
        "title": one.article.title,
        "url": item.address(one.article.url),
        "outlet": one.article.outlet,
        "published": _time(one.article.published),
        "first_seen": dates.rfc3339(one.first_seen),
        "feeds": list(dict.fromkeys(seen.slug for seen in one.appearances)),
        "whole": one.article.completeness is not Completeness.SUMMARY,
        "withdrawn": one.article.deleted,
        "pruned": _time(one.pruned),
        "removed_at_source": _time(check.removed_at if check else None),
        "absent": check.absent if check else 0,
        "evidence": [
            {"at": dates.rfc3339(piece.at), "words": piece.words} for piece in (check.evidence if check else ())
        ],
    }


def _paragraph(row: Row) -> dict[str, Any]:
    pieces = [{"kind": str(kind), "text": text.strip_controls(words)} for kind, words in row.pieces]
    return {"old": row.old, "new": row.new, "pieces": pieces}


def _value(of: str | datetime | bool | tuple[str, ...] | None) -> Any:
    if isinstance(of, tuple):
        return list(of)
    return _time(of) if isinstance(of, datetime) else of


def _state(one: Revision) -> dict[str, Any]:
    return {
        "number": one.number,
        "at": dates.rfc3339(one.at),
        "cause": str(one.cause),
        "title": one.article.title,
        "content_hash": one.content_hash,
    }


def _time(at: datetime | None) -> str | None:
    return dates.rfc3339(at) if at else None
