"""A list of stories as its page shows it: under their days, with links to what each has to do with. Pure.

In: stories, newest first. Out: plain values for stories.html. Called by listpage and others with lists.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from aggregator.kit import dates, highlighting
from aggregator.models import Completeness, Query, StoredArticle, Story
from aggregator.publish import item
from aggregator.web import links, listing, words
from aggregator.web.language import Language

#: Outlets, categories and symbols of a story that its line names.
MOST_OUTLETS, MOST_CATEGORIES, MOST_SYMBOLS = 3, 3, 6


def days(stories: Sequence[Story], now: datetime, t: Language, query: Query | None = None) -> list[dict[str, Any]]:
    """Stories in the order given, under the Beijing days they were published on. `query`: what they were found by."""
    found: list[dict[str, Any]] = []
    today = dates.beijing_day(now)
    for story in stories:
        shown = entry(story, now, t, query)
        if shown is None:
            continue
        on = dates.beijing_day(shown["at"])
        if not found or found[-1]["on"] != on:
            page = listing.of(listing.DAY, on.isoformat()).address()
            found.append({"on": on, "name": words.day(on, today, t), "page": page, "stories": []})
        found[-1]["stories"].append(shown)
    return found


def entry(story: Story, now: datetime, t: Language, query: Query | None = None) -> dict[str, Any] | None:
    """One story; None where all its articles were withdrawn. With a query, marked with what it holds of that."""
    alive = item.alive(story)
    if not alive:
        return None
    made = item.make(story, alive, False, now)
    return {
        "page": links.story(story.uid),
        "title": highlighting.title(made.title, query) if query else [(made.title, False)],
        "name": made.title,
        "language": made.language,
        "link": made.link,
        "at": made.published,
        "time": f"{made.published.astimezone(dates.BEIJING):%H:%M}",
        "when": words.moment(made.published, now, t),
        "outlets": links.outlets(alive, made)[:MOST_OUTLETS],
        "carried": len({one.outlet for one in made.sources}),
        "summary_only": alive[0].article.completeness is Completeness.SUMMARY,
        "categories": links.categories(made.categories[:MOST_CATEGORIES]),
        "symbols": links.symbols(made.symbols[:MOST_SYMBOLS]),
        "snippet": _snippet(alive, query) if query and query.wanted else None,
    }


def _snippet(articles: Sequence[StoredArticle], query: Query) -> list[highlighting.Piece]:
    """The place in the first article that holds any of the words in its text; else the beginning of the shown one."""
    found = (highlighting.snippet(one.article.text, query) for one in articles)
    hits = (pieces for pieces in found if any(hit for _, hit in pieces))
    return next(hits, None) or highlighting.snippet(articles[0].article.text, query)
