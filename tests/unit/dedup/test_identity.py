"""dedup.identity: what folds in a title, and what never does."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.dedup import identity
from aggregator.kit import text
from aggregator.models import StoryKey


@pytest.mark.parametrize(
    "title",
    [
        "沪指收涨2.5%",
        "沪指收涨２．５％",
        "  沪指　收涨 2.5% ",
        "沪指收涨2.5%！",
        "“沪指”收涨2.5%…",
        "《沪指》收涨2.5%",
        "【沪指收涨2.5%】",
        "快讯：沪指收涨2.5%",
        "快讯:沪指收涨2.5%",
        "【快讯】沪指收涨2.5%",
        "[视频]沪指收涨2.5%",
        "视频|沪指收涨2.5%",
        "视频丨沪指收涨2.5%",
        "独家丨快讯：沪指收涨2.5%",
        "图文：沪指收涨2.5%(组图)",
        "沪指收涨2.5%(图)",
        "沪指收涨2.5%（组图）",
        "沪指收涨2.5%（更新）",
        "沪指收涨2.5%_新浪财经",
        "沪指收涨2.5%_新浪财经_新浪网",
        "沪指收涨2.5%_滚动新闻_新浪财经",
        "沪指收涨2.5%_国内财经_新浪财经",
        "沪指收涨2.5%|新浪财经",
        "沪指收涨2.5% - 新浪财经",
        "沪指收涨2.5%_手机新浪网",
        "【快讯：沪指收涨2.5%(图)】",
        "&quot;沪指&quot;收涨2.5%",
        "<b>沪指</b>收涨2.5%",
        "沪指收涨2.5%\u200b",
        "🔥沪指收涨2.5%",
    ],
)
def test_titles_of_one_story(title: str) -> None:
    assert identity.title_key(title) == "沪指收涨2.5%"


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("月率为-0.6%", "月率为0.6%"),
        ("月率为−0.6%", "月率为0.6%"),
        ("涨0.5个点", "涨05个点"),
        ("涨0.5个点", "涨0.6个点"),
        ("涨+5%", "涨5%"),
        ("涨5%", "涨5‰"),
        ("涨5%", "涨5"),
        ("每10股派3:1", "每10股派31"),
        ("6月22日早班车", "6月2日早班车"),
        ("1/3股东", "13股东"),
        ("2 000点", "2000点"),
        ("目标价$100", "目标价¥100"),
        ("*ST甲乙", "ST甲乙"),
        ("PE>10", "PE<10"),
        ("±5%", "5%"),
        ("收评：沪指涨2%", "午评：沪指涨2%"),
        ("收评：沪指涨2%", "沪指涨2%"),
        ("沪指上涨", "沪指下跌"),
        ("甲乙科技上调指引", "甲乙科技下调指引"),
        ("系列报道(一)", "系列报道(二)"),
        ("国內要闻", "国内要闻"),
        ("A+H股", "AH股"),
    ],
)
def test_titles_of_two_stories(a: str, b: str) -> None:
    assert identity.title_key(a) != identity.title_key(b)


@pytest.mark.parametrize(
    ("title", "key"),
    [
        ("1,000万元", "1000万元"),
        ("1,0002", "1;0002"),
        ("2026-10-16", "2026-10-16"),
        ("10～20亿", "10-20亿"),
        ("——5只基金", "5只基金"),
        ("央行：-5", "央行-5"),
        ("央行 - 5", "央行5"),
        ("开盘09:30", "开盘09:30"),
        ("Apple's iPhone", "applesiphone"),
        ("关于修改<条例>的2026年决定", "关于修改条例的2026年决定"),
        ("股票_新浪财经", "股票新浪财经"),
        ("", ""),
        (" \u200b ", ""),
    ],
)
def test_title_key(title: str, key: str) -> None:
    assert identity.title_key(title) == key


@pytest.mark.parametrize("title", ["！！！", "(图)", "快讯：", "【】", "🔥", "_", "%", "视频|(图)", "—", "<b"])
def test_a_key_is_never_empty_for_a_visible_title(title: str) -> None:
    assert identity.title_key(title)


def test_long_titles_keep_what_tells_them_apart() -> None:
    a, b = "甲" * 500 + "1", "甲" * 500 + "2"
    assert len(identity.title_key(a)) == 200
    assert identity.title_key(a) != identity.title_key(b)


TITLES = st.text(max_size=40) | st.text(alphabet="快讯：:|丨【】()图_新浪财经-.%+0123456789, 甲<>*st", max_size=30)


@given(TITLES)
def test_title_key_is_idempotent_and_has_no_blank_ends(title: str) -> None:
    key = identity.title_key(title)
    assert identity.title_key(key) == key
    assert key == key.strip()


def test_the_day_of_a_story_is_beijings() -> None:
    before, after = datetime(2026, 8, 1, 15, 59, tzinfo=UTC), datetime(2026, 8, 1, 16, 0, tzinfo=UTC)
    assert identity.story_key("【沪指】收涨", before) == StoryKey("沪指收涨", date(2026, 8, 1))
    assert identity.story_key("沪指收涨", after) == StoryKey("沪指收涨", date(2026, 8, 2))


def test_corpus_of_headlines(corpus: Path) -> None:
    """Headlines that share a key differ in tags and punctuation only; every headline has a key."""
    lines = {
        line
        for name in ("headlines.txt", "headlines_other.txt")
        for line in (corpus / name).read_text("utf-8").splitlines()
        if line.strip()
    }
    groups: dict[str, set[str]] = {}
    for line in lines:
        groups.setdefault(identity.title_key(line), set()).add(line)
    assert "" not in groups
    shared = [group for group in groups.values() if len(group) > 1]
    assert 5 <= len(shared) <= 40
    for group in shared:
        digits = {tuple(c for c in line if c.isdigit()) for line in group}
        assert len(digits) == 1, group


_PIECES = [
    "快讯：", "视频|", "【独家】", "(组图)", "_新浪财经", "-新浪网", "【", "】", "<", ">", " ", "，", ",", "1,234", ".",
    "．", "-", "－", "—", "+", "％", "‰", "$", "*ST", "Ａ", "b", "1", "２", "~", "～", "·", "&amp;", "&", "丨", "_",
    "/", "“", "。", "《", "涨", "基金", "…", "①",
]  # fmt: skip


@settings(max_examples=500)
@given(st.lists(st.sampled_from(_PIECES), max_size=10))
def test_plain_titles_are_folded_as_any(pieces: list[str]) -> None:
    """The short way for titles of common characters gives what the long way gives."""
    title = "".join(pieces)
    quick = identity._title_key(title)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(identity, "_PLAIN", r"(?!)")
        patch.setattr(identity, "_STRIPPABLE", re.compile(r""))
        patch.setattr(identity, "_BEFORE_SUFFIX", re.compile(r""))
        assert identity._title_key(title) == quick


def test_each_common_character_folds_as_any() -> None:
    common = [c for c in map(chr, range(0x10000)) if identity._compiled(identity._PLAIN).fullmatch(c)]
    assert len(common) > 20_000
    for sign in common:
        folded = sign.translate(identity._HALF).lower()
        assert folded == text.fold(sign), ascii(sign)
        assert bool(identity._PLAIN_FOLDABLE.fullmatch(folded)) == bool(identity._FOLDABLE.fullmatch(folded)), ascii(
            sign
        )
