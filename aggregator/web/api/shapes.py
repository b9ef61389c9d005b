"""What the API tells, as plain values that JSON can hold. Pure; schema.py describes the same. Used by routes.

Every key is always there; what is not known is null. Times are RFC 3339 in UTC, to the second; days are Beijing's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import MAXYEAR, date, datetime, timedelta
from typing import Any

from aggregator.kit import dates, highlighting, text
from aggregator.models import (
    Completeness,
    Dossier,
    Mentions,
    Output,
    Query,
    Revision,
    Statistics,
    StoredArticle,
    Story,
    StoryHit,
    SubscriptionStatus,
)
from aggregator.publish import FORMATS, PREFIX, item
from aggregator.schedule import habit, vitality
from aggregator.web import aboutpage, links, words
from aggregator.web.language import ENGLISH

#: Days of a rhythm, as on the page of subscriptions.
DAYS = 42


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


def story(dossier: Dossier, now: datetime, base: str) -> dict[str, Any]:
    """A story with its text, its articles and the states of the article that is shown."""
    told = dossier.story
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
    }


def revision(one: Revision) -> dict[str, Any]:
    """One state of an article, with its text."""
    return _state(one) | {
        "html": text.strip_controls(one.article.html),
        "text": text.strip_controls(one.article.text),
        "outlet": one.article.outlet,
        "byline": one.article.byline,
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


def subscription(one: SubscriptionStatus, now: datetime) -> dict[str, Any]:
    """One subscription, and how it fares. `rhythm`: the days up to `now` that brought something."""
    known, fares = one.state, words.state(one, ENGLISH)
    found = vitality.diagnose(known) if one.enabled else None
    never = known.next_poll is not None and known.next_poll.year == MAXYEAR
    return {
        "slug": one.slug,
        "name": one.name,
        "url": one.url,
        "configured": one.configured,
        "enabled": one.enabled,
        "level": fares.level,
        "state": fares.label,
        "detail": fares.detail,
        "articles": one.articles,
        "waiting": one.waiting,
        "given_up": one.given_up,
        "failures": known.failures,
        "last_polled": _time(known.last_polled),
        "last_success": _time(known.last_success),
        "last_new": _time(known.last_new),
        "next_poll": None if never else _time(known.next_poll),
        "problem_since": _time(known.problem_since),
        "vitality": _finding(found) if found else None,
        "rhythm": _rhythm(known.history, now),
    }


def about(figures: Statistics) -> dict[str, Any]:
    """What the archive holds, takes, and grows by."""
    return {
        "counts": dict(figures.counts),
        "sizes": dict(figures.sizes),
        "bytes_per_article": figures.article,
        "articles_per_day": figures.per_day,
        "bytes_per_year": figures.per_year,
        "disk_free": figures.free,
        "disk_full": figures.full.isoformat() if figures.full else None,
        "versions": {name.lower(): version for name, version in aboutpage.versions()},
    }


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


def plain(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts of /healthz."""
    return {key: _time(value) if isinstance(value, datetime) else value for key, value in facts.items()}


def _finding(found: vitality.Finding) -> dict[str, Any]:
    return {
        "fault": str(found.fault),
        "since": _time(found.since),
        "pause": found.pause.total_seconds() if found.pause else None,
        "items": found.items,
        "usual_items": found.usual_items,
    }


def _rhythm(history: bytes | None, now: datetime) -> list[dict[str, Any]]:
    """For each of the last days with news its hours that brought some."""
    begin, first = dates.beijing_day(habit.instant(0)), dates.beijing_day(now) - timedelta(days=DAYS - 1)
    told = ((begin + timedelta(days=day.number), day.hours.bit_count()) for day in habit.unpack(history))
    return [{"day": day.isoformat(), "hours": hours} for day, hours in told if day >= first]


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
    }


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
