"""What exported pages and books are made of: articles as readers see them, the feed beside them, the filters in words.

In: stored articles and stories, the settings, what an export was asked for. Out: values of archive.items, bytes of an
output. Called by exporting.py. Titles, outlets and addresses are those that outputs have (publish/item.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from aggregator.archive.items import Reading
from aggregator.kit import dates, text
from aggregator.models import Completeness, Output, Site, StoredArticle, Story, Wanted
from aggregator.publish import item, render

#: Name of the feed in an exported site, and the end of its address.
FEED = "archive"


def reading(stored: StoredArticle, now: datetime) -> Reading:
    """An article for readers."""
    article = stored.article
    alone = Story(stored.id, stored.story_uid, stored.at, stored.revised_at, (stored,))
    made = item.make(alone, (stored,), False, now)
    outlet = made.outlet or (made.sources[0].outlet if made.sources else "")
    byline = text.line(article.byline or "")
    return Reading(
        id=stored.id,
        story=stored.story_uid,
        title=made.title,
        at=made.published,
        updated=made.updated,
        html=article.html,
        text=article.text,
        url=made.link,
        outlet=outlet,
        byline="" if byline == outlet else byline,
        editor=text.line(article.editor or ""),
        whole=article.completeness is not Completeness.SUMMARY,
        image=article.image,
        categories=made.categories,
        symbols=tuple((tag.code, tag.name or "") for tag in made.symbols),
    )


def feed(title: str, base_url: str, stories: Sequence[Story], now: datetime) -> bytes:
    """The Atom document of an exported site. Its links lead to the outlets: entries are read far from its pages."""
    output = Output(FEED, title, f"{title}：存档中最新的文章", limit=len(stories), formats=("atom",))
    return render("atom", output, Site(base_url, title), stories, now=now)


def told(wanted: Wanted) -> str:
    """The filters in words; '' for everything."""
    words = [
        _days(wanted.since, wanted.until),
        "、".join(wanted.categories),
        "、".join(wanted.symbols),
        "、".join(wanted.feeds),
        f"“{' '.join(wanted.query.split())}”" if wanted.query.strip() else "",
    ]
    return " · ".join(text.line(word) for word in words if word)


def _days(since: datetime | None, until: datetime | None) -> str:
    """The days from an instant to before another: one day, from one to another, open on one side."""
    first = dates.beijing_day(since) if since else None
    last = dates.beijing_day(until - timedelta(microseconds=1)) if until else None
    if first and last:
        return f"{first}" if first == last else f"{first} 至 {last}"
    return f"{first} 起" if first else f"至 {last}" if last else ""
