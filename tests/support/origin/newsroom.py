"""An invented newsroom: a deterministic stream of articles and 7x24 rows about companies that do not exist.

In: a seed, a count of older articles, a clock. Out: `Item`s (what pages and lists are written from) and `Flash`es.
The same seed gives the same texts; only times depend on the clock. Called by the lists, the pages and the controls.
"""

from __future__ import annotations

import random
from collections import deque
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from typing import Any

from tests.support.origin import words

BEIJING = timezone(timedelta(hours=8))

#: Registered pairs of the roll API, and which articles (by number) each list carries.
LISTS: dict[tuple[str, str], int] = {("384", "2519"): 1, ("153", "2516"): 2, ("155", "1686"): 3}

KINDS = ("desktop", "desktop", "desktop", "video", "desktop", "desktop", "slide", "desktop")

_KEEP_ARTICLES = 600
_KEEP_FLASHES = 900  # the real API pages no further back


@dataclass(frozen=True)
class Item:
    """One article of the newsroom, with everything its page and its rows state."""

    number: int
    docid: str
    title: str
    outlet: str  #: shown beside the date
    source: str  #: the 来源 line of the body, which is more exact
    editor: str
    editor_code: str
    paragraphs: tuple[str, ...]
    company: words.Company
    other: words.Company
    keywords: tuple[str, ...]
    ctime: int
    mtime: int
    kind: str = "desktop"
    table: tuple[tuple[str, str], ...] = ()
    picture: str | None = None  #: path below the origin
    edits: int = 0
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def day(self) -> str:
        """Beijing date, as in addresses."""
        return self.clock("%Y-%m-%d")

    @property
    def path(self) -> str:
        """Path of the page people read."""
        if self.kind == "slide":
            return f"/slide_9_100_{self.number:06d}.html"
        return f"/china/{self.day}/doc-i{self.docid}.shtml"

    @property
    def mobile_path(self) -> str:
        """Path of its mobile twin."""
        return f"/m/china/{self.day}/detail-i{self.docid}.d.html"

    @property
    def wire_path(self) -> str:
        """Path of the same news at another outlet, on a plain page that no site rules know."""
        return f"/wire/{self.day}/{self.number}.html"

    @property
    def lids(self) -> tuple[str, ...]:
        """Lists that carry it."""
        return tuple(lid for (_, lid), every in LISTS.items() if self.number % every == 0)

    @property
    def retold(self) -> bool:
        """Whether the RSS feed's outlet carries the same title that day."""
        return self.number % 4 == 0

    def clock(self, form: str, *, edited: bool = False) -> str:
        """Publish (or edit) time on a Beijing clock."""
        return datetime.fromtimestamp(self.mtime if edited else self.ctime, BEIJING).strftime(form)

    def truth(self, base: str) -> dict[str, Any]:
        """What a correct reader gets from its page."""
        return {
            "number": self.number,
            "docid": None if self.kind == "slide" else self.docid,
            "title": self.title,
            "url": base + self.path,
            "mobile_url": base + self.mobile_path,
            "wire_url": base + self.wire_path if self.retold else None,
            "kind": self.kind,
            "outlet": self.source,
            "media": self.outlet,
            "editor": self.editor,
            "editor_code": self.editor_code,
            "keywords": list(self.keywords),
            "paragraphs": list(self.paragraphs),
            "symbols": [one.standard for one in (self.company, self.other)] if self.kind == "desktop" else [],
            "published": datetime.fromtimestamp(self.ctime, BEIJING).isoformat(),
            "updated": datetime.fromtimestamp(self.mtime, BEIJING).isoformat(),
            "image": base + self.picture if self.picture else None,
            "lids": list(self.lids),
            "edits": self.edits,
        }


@dataclass(frozen=True)
class Flash:
    """One row of the 7x24 feed."""

    id: int
    title: str
    text: str
    at: int
    edited: int
    company: words.Company
    tags: tuple[tuple[str, str], ...]
    docid: str | None = None
    page: str | None = None
    focus: bool = False
    deleted: bool = False


class Newsroom:
    """Holds the last articles and rows, newest first."""

    def __init__(self, *, seed: int = 1, backlog: int = 24, now: int) -> None:
        self.seed = seed
        self.opened = now
        self.items: deque[Item] = deque(maxlen=_KEEP_ARTICLES)
        self.flashes: deque[Flash] = deque(maxlen=_KEEP_FLASHES)
        self._number = 0
        for back in range(backlog, 0, -1):
            self.publish(now - back * 420 + 60)

    def publish(self, now: int, **fields: Any) -> Item:
        """Add one article, and a 7x24 row that announces it or stands alone. `fields` override what is invented."""
        self._number += 1
        item = replace(_invent(self._number, random.Random(f"{self.seed}/{self._number}"), now), **fields)
        self.items.appendleft(item)
        self.flashes.appendleft(_announce(item))
        return item

    def edit(self, docid: str | None, now: int, **fields: Any) -> Item:
        """Change one article's text, as desks do after publication. Raises KeyError when none has that docid."""
        for place, item in enumerate(self.items):
            if docid in (None, item.docid):
                added = words.correction(item.edits + 1)
                changed = replace(item, mtime=max(now, item.mtime + 1), edits=item.edits + 1)
                changed = replace(changed, **({"paragraphs": (*item.paragraphs, added)} | fields))
                self.items[place] = changed
                return changed
        raise KeyError(docid)

    def withdraw(self, now: int) -> Flash:
        """Delete the newest 7x24 row that is still there."""
        for place, flash in enumerate(self.flashes):
            if not flash.deleted:
                self.flashes[place] = replace(flash, deleted=True, edited=max(now, flash.edited + 1))
                return self.flashes[place]
        raise KeyError("no row left")

    def listed(self, lid: str) -> list[Item]:
        """Articles of one list, newest publish time first."""
        return sorted((one for one in self.items if lid in one.lids), key=lambda one: (-one.ctime, -one.number))


def docid(number: int) -> str:
    """Seven letters, of which the last five count, and seven digits."""
    letters, rest = "", number
    for _ in range(5):
        rest, letter = divmod(rest, 26)
        letters = chr(ord("a") + letter) + letters
    return f"nz{letters}{number * 37 % 10_000_000:07d}"


def _invent(number: int, dice: random.Random, now: int) -> Item:
    topic = words.topic(dice)
    company, other = words.companies(dice, number)
    kind = KINDS[number % len(KINDS)]
    title, paragraphs = words.write(topic, company, other, dice)
    if kind == "slide":
        title, paragraphs = f"组图：{company.name}{words.place(dice)}新工厂见闻", paragraphs[:3]
    if kind == "video":
        title = f"视频|{title}"
    return Item(
        number=number,
        docid=docid(number),
        title=title,
        outlet=words.OUTLETS[number % len(words.OUTLETS)],
        source=words.SOURCES[number % len(words.SOURCES)],
        editor=words.EDITORS[number % len(words.EDITORS)],
        editor_code=f"SF{number % 90 + 10:03d}",
        paragraphs=paragraphs,
        company=company,
        other=other,
        keywords=(company.name, topic.name),
        ctime=now,
        mtime=now,
        kind=kind,
        table=words.table(dice) if number % 3 == 0 and kind == "desktop" else (),
        picture=f"/pictures/{number}.png" if number % 2 == 0 else None,
    )


def _announce(item: Item) -> Flash:
    """Rows come in the forms the real feed has: with and without 【】, with and without a page."""
    bare = item.title.removeprefix("视频|")
    sentence = item.paragraphs[0]
    return Flash(
        id=7_000_000 + item.number,
        title=bare,
        text=f"【{bare}】{sentence}（{item.source}）" if item.number % 9 else sentence,
        at=item.ctime,
        edited=item.mtime,
        company=item.company,
        tags=(("3", "公司"), ("10", "A股")) if item.number % 2 else (("1", "宏观"),),
        docid=item.docid if item.kind == "desktop" and item.number % 9 else None,
        page=item.path if item.kind == "desktop" and item.number % 9 else None,
        focus=item.number % 6 == 0,
    )
