"""The identity of a story: its title, folded, and its day in Beijing.

In: a title as an article states it, and a time. Out: `StoryKey`. Called by pipeline (keys of new articles) and place.
What folds is what editors and sites add or vary without meaning anything by it; digits, signs and words never fold.
"""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from functools import cache, lru_cache

from aggregator.kit import dates, text
from aggregator.models import StoryKey

#: Words that announce a kind of item and say nothing of the story. 收评, 午评 and the like name a story, so they stay.
_LABEL = (
    r"(?:(?:财经|市场|行业|公司|新浪|7x24)?快讯|独家|重磅|突发|详讯|简讯|最新|最新消息|更新|视频|音频|图文|组图|高清组图|图集"
    r"|原创|转载|头条|要闻|热点|滚动)"
)
_SITES = (
    r"(?:手机)?(?:新浪(?:财经|网|新闻|科技|股票|港股|美股|基金|期货|外汇|汽车|乐居|房产)?|sina)(?:头条|app|客户端)?"
)
_TOPIC = r"(?:财经|股票|滚动|国内|国际|产经|证券|要闻|科技|美股|港股|基金|期货|外汇|公司|宏观|银行|市场)"
_CHANNEL = rf"{_TOPIC}{{1,2}}(?:新闻|频道|资讯|滚动)?"
_PREFIX = rf"\s*(?:{_LABEL}\s*[:|丨/·]+|[【\[(〔「]\s*{_LABEL}\s*[】\])〕」]\s*[:|丨]?)"
_SUFFIX = (
    rf"(?:[(\[【〔]\s*(?:{_LABEL}|图|附图|多图|图解|附表|表|全文|附全文|更新中|持续更新)\s*[)\]】〕]"
    rf"|\s*[_|丨-]+\s*(?:(?:{_CHANNEL}|{_SITES})\s*[_|丨-]+\s*)*{_SITES}"
    rf"|\s*[|丨]\s*{_LABEL})\s*\Z"
)
_WRAPPED = re.compile(r"\s*【([^【】]+)】\s*\Z")
_ANGLES = re.compile(r"<([^<>]*)>")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_MINUS_SIGNS = str.maketrans({"\u2212": "-", "\ufe63": "-", "\u2010": "-", "\u2011": "-"})
# Runs of what may fold: everything but letters, digits, %, ‰, + and currency signs. 丨 is a Chinese letter to Unicode.
_FOLDABLE = re.compile(r"(?:[^\w%‰+$¥€£₽]|[_丨])+")
# Characters whose folding is known: what has a full width is listed in _HALF, all others stay, but for capitals.
_SIGNS = "!-%'-;=-~·—‘’“”‰、。《》【】一-\u9fff！-～"
_PLAIN = f"[{_SIGNS}]+(?: [{_SIGNS}]+)*"
_HALF = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_PLAIN_FOLDABLE = re.compile('[ !"#&-*,-/:-@\\[-`{-~·—‘’“”、。《》【】丨]+')
#: Without one of these signs a folded title has no label, site name or bracket to strip; suffixes need one of the last.
_STRIPPABLE = re.compile(r"[:|丨/·【\[(〔「_-]")
_BEFORE_SUFFIX = re.compile(r"[(\[【〔_|丨-]")
_LONGEST = 200
_LONGEST_KEPT = 300
_LEAST = 4  # a title is not stripped down below so many characters


def title_key(title: str) -> str:
    """Fold a title: width, case, blanks, punctuation, brackets, and fixed labels around it, go.

    Digits, `%`, signs before numbers and points between digits stay: `-0.6%` is not `0.6%`, `0.5` is not `05`. Other
    marks between two digits stay as one character (`3:1` is not `31`). Never empty for a title with any visible
    character; longer ones than 200 characters end in a hash. Idempotent.
    """
    # Asked for several times for one article: for its key, and by each test beside a neighbour.
    return _kept_key(title) if len(title) <= _LONGEST_KEPT else _title_key(title)


def _title_key(title: str) -> str:
    if _compiled(_PLAIN).fullmatch(title):
        folded, foldable = title.translate(_HALF).lower(), _PLAIN_FOLDABLE
    else:
        folded, foldable = text.fold(text.line(title)).translate(_MINUS_SIGNS), _FOLDABLE
        folded = text.fold(folded)
    bare = _stripped(folded) if _STRIPPABLE.search(folded) else folded
    key = _dense(bare, foldable) if len(bare.strip()) >= _LEAST else ""
    key = key or _dense(folded, foldable) or "".join(folded.split())
    if len(key) <= _LONGEST:
        return key
    mark = hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
    return f"{key[: _LONGEST - 16]}{mark}"


_kept_key = lru_cache(maxsize=2048)(_title_key)


def story_key(title: str, at: datetime) -> StoryKey:
    """The story an article with this title and time belongs to; `at` is aware, the day is Beijing's."""
    return StoryKey(title_key(title), dates.beijing_day(at))


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """The patterns that take a millisecond each, compiled when a title first needs them."""
    return re.compile(pattern)


def _stripped(title: str) -> str:
    """Without labels and site names at both ends, and without brackets around the whole."""
    while True:
        wrapped = _WRAPPED.match(title)
        bare = wrapped.group(1) if wrapped else title
        if prefix := _compiled(_PREFIX).match(bare):
            bare = bare[prefix.end() :]
        if _BEFORE_SUFFIX.search(bare):
            bare = _compiled(_SUFFIX).sub("", bare)
        if bare == title or len(bare.strip()) < _LEAST:
            return title
        title = bare


def _dense(title: str, foldable: re.Pattern[str]) -> str:
    if "<" in title:
        title = _ANGLES.sub(r" \1 ", title)
    if "," in title:
        title = _THOUSANDS.sub("", title)
    return foldable.sub(_kept, title)


def _kept(match: re.Match[str]) -> str:
    """What a run of foldable characters leaves: between digits one mark, before a number its sign, else nothing."""
    run, whole = match.group(), match.string
    before, after = whole[match.start() - 1 : match.start()], whole[match.end() : match.end() + 1]
    if not _digit(after):
        return "*" if run.endswith("*") and whole.startswith("st", match.end()) else ""
    marks = run.strip()
    if _digit(before):
        return {"~": "-", "–": "-", "—": "-", ",": ";"}.get(marks[:1], marks[:1] or " ")
    if marks.endswith("-") and not marks.endswith(("--", "—-")) and not run.endswith(" "):
        return "-"
    return marks[-1] if marks.endswith(("<", ">", "≥", "≤", "±")) else ""


def _digit(char: str) -> bool:
    return char != "" and char in "0123456789"
