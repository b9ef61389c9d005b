from __future__ import annotations

import random
import sqlite3

import pytest

from aggregator.kit import searchwords, text
from aggregator.kit.simplified import simplified
from aggregator.models import Query, Without


@pytest.mark.parametrize(
    ("raw", "terms"),
    [
        ("", ""),
        ("！？ ，。", ""),
        ("央行", "央行 行"),
        ("央行降准", "央行 行降 降准 准"),
        ("涨", "涨"),
        ("涨停，跌停", "涨停 停 跌停 停"),
        ("Ａ股 GDP增5.2%", "a 股 gdp 增 5.2"),
        ("iPhone十七", "iphone 十七 七"),
        ("證券　２０２６．５", "证券 券 2026.5"),
        ("贵州茅台（600519.SH）", "贵州 州茅 茅台 台 600519 sh"),
    ],
)
def test_terms(raw: str, terms: str) -> None:
    assert searchwords.terms(raw) == terms


@pytest.mark.parametrize(
    ("words", "expression"),
    [
        ("", ""),
        ("。 ！", ""),
        ("央行", '"央行"'),
        ("行", '"行" *'),
        ("Ａ股", '"a 股" *'),
        ("涨5%", '"涨 5"'),
        ("央行 GDP", '"央行" AND "gdp"'),
        ('"OR" NEAR(', '"or" AND "near"'),
    ],
)
def test_query(words: str, expression: str) -> None:
    assert searchwords.query(words) == expression


@pytest.mark.parametrize(
    ("query", "wanted", "unwanted"),
    [
        (Query(words=("央行", "！"), phrases=("a b",)), '"央行" AND "a b"', ""),
        (Query(words=("央行",), title=("降准", "行")), '"央行" AND title : "降准" AND title : "行" *', ""),
        (Query(without=(Without("", "基金"), Without("title", "债"))), "", '"基金" OR title : "债" *'),
        (Query(outlets=("示例日报",), without=(Without("feed", "a"),)), "", ""),
    ],
)
def test_expressions_of_a_query(query: Query, wanted: str, unwanted: str) -> None:
    assert (searchwords.wanted(query), searchwords.unwanted(query)) == (wanted, unwanted)


def test_what_is_left_alone_would_not_fold() -> None:
    """Characters for which NFKC is not asked make no part of a term."""
    for code in range(0x80, 0x10000):
        char = chr(code)
        if not 0xD800 <= code < 0xE000 and not searchwords._odd().search(char):
            around = f"1{char}2a{char}b"
            folded = searchwords._runs().findall(simplified(text.fold(around)))
            assert searchwords.runs(around) == folded, hex(code)


def test_every_piece_of_every_text_is_found_and_nothing_else() -> None:
    """Against a plain scan: any run of Chinese characters and words, also of one character, also at the ends."""
    chance = random.Random(11)
    alphabet = "央行股市涨跌"
    texts = ["".join(chance.choice(alphabet + "，，a1 ") for _ in range(chance.randint(1, 14))) for _ in range(300)]
    database = sqlite3.connect(":memory:")
    database.execute("CREATE VIRTUAL TABLE t USING fts5(x, content='', tokenize='ascii')")
    database.executemany("INSERT INTO t (rowid, x) VALUES (?, ?)", enumerate(map(searchwords.terms, texts)))
    for _ in range(400):
        wanted = "".join(chance.choice(alphabet) for _ in range(chance.randint(1, 4)))
        found = database.execute("SELECT rowid FROM t WHERE t MATCH ? ORDER BY 1", (searchwords.query(wanted),))
        assert [number for (number,) in found] == [n for n, one in enumerate(texts) if wanted in one], wanted
    database.close()
