"""The decision which story an article belongs to.

In: a new article's title, time, print and length, and its neighbours from the store. Out: `Place`: its own key and the
keys of other stories that are the same. Called by pipeline. Every test between two articles is symmetrical, so the
stories that come out do not depend on the order of arrival.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import lru_cache

from aggregator.dedup import fingerprint, identity
from aggregator.kit import text
from aggregator.models import Neighbour, Place, StoryKey

MIDNIGHT = timedelta(hours=6)  #: the same title within this time on two days is one story
WINDOW = timedelta(hours=48)  #: near-duplicates are looked for within this time

#: Numbers with sign and %, and Chinese numerals: never different within one story.
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?[%‰]?|[零〇一二三四五六七八九十百千万亿两半]+")
#: Words of which one more or one less makes another story: directions, times of the trading day, negations, holidays.
_TELLING = re.compile(
    r"[涨跌升降增减买卖高低强弱盈亏扩缩松紧首再又停复终不未否非无拟]|上调|下调|看[多空]|做[多空]|[多空]头|利[好多空]"
    r"|[开收早午尾夜]盘|[早午收]评|[早午晚夜]间|午后|[盘节会](?:前|后)|(?:周|星期)[一二三四五六日天末]|[上下]半年|[一二三四]季|q[1-4]|h[12]"
    r"|元旦|春节|除夕|清明|端午|中秋|国庆|圣诞|假期|批准|辟谣|澄清|取消|恢复|延期"
)
#: Numbers, as often as they stand there, and telling words.
Marks = tuple[frozenset[tuple[str, int]], frozenset[str]]
#: What is remembered of titles stays within a megabyte or two: no title of the news is longer than this.
_LONGEST_KEPT = 120
_ALIKE = 0.5  # share of the shorter title from which on two titles count as one pattern filled in twice


def place(
    title: str,
    at: datetime,
    fp: int | None,
    length: int,
    neighbours: Iterable[Neighbour],
    *,
    near: bool = True,
    split_differing: bool = False,
) -> Place:
    """Place an article. `at` is aware, `fp` its print or None, `length` the characters of its text.

    `near` looks for near-duplicates, too. Articles of one key whose texts clearly differ are one story by rule and
    flagged (`differs`); with `split_differing` the later one gets a key of its own.
    """
    key = identity.story_key(title, at)
    kin: dict[StoryKey, str] = {}
    differs = False
    twin: StoryKey | None = None
    for other in neighbours:
        base, _, split = other.key.title_key.partition(text.SPLIT_MARK)
        if base == key.title_key:
            apart = _clearly_differ(fp, other.fingerprint)
            if other.key.day == key.day:
                differs = differs or (apart and not split)
                twin = twin or (other.key if split and not apart else None)
            elif abs(other.at - at) <= MIDNIGHT and not (split_differing and apart):
                kin.setdefault(other.key, "midnight")
        elif near and _near(title, at, fp, length, other):
            kin.setdefault(other.key, "near")
    if differs and split_differing:
        key = twin or StoryKey(f"{key.title_key}{text.SPLIT_MARK}{fp or 0:016x}", key.day)
        kin.pop(key, None)
    return Place(key=key, kin=tuple(sorted(kin.items())), differs=differs and not split_differing)


def _clearly_differ(a: int | None, b: int | None) -> bool:
    return a is not None and b is not None and fingerprint.distance(a, b) > fingerprint.DIFFERENT


def _near(title: str, at: datetime, fp: int | None, length: int, other: Neighbour) -> bool:
    """Whether two articles with different titles carry the same text, and nothing in the titles speaks against it."""
    if fp is None or other.fingerprint is None or abs(other.at - at) > WINDOW:
        return False
    if min(length, other.length) < 0.8 * max(length, other.length):
        return False
    apart = fingerprint.distance(fp, other.fingerprint)
    if apart > fingerprint.NEAR or _marks(title) != _marks(other.title):
        return False
    return apart <= _allowed(title, other.title)


def _marks(title: str) -> Marks:
    """What a title must share with another: its numbers (as often), and its telling words."""
    return _kept_marks(title) if len(title) <= _LONGEST_KEPT else _read_marks(title)


@lru_cache(maxsize=4096)
def _kept_marks(title: str) -> Marks:
    return _read_marks(title)


def _read_marks(title: str) -> Marks:
    folded = identity.title_key(title)
    numbers = Counter(_NUMBER.findall(folded))
    return frozenset(numbers.items()), frozenset(_TELLING.findall(folded))


def _allowed(a: str, b: str) -> int:
    """How far apart the prints under two titles may be; -1 where the titles alone forbid it.

    A title that only has more words than the other leaves the whole threshold. Two that both have words of their own
    are either rewritten, which asks for texts that are all but equal, or, where they share much, one pattern filled in
    twice: template news of two companies can have nearly the same text.
    """
    short, long = sorted((identity.title_key(a), identity.title_key(b)), key=len)
    rest = iter(long)
    if all(char in rest for char in short):
        return fingerprint.NEAR
    common = (Counter(short) & Counter(long)).total()
    return -1 if common >= _ALIKE * len(short) else fingerprint.REWRITTEN
