from __future__ import annotations

import random
import re
import unicodedata

import pytest

from aggregator.kit import text
from aggregator.store import hits

WORDS = ["央行", "etf", "a股", "1.5%", "fi", "é", "降 准", "kg", "3"]


@pytest.mark.parametrize(
    ("whole", "expected"),
    [
        ("央行：ETF", {"央行", "etf"}),
        ("ＥＴＦ，Ａ股", {"etf", "a股"}),
        ("ｅ ｔｆ", set()),
        ("ﬁ", {"fi"}),
        ("5㎏", {"kg"}),
        ("1.5％", {"1.5%"}),
        ("e\u0301", {"é"}),
        ("降\u3000准", {"降 准"}),
        ("③", {"3"}),
        ("", set()),
    ],
)
def test_words_are_found_however_they_are_written(whole: str, expected: set[str]) -> None:
    watch = hits.Watch(enumerate(WORDS))
    for title, body in ((whole, ""), ("", whole), ("别的", f"前{whole}后")):
        assert {WORDS[number] for number in watch.found(title, body)} == expected


def test_a_word_does_not_reach_from_the_title_into_the_text() -> None:
    assert hits.Watch([(1, "etf"), (2, "央行"), (3, "%1")]).found("央e%", "1行tf") == []


def test_the_short_way_finds_what_folding_finds() -> None:
    chance = random.Random(4)
    pieces = [*"eEtTfF13股aＡＥ，：“”…·．①ﬁé", "\u3000", "\u0301", "ETF", "央行", "㎏", "İ", "ſ", "K"]
    words = ["etf", "e", "a股", "13", "fi", "s", "k", "i", "kg"]
    watch = hits.Watch(enumerate(words))
    for _ in range(3_000):
        whole = "".join(chance.choices(pieces, k=chance.randrange(9)))
        folded = text.fold(whole)
        assert {words[n] for n in watch.found("", whole)} == {w for w in words if w in whole or w in folded}, whole


def test_inert_characters_fold_to_nothing_that_a_word_is_made_of() -> None:
    inert = [char for char in map(chr, range(0x11_0000)) if re.match(f"[{hits.INERT}]", char)]
    assert len(inert) > 50
    for char in inert:
        assert not re.search(r"[0-9a-z\u4e00-\u9fff]", text.fold(char)), char
        assert text.fold(f"a{char}e") == f"a{text.fold(char)}e"
        assert not unicodedata.combining(char)
