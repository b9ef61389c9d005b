"""What the pipeline hands to the store, made short: articles, writes and plans with invented text."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from aggregator.dedup import fingerprint, identity
from aggregator.kit import hashing
from aggregator.models import Article, Entry, Place, Plan, StoryKey, Subscription, Write
from aggregator.store import Store

#: Noon in Beijing, a Saturday.
NOW = datetime(2026, 8, 1, 4, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def subscription(slug: str, **changes: Any) -> Subscription:
    """A subscription with the rest made up."""
    given: dict[str, Any] = {"name": slug.upper(), "url": f"https://{slug}.example.com/rss", "interval": 5 * MINUTE}
    return Subscription(slug=slug, **{**given, **changes})


def article(name: str, **changes: Any) -> Article:
    """A whole article called `name`, ten minutes old."""
    text = changes.get("text", f"{name}的正文，第一段。\n第二段。")
    given: dict[str, Any] = {
        "entry_id": f"entry-{name}",
        "title": f"{name}的标题",
        "html": "".join(f"<p>{line}</p>" for line in text.splitlines()),
        "text": text,
        "url": f"https://finance.example.com/{name}.html",
        "published": NOW - 10 * MINUTE,
        "outlet": "示例日报",
    }
    return Article(**{**given, **changes})


def write(given: Article, **changes: Any) -> Write:
    """The write of an article, placed under its own key."""
    first_seen = changes.get("first_seen", NOW)
    at = min(given.published, first_seen) if given.published else first_seen
    facts: dict[str, Any] = {
        "place": Place(identity.story_key(given.title, at)),
        "stated_hash": hashing.digest(repr(given)),
        "content_hash": hashing.content(given),
        "fingerprint": fingerprint.fingerprint(given.text),
        "first_seen": first_seen,
    }
    return Write(article=given, **{**facts, **changes})


def plan(*articles: Article | Write, slug: str = "a", **changes: Any) -> Plan:
    """A plan that writes the articles."""
    return Plan(slug, tuple(one if isinstance(one, Write) else write(one) for one in articles), **changes)


def entry(name: str, **changes: Any) -> Entry:
    """The entry that `article(name)` was made from."""
    given: dict[str, Any] = {"id": f"entry-{name}", "title": f"{name}的标题"}
    return Entry(**{"link": f"https://finance.example.com/{name}.html", **given, **changes})


def key(name: str, day: datetime = NOW) -> StoryKey:
    """The story key of `article(name)`."""
    return identity.story_key(f"{name}的标题", day)


def dump(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, for telling whether anything was written, and the highest id of each."""
    engine: Any = store._engine
    names = [name for name in engine.get_tables() if not name.startswith(("sqlite_", "aggregator_"))]
    rows = {name: engine.execute_sql(f'SELECT * FROM "{name}" ORDER BY 1, 2').fetchall() for name in names}  # noqa: S608
    return {**rows, "counters": sorted(engine.counters().items())}


def partition(store: Store) -> set[frozenset[str]]:
    """Which articles, by entry id, tell one story."""
    told: dict[str, set[str]] = {}
    for stored in store.articles.iterate():
        told.setdefault(stored.story_uid, set()).add(stored.article.entry_id)
    return {frozenset(names) for names in told.values()}


def titles(stories: Iterable[Any]) -> list[str]:
    """The titles of the heads of stories."""
    return [story.head.article.title for story in stories]
