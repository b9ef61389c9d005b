"""dedup.fingerprint: stable, order-free arithmetic, distances, bands, speed."""

from __future__ import annotations

import random
import time
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.dedup import fingerprint
from aggregator.kit import text

BODY = (
    "样本公司公告，公司持股5%以上股东拟通过集中竞价或大宗交易方式减持公司股份，合计不超过公司总股本的3%。本次减持的原因为股东自身资金需求，"
    "减持期间为本公告披露之日起十五个交易日后的三个月内。减持价格将根据减持实施时的市场价格确定。公司表示，本次减持计划的实施不会导致公司控制权"
    "发生变更，不会对公司治理结构及持续经营产生重大影响。"
)
MASK = (1 << 64) - 1


def slow(body: str) -> int:
    """The same print, one run of three characters at a time."""
    dense = text.dense(body)
    numbers = "|".join(fingerprint._NUMBER.findall(dense))
    if numbers:
        dense = "|".join((dense, numbers, numbers))
    counts: Counter[int] = Counter()
    runs = [dense[i : i + 3] for i in range(len(dense) - 2)]
    for run in runs:
        mixed = sum(ord(c) * f for c, f in zip(run, fingerprint._SPREAD, strict=True))
        for a, b in fingerprint._ROUNDS:
            upper, lower = mixed >> 32, mixed & 0xFFFFFFFF
            mixed = (((upper ^ lower) * a) ^ (((upper * b) & 0xFFFFFFFF) << 32) ^ upper) & MASK
        counts.update(bit for bit in range(64) if mixed >> bit & 1)
    return sum(1 << bit for bit, count in counts.items() if count > len(runs) // 2)


def test_the_wide_arithmetic_equals_the_plain_one() -> None:
    assert fingerprint.fingerprint(BODY) == slow(BODY)


@settings(max_examples=30)
@given(st.text(alphabet=st.characters(categories=["Lo", "Nd", "Ll"]), min_size=80, max_size=160))
def test_the_wide_arithmetic_equals_the_plain_one_for_any_letters(body: str) -> None:
    made = fingerprint.fingerprint(body)
    assert made is None or made == slow(body)


@pytest.mark.parametrize("length", [*range(80, 150), 255, 256, 257, 511, 1024, 2047, 2999])
def test_the_wide_arithmetic_equals_the_plain_one_for_any_length(length: int) -> None:
    """Lanes are added in halves: every number of them must come out even."""
    dice = random.Random(length)
    body = "".join(dice.choices([chr(c) for c in range(0x4E00, 0x5200)] + list("𠀀😀abc"), k=length))
    made = fingerprint.fingerprint(body)
    assert made is None or made == slow(body)


@settings(max_examples=300)
@given(st.text(alphabet="涨跌〇aZ059.+-%‰，。…　\xa0 \n_~`“”（）％．０＋－ı①\u0301\x1f豈㐀", min_size=80, max_size=120))
def test_common_characters_are_folded_as_any(body: str) -> None:
    """The short way to the dense text gives what text.dense gives."""
    made = fingerprint.fingerprint(body)
    assert made == (None if len(text.dense(body)) < fingerprint.LEAST else slow(body))


def test_each_common_character_is_kept_or_dropped_as_any() -> None:
    unusual, dense = fingerprint._patterns()
    common = [c for c in map(chr, range(0x10000)) if not unusual.match(c)]
    assert len(common) > 0x5200
    for sign in common:
        for whole in (sign, f"1{sign}2", f"a{sign}1", f"1{sign}."):
            assert "".join(dense.findall(whole.lower())) == text.dense(whole), ascii(sign)


def test_prints_stay_as_they_are() -> None:
    """Prints are stored: a change of the recipe needs a migration."""
    assert fingerprint.fingerprint(BODY) == 0xBE0953137CFF2AF0


def test_short_texts_have_no_print() -> None:
    assert fingerprint.fingerprint("") is None
    assert fingerprint.fingerprint("涨" * 79) is None
    assert fingerprint.fingerprint("，" * 500) is None
    assert fingerprint.fingerprint("涨" * 80) is not None


def test_mark_up_of_the_text_does_not_count() -> None:
    spaced = BODY.replace("，", " , ").replace("。", ".\n")
    assert fingerprint.fingerprint(spaced) == fingerprint.fingerprint(BODY)


def test_distance() -> None:
    assert fingerprint.distance(0, MASK) == 64
    assert fingerprint.distance(0b1011, 0b1000) == 2


def test_numbers_weigh_more_than_words() -> None:
    original = fingerprint.fingerprint(BODY)
    words = fingerprint.fingerprint(BODY.replace("价格", "单价"))
    numbers = fingerprint.fingerprint(BODY.replace("5%", "7.25%").replace("3%", "1.86%"))
    assert original is not None
    assert words is not None
    assert numbers is not None
    assert fingerprint.distance(original, numbers) > fingerprint.distance(original, words)


def test_bits_are_balanced() -> None:
    """Over many texts each bit is set about as often as not, so that pieces of a print divide well."""
    dice = random.Random(3)
    letters = [chr(c) for c in range(0x4E00, 0x9000)]
    prints = [fingerprint.fingerprint("".join(dice.choices(letters, k=120))) or 0 for _ in range(300)]
    for bit in range(64):
        share = sum(p >> bit & 1 for p in prints) / len(prints)
        assert 0.3 < share < 0.7, bit


def test_speed() -> None:
    body = BODY * 4  # about 700 characters, 2 KB
    fingerprint.fingerprint(body)
    best = min(_seconds(body) for _ in range(5))
    assert best < 0.004  # 0.3 ms on an idle core; the rest is room for a busy one


def _seconds(body: str) -> float:
    started = time.process_time()
    for _ in range(20):
        fingerprint.fingerprint(body)
    return (time.process_time() - started) / 20


@pytest.mark.parametrize("body", ["\x00" * 200, "\ud800" * 200, "😀" * 200, "1" * 100_000, "1.5%" * 100_000])
def test_odd_texts(body: str) -> None:
    made = fingerprint.fingerprint(body)
    assert made is None or 0 <= made <= MASK
