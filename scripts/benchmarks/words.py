"""Invented Chinese: words, sentences, names. In: a random generator. Out: text. Called by corpus.

None of it means anything; sizes, punctuation and the unevenness of word frequencies are those of finance news.
"""

from __future__ import annotations

import itertools
import random

#: Words that real headlines are full of; the outputs shipped with the program filter by some of them.
COMMON = [
    "公司",
    "市场",
    "增长",
    "下降",
    "投资",
    "项目",
    "同比",
    "环比",
    "亿元",
    "万元",
    "股价",
    "指数",
    "板块",
    "资金",
    "利率",
    "债券",
    "基金",
    "能源",
    "芯片",
    "消费",
    "出口",
    "订单",
    "产能",
    "业绩",
    "公告",
    "预计",
    "表示",
    "显示",
    "数据",
    "行业",
    "企业",
    "政策",
    "央行",
    "证监会",
    "财政部",
    "发改委",
    "国务院",
    "融资",
    "回购",
    "分红",
    "减持",
    "增持",
]
CITIES = ["样城", "甲州", "乙江", "丙海", "丁山", "戊川"]
OUTLETS = ["示例财经日报", "样本证券报", "范例经济周刊", "模拟金融时报", "样张商报", "举例投资参考"]
SURNAMES = "样例范模"
GIVEN = "甲乙丙丁戊己庚辛壬癸"

#: The rows of GB2312 that hold common characters only; furniture words are made of others too rarely to matter.
_ROWS = range(0xB0, 0xD7)


def characters() -> str:
    """The 3,755 common characters of GB2312 level 1."""
    cells = (bytes((row, cell)) for row in _ROWS for cell in range(0xA1, 0xFF))
    return b"".join(cells).decode("gb2312", "ignore")


def vocabulary(chance: random.Random, size: int = 6000) -> tuple[list[str], list[float]]:
    """Words and their cumulative weights, the commonest first."""
    known = characters()
    words = list(COMMON)
    while len(words) < size:
        words.append("".join(chance.choices(known, k=chance.choice((2, 2, 2, 3, 4)))))
    weights = [1 / (rank + 30) for rank in range(size)]
    return words, list(itertools.accumulate(weights))


def sentence(chance: random.Random, words: list[str], weights: list[float]) -> str:
    """About 45 characters with a comma and a full stop, every third with a number."""
    picked = chance.choices(words, cum_weights=weights, k=chance.randint(14, 24))
    cut = len(picked) // 2
    picked.insert(cut, "，")
    if chance.random() < 0.33:
        picked.insert(cut + 3, f"{chance.randint(1, 999)}.{chance.randint(0, 99):02d}%")
    return "".join(picked) + "。"


def headline(chance: random.Random, words: list[str], weights: list[float]) -> str:
    """A title of about 20 characters with a number in it."""
    picked = chance.choices(words, cum_weights=weights, k=6)
    return "".join(picked[:3]) + " " + "".join(picked[3:]) + f"{chance.randint(1, 9999)}亿元"


def person(chance: random.Random) -> str:
    """A name that nobody has."""
    return chance.choice(SURNAMES) + "".join(chance.choices(GIVEN, k=2))
