"""Rule: what Sina's editing system says in comments is read, then all comments go.

Three comments hold facts: `<!-- news_keyword_pub,TYPE,CODE&CODE -->` (symbols),
`<!--article_adlist[HTML]article_adlist-->` (often the origin of the text, or who proof-read it) and
`<!--mce-plugin-videoList2[JSON]mce-plugin-videoList2-->`. The rest mark places in a template
(`<!-- 文末二维码 start -->`) or a paywall (`<!--if 私家信息 -->`).
"""

from __future__ import annotations

import html
import json
import re

from aggregator.clean import statements, videos
from aggregator.clean.draft import Draft
from aggregator.kit import symbols, text

_ADLIST = re.compile(r"article_adlist\[(.*)\]\s*article_adlist", re.DOTALL)
#: A comment that says something has a name of this many characters at least.
_SHORTEST = len("article_adlist")
_VIDEOS = re.compile(r"mce-plugin-videoList2?\s*\[(.*)\]\s*mce-plugin-videoList2?", re.DOTALL)


def read(draft: Draft) -> None:
    """Read the comments that state something. None of them stands in the tree."""
    for words in draft.root.comments:
        if len(words) < _SHORTEST:
            continue
        if "news_keyword_pub" in words:
            draft.commented += symbols.from_comment(words)
        elif "article_adlist" in words and (found := _ADLIST.search(words)):
            _read_adlist(draft, text.plain(html.unescape(found.group(1))))
        elif "mce-plugin-videoList" in words and (found := _VIDEOS.search(words)):
            _read_videos(draft, found.group(1))


def _read_adlist(draft: Draft, words: str) -> None:
    origin, credited = statements.of_adlist(words)
    if origin and not draft.outlet_hint:
        draft.outlet_hint = origin
    if credited:
        draft.extra.setdefault("credits", {}).update(credited)


def _read_videos(draft: Draft, words: str) -> None:
    try:
        stated = json.loads(words.replace("&lt;", "<"))
    except ValueError:
        return
    rows = stated.get("videos") if isinstance(stated, dict) else stated
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, dict):
            videos.add(draft, row.get("videoid"), row.get("vmsURL"), row.get("img"))
