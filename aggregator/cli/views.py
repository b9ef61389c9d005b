"""Models as the commands show them. In: models values. Out: JSON-able dicts (times in ISO 8601, UTC), or lines.

Pure. A new field of Article appears in --json by itself; only its place in the text view is chosen here.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING, Any

import typer

from aggregator.cli import output
from aggregator.kit import dates, highlighting, text
from aggregator.models import (
    Article,
    ArticlePicture,
    Dossier,
    Outcome,
    PageCheck,
    Query,
    RawSource,
    Retry,
    Revision,
    StoredArticle,
    Story,
    Subscription,
    SubscriptionStatus,
    Symbol,
)
from aggregator.schedule import vitality

if TYPE_CHECKING:
    from aggregator.app.pages import Looked
    from aggregator.pipeline.preview import Preview

#: Front matter in the text of a post would double it; the parts are all in other fields.
_LEFT_OUT = ("original",)

#: What parse.PARSERS reads, as a reader calls it; others go by their own names.
_FORMATS = {
    "feedxml": "RSS/Atom",
    "tolerant": "RSS/Atom",
    "jsonfeed": "JSON Feed",
    "sina-roll": "Sina roll",
    "sina-news": "Sina news",
    "sina-live": "Sina 7x24",
}

#: States of an article that one line tells.
_TOLD = 6

IMPORT = "import"  #: the subscription that imported articles appear in


def plain(value: Any) -> Any:
    """`value` in the types of JSON: dataclasses as objects, times as ISO 8601 in UTC, durations as seconds."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, datetime):
        return dates.rfc3339(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(inner) for inner in (sorted(value) if isinstance(value, set | frozenset) else value)]
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)


def article(shown: Article) -> dict[str, Any]:
    """Every field of an article."""
    fields = {name: value for name, value in plain(shown).items() if name not in _LEFT_OUT}
    return fields | {"related": [{"title": title, "url": url} for title, url in shown.related]}


def stored(shown: StoredArticle) -> dict[str, Any]:
    """Every field of a stored article, flat: those of the article, and what the store adds."""
    added = {
        "id": shown.id,
        "uid": shown.story_uid,
        "revision": shown.revision,
        "first_seen": plain(shown.first_seen),
        "revised_at": plain(shown.revised_at),
        "appearances": plain(shown.appearances),
        "differs": shown.differs,
    }
    named = {"categories": list(categories(shown))}
    return {"id": shown.id, "uid": shown.story_uid} | article(shown.article) | named | added


def hit(shown: StoredArticle, query: Query) -> dict[str, Any]:
    """A stored article that a search found, with where it holds the words: title and part of the text in pieces."""
    title, part = _held(shown, query)
    return stored(shown) | {"pieces": {"title": highlighting.objects(title), "snippet": highlighting.objects(part)}}


def found(shown: StoredArticle, query: Query, *, coloured: bool) -> Iterator[str]:
    """A stored article that a search found, for a terminal: a line of facts and title, and one of its text."""
    title, part = _held(shown, query)
    facts = (when(shown.at), str(shown.id), output.safe(shown.article.outlet or ""))
    yield "  ".join([*filter(None, facts), _painted(title, coloured=coloured) or "(no title)"])
    if part:
        yield f"    {_painted(part, coloured=coloured)}"


def _held(shown: StoredArticle, query: Query) -> tuple[list[highlighting.Piece], list[highlighting.Piece]]:
    made = shown.article
    return highlighting.title(made.title, query), highlighting.snippet(made.text, query)


def _painted(pieces: Sequence[highlighting.Piece], *, coloured: bool) -> str:
    told = ((output.safe(" ".join(words.splitlines())), is_hit) for words, is_hit in pieces)
    return "".join(
        typer.style(words, bold=True, fg="yellow") if is_hit and coloured else words for words, is_hit in told
    )


def raw_source(shown: RawSource) -> dict[str, Any]:
    """A kept document and the state that it made."""
    facts: dict[str, Any] = plain(shown.document)
    return {"article": shown.article_id, "revision": shown.revision} | facts


def picture(shown: ArticlePicture) -> dict[str, Any]:
    """A picture of an article: the file that is kept of it, or when it is tried again, or why it is lost."""
    kept = {"file": shown.kept.name, **plain(shown.kept)} if shown.kept else None
    return {**plain(dataclasses.replace(shown, kept=None)), "kept": kept}


def pictures(shown: Sequence[ArticlePicture]) -> str:
    """`2 kept, 1 waiting, 1 lost (is an HTML page instead of a picture)`; '' for none."""
    kept = sum(one.kept is not None for one in shown)
    waiting = sum(one.kept is None and one.next_at is not None for one in shown)
    lost = [one.reason or "" for one in shown if one.kept is None and one.next_at is None]
    told = [f"{kept} kept"] * bool(kept) + [f"{waiting} waiting"] * bool(waiting)
    return ", ".join(told + [f"{len(lost)} lost ({'; '.join(dict.fromkeys(lost))})"] * bool(lost))


def categories(shown: StoredArticle) -> tuple[str, ...]:
    """What the article states, then what its feeds were given by the operator."""
    given = (name for seen in shown.appearances for name in seen.categories)
    return tuple(dict.fromkeys((*shown.article.categories, *given)))


def others(shown: Story, than: StoredArticle) -> list[dict[str, Any]]:
    """The other articles of a story."""
    return [
        {"id": one.id, "title": one.article.title, "outlet": one.article.outlet, "url": one.article.url}
        for one in shown.articles
        if one.id != than.id
    ]


def story(shown: Story) -> dict[str, Any]:
    """A story: every field of its head, its own times, and who else carried it."""
    return stored(shown.head) | {
        "uid": shown.uid,
        "at": plain(shown.at),
        "story_updated": plain(shown.updated),
        "others": others(shown, shown.head),
    }


def status(shown: SubscriptionStatus) -> dict[str, Any]:
    """One subscription with its state, flat."""
    own = {name: value for name, value in plain(shown).items() if name != "state"}
    state = dataclasses.replace(shown.state, next_poll=None) if stopped(shown) else shown.state
    found = vitality.silence(shown)
    facts = {name: value for name, value in plain(state).items() if name != "history"}
    return {**own, "stopped": stopped(shown), **facts, "silence": plain(found)}


def trouble(shown: SubscriptionStatus) -> str | None:
    """What is wrong with a subscription, or worth a look; the failure of its last poll first."""
    state = shown.state
    if state.no_feed_polls == 0 and state.problem:
        return state.problem
    found = vitality.silence(shown)
    if found is None:
        return state.problem or state.warning
    since = f" (since {when(found.since)})" if found.since else ""
    return f"{vitality.words(found)}{since}{': ' + state.problem if state.problem else ''}"


def outcome(shown: Outcome) -> dict[str, Any]:
    """What one update did."""
    return {name: value for name, value in plain(shown).items() if name != "stories"}


def preview(shown: Preview) -> dict[str, Any]:
    """What following an address would bring in."""
    return {**plain(dataclasses.replace(shown, articles=())), "articles": [article(one) for one in shown.articles]}


def format_name(parser: str) -> str:
    """The format that a parser reads, in a reader's words."""
    return _FORMATS.get(parser, parser)


def subscription(shown: Subscription, *, enabled: bool) -> dict[str, Any]:
    """A feed as config has it; headers may hold secrets, so only their names are told."""
    return {**plain(shown), "enabled": enabled, "headers": [name for name, _ in shown.headers]}


def when(at: datetime | None) -> str:
    """Beijing time, as tables show it; '' for none."""
    return f"{at.astimezone(dates.BEIJING):%Y-%m-%d %H:%M}" if at else ""


def stopped(shown: SubscriptionStatus) -> bool:
    """True when every address of it is gone: it is polled again only when somebody asks."""
    return shown.state.gone


def next_poll(shown: SubscriptionStatus) -> str:
    """When a subscription is polled next, or why it is not."""
    if shown.enabled:
        return "stopped" if stopped(shown) else when(shown.state.next_poll) or "now"
    if shown.configured:
        return "paused"
    return "imported" if shown.slug == IMPORT else "removed"


def both(at: datetime | None) -> str | None:
    """`2022-06-14 19:54:04 Beijing, 2022-06-14 11:54:04 UTC`."""
    if at is None:
        return None
    form = "%Y-%m-%d %H:%M:%S"
    return f"{at.astimezone(dates.BEIJING):{form}} Beijing, {at.astimezone(UTC):{form}} UTC"


def symbol(shown: Symbol) -> str:
    """`600941.SH (中国移动)`."""
    return f"{shown.code} ({shown.name})" if shown.name else shown.code


def revisions(shown: Sequence[Revision]) -> list[dict[str, Any]]:
    """The history of an article, without its texts."""
    return [
        {"number": one.number, "at": plain(one.at), "cause": str(one.cause), "content_hash": one.content_hash}
        for one in shown
    ]


def history(shown: Sequence[Revision]) -> str:
    """The history in one line, the newest states first; '' for an article that never changed."""
    told = [f"{one.number} {one.cause} {when(one.at)}" for one in reversed(shown)]
    more = [f"and {len(told) - _TOLD} before"] if len(told) > _TOLD else []
    return "; ".join(told[:_TOLD] + more) if len(told) > 1 else ""


def dossier(shown: Dossier) -> dict[str, Any]:
    """Every field of a stored article, who else told it, its states, and what its page said when asked again."""
    return stored(shown.article) | {
        "others": others(shown.story, shown.article) if shown.story else [],
        "revisions": revisions(shown.revisions),
        "retry": plain(shown.retry),
        "check": plain(shown.check),
        "pictures": [picture(one) for one in shown.pictures],
    }


def looked(shown: Looked) -> dict[str, Any]:
    """What looking at a page came to."""
    look = shown.look
    told = {"id": look.article_id, "title": look.title, "seen": look.seen.sight.value, "words": look.seen.words}
    return told | {"revised": look.revised, "check": plain(shown.check)}


def missing(shown: Retry) -> str:
    """Why the full text of an article is missing, and whether it is still tried for."""
    failed = sum(one.count for one in shown.history) or shown.attempts
    first = f"first: {shown.history[0].reason}; " if len(shown.history) > 1 else ""
    tried = f"failed {times(failed)} since {when(shown.since)}; {first}last: {shown.reason}"
    return f"missing, tried again {when(shown.next_at)}; {tried}" if shown.next_at else f"given up; {tried}"


def at_source(shown: PageCheck) -> str:
    """What looks at the page of an article came to, last of all whether it was removed at source."""
    told = []
    if shown.removed_at:
        told.append(f"removed at source, noted {when(shown.removed_at)}")
    if shown.evidence:
        first, last = shown.evidence[0], shown.evidence[-1]
        told.append(f"found gone {times(shown.absent)}, from {when(first.at)} to {when(last.at)}: {last.words}")
    elif shown.present_at:
        told.append(f"there {when(shown.present_at)}")
    if shown.failures:
        told.append(f"{times(shown.failures)} it could not be told: {shown.failure}")
    if shown.next_at:
        told.append(f"looked at again {when(shown.next_at)}")
    return "; ".join(told)


def times(count: int) -> str:
    """once, 2 times."""
    return "once" if count == 1 else f"{count} times"


def summaries(shown: SubscriptionStatus) -> str:
    """How many articles of a subscription lack their full text; '' for none."""
    told = [f"{shown.waiting} wait"] * (shown.waiting > 0) + [f"{shown.given_up} given up"] * (shown.given_up > 0)
    return ", ".join(told)


def reading(shown: Dossier) -> Iterator[str]:
    """The lines of an article for a reader: its facts, with all that is known of it, then its text."""
    found = shown.article
    body = dataclasses.replace(found.article, categories=categories(found))
    also = others(shown.story, found) if shown.story else []
    told = [f"{one['outlet'] or one['title']} ({one['id']})" for one in also]
    seen = (f"{one.name} ({one.slug}, {when(one.first_seen)})" for one in found.appearances)
    yield from _facts(
        body,
        id=f"{found.id}, revision {found.revision}, story {found.story_uid}",
        first_seen=both(found.first_seen),
        seen_in="; ".join(seen),
        also_told_by="; ".join(told),
        revisions=history(shown.revisions),
        full_text=missing(shown.retry) if shown.retry else None,
        its_page=at_source(shown.check) if shown.check else None,
        pictures=pictures(shown.pictures),
    )
    yield ""
    yield body.text or text.plain(body.html)
    if body.related:
        yield ""
        yield from (f"→ {title}  {url}" for title, url in body.related)


def excerpt(shown: Article, width: int = 160) -> Iterator[str]:
    """The lines of an article that is not stored: its facts, and how it begins."""
    yield from _facts(shown)
    begin = " ".join((shown.text or text.plain(shown.html)).split())
    yield f"  {begin[:width]}{'…' if len(begin) > width else ''}"


def _facts(shown: Article, **more: str | None) -> Iterator[str]:
    facts: dict[str, str | None] = {
        "published": both(shown.published),
        "updated": both(shown.updated) if shown.updated != shown.published else None,
        "categories": "/".join(shown.categories),
        "outlet": shown.outlet,
        "author": shown.author if shown.author != shown.outlet else None,
        "byline": shown.byline,
        "editor": f"{shown.editor or ''} {shown.editor_code or ''}".strip(),
        "symbols": ", ".join(symbol(one) for one in shown.symbols),
        "keywords": ", ".join(shown.keywords),
        "original title": shown.original_title,
        "link": shown.url,
        "image": shown.image,
        "complete": shown.completeness.value,
        "flags": ", ".join(shown.flags),
    }
    yield shown.title or "(no title)"
    for name, value in (facts | {name.replace("_", " "): value for name, value in more.items()}).items():
        if value:
            yield f"  {name:<15} {value}"
