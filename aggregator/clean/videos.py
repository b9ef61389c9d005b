"""Rule: video players become Video records, and their controls and loading texts leave the text.

A player holds no words of the article, only 视频加载中, 自动播放, 向前, 向后. What is kept is where the video can be
watched and its poster; addresses of media files are signed and die within hours, so they are never kept.
"""

from __future__ import annotations

import json
import re
from typing import Any

from aggregator.clean import links, tree
from aggregator.clean.draft import Draft
from aggregator.clean.tree import Element
from aggregator.models import Video

_PLAYERS = frozenset(["artical-player-wrap", "article-player-wrap", "art_video_box", "art_video", "j_art_video"])
_LOADING = re.compile(r"视频加载中[，,]?(?:请稍候)?[.。…]*")
_DIGITS = re.compile(r"\d{4,12}")
#: Width a player's play-data gives before its other numbers: `597000100-1-1`.
_PLAY_DATA = re.compile(r"(\d{4,12})(?:-\d+)*\Z")


def read(draft: Draft) -> None:
    """Read the players, then remove them; a lone loading text goes too."""
    for element in tree.elements(draft.root):
        tag = element.tag
        if tag == "video":
            _read_element(draft, element)
        elif (attrib := element.attrib) and (words := attrib.get("class")) and not _PLAYERS.isdisjoint(words.split()):
            _read_player(draft, element)
        elif tag in ("p", "div") and _is_loading(element):
            tree.drop(element)


def add(draft: Draft, video_id: Any, page: Any, poster: Any) -> None:
    """Keep a video that has an id or a page, once."""
    address = links.secure(draft.base, page if isinstance(page, str) else None)
    name = str(video_id).strip() if video_id not in (None, "", 0, "0") else ""
    name = name or (address or "")
    if not name or any(held.video_id == name for held in draft.videos):
        return
    if address is None and _DIGITS.fullmatch(name):
        address = f"https://video.sina.com.cn/view/{name}.html"
    picture = links.secure(draft.base, poster if isinstance(poster, str) else None)
    draft.videos.append(Video(video_id=name, page=address, poster=picture))


def _is_loading(element: Element) -> bool:
    text = element.text
    if not text or "视频加载中" not in text:
        return False
    started = text.strip(tree.BLANKS).startswith("视频加载中")
    return started and _LOADING.fullmatch(tree.text_of(element)) is not None


def _read_player(draft: Draft, player: Element) -> None:
    for item in player.iter():
        if play := _PLAY_DATA.match(item.get("play-data") or ""):
            picture = next(item.iter("img"), None)
            add(draft, play.group(1), None, picture.get("src") if picture is not None else None)
        if item.get("data-infos"):
            _read_infos(draft, item)
    tree.drop(player)


def _read_infos(draft: Draft, item: Element) -> None:
    """The mobile page's player: its file address is signed, but it may state an id."""
    try:
        stated = json.loads(item.get("data-infos") or "")
    except ValueError:
        return
    if not isinstance(stated, dict):
        return
    attributes = stated.get("attrs")
    poster = attributes.get("poster") if isinstance(attributes, dict) else None
    video_id = next((stated[k] for k in ("videoid", "video_id", "videoId", "vid") if stated.get(k)), None)
    add(draft, video_id or item.get("data-vid"), stated.get("vmsURL"), poster)


def _read_element(draft: Draft, element: Element) -> None:
    """A plain HTML video has no page of its own; only its poster is a lasting fact, and the article's page shows it."""
    if element.get("poster") and draft.base:
        add(draft, element.get("id") or element.get("poster"), draft.base, element.get("poster"))
    tree.drop(element)
