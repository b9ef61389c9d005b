"""Articles that stand in a script instead of the page: slide shows and video pages.

In: the source of a page. Out: HTML for clean/, pictures, videos; None where the page is neither. Sina's slide shows
carry `var slide_data = {"slide": {...}, "images": [...]}`, its video pages `video_id:'597000100'`.
"""

from __future__ import annotations

import itertools
import json
import re
from dataclasses import dataclass
from html import escape
from typing import Any

from aggregator.kit import text, urls
from aggregator.models import Image, Video

_SLIDES = re.compile(r"\bslide_data\s*=\s*(?=\{)")
#: A page has one slide show; more marks than this are somebody's joke.
_MOST_TRIES = 4
_VIDEO_ID = re.compile(r"\bvideo_id\s*[:=]\s*['\"]?(\d{4,12})")


@dataclass(frozen=True, slots=True)
class Slides:
    """A slide show: its figures as HTML, and the same as pictures with captions."""

    html: str
    images: tuple[Image, ...]
    title: str | None
    published: str | None  #: as stated


def slides(source: str, base: str) -> Slides | None:
    """The slide show in a page's scripts."""
    for mark in itertools.islice(_SLIDES.finditer(source), _MOST_TRIES):
        stated = _object(source, mark.end())
        rows = stated.get("images") if isinstance(stated, dict) else None
        if isinstance(rows, list) and (images := [image for row in rows if (image := _image(row, base))]):
            about = stated.get("slide") if isinstance(stated.get("slide"), dict) else {}
            return Slides(
                html="\n".join(_figure(image) for image in images),
                images=tuple(images),
                title=_words(about.get("title")),
                published=_words(about.get("createtime")),
            )
    return None


def video(source: str, page: str, poster: str | None) -> Video | None:
    """The video that a page of a video host is about."""
    found = _VIDEO_ID.search(source)
    return Video(found.group(1), page, poster) if found else None


def _object(source: str, start: int) -> Any:
    """The JSON object that begins at `start`, however the script goes on after it; None where it is broken."""
    end = _balanced_end(source, start)
    try:
        return json.loads(source[start:end].replace("&lt;", "<"), strict=False) if end else None
    except (ValueError, RecursionError):
        return None


def _balanced_end(source: str, start: int) -> int | None:
    """Place after the brace that closes the one at `start`; braces in strings do not count."""
    depth = 0
    for token in re.finditer(r'"(?:[^"\\]|\\.)*"|[{}]', source[start:]):
        depth += {"{": 1, "}": -1}.get(token.group(), 0)
        if depth == 0:
            return start + token.end()
    return None


def _image(row: Any, base: str) -> Image | None:
    if not isinstance(row, dict):
        return None
    stated = next(
        (row[k] for k in ("download_img", "image_url") if isinstance(row.get(k), str) and row[k].strip()), None
    )
    address = urls.absolute(base, stated)
    if address is None:
        return None
    if address.startswith("http:"):
        address = "https:" + address[5:]
    return Image(address, caption=_words(row.get("intro")))


def _figure(image: Image) -> str:
    caption = f"<figcaption>{escape(image.caption, quote=False)}</figcaption>" if image.caption else ""
    return f'<figure><img src="{escape(image.url)}" alt="">{caption}</figure>'


def _words(stated: Any) -> str | None:
    return text.line(text.plain(stated)) or None if isinstance(stated, str) else None
