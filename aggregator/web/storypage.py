"""The page of one story: the clean article, who carried it, and what changed since.

Backend and Looks in, HTML out; values() is pure. Put together by server. The article's HTML was sanitised when it was
stored (clean/sanitize.py) and is shown as it is, but for its pictures: a page loads nothing from elsewhere, so those
that are not kept here become links.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from aggregator.kit import comparison, text
from aggregator.kit.difference import Kind, Row
from aggregator.models import Cause, Completeness, Dossier, PageCheck, Query, Revision, StoredArticle, Story
from aggregator.publish import item
from aggregator.web import links, looks, words
from aggregator.web.backend import Backend
from aggregator.web.language import CHINESE, Language
from aggregator.web.looks import Looks

Times = Callable[[datetime | None], dict[str, str] | None]

#: A story's id, as addresses have it.
UID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

#: Changes that the source made. What we did ourselves, as reading more of the text, is history but no 已修改.
_BY_SOURCE = frozenset([Cause.EDITED, Cause.WITHDRAWN, Cause.RESTORED])

#: Differences shown, newest first; older states are told without.
_MOST_DIFFERENCES = 20
#: Characters of unchanged text shown beside a change.
_AROUND = 24

#: Any tag of sanitised HTML, whole: what looks like a tag within the quotes of an attribute is never taken for one.
_TAG = re.compile(r"<(/?[a-z][a-z0-9]*)((?:\s+[a-z-]+(?:=\"[^\"]*\")?)*)\s*/?>")
_ATTRIBUTE = re.compile(r"([a-z-]+)=\"([^\"]*)\"")


class StoryPage:
    """The pages of stories."""

    def __init__(self, backend: Backend, frame: Looks) -> None:
        self._backend = backend
        self._looks = frame

    async def serve(self, request: Request) -> Response:
        """`/story/<uid>`. 404 for what is not told (any more); another story's uid leads to the one it joined."""
        uid = request.path_params["uid"]
        found = await self._backend.story(uid) if UID.fullmatch(uid) else None
        alive = item.alive(found.story) if found and found.story else ()
        if found is None or found.story is None or not alive:
            return self._looks.error(request.scope, 404, {})
        own = links.story(found.story.uid)
        if own != links.story(uid):  # it was merged into another
            return self._looks.redirect(request.scope, own)
        t = looks.chosen(request.scope).language
        # Comparing long texts takes a while; meanwhile others are served.
        made = await run_in_threadpool(values, found, alive, self._looks.clock(), t, self._looks.path("/media/"))
        made |= await self._around(found.story)
        return self._looks.page(request.scope, "story.html", **made)

    async def _around(self, story: Story) -> dict[str, dict[str, Any] | None]:
        """Links to the stories beside one."""
        now, found = self._looks.clock(), await around(self._backend, story)
        return {side: _neighbour(one, now) if one else None for side, one in found.items()}


async def around(backend: Backend, story: Story) -> dict[str, Story | None]:
    """The stories told right before (`older`) and after (`newer`) one, where they are still told."""
    place = (story.at, story.id)
    older = (await backend.listed(Query(), 1, place)).stories
    # Where nothing is newer, the newest there is comes back: this story itself.
    newer = [one for one in (await backend.listed(Query(), 1, None, place)).stories if (one.at, one.id) > place]
    return {
        side: next((one for one in found if item.alive(one)), None)
        for side, found in (("older", older), ("newer", newer))
    }


def values(
    dossier: Dossier, alive: Sequence[StoredArticle], now: datetime, t: Language = CHINESE, media: str = "/media/"
) -> dict[str, Any]:
    """What the template shows. `alive`: the articles of the story that were not withdrawn, at least one.

    `media`: where kept pictures are served.
    """
    assert dossier.story is not None  # noqa: S101 - who asks for a story has one

    def times(at: datetime | None) -> dict[str, str] | None:
        return words.moment(at, now, t)

    made = item.make(dossier.story, alive, False, now)
    article = dossier.article.article
    kept = {one.url: f"{media}{one.kept.name}" for one in dossier.pictures if one.kept}
    return {
        "item": made,
        "body": with_pictures(text.strip_controls(article.html), kept, t),  # HTML: the template trusts it
        "published": times(made.published),
        "byline": article.byline,
        "editor": article.editor,
        "pruned": dossier.article.pruned is not None,
        "seen": times(min(one.first_seen for one in alive)),
        "seen_in": _seen_in(alive),
        "keywords": [_named("q", f'"{word}"', word) for word in article.keywords if word.strip()],
        "summary_only": article.completeness is Completeness.SUMMARY,
        "retry": times(dossier.retry.next_at) if dossier.retry else None,
        "given_up": dossier.retry is not None and dossier.retry.next_at is None,
        "modified": any(one.cause in _BY_SOURCE for one in dossier.revisions),
        "symbols": links.symbols(made.symbols),
        "categories": links.categories(made.categories),
        "outlet": links.outlet(made.outlet),
        "sources": [_source(one, dossier.checks, times, t) for one in alive],
        "states": _states(dossier.revisions, times, t),
    }


def _seen_in(alive: Sequence[StoredArticle]) -> list[dict[str, Any]]:
    """The subscriptions that brought the articles of a story, each once, the first to have it first."""
    seen = sorted((one for article in alive for one in article.appearances), key=lambda one: one.first_seen)
    names = {one.slug: one.name for one in reversed(seen)}
    return [_named("feed", slug, names[slug]) for slug in dict.fromkeys(one.slug for one in seen)]


def _named(parameter: str, value: str, name: str) -> dict[str, Any]:
    return {"page": f"{'/search' if parameter == 'q' else '/'}?{parameter}={quote(value, safe='')}", "name": name}


def _neighbour(story: Story, now: datetime) -> dict[str, Any]:
    return {"page": links.story(story.uid), "title": item.make(story, item.alive(story), False, now).title}


def with_pictures(markup: str, kept: Mapping[str, str], t: Language = CHINESE) -> str:
    """Sanitised HTML whose pictures are those kept here (stated address -> ours), or links."""
    return _TAG.sub(lambda tag: _shown(tag[2], kept, t) if tag[1] == "img" else tag[0], markup)


def _shown(attributes: str, kept: Mapping[str, str], t: Language) -> str:
    named = dict(_ATTRIBUTE.findall(attributes))
    if ours := kept.get(html.unescape(named.get("src", ""))):
        return f'<img src="{html.escape(ours)}" alt="{named.get("alt", "")}" loading="lazy">'
    url = item.address(html.unescape(named.get("src", "")))
    label = html.escape(html.unescape(named.get("alt", "")).strip()) or t("story.picture")
    return f'<a class="picture" href="{html.escape(url)}" rel="noopener nofollow">{label}</a>' if url else ""


def _source(one: StoredArticle, checks: Mapping[int, PageCheck], times: Times, t: Language) -> dict[str, Any]:
    check = checks.get(one.id)
    url = item.address(one.article.url)
    feeds = [seen.name for seen in one.appearances]
    return {
        "outlet": text.line(one.article.outlet or "") or (feeds[0] if feeds else "") or t("story.unnamed"),
        "title": text.line(one.article.title),
        "url": url,
        "at": times(one.at),
        "removed": times(check.removed_at) if check else None,
        "evidence": [{"at": times(piece.at), "words": piece.words} for piece in (check.evidence if check else ())],
        "absent": check.absent if check else 0,
    }


def _states(revisions: Sequence[Revision], times: Times, t: Language) -> list[dict[str, Any]]:
    """The history, newest state first, each with what it changed; [] for an article that never changed."""
    if len(revisions) < 2:
        return []
    shown = [_state(new, old, times, t) for old, new in pairwise(revisions[-_MOST_DIFFERENCES - 1 :])]
    before = [_state(one, None, times, t) for one in revisions[: -len(shown)]]
    return [*reversed(shown), *reversed(before)]


def _state(new: Revision, old: Revision | None, times: Times, t: Language) -> dict[str, Any]:
    made = comparison.compare(old.article, new.article) if old else None
    facts = [
        {"name": words.fact(fact.name, t), "old": words.value(fact.old, t), "new": words.value(fact.new, t)}
        for fact in (made.facts if made else ())
    ]
    rows = [_pieces(row) for row in (made.rows if made else ()) if row.changed]
    return {
        "number": new.number,
        "cause": words.cause(new.cause, t),
        "at": times(new.at),
        "facts": facts,
        "rows": rows,
        "same": made is not None and not facts and not rows,
    }


def _pieces(row: Row) -> list[tuple[str, str]]:
    """Kind and text of each piece; of unchanged text only what stands beside a change."""
    last = len(row.pieces) - 1
    return [
        (kind.value, _short(words_, first=place == 0, last=place == last) if kind is Kind.SAME else words_)
        for place, (kind, words_) in enumerate(row.pieces)
    ]


def _short(unchanged: str, *, first: bool, last: bool) -> str:
    head, tail = 0 if first else _AROUND, 0 if last else _AROUND
    if len(unchanged) <= head + tail + 4 or not head + tail:
        return unchanged
    return f"{unchanged[:head]} … {unchanged[len(unchanged) - tail :]}".strip()
